"""What goes wrong for the janitor, and on which days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.strict.faults import BREAKS, Fault, throttled, unauthorized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from tests.strict.wire import RefusalError, Request

RUNS = {"once": 82, "skipped": 5, "doubled": 4, "twice": 3, "cut short": 6}
READS = ("DescribeInstances", "DescribeInstanceAttribute", "DescribeSnapshots", "Describe*")
WRITES = ("CreateTags", "DeleteTags", "StopInstances", "CreateSnapshots", "TerminateInstances")
ALL_DAY = 10_000  # more often than any run asks
SLOWEST = timedelta(hours=40)  # how long a snapshot pends at most


@dataclass
class Throttling:
    """How often AWS has said that it was asked too often."""

    count: int = 0

    def __call__(self, request: Request) -> RefusalError:
        """Say it once more."""
        self.count += 1
        return throttled(request)


@dataclass(frozen=True, slots=True)
class Day:
    """The weather of one day. `run`: once, skipped, doubled, twice or cut short.

    `snapshots`: whether they take days to complete, or fail.
    """

    run: str = "once"
    denied: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    snapshots: str = "ready"
    slow_to_stop: bool = False

    @property
    def calm(self) -> bool:
        """Whether nothing goes wrong anywhere but in a denied region."""
        return self.run in {"once", "doubled", "twice"} and not self.faults

    def all_faults(self) -> Iterator[Fault]:
        """Everything that strikes on this day."""
        yield from self.faults
        for region in sorted(self.denied):
            yield Fault("ec2:*", unauthorized, region)


@dataclass
class Season:
    """Bad weather comes in spells: a region is denied for a week, throttling for some days."""

    dice: Random
    regions: tuple[str, ...]
    throttling: Throttling = field(default_factory=Throttling)
    _denied: dict[str, date] = field(default_factory=dict)
    _wave: date | None = None
    _snapshots: tuple[str, date] | None = None

    def day(self, today: date) -> Day:
        """The weather of `today`."""
        dice = self.dice
        if dice.random() < 1 / 40:
            self._denied[dice.choice(self.regions)] = today + timedelta(days=7)
        if dice.random() < 1 / 30:
            self._wave = today + timedelta(days=dice.randint(2, 5))
        if dice.random() < 1 / 25:
            manner = dice.choice(("slow", "failing"))
            self._snapshots = manner, today + timedelta(days=dice.randint(2, 4))
        faults: list[Fault] = []
        if self._wave and today < self._wave:
            faults += self._throttled()
        if dice.random() < 1 / 15:
            faults.append(self._broken())
        spell = self._snapshots
        return Day(
            run=dice.choices(list(RUNS), list(RUNS.values()))[0],
            denied=frozenset(r for r, until in self._denied.items() if today < until),
            faults=tuple(faults),
            snapshots=spell[0] if spell and today < spell[1] else "ready",
            slow_to_stop=dice.random() < 1 / 10,
        )

    def _throttled(self) -> Iterator[Fault]:
        """A wave of throttling: most calls come through after some repeats, some not all day."""
        dice = self.dice
        for pattern in dice.sample(READS + WRITES, 3):
            times = dice.choice((2, 5, 12, 40, 40, ALL_DAY))
            yield Fault(pattern, self.throttling, dice.choice((None, *self.regions)), times)

    def _broken(self) -> Fault:
        """A call that fails, breaks off, is denied, or takes effect though its answer is lost."""
        dice = self.dice
        pattern, times = dice.choice(READS + WRITES), dice.choice((1, 3, ALL_DAY))
        region = dice.choice((None, *self.regions))
        if dice.random() < 0.25:
            return Fault(pattern, unauthorized, region, times)
        error = BREAKS[dice.choice(sorted(BREAKS))]
        return Fault(pattern, error, region, times, afterwards=dice.random() < 0.5)
