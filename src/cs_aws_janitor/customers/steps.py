"""What a round does: which tasks are put into their sinks, changed there, or taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.customers.task import DELIVERED, WAITING, Flag, Task, delivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cs_aws_janitor.customers.schedule import Today
    from cs_aws_janitor.customers.task import Delivery

CREATE, UPDATE, WITHDRAW = VERBS = ("create", "update", "withdraw")


class Step(NamedTuple):
    """One thing to do: a `task` to put, or none; `delivery` is what stands once it is done."""

    verb: str
    task: Task | None
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen whole, so that what is missing in the schedule is really not there.

    `complete`: every customer and every playbook could be read.
    """

    customers: frozenset[str]
    playbooks: frozenset[str]
    complete: bool

    def covers(self, customer: str | None, playbook: str) -> bool:
        """Whether a task of theirs would be in the schedule if it was still called for."""
        known = self.complete if customer is None else customer in self.customers
        return known and playbook in self.playbooks


def steps(
    scheduled: Iterable[Task | Flag], today: Today, seen: Callable[[], Seen]
) -> Iterator[Step]:
    """Everything that is to be done today, as `scheduled` has it; withdrawals come last.

    What is past is left as it is, and so are mails: they cannot be taken back. `seen` is asked
    once the schedule has ended.
    """
    keys = set()
    for task in scheduled:
        if isinstance(task, Flag):
            continue
        keys.add(task.key)
        if task.status in WAITING:
            yield Step(CREATE, task, delivered(task))
        elif task.status == DELIVERED:
            before = today.deliveries[task.key]
            if _has_changed(task, before, today):
                yield Step(UPDATE, task, replace(delivered(task), sink=before.sink))
    whole = seen()
    for key, delivery in today.deliveries.items():
        if key not in keys and _is_void(delivery, today, whole):
            yield Step(WITHDRAW, None, replace(delivery, withdrawn=True))


def _has_changed(task: Task, delivery: Delivery, today: Today) -> bool:
    ahead = max(task.due, delivery.due) >= today.day
    return ahead and not task.done and task.to is None and task.digest != delivery.digest


def _is_void(delivery: Delivery, today: Today, seen: Seen) -> bool:
    """Whether a delivered task that is still ahead is not called for any more."""
    if delivery.withdrawn or delivery.mail or delivery.due < today.day:
        return False
    return seen.covers(delivery.customer, delivery.playbook)
