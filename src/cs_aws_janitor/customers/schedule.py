"""From customers, playbooks, what was delivered and today to tasks: the mind, and it is pure.

Source: the tables of customer-lifecycle.md. Windows count from a day of the customer. A due date on
a weekend or a public holiday moves to the next working day where that is still inside of the
window, otherwise to the last working day before it. What was missed while nobody ran comes late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.customers.conditions import all_hold, one_holds
from cs_aws_janitor.customers.contacts import ADDRESS
from cs_aws_janitor.customers.notes import filled
from cs_aws_janitor.customers.playbook import ANCHORS, ASSIGNEE, MOVING, NOW
from cs_aws_janitor.customers.recurrence import occurrences
from cs_aws_janitor.customers.task import (
    DELIVERED,
    DUE,
    OPEN,
    OVERDUE,
    UPCOMING,
    Flag,
    Task,
    standing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.playbook import Mail, Playbook, Touchpoint
    from cs_aws_janitor.customers.task import Delivery

    IsWorkday = Callable[[str, date], bool]

DAY = timedelta(days=1)
ONCE = "once"  # in the key of what has no day of its own
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

    def is_past(self, due: date) -> bool:
        """Whether what was due then is left to what people did before the janitor came."""
        return self.since is not None and due < self.since


class _Days(NamedTuple):
    """When a touchpoint opens and is due, and what its key is dated by."""

    opens: date
    due: date
    dated: str


class _Case(NamedTuple):
    """One touchpoint of one customer; `done`: it is not to be done any more."""

    customer: Customer
    playbook: Playbook
    touchpoint: Touchpoint
    done: bool = False

    @property
    def key(self) -> str:
        """The key of its task, but for the date."""
        return f"{self.customer.id}/{self.playbook.name}/{self.touchpoint.name}/"

    def flag(self, why: str) -> Flag:
        """Something to mind about it."""
        return Flag(self.customer.id, self.playbook.name, self.touchpoint.name, why)


@dataclass(slots=True)
class _Share:
    """A touchpoint of all customers of one person, and who they are so far."""

    first: _Case
    days: _Days
    customers: list[Customer] = field(default_factory=list)


def schedule(
    customers: Iterable[Customer], playbooks: Sequence[Playbook], today: Today
) -> Iterator[Task | Flag]:
    """Every task there is for `customers`, in their order, and what a person should mind."""
    shares: dict[str, _Share] = {}
    touchpoints = [(playbook, each) for playbook in playbooks for each in playbook.touchpoints]
    for customer in customers:
        said: set[tuple[str, str]] = set()
        for case, anchor in _cases(customer, touchpoints, today):
            if case.touchpoint.per == ASSIGNEE:
                _share(shares, case, anchor, today)
                continue
            for found in _of_one(case, anchor, today):
                if not isinstance(found, Flag) or _is_news(found, said):
                    yield found
    for key, share in shares.items():
        if task := _of_all(key, share, today):
            yield task


def _cases(
    customer: Customer, touchpoints: Iterable[tuple[Playbook, Touchpoint]], today: Today
) -> Iterator[tuple[_Case, date]]:
    """The touchpoints that apply to a customer, and the day that each counts from."""
    for playbook, touchpoint in touchpoints:
        anchor = ANCHORS[touchpoint.after](customer, today.day)
        if anchor is not None and all_hold(touchpoint.when, customer, today.day):
            done = one_holds(touchpoint.until, customer, today.day)
            yield _Case(customer, playbook, touchpoint, done), anchor


def _is_news(flag: Flag, said: set[tuple[str, str]]) -> bool:
    """Whether it was not `said` of another touchpoint of the same playbook before."""
    before = len(said)
    said.add((flag.playbook, flag.why))
    return len(said) > before


def _of_one(case: _Case, anchor: date, today: Today) -> Iterator[Task | Flag]:
    touchpoint = case.touchpoint
    for days in _days(case, anchor, today):
        if touchpoint.mail:
            yield from _mails(case, touchpoint.mail, days, today)
        elif task := _task(case, case.key + days.dated, days, today):
            yield task
            if touchpoint.flag and not case.done and days.opens <= today.day:
                fill = (case.customer, days.due, case.playbook.release_day)
                yield case.flag(filled(touchpoint.flag, *fill))


def _task(case: _Case, key: str, days: _Days, today: Today) -> Task | None:
    """The task of these days, or None where it is done, or lies before all that counts."""
    customer, playbook, touchpoint, done = case
    opens, due, _ = days
    delivery = standing(today.deliveries, key)
    if delivery is None and (done or today.is_past(due)):
        return None
    if delivery and touchpoint.after == NOW:
        opens, due = delivery.opens, delivery.due
    title, notes = touchpoint.title, touchpoint.notes
    if touchpoint.fills:
        fill = (customer, due, playbook.release_day)
        title, notes = filled(title, *fill), tuple([filled(note, *fill) for note in notes])
    return Task(
        key,
        customer.id,
        playbook.name,
        touchpoint.name,
        title if touchpoint.mail else f"{title}: {customer.name}",
        opens,
        due,
        DELIVERED if delivery else today.status(opens, due),
        _person(customer, touchpoint.assignee),
        notes,
        touchpoint.sink or (today.mails if touchpoint.mail else today.sink),
        done=done,
    )


def _mails(case: _Case, mail: Mail, days: _Days, today: Today) -> Iterator[Task | Flag]:
    """One task for each contact with the label, so that each of them gets the mail once."""
    customer = case.customer
    addresses = {c.email.lower(): c.email for c in customer.labelled(mail.to)}
    valid = {each: address for each, address in addresses.items() if ADDRESS.fullmatch(address)}
    if not valid and not case.done and days.opens <= today.day:
        yield case.flag(f"no contact with an email is labelled {mail.to}, so this reaches nobody")
    cc = tuple(filter(None, map(customer.person, mail.cc)))
    for each, address in valid.items():
        if task := _task(case, f"{case.key}{days.dated}/{each}", days, today):
            yield task._replace(to=address, cc=cc)


def _days(case: _Case, anchor: date, today: Today) -> Sequence[_Days]:
    """The windows of a touchpoint, each dated by what does not move while it stays the same."""
    customer, touchpoint = case.customer, case.touchpoint
    if period := touchpoint.period(customer):
        country = "" if touchpoint.per == ASSIGNEE else customer.country
        found = occurrences(
            anchor, period, touchpoint.window, (today.day, today.ahead or today.day)
        )
        return [_settled(case, day, country, today) for day in found]
    days = _settled(case, anchor, customer.country, today)
    if touchpoint.after not in MOVING:
        return (days,)
    if touchpoint.after == NOW:
        return (_Days(days.opens, days.due, ONCE),)
    # Follow-ups are of customers: of whom has not begun there are none.
    return (_Days(days.opens, days.due, f"{customer.started}"),) if customer.started else ()


def _settled(case: _Case, anchor: date, country: str, today: Today) -> _Days:
    """The window after `anchor`, due on a working day."""
    window = case.touchpoint.window
    due = last = window.at(anchor, window.due)
    if window.last != window.due:
        last = window.at(anchor, window.last)
    if case.touchpoint.before:
        other = case.playbook.touchpoint(case.touchpoint.before).window
        last = min(last, window.at(anchor, other.due) - DAY)
        due = min(due, last)
    if not today.is_workday(country, due):
        due = settle(due, last, lambda day: today.is_workday(country, day))
    opens = due if window.first == window.due else window.at(anchor, window.first)
    return _Days(min(opens, due), due, str(anchor))


def settle(due: date, last: date, is_workday: Callable[[date], bool]) -> date:
    """`due`, or the next working day until `last`, or else the last working day before."""
    later = due
    while later <= last:
        if is_workday(later):
            return later
        later += DAY
    while not is_workday(due):
        due -= DAY
    return due


def _person(customer: Customer, roles: Iterable[str]) -> str | None:
    for role in roles:
        if person := customer.person(role):
            return person
    return None


def _share(shares: dict[str, _Share], case: _Case, anchor: date, today: Today) -> None:
    """Add a customer to the touchpoints of the person who has it."""
    if case.done:
        return
    who = (_person(case.customer, case.touchpoint.assignee) or NOBODY).replace("/", " ")
    for days in _days(case, anchor, today):
        key = f"@{who}/{case.playbook.name}/{case.touchpoint.name}/{days.dated}"
        shares.setdefault(key, _Share(case, days)).customers.append(case.customer)


def _of_all(key: str, share: _Share, today: Today) -> Task | None:
    (customer, playbook, touchpoint, _), (opens, due, _) = share.first, share.days
    delivery = standing(today.deliveries, key)
    if delivery is None and today.is_past(due):
        return None
    who = _person(customer, touchpoint.assignee)
    names = ", ".join(customer.name for customer in share.customers)
    return Task(
        key,
        None,
        playbook.name,
        touchpoint.name,
        f"{touchpoint.title}: {who or NOBODY}",
        opens,
        due,
        DELIVERED if delivery else today.status(opens, due),
        who,
        (*touchpoint.notes, f"Customers: {names}"),
        touchpoint.sink or today.sink,
        customers=tuple(customer.id for customer in share.customers),
    )
