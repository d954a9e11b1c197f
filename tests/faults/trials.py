"""One trial: a fault strikes in one run of a life, and the life goes on without it.

The life is lived up to that run once for all of its trials: each of them is a fork of the process,
so that it finds account, ledger and clock just as they were. The undisturbed life is one, too.
"""

from __future__ import annotations

import functools
import json
import os
import re
import resource
import signal
import traceback
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.faults import ends
from tests.faults.janitor import FILE
from tests.faults.kind_lives import LIVES_OF_KINDS
from tests.faults.lives import LIVES
from tests.faults.points import DEATHS, KILLS, MANNERS, Points, Strike, applies
from tests.faults.worlds import World, begun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.faults.lives import Life

LONGEST = 120  # seconds of real time for one trial
DISK = {"full": 0.0, "torn": 0.5}  # how much of a line of the ledger still fits on the disk
SORTS = ("calls", "deaths", "kills", "disk")
MANNERS_OF = {"calls": MANNERS, "deaths": DEATHS, "kills": KILLS}
EVERY_LIFE = (*LIVES, *LIVES_OF_KINDS)


@dataclass(frozen=True, order=True)
class Task:
    """All trials of one sort in one run of one life. `only`: those whose names fit one of these.

    `most`: no more than so many, taken from here and there, the same ones each time.
    """

    life: str
    run: int
    sort: str
    only: tuple[str, ...] = ("*",)
    most: int | None = None


@dataclass(frozen=True)
class Trial:
    """What goes wrong at which point of a run; `place` is where in the file of the ledger."""

    task: Task
    point: str
    manner: str
    place: int = 0

    @property
    def name(self) -> str:
        """By this name one trial alone is tried again."""
        return f"{self.task.life}:{self.task.run}.{self.point}:{self.manner}"

    @property
    def is_wanted(self) -> bool:
        """Whether it was asked for."""
        return any(fnmatchcase(self.name, pattern) for pattern in self.task.only)


@dataclass(frozen=True)
class Tried:
    """How a trial went: `wrong` is empty where the fault was survived."""

    name: str
    wrong: Sequence[str] = field(default_factory=list)


def tasks(only: Sequence[str] = ("*",)) -> list[Task]:
    """Everything to be tried, what takes longest first."""
    found = [
        Task(life.name, run, sort, tuple(only))
        for life in EVERY_LIFE
        for run in range(len(life.runs))
        for sort in sorts_of(life)
        if _may_fit(f"{life.name}:{run}.", only)
    ]
    length = {life.name: len(life.runs) for life in EVERY_LIFE}
    return sorted(found, key=lambda task: (-SORTS.index(task.sort) % 2, -length[task.life]))


def sampled(life: Life, most: int) -> list[Tried]:
    """A few faults in each run of a life, the same ones each time; each run first undisturbed."""
    return [Tried(*row) for row in forked(lambda: _sampled(life, most))]


def _sampled(life: Life, most: int) -> list[tuple[str, list[str]]]:
    rows: list[tuple[str, list[str]]] = []
    with begun(life) as world:
        for number in range(len(life.runs)):
            task = Task(life.name, number, "calls", most=most)
            world.come_to(number)
            scouted = forked(functools.partial(_scout, world, task))
            rows.append((f"{life.name}:{number}:undisturbed", scouted["wrong"]))
            tried = _chosen(task, scouted) + _chosen(replace(task, sort="deaths"), scouted)
            rows += [(trial.name, _try(world, trial, scouted["end"])) for trial in tried]
            world.run()
            world.run_again()
    return rows


def sorts_of(life: Life) -> list[str]:
    """In which ways it is disturbed."""
    left_out = {"kills": not life.killed, "deaths": not life.dies}
    return [sort for sort in SORTS if not left_out.get(sort)]


def attempt(task: Task) -> list[Tried]:
    """Carry out a task in a process of its own."""
    return [Tried(*row) for row in forked(lambda: _rows(task))]


