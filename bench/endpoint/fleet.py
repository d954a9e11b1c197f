"""The instances of a region: made from a seed, each with the tags of both tools.

The janitor reads Name, Discovered, Expiration and ShutOff; the peer reads its own two tags beside
them. So both decide on the same bytes, and nearly the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench.endpoint import mixes

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON = (*range(2, 7),)  # days to an Expiration of which owners hear; a midnight changes nothing
LATER = (*range(9, 91),)
_TRADES = ("web", "api", "batch", "db", "build", "nat")
_STAGES = ("dev", "stg", "prd", "sbx")


@dataclass(slots=True)
class Volume:
    """A volume of an instance."""

    id: str
    device: str
    size: int
    tags: dict[str, str]


@dataclass(slots=True)
class Instance:
    """An instance as it is now; `phase` is what the janitor must find it to be at first."""

    id: str
    region: str
    launched: datetime
    phase: str
    tags: dict[str, str]
    volumes: list[Volume]
    state: str = "running"
    off_since: datetime | None = None
    protected: bool = False
    spot_request: str | None = None
    xml: bytes = b""


@dataclass(slots=True)
class Snapshot:
    """A snapshot of one volume; complete as soon as it is there."""

    id: str
    volume: Volume
    instance: str
    started: datetime
    description: str
    tags: dict[str, str]


@dataclass(slots=True)
class Region:
    """What one region holds."""

    name: str
    instances: dict[str, Instance]
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def volumes(self) -> Iterator[tuple[Instance, Volume]]:
        """Every volume, with the instance to which it is attached."""
        for instance in self.instances.values():
            for volume in instance.volumes:
                yield instance, volume


def populate(size: mixes.Size, now: datetime) -> dict[str, Region]:
    """The regions of an account of that size; the same again for the same seed and `now`."""
    made = {}
    for name, sorts in mixes.spread(size).items():
        chance = random.Random(f"{size.seed}/{name}")
        chance.shuffle(sorts)
        instances = (_Maker(chance, name, now).make(sort) for sort in sorts)
        made[name] = Region(name, {instance.id: instance for instance in instances})
    return made


class _Maker:
    """Makes one instance after the other, by chance and by its sort."""

    def __init__(self, chance: random.Random, region: str, now: datetime) -> None:
        self.chance = chance
        self.region = region
        self.now = now

    def make(self, sort: str) -> Instance:
        """One instance of that sort."""
        hours = {"new": (1, 48), "unnamed": (1, 200)}.get(sort, (60 * 24, 400 * 24))
        launched = self.now - timedelta(hours=self.chance.randint(*hours))
        instance = Instance(self._id("i"), self.region, launched, "new", {}, [])
        if sort != "unnamed":
            self._name(instance.tags)
        if sort not in {"unnamed", "new"}:
            self._settle(instance)
        lives = {
            "named": self._living,
            "extended": self._extended,
            "unnamed": self._unnamed,
            "expired": self._expired,
            "stopped": self._stopped,
            "protected": self._protected,
        }
        if sort in lives:
            lives[sort](instance)
        instance.volumes = self._volumes(instance)
        return instance

    def _id(self, prefix: str) -> str:
        return f"{prefix}-{self.chance.getrandbits(68):017x}"

    def _name(self, tags: dict[str, str]) -> None:
        chance = self.chance
        owner = "".join(chance.choices("abcdefghijklmnoprstuvw", k=2))
        trade, stage = chance.choice(_TRADES), chance.choice(_STAGES)
        tags["Name"] = f"{owner}-{trade}-{stage}-{chance.randrange(100_000):05d}"
        tags["Owner"] = f"{owner}{chance.randrange(40)}@example.com"
        tags["Environment"] = stage

    def _settle(self, instance: Instance) -> None:
        chance, tags = self.chance, instance.tags
        tags["Team"] = f"team-{chance.randrange(40):02d}"
        tags["Project"] = f"project-{chance.randrange(120):03d}"
        tags["CostCenter"] = f"cc-{chance.randrange(10_000):04d}"
        if chance.random() < 0.3:  # noqa: PLR2004  a third of them, about
            tags["Description"] = f"R&D workload <{chance.randrange(1000)}>, see the runbook"
        tags["Discovered"] = f"{instance.launched + timedelta(days=1):%Y-%m-%d}"

    def _living(self, instance: Instance) -> None:
        chance = self.chance
        self._expire(instance, chance.choice(SOON + LATER))
        odds = chance.random()
        if odds < 0.1:  # noqa: PLR2004  a tenth follows an Auto Scaling group
            instance.tags["aws:autoscaling:groupName"] = f"asg-{chance.randrange(60):03d}"
            instance.phase = "held"
        elif odds < 0.25:  # noqa: PLR2004  and some are spot instances
            instance.spot_request = f"sir-{chance.getrandbits(32):08x}"

    def _extended(self, instance: Instance) -> None:
        """Its owner asked for more time, long before it ended."""
        self._expire(instance, self.chance.choice(LATER))

    def _unnamed(self, instance: Instance) -> None:
        """It bears some tag: the peer asks for all tags again when it meets one without any."""
        instance.tags["Environment"] = self.chance.choice(_STAGES)
        instance.phase = "un-named"

    def _expired(self, instance: Instance) -> None:
        self._expire(instance, -self.chance.randint(2, 30))

    def _stopped(self, instance: Instance) -> None:
        """Shut off on expiration, more than the 7 days ago."""
        at = self.now - timedelta(hours=self.chance.randint(9 * 24, 30 * 24))
        tags = instance.tags
        tags["Expiration"] = f"{at - timedelta(days=1):%Y-%m-%d}"
        tags["ShutOff"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        tags["c7n_stopped"] = _order("terminate", at + timedelta(days=7))
        instance.state, instance.off_since, instance.phase = "stopped", at, "due"

    def _protected(self, instance: Instance) -> None:
        """Expired or stopped long ago, and not to be touched all the same."""
        life = self.chance.choice((self._expired, self._stopped))
        life(instance)
        instance.tags["Permanent"] = "the licence server of the whole team"
        instance.protected, instance.phase = True, "exempt"

    def _expire(self, instance: Instance, days: int) -> None:
        """Give it an Expiration that many days ahead, as both tools read it."""
        on = self.now + timedelta(days=days)
        instance.tags["Expiration"] = f"{on:%Y-%m-%d}"
        instance.tags["c7n_expiration"] = _order("stop", on)
        instance.phase = "expired" if days < 0 else "expiring" if days in SOON else "active"

    def _volumes(self, instance: Instance) -> list[Volume]:
        chance, name = self.chance, instance.tags.get("Name")
        devices = ("/dev/xvda", "/dev/sdf")[: chance.choice((1, 1, 2))]
        return [
            Volume(
                self._id("vol"),
                device,
                chance.choice((8, 20, 50, 100)),
                {"Name": f"{name}{device}"} if name else {},
            )
            for device in devices
        ]


def _order(what: str, on: datetime) -> str:
    """How the peer notes what it will do and when."""
    return f"Resource does not meet policy: {what}@{on:%Y/%m/%d}"
