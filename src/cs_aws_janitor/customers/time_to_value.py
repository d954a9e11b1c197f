"""Time to value: how long it takes until a customer is engaged, has first value, is onboarded.

Source: customer-lifecycle.md, "Time to value". All of it in calendar days.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cs_aws_janitor.customers.model import Customer

ENGAGE, FIRST_VALUE, ONBOARD = METRICS = (
    "time_to_engage",
    "time_to_first_value",
    "time_to_onboard",
)
GOALS: Mapping[str, int] = {ENGAGE: 14, FIRST_VALUE: 30, ONBOARD: 45}  # days
USAGE_FROM = date(2022, 2, 1)  # subscriptions that began earlier have no usage metric
USED = 10  # percent of the licences that were sold
NEARLY = 0.75  # of its goal, from which on a metric is at risk

MET, AT_RISK, MISSED, UNKNOWN = STATUSES = ("met", "at-risk", "missed", "unknown")


@dataclass(frozen=True, slots=True)
class Goals:
    """Days at most, for each metric; and for those of product usage that have a goal."""

    days: Mapping[str, int] = field(default_factory=lambda: GOALS)
    usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of one customer.

    `days` is None where it is not known yet, `goal` where it has none; `began` is the day from
    which it counts. `subscription` is that of a metric of product usage.
    """

    metric: str
    days: int | None
    goal: int | None
    status: str
    began: date | None
    subscription: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """One metric of many customers: how many of each status, and how long it took."""

    metric: str
    statuses: Mapping[str, int]
    days: tuple[int, ...]

    @property
    def median(self) -> float | None:
        """Half of those that are known took no longer."""
        return median(self.days) if self.days else None


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to another, as far as they are known; `hindered`: its customer delays it."""

    began: date | None
    ended: date | None
    hindered: bool = False


def measures(
    customer: Customer, today: date, goals: Goals, first_seen: date | None = None
) -> list[Measure]:
    """The metrics of `customer` as of `today`, those of product usage last.

    `first_seen` is the day on which enough licences were seen in use, where that is remembered.
    """
    hindered = customer.onboarding.delay_cause == "customer" and not customer.onboarding.closed
    opened = customer.onboarding.opened
    value = first_value(customer, today, first_seen)
    spans = {
        ENGAGE: Span(opened, next(iter(customer.conversations(today)), None), hindered),
        FIRST_VALUE: Span(customer.contracted, value, hindered),
        ONBOARD: Span(opened, _until(customer.onboarding.closed, today), hindered),
    }
    found = [_measure(metric, span, today, goals.days[metric]) for metric, span in spans.items()]
    return found + list(_usage(customer, today, goals))


def first_value(customer: Customer, today: date, first_seen: date | None) -> date | None:
    """The first value date: as set by hand, else the day on which the licences were seen in use."""
    if customer.first_value:
        return _until(customer.first_value, today)
    if first_seen:
        return _until(first_seen, today)
    return today if in_use(customer) else None


def in_use(customer: Customer) -> bool:
    """Whether activated licences reach 10 % of those that were sold."""
    sold, activated = customer.licences.sold, customer.licences.activated
    return bool(sold and activated and activated * 100 >= sold * USED)


def summary(
    measured: Iterable[tuple[Customer, list[Measure]]],
) -> dict[str, dict[str, list[Sums]]]:
    """The sums by CSM and by the quarter in which each metric began: `csm` and `quarter`."""
    by: dict[str, dict[str, list[Measure]]] = {
        "csm": defaultdict(list),
        "quarter": defaultdict(list),
    }
    for customer, found in measured:
        for each in found:
            by["csm"][customer.csm or "nobody"].append(each)
            if each.began:
                by["quarter"][quarter(each.began)].append(each)
    return {
        sort: {name: _sums(found) for name, found in sorted(groups.items())}
        for sort, groups in by.items()
    }


def quarter(day: date) -> str:
    """The quarter of the calendar year, such as `2026-Q1`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _measure(metric: str, span: Span, today: date, goal: int | None) -> Measure:
    """A metric that cannot be negative: what ended before it began took no time."""
    days = (span.ended - span.began).days if span.began and span.ended else None
    if days is not None:
        days = max(days, 0)
    return Measure(metric, days, goal, _status(span, days, today, goal), span.began)


def _status(span: Span, days: int | None, today: date, goal: int | None) -> str:
    if days is not None:
        return MET if goal is None or days <= goal else MISSED
    if span.began is None or goal is None:
        return UNKNOWN
    gone = (today - span.began).days
    if gone > goal:
        return MISSED
    return AT_RISK if span.hindered or gone >= goal * NEARLY else UNKNOWN


def _usage(customer: Customer, today: date, goals: Goals) -> Iterator[Measure]:
    """Product usage, which may be negative: what was reached before the subscription began."""
    subscribed = [(each.id, each.started, each.usage) for each in customer.subscriptions]
    if customer.subscribed and customer.usage:
        subscribed.insert(0, (customer.id, customer.subscribed, customer.usage))
    for subscription, started, usage in subscribed:
        if started < USAGE_FROM:
            continue
        for name in sorted({*usage, *goals.usage}):
            span = Span(started, _until(usage.get(name), today))
            days = (span.ended - started).days if span.ended else None
            goal = goals.usage.get(name)
            status = _status(span, days, today, goal)
            yield Measure(name, days, goal, status, started, subscription)


def _until(day: date | None, today: date) -> date | None:
    """`day`, unless it is still to come."""
    return day if day and day <= today else None


def _sums(found: list[Measure]) -> list[Sums]:
    metrics = dict.fromkeys((*METRICS, *sorted(each.metric for each in found)))
    sums = []
    for metric in metrics:
        own = [each for each in found if each.metric == metric]
        if own:
            statuses = {s: sum(each.status == s for each in own) for s in STATUSES}
            days = tuple(sorted(each.days for each in own if each.days is not None))
            sums.append(Sums(metric, statuses, days))
    return sums


def due_by(measure: Measure) -> date | None:
    """The last day on which its goal can be met."""
    if measure.began is None or measure.goal is None:
        return None
    return measure.began + timedelta(days=measure.goal)
