"""A round from its source to its sinks on this disk, and faults at every call that it makes."""

from __future__ import annotations

import errno
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.ledger import DeliveryLedger
from cs_aws_janitor.customers.rounds import Book, Outcome, Round, carry_out
from cs_aws_janitor.customers.schedule import Today
from cs_aws_janitor.customers.sinks._sink import Receipt
from cs_aws_janitor.customers.sinks.calendar import CalendarSink
from cs_aws_janitor.customers.sinks.files import FileSink
from cs_aws_janitor.shared.ledger_file import File
from tests.customers.making import all_days, day, every_playbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cs_aws_janitor.customers.model import Customer, Problem
    from cs_aws_janitor.customers.sinks._sink import Sink
    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.shared.entries import Store

NOW = datetime(2026, 1, 20, 6, tzinfo=UTC)


class CrashError(BaseException):
    """The process dies here; nothing of ours catches that."""


def crash() -> None:
    """Die."""
    raise CrashError


def disk_full() -> None:
    """What the system says when there is no room."""
    raise OSError(errno.ENOSPC, "No space left on device")


@dataclass(slots=True)
class _Wire:
    """Counts calls, and trips at one of them."""

    at: int = -1
    trip: Callable[[], None] = crash
    within: str = ""
    calls: int = 0

    def call(self) -> None:
        """One call more."""
        self.calls += 1
        if self.calls - 1 == self.at:
            self.trip()


_armed: list[_Wire] = []
_WRITES = {"os.rename", "os.mkdir", "os.remove"}


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    """What Python tells of every call to the file system, before it is made."""
    if not _armed:
        return
    if event == "open" or event in _WRITES:
        where = str(arguments[0])
        if _armed[0].within in where:
            _armed[0].call()


sys.addaudithook(_heard)


@contextmanager
def fault_at(number: int, trip: Callable[[], None], within: Path) -> Iterator[_Wire]:
    """The call to the file system of that number, of all below a folder, does not happen."""
    wire = _Wire(number, trip, str(within))
    _armed.append(wire)
    try:
        yield wire
    finally:
        _armed.clear()


@dataclass(slots=True)
class Listed:
    """A source that is a list."""

    found: Sequence[Customer | Problem]

    def read(self) -> Iterator[Customer | Problem]:
        """What is on the list."""
        yield from self.found


@dataclass(slots=True)
class Upserts:
    """A sink that makes a record for a key, or changes the one there is; a wire may cut it off."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()
    wire: _Wire = field(default_factory=_Wire)

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Create or change each; the receipt may be lost."""
        for task in tasks:
            self.wire.call()
            if task.touchpoint in self.refuses:
                yield Receipt(task.key, why="no such user")
                continue
            (self.changed if task.key in self.created else self.created).append(task.key)
            self.wire.call()
            yield Receipt(task.key, f"record {self.created.index(task.key)}")

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Take each back."""
        for delivery in deliveries:
            self.wire.call()
            self.withdrawn.append(delivery.key)
            self.wire.call()
            yield Receipt(delivery.key)


@dataclass(slots=True)
class Lossy:
    """A store that may die right before or right after lines were added."""

    store: Store
    wire: _Wire

    def append(self, text: str) -> None:
        """Add lines."""
        self.wire.call()
        self.store.append(text)
        self.wire.call()

    def lines(self) -> Iterator[str]:
        """Every line."""
        yield from self.store.lines()


@dataclass(slots=True)
class World:
    """Customers, a ledger and sinks in a folder; every day is a working day."""

    folder: Path
    found: Sequence[Customer | Problem]
    sink: str = "file"
    upserts: Upserts = field(default_factory=Upserts)
    wire: _Wire = field(default_factory=_Wire)
    others: dict[str, Sink] = field(default_factory=dict)

    @property
    def sinks(self) -> dict[str, Sink]:
        """The sinks that there are."""
        return {
            "file": FileSink(self.folder / "tasks"),
            "calendar": CalendarSink(self.folder / "feed.ics", lambda: NOW),
            "upserts": self.upserts,
            **self.others,
        }

    @property
    def ledger(self) -> DeliveryLedger:
        """The ledger, as a new process opens it."""
        store = Lossy(File(self.folder / "ledger.jsonl"), self.wire)
        return DeliveryLedger(store, "run", lambda: NOW)

    def round(self, on: str) -> list[Outcome]:
        """One whole run."""
        ledger = self.ledger
        deliveries, _ = ledger.recall()
        today = Today(day(on), all_days, deliveries, self.sink, self.sink)
        found = Round(Book(Listed(self.found)), every_playbook(), today, whole=True)
        return list(carry_out(found.steps(), self.sinks, ledger))

    def files(self) -> list[Path]:
        """The files of the file sink."""
        return sorted((self.folder / "tasks").rglob("*"))
