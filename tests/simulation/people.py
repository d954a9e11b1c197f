"""The people of the account, and their habits: tidy, forgetful, busy, hostile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.census import region_of
from tests.simulation.deeds import DEEDS, done
from tests.simulation.launches import LAUNCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from tests.simulation.scene import Scene

MOST_A_DAY = 6


@dataclass(frozen=True, slots=True)
class Habit:
    """What people of one sort do: how often a day, and which things how readily.

    A launch or deed that is not named is done with the weight of `rest`.
    """

    launches_a_day: float
    deeds_a_day: float
    launches: Mapping[str, float]
    deeds: Mapping[str, float]
    rest: float = 0


TIDY = Habit(
    0.4,
    0.5,
    {"plain": 8, "spot": 1, "by_code": 2, "in_group": 0.3, "protected": 0.2, "more_like_this": 1},
    {
        "extend": 3,
        "extend_aloud": 0.7,
        "stop": 2,
        "start": 2,
        "terminate": 5,
        "shorten": 1,
        "unprotect": 1,
        "release_aloud": 0.4,
        "mend_date": 2,
        "disown": 1,
        "strip": 0.3,
    },
)
FORGETFUL = Habit(
    0.5,
    0.3,
    {"plain": 5, "unnamed": 4, "dated": 1, "spot": 1, "on_store": 0.3, "more_like_this": 2},
    {
        "name_it": 3,
        "start": 4,
        "extend": 1,
        "misdate": 0.5,
        "drop_date": 1,
        "terminate": 1,
        "mend_date": 1,
        "tidy_tags": 1,
    },
)
BUSY = Habit(
    0.7,
    0.6,
    {"by_code": 5, "plain": 3, "in_group": 0.4, "by_owner": 0.6, "crowded": 0.5, "spot": 1},
    {
        "strip": 5,
        "strip_all": 1,
        "terminate": 4,
        "extend": 1,
        "keep_aloud": 0.1,
        "release_aloud": 0.3,
        "unprotect": 0.5,
        "add_volume": 1,
        "tidy_tags": 2,
        "disown": 2,
        "start": 1,
        "stop": 1,
    },
)
HOSTILE = Habit(
    0.4,
    1.0,
    dict.fromkeys(LAUNCHES, 1),
    {"terminate": 3, "mend_date": 3, "tidy_tags": 3, "unprotect": 2, "unprotect_stop": 3},
    rest=1,
)
HABITS = (TIDY, FORGETFUL, BUSY, TIDY, HOSTILE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with initials and habits."""

    initials: str
    habit: Habit

    def day(self, scene: Scene) -> None:
        """What they do on one day."""
        for _ in range(_often(scene.dice, self.habit.launches_a_day)):
            self.launch(scene)
        for _ in range(_often(scene.dice, self.habit.deeds_a_day)):
            self.deed(scene)

    def launch(self, scene: Scene) -> None:
        """Launch something."""
        launch = LAUNCHES[_pick(scene.dice, LAUNCHES, self.habit.launches, self.habit.rest)]
        scene.ask(lambda: launch(scene, self.initials))

    def deed(self, scene: Scene, region: str | None = None) -> None:
        """Do something with something of theirs.

        In one region, where that is given: with their own hands then, and by no command.
        """
        own = [it for it in scene.of(self.initials) if region in {None, region_of(it)}]
        if not own:
            return
        book = [name for name, deed in DEEDS.items() if region is None or not deed.aloud]
        done(
            scene,
            _pick(scene.dice, book, self.habit.deeds, self.habit.rest),
            scene.dice.choice(own),
        )


def crowd(number: int) -> list[Person]:
    """So many people, of all habits."""
    return [
        Person(f"{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}", HABITS[n % len(HABITS)])
        for n in range(number)
    ]


def _often(dice: Random, mean: float) -> int:
    """How often something happens on one day that happens so often on average."""
    return sum(dice.random() < mean / MOST_A_DAY for _ in range(MOST_A_DAY))


def _pick(dice: Random, book: object, weights: Mapping[str, float], rest: float) -> str:
    names = list(_names(book))
    return dice.choices(names, [weights.get(name, rest) for name in names])[0]


def _names(book: object) -> Iterator[str]:
    assert isinstance(book, dict | list)
    yield from book
