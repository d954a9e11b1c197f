"""What AWS remembers and moto does not. Plain facts; the rules read and write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.strict.trail import History

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.ec2.models.instances import Instance

    from tests.strict.wire import Answer, Request


@dataclass(slots=True)
class Moving:
    """An instance on its way to another state: there at `at`, or after so many more `looks`."""

    instance: Instance
    to: str
    at: datetime
    looks: int | None = None


@dataclass(slots=True)
class Developing:
    """A snapshot or an image that is being made. `at` is None while it waits for a word."""

    made: Any
    at: datetime | None


@dataclass(slots=True)
class Passing:
    """A volume that is being made or deleted: done at `at`."""

    volume: Any
    at: datetime


class Database(NamedTuple):
    """An `instance` or a `cluster` of RDS, by its name in its account and region."""

    account: str
    region: str
    what: str
    name: str


@dataclass(slots=True)
class DatabaseEnding:
    """One that is being deleted: gone at `at`, its final snapshot `name` seen from `shows` on.

    `keeps`: its automated backups outlive it. `at` is None while it waits for a word.
    """

    name: str | None
    keeps: bool
    shows: datetime | None
    at: datetime | None
    snapshot: Any = None


@dataclass
class World:
    """The state of one account beyond what moto keeps."""

    history: History = field(default_factory=History)

    moving: dict[str, Moving] = field(default_factory=dict)
    stopping_takes: timedelta = timedelta(seconds=30)
    stopping_looks: int | None = None

    ended: dict[str, tuple[Instance, datetime]] = field(default_factory=dict)
    gone: dict[str, dict[str, str]] = field(default_factory=dict)  # the tags of who has vanished
    volumes_of: dict[str, set[str]] = field(default_factory=dict)

    developing: dict[str, Developing] = field(default_factory=dict)
    snapshots_take: timedelta | None = timedelta(minutes=10)
    snapshots_ready_at: datetime | None = None
    snapshots_fail: bool = False

    passing: dict[str, Passing] = field(default_factory=dict)
    volumes_asked: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)  # by token
    volumes_fail: bool = False

    page: int | None = None  # how much a page holds, where a test wants it small
    schedules_past: set[tuple[str, datetime]] = field(default_factory=set)
    databases_off: dict[Database, datetime] = field(default_factory=dict)
    databases_moving: dict[Database, tuple[str, datetime]] = field(default_factory=dict)
    databases_ending: dict[Database, DatabaseEnding] = field(default_factory=dict)
    finals_show_after: timedelta = timedelta(seconds=20)
    opted_in: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way: `forward` hands it to moto, with another form where one is given."""

    request: Request
    world: World
    forward: Callable[[Mapping[str, str] | None], Answer]


def now() -> datetime:
    """The present instant of the account, which travels with the test."""
    return datetime.now(UTC)
