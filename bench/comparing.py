"""Both sides of a scenario by turns, so that a busy minute of the machine meets them alike."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench import formulas, measuring, running, table
from bench.scenarios import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.measuring import Measured
    from bench.scenarios import Counting, Scenario
    from bench.table import Line

    Progress = Callable[[str], None]


def lines(scenario: Scenario, repeat: int, tell: Progress) -> list[Line]:
    """Run `scenario`, ours and theirs by turns, `repeat` times unless it is too slow for that."""
    if isinstance(scenario, Comparison):
        return _compared(scenario, 1 if scenario.once else repeat, tell)
    return _counted(scenario, tell)


def _compared(scenario: Comparison, repeat: int, tell: Progress) -> list[Line]:
    sides = (scenario.ours, scenario.theirs)
    runs: tuple[list[Measured], list[Measured]] = ([], [])
    with ExitStack() as stack:
        tell(f"{scenario.name}: making the fleet")
        worlds = {side.world for side in sides}
        endpoints = {world: stack.enter_context(running.endpoint(world)) for world in worlds}
        for number in range(repeat):
            for side, measured in zip(sides, runs, strict=True):
                tell(f"{scenario.name}: {side.name}, run {number + 1} of {repeat}")
                measured.append(measuring.run(side.command, endpoints[side.world]))
    return table.of_comparison(scenario, *runs)


def _counted(scenario: Counting, tell: Progress) -> list[Line]:
    ours = scenario.ours
    tell(f"{scenario.name}: {ours.name}")
    with running.endpoint(ours.world) as endpoint:
        measured = measuring.run(ours.command, endpoint)
        most = formulas.FORMULAS[ours.name](endpoint.truth())
    return table.of_counting(scenario, measured, most)
