"""From customers, playbooks, what was delivered and today to tasks: the mind, and it is pure.

Source: the tables of customer-lifecycle.md. Windows count from a day of the customer. A due date on
a weekend or a public holiday moves to the next working day where that is still inside of the
window, otherwise to the last working day before it. What was missed while nobody ran comes late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.calendars import Calendars
from cs_aws_janitor.customers.course import Course
from cs_aws_janitor.customers.notes import filled
from cs_aws_janitor.customers.playbook import ASSIGNEE, NOW
from cs_aws_janitor.customers.task import (
    DELIVERED,
    DUE,
    OPEN,
    OVERDUE,
    UPCOMING,
    Flag,
    Task,
)
from cs_aws_janitor.shared.addresses import is_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.customers.calendars import Calendar, IsWorkday
    from cs_aws_janitor.customers.course import Entry, Line
    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.playbook import Mail, Playbook
    from cs_aws_janitor.customers.task import Delivery


NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Today:
    """What tasks are made for: the day, who works on which days where, and what was delivered.

    `ahead` is the day until which repeated touchpoints are shown; the next one always is. What was
    due before `since`, and never delivered, counts as done by hand. `sink` and `mails` are where
    tasks and mails go unless their playbook says otherwise.
    """

    day: date
    is_workday: IsWorkday
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
    sink: str = "file"
    mails: str = "file"
    since: date | None = None
    ahead: date | None = None

    def status(self, opens: date, due: date) -> str:
        """What is not delivered is `upcoming`, then `open`, `due` on its day, then `overdue`."""
        if self.day < opens:
            return UPCOMING
        if self.day < due:
            return OPEN
        return DUE if self.day == due else OVERDUE


class _People(dict[tuple[str, ...], "str | None"]):
    """Who has the first of some roles of a customer that somebody has; each is looked up once."""

    def __init__(self, customer: Customer) -> None:
        super().__init__()
        self._customer = customer

    def __missing__(self, roles: tuple[str, ...]) -> str | None:
        people = filter(None, map(self._customer.person, roles))
        found = self[roles] = next(people, None)
        return found


@dataclass(slots=True)
class _Case:
    """One customer whose touchpoints are gone through, and what is found of them."""

    customer: Customer
    today: Today
    calendar: Calendar
    people: _People
    found: list[Task | Flag] = field(default_factory=list)
    said: set[tuple[str, str]] = field(default_factory=set)

    def flag(self, line: Line, why: str) -> None:
        """Something to mind about it, unless another touchpoint of the playbook has said it."""
        playbook = line.playbook.name
        if (playbook, why) not in self.said:
            self.said.add((playbook, why))
            self.found.append(Flag(self.customer.id, playbook, line.touchpoint.name, why))


@dataclass(slots=True)
class _Share:
    """A touchpoint of all customers of one person, and who they are so far."""

    first: Entry
    who: str | None
    customers: list[Customer] = field(default_factory=list)


def schedule(
    customers: Iterable[Customer], playbooks: Sequence[Playbook], today: Today
) -> Iterator[Task | Flag]:
    """Every task there is for `customers`, in their order, and what a person should mind."""
    shares: dict[str, _Share] = {}
    course = Course(playbooks, today)
    calendars = Calendars(today.is_workday)
    for customer in customers:
        case = _Case(customer, today, calendars[customer.country], _People(customer))
        for entry in course.of(customer):
            if entry.line.touchpoint.per == ASSIGNEE:
                _share(shares, case, entry)
            else:
                _add(case, entry)
        yield from case.found
    # Whoever has customers in many countries works in none of them.
    nowhere = calendars[""]
    for key, share in shares.items():
        if task := _of_all(key, share, today, nowhere):
            yield task


def _add(case: _Case, entry: Entry) -> None:
    """Add the tasks of one window of one customer, and what is to be minded about them."""
    _, line, done, first, last, due, dated = entry
    customer, touchpoint = case.customer, line.touchpoint
    if dated is None and customer.started is None:
        return  # follow-ups are of customers: of whom has not begun there are none
    key = f"{customer.id}{line.name}{dated or customer.started}"
    days = case.calendar.settled(first, last, due)
    if touchpoint.mail:
        _add_mails(case, entry, touchpoint.mail, key, days)
    elif task := _task(case, line, key, days, done=done):
        case.found.append(task)
        opens, due = days
        if touchpoint.flag and not done and opens <= case.today.day:
            case.flag(line, *filled((touchpoint.flag,), customer, due, line.playbook.release_day))


def _task(case: _Case, line: Line, key: str, days: tuple[date, date], *, done: bool) -> Task | None:
    """The task of these days, or None where it is done, or lies before all that counts."""
    customer, today, touchpoint = case.customer, case.today, line.touchpoint
    opens, due = days
    status = today.status(opens, due)
    delivery = today.deliveries.get(key)
    if delivery and not delivery.withdrawn:
        status = DELIVERED
        if touchpoint.after == NOW:
            opens, due = delivery.opens, delivery.due
    elif done or (today.since and due < today.since):
        return None
    title, notes = touchpoint.title, touchpoint.notes
    if touchpoint.fills:
        fill = (customer, due, line.playbook.release_day)
        notes = filled(notes, *fill)
        if "{" in title:
            (title,) = filled((title,), *fill)
    return Task(
        key,
        customer.id,
        line.playbook.name,
        touchpoint.name,
        title if touchpoint.mail else f"{title}: {customer.name}",
        opens,
        due,
        status,
        case.people[touchpoint.assignee],
        notes,
        line.sink,
        None,
        (),
        (),
        done,
    )


def _add_mails(case: _Case, entry: Entry, mail: Mail, key: str, days: tuple[date, date]) -> None:
    """One task for each contact with the label, so that each of them gets the mail once."""
    customer = case.customer
    addresses = {c.email.lower(): c.email for c in customer.labelled(mail.to)}
    valid = {each: address for each, address in addresses.items() if is_address(address)}
    if not valid and not entry.done and days[0] <= case.today.day:
        why = f"no contact with an email is labelled {mail.to}, so this reaches nobody"
        case.flag(entry.line, why)
    cc = tuple(filter(None, map(customer.person, mail.cc)))
    for each, address in valid.items():
        if task := _task(case, entry.line, f"{key}/{each}", days, done=entry.done):
            case.found.append(task._replace(to=address, cc=cc))


def _share(shares: dict[str, _Share], case: _Case, entry: Entry) -> None:
    """Add a customer to the touchpoint of the person who has it."""
    if entry.done:
        return
    who = case.people[entry.line.touchpoint.assignee]
    key = f"@{(who or NOBODY).replace('/', ' ')}{entry.line.name}{entry.dated}"
    share = shares.get(key)
    if share is None:
        share = shares[key] = _Share(entry, who)
    share.customers.append(case.customer)


def _of_all(key: str, share: _Share, today: Today, calendar: Calendar) -> Task | None:
    line, who, customers = share.first.line, share.who, share.customers
    opens, due = calendar.settled(share.first.first, share.first.last, share.first.due)
    status = today.status(opens, due)
    delivery = today.deliveries.get(key)
    if delivery and not delivery.withdrawn:
        status = DELIVERED
    elif today.since and due < today.since:
        return None
    touchpoint = line.touchpoint
    names = ", ".join(customer.name for customer in customers)
    return Task(
        key,
        None,
        line.playbook.name,
        touchpoint.name,
        f"{touchpoint.title}: {who or NOBODY}",
        opens,
        due,
        status,
        who,
        (*touchpoint.notes, f"Customers: {names}"),
        touchpoint.sink or today.sink,
        customers=tuple(customer.id for customer in customers),
    )
