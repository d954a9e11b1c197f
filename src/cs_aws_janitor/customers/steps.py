"""What a round does: which tasks are put into their sinks, changed there, or taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.customers.task import delivered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cs_aws_janitor.customers.schedule import Today
    from cs_aws_janitor.customers.task import Delivery, Task

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

    def covers_key(self, key: str) -> bool:
        """The same of a task of which nothing but its key is known."""
        owner, playbook, *_ = (*key.split("/"), "")
        return self.covers(None if owner.startswith("@") else owner, playbook)


def creation(task: Task) -> Step:
    """Put a task that waits into its sink."""
    return Step(CREATE, task, delivered(task))


def change(task: Task, today: Today) -> Step | None:
    """Change a task where it stands, if its sink would show something else.

    What is past is left as it is, and so are mails.
    """
    before = today.deliveries[task.key]
    ahead = max(task.due, before.due) >= today.day
    if not ahead or task.done or task.to is not None or task.digest == before.digest:
        return None
    return Step(UPDATE, task, replace(delivered(task), sink=before.sink))


def withdrawals(keys: Collection[str], today: Today, seen: Seen) -> Iterator[Step]:
    """Take back what is delivered and not among the `keys` that are called for."""
    for key, delivery in today.deliveries.items():
        if key not in keys and _is_void(delivery, today, seen):
            yield Step(WITHDRAW, None, replace(delivery, withdrawn=True))


def _is_void(delivery: Delivery, today: Today, seen: Seen) -> bool:
    """Whether a delivered task that is still ahead is not called for any more."""
    if delivery.withdrawn or delivery.mail or delivery.due < today.day:
        return False
    return seen.covers(delivery.customer, delivery.playbook)
