"""What was measured as lines of a table: pure, from the measures of both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.scenarios import SCENARIOS, Comparison, Measure, titled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bench.measuring import Measured
    from bench.scenarios import Counting, Scenario

HEAD = ("What", "Compared", "Ours", "Against", "Ratio", "Target", "Met")
SMALL = 0.5  # a ratio below reads better as a fraction
WIDTHS = (max(len(titled(one)) for one in SCENARIOS), 29, 9, 29, 6, 6, 3)

_NUMBERS: dict[Measure, tuple[Callable[[Measured], float], str]] = {
    Measure.CPU: (lambda run: run.cpu, "{:.2f} s"),
    Measure.EACH: (lambda run: run.cpu * 1000, "{:.3f} ms"),
    Measure.WALL: (lambda run: run.wall, "{:.1f} s"),
    Measure.MEMORY: (lambda run: run.memory, "{:.0f} MB"),
    Measure.CALLS: (lambda run: sum(run.calls.values()), "{:,.0f}"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio; `wrong` says why it does not count, whatever it is."""

    title: str
    compared: str
    ours: str
    theirs: str
    ratio: float
    at_most: float | None = None
    wrong: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is met, where there is one, by runs that were right."""
        return not self.wrong and (self.at_most is None or self.ratio <= self.at_most)

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the table."""
        target = "" if self.at_most is None else _as_ratio(self.at_most)
        met = "" if self.at_most is None and not self.wrong else "yes" if self.met else "no"
        ratio = _as_ratio(self.ratio)
        return self.title, self.compared, self.ours, self.theirs, ratio, target, met


def of_comparison(
    scenario: Comparison, ours: Sequence[Measured], theirs: Sequence[Measured]
) -> list[Line]:
    """A line for each target: the median of ours against the median of theirs."""
    wrong = _wrong({scenario.ours.name: ours, scenario.theirs.name: theirs})
    lines = []
    for target in scenario.targets:
        number, form = _NUMBERS[target.measure]
        left, right = median(map(number, ours)), median(map(number, theirs))
        if target.measure is Measure.EACH:
            left /= scenario.ours.world.size.instances or 1
            right /= scenario.theirs.world.size.instances or 1
        lines.append(
            Line(
                titled(scenario),
                str(target.measure),
                form.format(left),
                f"{form.format(right)} ({scenario.theirs.name})",
                _ratio(left, right),
                target.at_most,
                wrong,
            )
        )
    return lines


def of_counting(scenario: Counting, ours: Measured, formula: Mapping[str, int]) -> list[Line]:
    """A line for each action of `formula`, which gives the calls that there may be."""
    wrong = _wrong({scenario.ours.name: [ours]})
    lines = []
    for action, most in formula.items():
        count = ours.calls.get(action, 0)
        against, ratio = f"{most:,} (formula)", _ratio(count, most)
        lines.append(Line(titled(scenario), action, f"{count:,}", against, ratio, 1.0, wrong))
    return lines


def shown(lines: Iterable[Line]) -> Iterable[str]:
    """`lines` as rows of a table, and below a row whatever was wrong with it."""
    for line in lines:
        yield row(line.cells)
        if line.wrong:
            yield row((line.title, f"wrong: {line.wrong}", *[""] * (len(HEAD) - 2)))


def head() -> Iterable[str]:
    """What stands above the rows."""
    yield row(HEAD)
    yield "|".join(("", *("-" * (width + 2) for width in WIDTHS), ""))


def row(cells: Iterable[str]) -> str:
    """A row of the table, in columns that stand below each other."""
    padded = (
        cell.replace("|", "/").ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)
    )
    return f"| {' | '.join(padded)} |"


def names(scenarios: Iterable[Scenario]) -> Iterable[str]:
    """The name of each scenario, what it measures and against what."""
    for one in scenarios:
        against = one.theirs.name if isinstance(one, Comparison) else "its formula"
        yield f"{one.name:<16}{titled(one)}; against: {against}"


def _wrong(sides: Mapping[str, Sequence[Measured]]) -> str:
    return "; ".join(
        f"{name}: {found}"
        for name, runs in sides.items()
        for found in dict.fromkeys(run.wrong for run in runs if run.wrong)
    )


def _ratio(left: float, right: float) -> float:
    if right:
        return left / right
    return math.inf if left else 1.0


def _as_ratio(ratio: float) -> str:
    return f"1/{1 / ratio:.1f}".removesuffix(".0") if 0 < ratio < SMALL else f"{ratio:.2f}"
