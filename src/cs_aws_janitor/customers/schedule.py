"""From customers, playbooks, what was delivered and today to tasks: the mind, and it is pure.

Source: the tables of customer-lifecycle.md. Windows count from a day of the customer. A due date on
a weekend or a public holiday moves to the next working day where that is still inside of the
window, otherwise to the last working day before it. What was missed while nobody ran comes late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.customers.conditions import Verdicts
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
)
from cs_aws_janitor.shared.addresses import is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.customers.conditions import Condition
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


class _Days(NamedTuple):
    """When a touchpoint opens and is due, what that makes of it today, and the end of its key."""

    opens: date
    due: date
    status: str
    end: str


@dataclass(slots=True)
class _Line:
    """One touchpoint of a playbook.

    Many customers have begun on the same day, and some of them in the same country, so what was
    found is kept. By anchor, `windows`: the first, last and due day, and the end of the key. By
    anchor and period, `repeated`: the days of what comes again. By country as well, `known`: all
    that comes of it. Lines that ask for the same have the same objects as `when` and `until`.
    """

    playbook: Playbook
    touchpoint: Touchpoint
    when: tuple[Condition, ...]
    until: tuple[Condition, ...]
    windows: dict[date, tuple[date, date, date, str]] = field(default_factory=dict)
    repeated: dict[tuple[date, str], Sequence[date]] = field(default_factory=dict)
    known: dict[tuple[date, str, str | None], Sequence[_Days]] = field(default_factory=dict)

    def days(self, anchor: date, period: str, today: Today) -> Sequence[date]:
        """The days on which it comes each `period` after `anchor`."""
        span = (today.day, today.ahead or today.day)
        found = tuple(occurrences(anchor, period, self.touchpoint.window, span))
        self.repeated[anchor, period] = found
        return found

    def window(self, anchor: date) -> tuple[date, date, date, str]:
        """The first and the last day of the window after `anchor`, and the day it is due."""
        window = self.touchpoint.window
        first = last = due = window.at(anchor, window.due)
        if window.first != window.last:
            first, last = window.at(anchor, window.first), window.at(anchor, window.last)
        if self.touchpoint.before:
            other = self.playbook.touchpoint(self.touchpoint.before).window
            last = min(last, window.at(anchor, other.due) - DAY)
        # Nobody is written to twice, also where the day was a slip and is corrected.
        once = self.touchpoint.mail and not self.touchpoint.every
        end = _end(self, ONCE if once else f"{anchor}")
        found = self.windows[anchor] = (first, last, min(due, last), end)
        return found


class _Case(NamedTuple):
    """One touchpoint of one customer, and the day it counts from; `done`: it is not to be done."""

    customer: Customer
    line: _Line
    anchor: date
    done: bool

    def flag(self, why: str) -> Flag:
        """Something to mind about it."""
        return Flag(self.customer.id, self.line.playbook.name, self.line.touchpoint.name, why)


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
    lines = list(_lines(playbooks))
    served = {delivery.customer for delivery in today.deliveries.values()}
    for customer in customers:
        said: set[tuple[str, str]] = set()
        for case in _cases(customer, lines, today.day, served):
            if case.line.touchpoint.per == ASSIGNEE:
                _share(shares, case, today)
                continue
            for found in _of_one(case, today):
                if not isinstance(found, Flag) or _is_news(found, said):
                    yield found
    for key, share in shares.items():
        if task := _of_all(key, share, today):
            yield task


def _lines(playbooks: Sequence[Playbook]) -> Iterator[_Line]:
    alike: dict[tuple[Condition, ...], tuple[Condition, ...]] = {}
    for playbook in playbooks:
        for each in playbook.touchpoints:
            when, until = (alike.setdefault(asked, asked) for asked in (each.when, each.until))
            yield _Line(playbook, each, when, until)


def _cases(
    customer: Customer, lines: Iterable[_Line], day: date, served: Collection[str | None]
) -> Iterator[_Case]:
    """The touchpoints that apply to a customer; what is done only of those who are `served`."""
    anchors: dict[str, date | None] = {}
    verdicts = Verdicts(customer, day)
    for line in lines:
        after = line.touchpoint.after
        if after not in anchors:
            anchors[after] = ANCHORS[after](customer, day)
        anchor = anchors[after]
        if anchor is None or (line.when and not verdicts.all_of(line.when)):
            continue
        done = bool(line.until) and verdicts.one_of(line.until)
        if not done or customer.id in served:
            yield _Case(customer, line, anchor, done)


def _is_news(flag: Flag, said: set[tuple[str, str]]) -> bool:
    """Whether it was not `said` of another touchpoint of the same playbook before."""
    before = len(said)
    said.add((flag.playbook, flag.why))
    return len(said) > before


def _of_one(case: _Case, today: Today) -> Iterable[Task | Flag]:
    touchpoint = case.line.touchpoint
    found: list[Task | Flag] = []
    for days in _days(case, today):
        if touchpoint.mail:
            found += _mails(case, touchpoint.mail, days, today)
        elif task := _task(case, case.customer.id + days.end, days, today):
            found.append(task)
            if touchpoint.flag and not case.done and days.opens <= today.day:
                fill = (case.customer, days.due, case.line.playbook.release_day)
                found.extend(map(case.flag, filled((touchpoint.flag,), *fill)))
    return found


def _task(case: _Case, key: str, days: _Days, today: Today) -> Task | None:
    """The task of these days, or None where it is done, or lies before all that counts."""
    customer, line, _, done = case
    opens, due, status, _ = days
    playbook, touchpoint = line.playbook, line.touchpoint
    delivery = today.deliveries.get(key)
    if delivery and not delivery.withdrawn:
        status = DELIVERED
        if touchpoint.after == NOW:
            opens, due = delivery.opens, delivery.due
    elif done or (today.since and due < today.since):
        return None
    title, notes = touchpoint.title, touchpoint.notes
    if touchpoint.fills:
        fill = (customer, due, playbook.release_day)
        title, *more = filled((title, *notes), *fill)
        notes = tuple(more)
    return Task(
        key,
        customer.id,
        playbook.name,
        touchpoint.name,
        title if touchpoint.mail else f"{title}: {customer.name}",
        opens,
        due,
        status,
        _person(customer, touchpoint.assignee),
        notes,
        touchpoint.sink or (today.mails if touchpoint.mail else today.sink),
        done=done,
    )


def _mails(case: _Case, mail: Mail, days: _Days, today: Today) -> Iterator[Task | Flag]:
    """One task for each contact with the label, so that each of them gets the mail once."""
    customer = case.customer
    addresses = {c.email.lower(): c.email for c in customer.labelled(mail.to)}
    valid = {each: address for each, address in addresses.items() if is_address(address)}
    if not valid and not case.done and days.opens <= today.day:
        yield case.flag(f"no contact with an email is labelled {mail.to}, so this reaches nobody")
    cc = tuple(filter(None, map(customer.person, mail.cc)))
    for each, address in valid.items():
        if task := _task(case, f"{customer.id}{days.end}/{each}", days, today):
            yield task._replace(to=address, cc=cc)


def _days(case: _Case, today: Today) -> Sequence[_Days]:
    """The windows of a touchpoint, each dated by what does not move while it stays the same."""
    customer, line, anchor, _ = case
    touchpoint = line.touchpoint
    # Whoever has customers in many countries works in none of them.
    country = "" if touchpoint.per == ASSIGNEE else customer.country
    period = touchpoint.period(customer)
    found = line.known.get((anchor, country, period))
    if found is None:
        found = list(_windows(line, (anchor, country, period), today))
        line.known[anchor, country, period] = found
    if touchpoint.after not in MOVING:
        return found
    # Follow-ups are of customers: of whom has not begun there are none.
    dated = ONCE if touchpoint.after == NOW else customer.started and f"{customer.started}"
    if not dated:
        return ()
    end = _end(line, dated)
    return [_Days(opens, due, status, end) for opens, due, status, _ in found]


def _windows(line: _Line, at: tuple[date, str, str | None], today: Today) -> Iterator[_Days]:
    anchor, country, period = at
    days: Sequence[date] = (anchor,)
    if period:
        days = line.repeated.get((anchor, period)) or line.days(anchor, period, today)
    for day in days:
        yield _settled(line, day, country, today)


def _settled(line: _Line, anchor: date, country: str, today: Today) -> _Days:
    """The window after `anchor`, due on a working day."""
    first, last, due, end = line.windows.get(anchor) or line.window(anchor)
    if not today.is_workday(country, due):
        due = settle(due, last, lambda day: today.is_workday(country, day))
    opens = min(first, due)
    return _Days(opens, due, today.status(opens, due), end)


def _end(line: _Line, dated: str) -> str:
    """What follows on the customer in the key of a task."""
    return f"/{line.playbook.name}/{line.touchpoint.name}/{dated}"


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


def _share(shares: dict[str, _Share], case: _Case, today: Today) -> None:
    """Add a customer to the touchpoints of the person who has it."""
    if case.done:
        return
    who = _person(case.customer, case.line.touchpoint.assignee) or NOBODY
    for days in _days(case, today):
        key = f"@{who.replace('/', ' ')}{days.end}"
        share = shares.get(key)
        if share is None:
            share = shares[key] = _Share(case, days)
        share.customers.append(case.customer)


def _of_all(key: str, share: _Share, today: Today) -> Task | None:
    customer, line, *_ = share.first
    opens, due, status, _ = share.days
    delivery = today.deliveries.get(key)
    if delivery and not delivery.withdrawn:
        status = DELIVERED
    elif today.since and due < today.since:
        return None
    touchpoint = line.touchpoint
    who = _person(customer, touchpoint.assignee)
    names = ", ".join(customer.name for customer in share.customers)
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
        customers=tuple(customer.id for customer in share.customers),
    )
