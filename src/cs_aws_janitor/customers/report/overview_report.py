"""Every customer on a line: its people, its onboarding, what waits, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.task import DELIVERED, OVERDUE, UPCOMING, WAITING, Flag
from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.task import Task

COLUMNS = (
    "id name segment region csm started onboarding last_contact renews renewed health sentiment"
    " project slack_channel waiting overdue next next_on flags"
).split()


@dataclass(slots=True)
class Overview:
    """A customer and its tasks in short."""

    customer: Customer
    today: date
    waiting: int = 0
    overdue: int = 0
    next: Task | None = None
    flags: list[str] = field(default_factory=list)

    def add(self, task: Task) -> None:
        """Count a task; the next one is the first that is to come."""
        self.waiting += task.status in WAITING
        self.overdue += task.status == OVERDUE
        coming = task.status == UPCOMING or (task.status == DELIVERED and task.due >= self.today)
        if coming and (self.next is None or task.due < self.next.due):
            self.next = task


def overviews(
    customers: Sequence[Customer], found: Iterable[Task | Flag], today: date
) -> list[Overview]:
    """One for each customer, in their order."""
    by_id = {customer.id: Overview(customer, today) for customer in customers}
    for each in found:
        if isinstance(each, Flag):
            if each.why not in by_id[each.customer].flags:
                by_id[each.customer].flags.append(each.why)
        elif each.customer is not None:
            by_id[each.customer].add(each)
    return list(by_id.values())


def row(overview: Overview) -> dict[str, Any]:
    """One customer as JSON and CSV have it."""
    customer = overview.customer
    plain = {name: getattr(customer, name, None) for name in COLUMNS}
    known = {k: v if isinstance(v, bool) or v is None else str(v) for k, v in plain.items()}
    contact = customer.last_contact(overview.today)
    return {
        **known,
        "onboarding": onboarding(customer, overview.today),
        "last_contact": str(contact) if contact else None,
        "waiting": overview.waiting,
        "overdue": overview.overdue,
        "next": overview.next.touchpoint if overview.next else None,
        "next_on": str(overview.next.due) if overview.next else None,
        "flags": overview.flags,
    }


def table(found: Sequence[Overview]) -> Table:
    """The customers in a table."""
    heads = (
        "ID NAME SEGMENT CSM STARTED ONBOARDING CONTACT RENEWS WAITING OVERDUE NEXT ON WHY"
    ).split()
    rows = [
        (
            each.customer.id,
            each.customer.name,
            each.customer.segment or "",
            each.customer.csm,
            _day(each.customer.started),
            onboarding(each.customer, each.today),
            _day(each.customer.last_contact(each.today)),
            "renewed" if each.customer.renewed else _day(each.customer.renews),
            str(each.waiting),
            str(each.overdue),
            each.next.touchpoint if each.next else "",
            _day(each.next.due if each.next else None),
            "; ".join(each.flags),
        )
        for each in found
    ]
    return Table(f"Customers: {len(rows):,}", heads, rows, frozenset({"WAITING", "OVERDUE"}))


def onboarding(customer: Customer, today: date) -> str:
    """Where its onboarding stands: none, open or closed."""
    opened, closed = customer.onboarding.opened, customer.onboarding.closed
    if closed and closed <= today:
        return "closed"
    return "open" if opened and opened <= today else "none"


def _day(day: date | None) -> str:
    return str(day) if day else ""
