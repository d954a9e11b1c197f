"""What comes for a customer: which touchpoints apply, and their windows after its days. Pure.

The conditions of all playbooks come to a few questions. Customers who answer them alike, and have
begun on the same day, have the same windows; in a large book most customers have such a twin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.customers.calendars import DAY, written
from cs_aws_janitor.customers.conditions import Condition
from cs_aws_janitor.customers.playbook import ANCHORS, MOVING, NOW, QUARTER
from cs_aws_janitor.customers.recurrence import occurrences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.playbook import Playbook, Touchpoint
    from cs_aws_janitor.customers.schedule import Today

ONCE = "once"  # in the key of what has no day of its own

# Days are few, and windows many: with one object for each day they are found in less time.
_one = cache(lambda day: day)


class _Window(NamedTuple):
    """A first and a last day, the day on which it is due, and how its keys are dated."""

    first: date
    last: date
    due: date
    dated: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One touchpoint of a playbook, and what is the same of it for every customer.

    `name` stands in keys, and `sink` is where its tasks go. `span` is from today to the day until
    which repeated touchpoints are shown.
    `known` are its windows, by the day they count from and the period in which they come again.
    """

    playbook: Playbook
    touchpoint: Touchpoint
    name: str
    sink: str
    span: tuple[date, date]
    known: dict[tuple[date, str | None], list[_Window]] = field(default_factory=dict)

    def windows(self, start: date, period: str | None) -> list[_Window]:
        """Its windows after `start`, once or each `period`."""
        found = self.known.get((start, period))
        if found is None:
            window = self.touchpoint.window
            anchors = occurrences(start, period, window, self.span) if period else (start,)
            found = self.known[start, period] = [self._window(anchor) for anchor in anchors]
        return found

    def _window(self, anchor: date) -> _Window:
        window, before = self.touchpoint.window, self.touchpoint.before
        first = last = due = window.at(anchor, window.due)
        if window.first != window.due:
            first = window.at(anchor, window.first)
        if window.last != window.due:
            last = window.at(anchor, window.last)
        if before:
            other = self.playbook.touchpoint(before).window
            last = min(last, window.at(anchor, other.due) - DAY)
        return _Window(_one(first), _one(last), _one(min(due, last)), self._dated(anchor))

    def _dated(self, anchor: date) -> str | None:
        touchpoint = self.touchpoint
        # Nobody is written to twice, also where the day was a slip and is corrected.
        if touchpoint.after == NOW or (touchpoint.mail and not touchpoint.every):
            return ONCE
        return None if touchpoint.after in MOVING else written(anchor)


class Entry(NamedTuple):
    """One window of a touchpoint that applies; `done`: it is not to be done any more.

    `number` is the place of its touchpoint among all of them. `dated` is the end of its keys;
    None: that is the customer's start, for the window moves.
    """

    number: int
    line: Line
    done: bool
    first: date
    last: date
    due: date
    dated: str | None


class _Applying(NamedTuple):
    """A touchpoint that applies, and how often it comes."""

    number: int
    line: Line
    done: bool
    period: str | None


@dataclass(slots=True)
class _Alike:
    """Customers who answer alike: what applies to them, by the day it counts from.

    `known` is what comes of it after the days that some of them have.
    """

    applying: dict[str, list[_Applying]] = field(default_factory=dict)
    known: dict[tuple[str, date], list[Entry]] = field(default_factory=dict)

    def entries(self, after: str, start: date) -> list[Entry]:
        """What counts from one of ANCHORS, where that is the day `start`."""
        found = self.known.get((after, start))
        if found is None:
            found = self.known[after, start] = [
                Entry(number, line, done, *window)
                for number, line, done, period in self.applying[after]
                for window in line.windows(start, period)
            ]
        return found


class Course:
    """The touchpoints of all playbooks, for whichever customer."""

    def __init__(self, playbooks: Sequence[Playbook], today: Today) -> None:
        self._day = today.day
        self._served = {delivery.customer for delivery in today.deliveries.values()}
        self._lines = [_line(book, each, today) for book in playbooks for each in book.touchpoints]
        asked = (each for line in self._lines for each in _asked(line.touchpoint))
        self._questions = list(dict.fromkeys(asked))
        self._alike: dict[tuple[bool, ...], _Alike] = {}

    def of(self, customer: Customer) -> list[Entry]:
        """What comes for `customer`, in the order of the playbooks."""
        day = self._day
        served = customer.id in self._served
        answers = (served, *[each.holds(customer, day) for each in self._questions])
        alike = self._alike.get(answers) or self._begin(answers)
        found: list[Entry] = []
        for after in alike.applying:
            start = ANCHORS[after](customer, day)
            if start is not None:
                found += alike.entries(after, start)
        found.sort(key=_number)
        return found

    def _begin(self, answers: tuple[bool, ...]) -> _Alike:
        """Those who give the same answers; the first says whether something was delivered."""
        served, *rest = answers
        so = {each for each, answer in zip(self._questions, rest, strict=True) if answer}
        found = self._alike[answers] = _Alike()
        for each in self._applying(so):
            if served or not each.done:  # of the others nothing is there to be changed
                found.applying.setdefault(each.line.touchpoint.after, []).append(each)
        return found

    def _applying(self, so: set[Condition]) -> Iterator[_Applying]:
        """What applies where these conditions hold, and no others."""
        for number, line in enumerate(self._lines):
            touchpoint = line.touchpoint
            if so.issuperset(touchpoint.when):
                done = not so.isdisjoint(touchpoint.until)
                quarterly = not so.isdisjoint(_quarterly(touchpoint))
                yield _Applying(number, line, done, QUARTER if quarterly else touchpoint.every)


_number = itemgetter(0)


def _line(playbook: Playbook, touchpoint: Touchpoint, today: Today) -> Line:
    return Line(
        playbook,
        touchpoint,
        f"/{playbook.name}/{touchpoint.name}/",
        touchpoint.sink or (today.mails if touchpoint.mail else today.sink),
        (today.day, today.ahead or today.day),
    )


def _asked(touchpoint: Touchpoint) -> tuple[Condition, ...]:
    """Every question on which its windows depend."""
    return (*touchpoint.when, *touchpoint.until, *_quarterly(touchpoint))


def _quarterly(touchpoint: Touchpoint) -> tuple[Condition, ...]:
    """The condition under which it comes each quarter, if there is one."""
    least = touchpoint.quarterly_from
    return () if least is None else (Condition("value_from", bound=least),)
