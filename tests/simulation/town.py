"""A simulation: people live in an account, the janitor runs every day, the laws are checked."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from moto.moto_api._internal import mock_random

from tests.faults.laws import watching
from tests.faults.truth import Terms
from tests.simulation import attic, census, judging
from tests.simulation.disturbances import Interlude, Kill, interrupted_by
from tests.simulation.figures import Figures
from tests.simulation.janitor import Janitor, Ran
from tests.simulation.judging import RUN_LAWS, Evening, Judge
from tests.simulation.scene import REGIONS, Scene
from tests.simulation.weather import SLOWEST, Day, Season
from tests.strict.door import DOOR
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.simulation.people import Person
    from tests.strict.aws import Account

MORNING, OPENING = 6, 9  # hours in UTC: the run, and the first of the people
PATIENCE = 2  # days on which a limit is hit before somebody raises it


def dice_of(*what: object) -> Random:
    """Dice that always fall alike for the same seed and purpose."""
    return Random("/".join(map(str, what)))  # noqa: S311  they are to be repeated


@dataclass
class Town:
    """One account over time."""

    account: Account
    home: Path
    people: list[Person]
    seed: int = 0
    regions: tuple[str, ...] = REGIONS
    terms: Terms = field(default_factory=Terms)

    def __post_init__(self) -> None:
        """Set everything up; the first day is that of the account."""
        self.janitor = Janitor(self.account, self.home, self.regions, self.terms)
        self.janitor.set_up()
        dice = dice_of(self.seed)
        self.scene = Scene(self.account, self.janitor, dice, self.regions, self.terms)
        self.season = Season(dice_of(self.seed, "weather"), self.regions)
        self.laws = Judge(self.terms)
        self.figures = Figures(self.seed, len(self.people))
        self._hit = 0
        self._passed = 0

    def live(self, days: int, every_month: Callable[[str], object] = lambda _: None) -> Figures:
        """So many days, or until the first day on which a law is broken."""
        for _ in range(days):
            month = self.scene.today.month
            self.day(self.season.day(self.scene.today))
            if self.figures.breaches:
                break
            if self.scene.today.month != month:
                every_month(self.figures.month(self.scene.today - timedelta(days=1)))
        self.figures.breaches += judging.backed_up_once()
        return self.figures

    def day(self, weather: Day) -> None:
        """The run in the morning, the people after it, and the end of the day."""
        self.figures.days += 1
        self.figures.denied_days += bool(weather.denied)
        self.scene.dice = dice_of(self.seed, self.scene.today)
        self._fall_alike("morning")
        self.morning(weather)
        self.account.at(_at(self.scene.today, OPENING))
        self._fall_alike("people")
        for person in self.people:
            person.day(self.scene)
            self.account.travel(minutes=7)
        if self.scene.today.weekday() == 0:
            self.figures.breaches += judging.backed_up_once()
            attic.tidy(self.account, self.regions)
        self.count()
        self.account.at(_at(self.scene.today + timedelta(days=1), MORNING))

    def _fall_alike(self, when: str) -> None:
        """Let the dice of moto and botocore fall as they do on every replay of this day.

        Threads throw them in any order, and that must not be felt for longer than a run.
        """
        random.seed(f"{self.seed}/{self.scene.today}/{when}")
        mock_random.seed(f"{self.seed}/{self.scene.today}/{when}")

    # The morning

    def morning(self, weather: Day) -> None:
        """What the weather makes of the run of this day."""
        _set_snapshots(self.account, weather)
        match weather.run:
            case "skipped":
                self.figures.runs["skipped"] += 1
            case "cut short":
                self.cut_short(weather)
            case "doubled":
                self.run(weather, self.doubling())
            case "twice":
                self.figures.runs["twice"] += 1
                self.run(weather)
                self.account.travel(minutes=20)
                self.run(weather)
            case _:
                self.run(weather, *self.people_at_work())

    def run(self, weather: Day, *interludes: Interlude) -> Ran:
        """One run, in this weather, with these interludes; judged when it has ended."""
        return self._run(weather, None, *interludes)

    def cut_short(self, weather: Day) -> None:
        """A run that is killed at one of its writing calls, and another soon after."""
        dice = self.scene.dice
        kill = Kill(self.janitor, dice.randint(1, 12), afterwards=dice.random() < 0.5)
        self._run(weather, kill)
        self.figures.runs["cut short"] += kill.dead
        if dice.random() < 0.5:
            # Somebody starts it again: at once, or when the lock of the dead has expired.
            self.account.travel(minutes=dice.choice((1, 16)))
            self.run(weather)

    def doubling(self) -> Interlude:
        """Another run, started in the middle of this one: the lock refuses it."""

        def start() -> None:
            self.figures.runs["doubled"] += 1
            ran = self.janitor.run()
            if ran.code != judging.REFUSED or judging.LOCKED not in ran.why:
                self.breach(f"one_at_a_time: a second run ended with {ran.code} {ran.why!r}")

        dice = self.scene.dice
        operation = dice.choice(("DescribeInstances", "DescribeInstances", "CreateTags"))
        return Interlude(operation, None, dice.randint(1, 3), start)

    def people_at_work(self) -> Iterator[Interlude]:
        """People act in the middle of a run, each time just before it reads the instances."""
        dice = self.scene.dice
        if not self.people or dice.random() < 0.7:
            return
        person, region = dice.choice(self.people), dice.choice(self.regions)

        def act() -> None:
            person.deed(self.scene, region)

        yield Interlude("DescribeInstances", region, dice.randint(1, 6), act)

    def _run(self, weather: Day, kill: Kill | None, *interludes: Interlude) -> Ran:
        self.figures.runs["made"] += 1
        began, before = self.account.now, len(self.laws.breaches)
        self.account.clear_calls()
        self.scene.touched.clear()
        standing = census.taken()
        ran = self._carried_out(weather, kill, *interludes)
        self.laws_broken(before)
        cut = kill is not None and kill.dead
        if kill:
            kill.clear_up(self.scene.dice)
        evening = Evening(
            scene=self.scene,
            ran=ran,
            began=began,
            acts=tuple(self.laws.acts),
            calls=tuple(self.account.calls),
            entries=tuple(self.janitor.new_entries()),
            calm=self._calm(weather, ran, cut=cut),
            cut=cut,
            touched=frozenset(self.scene.touched),
            before=standing,
        )
        self.judge(evening)
        self.operate(ran)
        return ran

    def _carried_out(self, weather: Day, kill: Kill | None, *interludes: Interlude) -> Ran:
        with watching(self.laws), self.weather_of(weather), interrupted_by(*interludes):
            self.laws.begin_run()
            if kill:
                DOOR.faults.standing.append(kill)
            try:
                return self.janitor.run()
            except DiedError:
                return Ran(judging.PARTLY)

    @contextmanager
    def weather_of(self, weather: Day) -> Iterator[None]:
        """Let this weather strike; people are never hit."""
        self.account.stopping_takes(seconds=200 if weather.slow_to_stop else 4)
        DOOR.faults.standing.extend(weather.all_faults())
        try:
            yield
        finally:
            self.account.allow_all()

    def _calm(self, weather: Day, ran: Ran, *, cut: bool) -> frozenset[str]:
        """The regions in which nothing has disturbed a run."""
        if cut or weather.faults or "coverage" not in ran.told:
            return frozenset()
        passed = {row["region"] for row in ran.told["breaches"]}
        return frozenset(self.regions) - weather.denied - passed

    # The end of a run and of a day

    def judge(self, evening: Evening) -> None:
        """Check what the run has left behind, and count it."""
        for name, broken_by in RUN_LAWS.items():
            for why in broken_by(evening):
                self.breach(f"{name}: {why}")
        judging.note(evening)
        figures = self.figures
        verbs = [act.verb for act in evening.acts]
        figures.ended += verbs.count("terminate")
        figures.shut_off += verbs.count("mark")
        figures.outcomes.update(row["result"] for row in evening.ran.told.get("outcomes", ()))
        figures.runs["refused"] += evening.ran.code == judging.REFUSED

    def operate(self, ran: Ran) -> None:
        """Whoever runs the janitor raises a limit that was hit again and again, for one run."""
        self._hit = self._hit + 1 if ran.told.get("breaches") else 0
        self.janitor.set_up(higher=self._hit >= PATIENCE)

    def laws_broken(self, before: int) -> None:
        """Take over what the laws of every call have found."""
        for breach in self.laws.breaches[before:]:
            self.breach(breach)

    def breach(self, what: str) -> None:
        """Note that a law was broken."""
        self.figures.breaches.append(f"{self.scene.today}: {what}")

    def count(self) -> None:
        """The figures of this day."""
        figures, living = self.figures, census.taken()
        figures.alive = len(living)
        for instance_id in living:
            self.scene.story(instance_id)
        figures.created = len(self.scene.stories)
        figures.ended_by_people = figures.created - figures.alive - figures.ended
        figures.calls = self.laws.calls
        figures.throttled = self.season.throttling.count


def settings_of(seed: int) -> Terms:
    """The settings of this seed: the defaults for most."""
    dice = dice_of(seed, "settings")
    terms = Terms()
    if dice.random() < 0.25:
        terms = replace(terms, backup_as="image")
    if dice.random() < 0.2:
        terms = replace(terms, backup_when="stopped")
    if dice.random() < 0.3:
        terms = replace(terms, when_impossible="terminate")
    return terms


def _at(day: date, hour: int) -> str:
    return f"{day.isoformat()}T{hour:02}:00:00"


def _set_snapshots(account: Account, weather: Day) -> None:
    account.snapshots_fail(on=weather.snapshots == "failing")
    takes = SLOWEST if weather.snapshots == "slow" else timedelta(minutes=12)
    account.snapshots_pend(seconds=takes.total_seconds())