def forked(work: Callable[[], Any]) -> Any:
    """What `work` gives, as JSON, when it is done in a fork of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_outcome(work), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if not told:
        raise BrokenTrialError(f"its process ended with status {status}")
    outcome = json.loads(told)
    if "broke" in outcome:
        raise BrokenTrialError(outcome["broke"])
    return outcome["gave"]


class BrokenTrialError(Exception):
    """A trial that did not come to its end: a fault of the product, or of the trial."""


def _outcome(work: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"gave": work()}
    except BaseException:  # noqa: BLE001  whatever it was is told by the process that waits
        return {"broke": traceback.format_exc()}


def _rows(task: Task) -> list[tuple[str, list[str]]]:
    """Live up to the run of `task`, and try all there is."""
    life = next(life for life in EVERY_LIFE if life.name == task.life)
    with begun(life) as world:
        for number in range(task.run):
            world.come_to(number)
            world.run()
            world.run_again()
        world.come_to(task.run)
        scouted = forked(lambda: _scout(world, task))
        rows = [(f"{task.life}:{task.run}:undisturbed", scouted["wrong"])]
        rows += [
            (trial.name, _try(world, trial, scouted["end"])) for trial in _chosen(task, scouted)
        ]
    return rows


def _scout(world: World, task: Task) -> dict[str, Any]:
    """Live on undisturbed: which calls there are, where the ledger grows, how it all ends."""
    world.move(f"scout_{task.run}")
    of_command = task.sort == "kills"
    points = Points(world.labels, of_command=of_command)
    ledger = world.janitor.home / FILE
    begin = ledger.stat().st_size if ledger.exists() else 0
    world.disturbed(points, world.janitor.run_as_process if of_command else None)
    lines = ledger.read_bytes()[begin:].splitlines(keepends=True) if ledger.exists() else []
    world.run_again()
    world.live_on(task.run)
    return {
        "points": points.passed,
        "writes": sorted(points.writes),
        "granted": sorted(points.granted),
        "begin": begin,
        "lines": [len(line) for line in lines],
        "end": world.end(),
        "wrong": world.faults_found(),
    }


def _chosen(task: Task, scouted: Mapping[str, Any]) -> list[Trial]:
    """The trials that were asked for."""
    wanted = [trial for trial in _trials(task, scouted) if trial.is_wanted]
    if task.most is None:
        return wanted
    return sorted(wanted, key=lambda trial: zlib.crc32(trial.name.encode()))[: task.most]


def _trials(task: Task, scouted: Mapping[str, Any]) -> Iterator[Trial]:
    """Every fault at every point that the scout has seen."""
    if task.sort == "disk":
        place = scouted["begin"]
        for number, length in enumerate(scouted["lines"], 1):
            for name, share in DISK.items():
                yield Trial(task, f"ledger.{number}", name, place + int(length * share))
            place += length
        return
    manners = MANNERS_OF[task.sort]
    for point in scouted["points"]:
        for name, manner in manners.items():
            is_write, is_granted = point in scouted["writes"], point in scouted["granted"]
            if applies(manner, is_write=is_write, is_granted=is_granted):
                yield Trial(task, point, name)


def _try(world: World, trial: Trial, wanted: Any) -> list[str]:
    """What is wrong after `trial`; nothing where the fault was survived."""

    def work() -> list[str]:
        signal.alarm(LONGEST)
        world.move(trial.name.replace(":", "_"))
        _disturb(world, trial)
        world.live_on(trial.task.run)
        differences = list(ends.differences(world.end(), wanted))
        return [*world.faults_found(), *differences]

    try:
        wrong: list[str] = forked(work)
    except BrokenTrialError as broken:
        return [str(broken)]
    return wrong


def _disturb(world: World, trial: Trial) -> None:
    """The run into the fault, and the run without on the same day."""
    if trial.task.sort == "disk":
        with _disk_full_at(trial.place):
            world.disturbed(Points(world.labels))
        world.run_again()
        return
    killed = trial.manner in KILLS
    strike = Strike(trial.point, MANNERS_OF[trial.task.sort][trial.manner], world.labels)
    as_process = world.janitor.run_as_process
    ran = world.disturbed(strike, (lambda: as_process(strike.born)) if killed else None)
    if not strike.struck:
        world.wrong.append("the fault did not strike: the run did not come to this point")
    if killed and ran.code != -signal.SIGKILL:
        world.wrong.append(f"it was not killed, but ended with {ran.code}: {ran.err}")
    world.run_again(as_process if killed else None)


@contextmanager
def _disk_full_at(place: int) -> Iterator[None]:
    """No file of this process can grow beyond `place`: what is written across it is cut short."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (place, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _may_fit(start: str, patterns: Sequence[str]) -> bool:
    """Whether a name that begins with `start` can fit one of `patterns`."""
    sure = (re.split(r"[*?\[]", pattern)[0] for pattern in patterns)
    return any(start.startswith(text) or text.startswith(start) for text in sure)
