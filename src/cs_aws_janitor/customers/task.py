"""A task: one touchpoint of one customer, on its days; and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

UPCOMING, OPEN, DUE, OVERDUE, DELIVERED = STATUSES = (
    "upcoming",
    "open",
    "due",
    "overdue",
    "delivered",
)
WAITING = frozenset({OPEN, DUE, OVERDUE})


class Task(NamedTuple):
    """What is to be done, for whom, from when, by when, and by whom.

    `key` is the same in every run. `customer` is None for one task for all `customers` of its
    assignee. `to` and `cc` are those of a mail. `done`: its playbook takes it for done.
    """

    key: str
    customer: str | None
    playbook: str
    touchpoint: str
    title: str
    opens: date
    due: date
    status: str
    assignee: str | None
    notes: tuple[str, ...]
    sink: str
    to: str | None = None
    cc: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    done: bool = False

    @property
    def digest(self) -> str:
        """Differs where a sink would show something else."""
        shown = (self.title, self.opens, self.due, self.assignee, self.notes)
        return blake2b(repr(shown).encode(), digest_size=12).hexdigest()


class Flag(NamedTuple):
    """Something about a customer that a person should mind."""

    customer: str
    playbook: str
    touchpoint: str
    why: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A task that stands in a sink, as it was put there last; `place` is where.

    `withdrawn`: it was taken back. `mail`: it was a mail, which nobody takes back.
    """

    key: str
    sink: str
    customer: str | None
    playbook: str
    title: str
    opens: date
    due: date
    digest: str
    place: str = ""
    mail: bool = False
    withdrawn: bool = False


def delivered(task: Task, place: str = "") -> Delivery:
    """The delivery of `task` to its place."""
    return Delivery(
        task.key,
        task.sink,
        task.customer,
        task.playbook,
        task.title,
        task.opens,
        task.due,
        task.digest,
        place,
        mail=task.to is not None,
    )
