"""The figures of a simulation, as they are printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.laws import LAWS
from tests.simulation.judging import RUN_LAWS

if TYPE_CHECKING:
    from datetime import date

RUNS = ("skipped", "doubled", "twice", "cut short", "refused")


@dataclass
class Figures:
    """What has happened so far, and every law that was broken."""

    seed: int
    people: int
    days: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    created: int = 0
    ended: int = 0
    ended_by_people: int = 0
    shut_off: int = 0
    alive: int = 0
    calls: int = 0
    throttled: int = 0
    denied_days: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)
    took: float = 0.0

    def month(self, day: date) -> str:
        """One line on the way."""
        return (
            f"  seed {self.seed}  {day:%b %Y}  {self.alive:>4} alive  {self.created:>5} created  "
            f"{self.ended:>5} terminated  {self.calls:>7,} calls  {len(self.breaches)} breaches"
        )

    def __str__(self) -> str:
        """All of it."""
        odd = ", ".join(f"{self.runs[sort]} {sort}" for sort in RUNS)
        results = ", ".join(f"{n:,} {result}" for result, n in sorted(self.outcomes.items()))
        ended = f"{self.ended:,} terminated by the janitor, {self.ended_by_people:,} by people"
        throttled = f"{self.throttled:,} were throttled"
        lines = [
            f"seed {self.seed}: {self.days} days in {self.took:.0f} s",
            f"  runs        {self.runs['made']:,}; days: {odd}",
            f"  resources   {self.created:,} created, {ended}, {self.alive:,} alive",
            f"  steps       {results}",
            f"  API calls   {self.calls:,}, of which {throttled}",
            f"  denied      a region or more on {self.denied_days} days",
            f"  laws        {len(LAWS)} at every call, {len(RUN_LAWS)} after every run",
            f"  breaches: {len(self.breaches)}",
        ]
        lines += [f"    {breach}" for breach in self.breaches[:20]]
        if self.breaches:
            again = f"--seed {self.seed} --seeds 1 --days {self.days} --people {self.people}"
            lines.append(f'  on day {self.days}; again: make simulate ARGS="{again}"')
        return "\n".join(lines)
