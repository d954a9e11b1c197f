"""A kind that is a shelf of things: lists and small functions in the place of AWS."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import execute, sweep
from cs_aws_janitor.resources.crew import Orders
from cs_aws_janitor.resources.kinds._kind import BackupOrder, Backups, Kind, Remembering
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Backup, BackupState, Place, Power, Resource
from cs_aws_janitor.resources.plan import allowed
from cs_aws_janitor.resources.policy import Limit, Limits, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan, Step

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE, THERE = Place("123456789012", "eu-west-1"), Place("123456789012", "us-east-1")
EVERYTHING = Limits(Limit(10**6, 1.0), Limit(10**6, 1.0))
POLICY = Policy(limits=EVERYTHING)

NEW = {"Name": "jd-thing"}
ACTIVE = NEW | {"Discovered": "2026-12-01", "Expiration": "2027-01-01"}
EXPIRED = NEW | {"Discovered": "2026-11-22", "Expiration": "2026-12-06"}
DUE = NEW | {
    "Discovered": "2026-11-01",
    "Expiration": "2026-11-15",
    "ShutOff": "2026-11-15T06:00:00+00:00",
}


@dataclass
class Kept:
    """Where a ledger keeps its lines: in memory. Without `room` it takes no more than so many."""

    text: list[str] = field(default_factory=list)
    room: int | None = None

    def append(self, text: str) -> None:
        """Keep whole lines."""
        if self.room is not None and len(self.text) >= self.room:
            raise OSError("no space left")
        self.text.append(text)

    def lines(self) -> Iterator[str]:
        """Every line, the oldest first."""
        yield from "".join(self.text).splitlines(keepends=True)


@dataclass
class Shelf:
    """The things of one place, what was asked of them, and what is refused.

    `refuses` says by the name of a call what becomes of it; it may raise, or wait.
    """

    place: Place = HERE
    standing: dict[str, Resource] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    saved: dict[str, Backup] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    refuses: dict[str, Callable[[Sequence[str]], object]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, thing: str, tags: Mapping[str, str], power: Power = Power.ON, **more: Any) -> str:
        """Put a thing there."""
        born = NOW - timedelta(days=60)
        given: dict[str, Any] = {"power": power, "born": born, "parts": ("v-1",)} | more
        self.standing[thing] = Resource(self.place, KIND.name, thing, tags, **given)
        return thing

    def fill(self, count: int, tags: Mapping[str, str]) -> list[str]:
        """Put many alike there."""
        return [self.put(f"t-{number:05}", tags) for number in range(count)]

    def ask(self, call: str, *ids: str) -> None:
        """Note a call, and do what it comes to."""
        with self.lock:
            self.asked.append((call, ids))
        if call in self.refuses:
            self.refuses[call](ids)

    def calls(self, *names: str) -> list[tuple[str, ...]]:
        """The ids of each call of these names, in their order."""
        return [ids for name, ids in self.asked if name in names]

    def change(self, thing: str, **how: Any) -> None:
        """Make another of a thing."""
        self.standing[thing] = replace(self.standing[thing], **how)


def discover(shelf: Shelf, place: Place) -> Iterator[list[Resource]]:
    """All on one page."""
    shelf.ask("discover")
    yield list(shelf.standing.values())
    assert place == shelf.place


def read(shelf: Shelf, _: Place, ids: Sequence[str]) -> list[Resource]:
    """Those that are there."""
    shelf.ask("read", *ids)
    return [shelf.standing[i] for i in ids if i in shelf.standing]


def tag(shelf: Shelf, _: Place, ids: Sequence[str], tags: Mapping[str, str]) -> None:
    """All or none."""
    shelf.ask("tag", *ids)
    for thing in ids:
        shelf.change(thing, tags={**shelf.standing[thing].tags, **tags})


def untag(shelf: Shelf, _: Place, ids: Sequence[str], keys: Sequence[str]) -> None:
    """All or none."""
    shelf.ask("untag", *ids)
    for thing in ids:
        left = {k: v for k, v in shelf.standing[thing].tags.items() if k not in keys}
        shelf.change(thing, tags=left)


def shut_off(shelf: Shelf, resources: Sequence[Resource]) -> None:
    """All or none, and at once."""
    ids = [resource.id for resource in resources]
    shelf.ask("shut_off", *ids)
    for thing in ids:
        shelf.change(thing, power=Power.OFF)


def terminate(shelf: Shelf, resource: Resource) -> None:
    """Gone."""
    shelf.ask("terminate", resource.id)
    del shelf.standing[resource.id]


def protected(shelf: Shelf, thing: str) -> bool:
    """Whether it is."""
    shelf.ask("protected", thing)
    return thing in shelf.protected


def find(shelf: Shelf, orders: Sequence[BackupOrder]) -> dict[str, Backup]:
    """What was saved."""
    ids = [order.resource.id for order in orders]
    shelf.ask("find", *ids)
    return {i: shelf.saved[i] for i in ids if i in shelf.saved}


def begin(shelf: Shelf, order: BackupOrder, _: Sequence[str]) -> None:
    """Saved at once."""
    shelf.ask("begin", order.resource.id)
    shelf.saved[order.resource.id] = Backup(BackupState.COMPLETE, (f"b-{order.resource.id}",))


def describe(shelf: Shelf, resources: Sequence[Resource]) -> None:
    """Nothing that a manifest needs."""
    shelf.ask("describe", *(resource.id for resource in resources))


def manifest(shelf: Shelf, resource: Resource, _: object) -> dict[str, Any]:
    """All there is to know."""
    shelf.ask("manifest", resource.id)
    return {"id": resource.id}


KIND = Kind(
    name="thing",
    title="Thing",
    service="things",
    arns=("arn:{partition}:things:{region}:{account}:thing/{id}",),
    ids=None,
    permissions={},
    discover=discover,
    read=read,
    tag=tag,
    untag=untag,
    terminate=terminate,
    protected=protected,
    shut_off=shut_off,
    backups=Backups(find, begin),
    remembering=Remembering(describe, manifest),
)


class House:
    """Shelves, and a janitor for them."""

    def __init__(self, *shelves: Shelf, kind: Kind = KIND, policy: Policy = POLICY) -> None:
        self.shelves = {shelf.place: shelf for shelf in shelves}
        self.world = sweep.World(list(self.shelves), {kind.name: kind}, self._clients)
        self.policy = policy
        self.kept = Kept()
        self.waited = 0.0

    def plan(self, wish: sweep.Wish | None = None) -> Plan:
        """What a run would do."""
        return sweep.look(self.world, sweep.Rules(self.policy, NOW, Ledger(self.kept)), wish).plan

    def run(
        self,
        halted: Callable[[], str | None] = lambda: None,
        stages: execute.Stages = execute.STAGES,
    ) -> dict[str, Outcome]:
        """Plan and carry out; the outcomes by id, of which there is one each."""
        steps = [step for step in allowed(self.plan()) if step.verbs]
        ended = list(self.carry_out(steps, halted, stages))
        assert sorted(one.step.id for one in ended) == sorted(step.id for step in steps)
        return {one.step.id: one for one in ended}

    def carry_out(
        self,
        steps: Sequence[Step],
        halted: Callable[[], str | None] = lambda: None,
        stages: execute.Stages = execute.STAGES,
    ) -> Iterator[Outcome]:
        """Carry out these."""
        orders = Orders(self.policy, NOW, Ledger(self.kept), self._wait, halted)
        return execute.carry_out(steps, self.world, orders, stages)

    def _clients(
        self, place: Place, service: str, *, once: bool = False, whole: bool = False
    ) -> Any:
        assert service == "things"
        assert {once, whole} <= {True, False}
        return self.shelves[place]

    def _wait(self, seconds: float) -> None:
        self.waited += seconds
