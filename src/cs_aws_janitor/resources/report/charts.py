"""Charts as shapes: where each bar or mark lies, in the chart's own units, and what it says."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.savings import SAVING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, tzinfo
    from decimal import Decimal

    from cs_aws_janitor.resources.report.timeline import Owned
    from cs_aws_janitor.resources.savings import Savings

WIDTH, HEIGHT = 360, 120
STRIP = 18  # the height of one line of time
WEEKS = 26  # the latest, that are shown
LABELS = 6  # at most so many weeks are written below the bars


class Bar(NamedTuple):
    """A rectangle: how it is drawn, and what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    said: str


class Mark(NamedTuple):
    """A sign at one place of a line of time: how it is drawn, and what it says."""

    x: float
    kind: str
    said: str


class Week(NamedTuple):
    """What was saved in the week that begins on a Monday, by action; in USD."""

    first: date
    amounts: Mapping[Verb, Decimal]

    @property
    def total(self) -> Decimal:
        """By all actions."""
        return sum(self.amounts.values(), start=type(next(iter(self.amounts.values())))())


def weeks(saved: Savings, until: datetime, zone: tzinfo) -> list[Week]:
    """The weeks from the first saving to `until` (aware), the latest 26, in `zone`."""
    if not saved.found:
        return []
    first = _monday(min(s.start for s in saved.found).astimezone(zone).date())
    last = _monday(until.astimezone(zone).date())
    first = max(first, last - timedelta(weeks=WEEKS - 1))
    found = []
    while first <= last:
        start, end = (datetime.combine(d, time(), zone) for d in (first, first + _WEEK))
        within = saved.between(start, end)
        found.append(Week(first, {verb: within.amount(verb) for verb in SAVING}))
        first += _WEEK
    return found


def week_bars(shown: Sequence[Week]) -> list[Bar]:
    """A bar for each week, made of one part for each action."""
    most = max((float(week.total) for week in shown), default=0.0)
    wide = WIDTH / max(len(shown), 1)
    bars = []
    for number, week in enumerate(shown):
        top = float(HEIGHT)
        for verb, amount in week.amounts.items():
            tall = HEIGHT * float(amount) / most if most else 0.0
            top -= tall
            said = f"week of {week.first}, {verb.value.replace('_', ' ')}: {amount:,} USD"
            if tall:
                bars.append(Bar(number * wide + 1, top, max(wide - 2, 1), tall, verb.value, said))
    return bars


def week_labels(shown: Sequence[Week]) -> list[tuple[float, str]]:
    """Where which weeks are written below: so few that they do not run into each other."""
    wide = WIDTH / max(len(shown), 1)
    every = -(-len(shown) // LABELS) or 1
    return [
        ((number + 0.5) * wide, f"{week.first:%m-%d}")
        for number, week in enumerate(shown)
        if number % every == 0
    ]


def shares(counts: Mapping[str, int]) -> list[Bar]:
    """Counts side by side, each as wide as it is many."""
    total = sum(counts.values())
    bars, x = [], 0.0
    for kind, count in counts.items():
        wide = WIDTH * count / total
        bars.append(Bar(x, 0, max(wide - 1, 0.5), STRIP, kind, f"{count:,} {kind}"))
        x += wide
    return bars


def marks(owned: Owned, today: date, days: int) -> list[Mark]:
    """When an owner is told, and when something is shut off or terminated, on a line of time."""
    wide = WIDTH / days
    return [
        Mark(((day - today).days + 0.5) * wide, verb.value, f"{day}: {count:,} {_SAID[verb]}")
        for verb in (Verb.NOTIFY, Verb.SHUT_OFF, Verb.TERMINATE)
        for day, count in sorted(owned.on(verb).items())
    ]


_WEEK = timedelta(weeks=1)
_SAID = {
    Verb.NOTIFY: "told of",
    Verb.SHUT_OFF: "shut off or marked",
    Verb.TERMINATE: "terminated",
}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
