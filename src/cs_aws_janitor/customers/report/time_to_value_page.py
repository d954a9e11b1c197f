"""Time to value as one page with charts: no script, nothing fetched, readable in print."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_aws_janitor.customers.report.time_to_value_report import name
from cs_aws_janitor.customers.time_to_value import METRICS, STATUSES, due_by, summary
from cs_aws_janitor.shared.pages import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.customers.report.time_to_value_report import Found
    from cs_aws_janitor.customers.time_to_value import Measure, Sums

WIDTH, HEIGHT = 320, 120  # of a chart, in its own units
BARS = 12  # of a histogram


class Bar(NamedTuple):
    """A rectangle of a chart, what stands below and in it, and what a pointer on it is told."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str
    value: str
    said: str


class Chart(NamedTuple):
    """Bars, and where the goal lies on the axis: across (`goal_y`) or along (`goal_x`)."""

    title: str
    bars: Sequence[Bar]
    goal: str = ""
    goal_x: float | None = None
    goal_y: float | None = None


class Panel(NamedTuple):
    """One metric: its counts, its sentence, and its charts."""

    name: str
    counts: Sequence[tuple[str, int]]
    said: str
    charts: Sequence[Chart]


def page(found: Found) -> str:
    """The whole page. Raises RefusedError where the extra `report` is not installed."""
    template = templates("cs_aws_janitor.customers.report").get_template("time_to_value.html")
    return template.render(_content(found))


def _content(found: Found) -> dict[str, Any]:
    sums = summary(found.measured)
    metrics = dict.fromkeys((*METRICS, *sorted(m.metric for _, own in found.measured for m in own)))
    return {
        "today": found.today,
        "customers": len(found.measured),
        "problems": found.problems,
        "statuses": STATUSES,
        "panels": [_panel(metric, found, sums["quarter"]) for metric in metrics],
        "summaries": [
            ("By CSM", "CSM", _groups(sums["csm"])),
            ("By the quarter in which it began", "Quarter", _groups(sums["quarter"])),
        ],
        "rows": [(customer, [(name(m.metric), m, due_by(m)) for m in own])
                 for customer, own in found.measured],
        "width": WIDTH,
        "height": HEIGHT,
    }  # fmt: skip


def _groups(sums: dict[str, list[Sums]]) -> list[tuple[str, list[tuple[str, list[Bar], Sums]]]]:
    """For each group its metrics: their names, bars and figures."""
    return [
        (group, [(name(each.metric), stacked(each.statuses, each.metric), each) for each in own])
        for group, own in sums.items()
    ]


def _panel(metric: str, found: Found, quarters: dict[str, list[Sums]]) -> Panel:
    own = [each for _, measured in found.measured for each in measured if each.metric == metric]
    counts = Counter(each.status for each in own)
    by_quarter = {
        quarter: each.median
        for quarter, sums in quarters.items()
        for each in sums
        if each.metric == metric and each.median is not None
    }
    goal = next((each.goal for each in own if each.goal is not None), None)
    charts = [histogram(own, goal), medians(by_quarter, goal)]
    known = [each for each in own if each.days is not None]
    wanted = f", goal {goal} days" if goal is not None else ""
    said = f"{len(known):,} of {len(own):,} are known{wanted}"
    return Panel(name(metric), [(s, counts[s]) for s in STATUSES], said, charts)


def histogram(measured: Sequence[Measure], goal: int | None) -> Chart:
    """How many customers took how many days; what is past the goal is marked."""
    days = [each.days for each in measured if each.days is not None]
    if not days:
        return Chart("How long it took", ())
    low, high = min(0, *days), max(*days, goal or 0)
    step = max(-(-(high - low + 1) // BARS), 1)
    # A bar ends with the goal, so that none holds who met it and who missed it.
    start = low if goal is None else goal + 1 - -(-(goal + 1 - low) // step) * step
    counts = Counter((day - start) // step for day in days)
    number = (high - start) // step + 1
    wide, most = WIDTH / number, max(counts.values())
    bars = []
    for index in range(number):
        first, last = max(start + index * step, low), start + (index + 1) * step - 1
        tall = HEIGHT * counts[index] / most
        late = goal is not None and first > goal
        span = f"{first}" if first == last else f"{first} to {last}"
        said = f"{span} days: {counts[index]:,}"
        place = (index * wide + 1, HEIGHT - tall, wide - 2, tall)
        bars.append(
            Bar(*place, "missed" if late else "met", f"{first}", f"{counts[index] or ''}", said)
        )
    at = None if goal is None else (goal + 1 - start) / step * wide
    return Chart("How long it took", bars, f"goal {goal}", goal_x=at)


def medians(by_quarter: dict[str, float], goal: int | None) -> Chart:
    """The median of each quarter in which the metric began."""
    if not by_quarter:
        return Chart("Median by quarter", ())
    highest = max(*by_quarter.values(), goal or 0, 1)
    wide = WIDTH / len(by_quarter)
    bars = []
    for index, (quarter, middle) in enumerate(by_quarter.items()):
        tall = HEIGHT * max(middle, 0) / highest
        late = goal is not None and middle > goal
        place = (index * wide + 1, HEIGHT - tall, wide - 2, tall)
        said = f"{quarter}: median {middle:g} days"
        bars.append(Bar(*place, "missed" if late else "met", quarter, f"{middle:g}", said))
    at = None if goal is None else HEIGHT - HEIGHT * goal / highest
    return Chart("Median by quarter", bars, f"goal {goal}", goal_y=at)


def stacked(statuses: Any, metric: str) -> list[Bar]:
    """The statuses of a metric side by side, as wide as they are many."""
    total = sum(statuses.values())
    bars, x = [], 0.0
    for status in STATUSES:
        if count := statuses[status]:
            wide = WIDTH * count / total
            said = f"{name(metric)}: {count:,} {status}"
            bars.append(Bar(x, 0, wide, 14, status, "", f"{count}", said))
            x += wide
    return bars
