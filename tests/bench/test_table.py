"""The table of `make bench`, from given measures."""

from __future__ import annotations

import platform
from datetime import date

import pytest

from bench import __main__ as program
from bench import page, table
from bench.endpoint.mixes import Size
from bench.measuring import Measured
from bench.scenarios import (
    PEER,
    PLAN,
    RUN,
    SCENARIOS,
    Comparison,
    Counting,
    Measure,
    Side,
    Target,
    World,
    smaller,
)

OURS = Side("plan", PLAN, World(Size(1000)))
THEIRS = Side("peer", PEER, World(Size(100)))


def comparison(measure: Measure, at_most: float | None) -> Comparison:
    """A comparison of one measure."""
    return Comparison("x", "plan of {instances}", OURS, THEIRS, (Target(measure, at_most),))


def runs(*cpu: float, wrong: str = "") -> list[Measured]:
    """Runs that differ in their CPU alone."""
    return [Measured(seconds, 2.0, 50.0, {"a": 3, "b": 4}, wrong) for seconds in cpu]


@pytest.mark.parametrize(
    ("measure", "at_most", "cells"),
    [
        (Measure.CPU, 0.1, ("2.00 s", "30.00 s (peer)", "1/15", "1/10", "yes")),
        (Measure.CPU, 0.05, ("2.00 s", "30.00 s (peer)", "1/15", "1/20", "no")),
        (Measure.CPU, None, ("2.00 s", "30.00 s (peer)", "1/15", "", "")),
        (Measure.EACH, 1.1, ("2.000 ms", "300.000 ms (peer)", "1/150", "1.10", "yes")),
        (Measure.MEMORY, 1.5, ("50 MB", "50 MB (peer)", "1.00", "1.50", "yes")),
        (Measure.WALL, 0.5, ("2.0 s", "2.0 s (peer)", "1.00", "0.50", "no")),
        (Measure.CALLS, 1.05, ("7", "7 (peer)", "1.00", "1.05", "yes")),
    ],
)
def test_a_ratio_is_that_of_the_medians(
    measure: Measure, at_most: float | None, cells: tuple[str, ...]
) -> None:
    """The median of ours against that of theirs, and whether it reaches its target."""
    scenario = comparison(measure, at_most)
    (line,) = table.of_comparison(scenario, runs(1, 2, 9), runs(10, 30, 31))
    assert line.cells == ("plan of 1,000", str(measure), *cells)


def test_a_wrong_run_meets_nothing() -> None:
    """A ratio of a run that was wrong is not met, and what was wrong stands below it."""
    scenario = comparison(Measure.CPU, 1.0)
    (line,) = table.of_comparison(scenario, runs(1, 2, wrong="exit code 1"), runs(30))
    assert (line.met, line.wrong) == (False, "plan: exit code 1")
    first, second = table.shown([line])
    assert first.rstrip(" |").endswith("no")
    assert "wrong: plan: exit code 1" in second


def test_calls_are_held_against_their_formula() -> None:
    """A line for each action; more calls than the formula gives are too many."""
    scenario = Counting("x", "run of {instances}", Side("run", RUN, World(Size(9))))
    measured = Measured(1, 1, 1, {"StopInstances": 3, "CreateTags": 1})
    lines = table.of_counting(scenario, measured, {"StopInstances": 2, "CreateTags": 1, "Other": 0})
    assert [line.met for line in lines] == [False, True, True]
    assert lines[0].cells[1:5] == ("StopInstances", "3", "2 (formula)", "1.50")


def test_the_columns_stand_below_each_other() -> None:
    """Every row of a table is as wide as its head, with as many bars."""
    (line,) = table.of_comparison(comparison(Measure.CPU, 0.1), runs(1), runs(30))
    rows = [*table.head(), *table.shown([line])]
    assert len({len(row) for row in rows}) == 1
    assert {row.count("|") for row in rows} == {len(table.HEAD) + 1}


def test_scenarios_are_told_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` tells each by a name of its own."""
    assert program.main(["--list"]) == 0
    told = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert told == [one.name for one in SCENARIOS]
    assert len(set(told)) == len(told)


def test_a_quick_look_is_at_the_same_with_less() -> None:
    """The sizes shrink; regions, commands and targets stay."""
    for one in SCENARIOS:
        quick = smaller(one)
        assert quick.ours.command == one.ours.command
        assert quick.ours.world.size.instances * 20 == one.ours.world.size.instances
        assert quick.ours.world.size.regions == one.ours.world.size.regions


def test_the_page_tells_what_was_measured_and_on_what() -> None:
    """It holds the rows, the day, the machine without its name, and the versions."""
    (line,) = table.of_comparison(comparison(Measure.CPU, 0.1), runs(1), runs(30))
    text = page.text([line], 3, date(2026, 12, 6))
    assert table.row(line.cells) in text
    for told in ("2026-12-06", page.machine(), f"Python {platform.python_version()}", "boto3"):
        assert told in text
    assert f"{platform.node()}" not in text.split()
