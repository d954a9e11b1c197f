"""What of RDS is charged for, as AWS's price list names it.

Source: AWS's public price list; docs/decisions.md tells where each price was looked up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.prices import HOURS, Charge, Price, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cs_aws_janitor.resources.model import Resource

RDS = "AmazonRDS"
ENGINES: Mapping[str, str] = {  # as the list names them; others have a licence in their hour
    "aurora-mysql": "Aurora MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
    "mariadb": "MariaDB",
    "mysql": "MySQL",
    "postgres": "PostgreSQL",
}
AURORA, IO_OPTIMIZED = "aurora", "aurora-iopt1"  # the latter with hours at a price of their own
IN_CLUSTER = "RDS cluster"
_INSTANCE = {"productFamily": "Database Instance"}
_IN_ONE_ZONE = tuple(
    {**_INSTANCE, "deploymentOption": "Single-AZ", "databaseEngine": engine}
    for engine in ENGINES.values()
)
_IN_TWO_ZONES = tuple(  # of Aurora the copies in other zones are members
    {**_INSTANCE, "deploymentOption": "Multi-AZ", "databaseEngine": engine}
    for name, engine in ENGINES.items()
    if not name.startswith(AURORA)
)
_TOLD_BY = ("instanceType", "databaseEngine")
_TWO = ", in two zones"
_STORING = ("Any", "MariaDB", "MySQL", "PostgreSQL")  # whose storage it is, in the list

HOUR = Price("an hour of a database", "InstanceUsage", "Hrs", RDS, _IN_ONE_ZONE, _TOLD_BY)
HOUR_IN_ZONES = Price(
    "an hour of a database in two zones", "Multi-AZUsage", "Hrs", RDS, _IN_TWO_ZONES, _TOLD_BY
)
BACKUP = Price(
    "a GiB of a snapshot, counted as large as its database: it is charged no more than that",
    "RDS:ChargedBackupUsage",
    "GB-Mo",
    RDS,
    ({"productFamily": "Storage Snapshot"},),
    while_off=True,
)


def _stored(what: str, usage: str, zones: str = "") -> Price:
    asked = tuple({"productFamily": "Database Storage", "databaseEngine": e} for e in _STORING)
    return Price(f"a GiB of {what} storage{zones}", usage, "GB-Mo", RDS, asked, while_off=True)


def _speed(what: str, usage: str, zones: str = "") -> Price:
    asked = ({"productFamily": "Provisioned IOPS"},)
    return Price(f"one of the IOPS of {what}{zones}", usage, "IOPS-Mo", RDS, asked, while_off=True)


# By the type of the storage, in one zone and in two.
_STORAGE = {
    ("gp2", False): _stored("gp2", "RDS:GP2-Storage"),
    ("gp2", True): _stored("gp2", "RDS:Multi-AZ-GP2-Storage", _TWO),
    ("gp3", False): _stored("gp3", "RDS:GP3-Storage"),
    ("gp3", True): _stored("gp3", "RDS:Multi-AZ-GP3-Storage", _TWO),
    ("io1", False): _stored("io1", "RDS:PIOPS-Storage"),
    ("standard", False): _stored("magnetic", "RDS:StorageUsage"),
}
_IOPS = {
    ("gp3", False): _speed("gp3 from 12,000 on", "RDS:GP3-PIOPS"),
    ("gp3", True): _speed("gp3 from 12,000 on", "RDS:Multi-AZ-GP3-PIOPS", _TWO),
    ("io1", False): _speed("io1", "RDS:PIOPS"),
}
_FREE = {"gp3": Decimal(12_000)}  # no more can be had of less than 400 GiB, and they are free
_FASTEST_FREE = Decimal(500)  # MiB a second of gp3: what more costs is not in the table

OF_INSTANCES = (HOUR, HOUR_IN_ZONES, *_STORAGE.values(), *_IOPS.values())


def instance(resource: Resource) -> tuple[Charge, ...] | None:
    """Its hours, and its storage, which goes on while it is stopped. Aurora's is its cluster's."""
    traits = resource.traits
    engine, zones = ENGINES.get(traits.get("engine", "")), traits.get("multi_az") == "True"
    follows_cluster = (resource.follows or "").startswith(IN_CLUSTER)
    if engine is None or not traits.get("type"):
        return None
    hour = HOUR_IN_ZONES if zones else HOUR
    hours = Charge(hour, HOURS, f"{traits['type']} {engine}")
    if traits["engine"].startswith(AURORA):
        return None if traits.get("storage_type") == IO_OPTIMIZED else (hours,)
    if follows_cluster:  # a Multi-AZ cluster has prices of its own
        return None
    stored = list(_storage(traits, zones=zones))
    return None if None in stored else (hours, *(charge for charge in stored if charge))


def _storage(traits: Mapping[str, str], *, zones: bool) -> Iterator[Charge | None]:
    """The charges of its storage; None for one whose price or amount is not known."""
    kind, size, iops = (traits.get(name) for name in ("storage_type", "storage_gib", "iops"))
    line, amount = _STORAGE.get((kind or "", zones)), units(size)
    yield Charge(line, amount) if line and amount is not None else None
    if (units(traits.get("throughput")) or 0) > _FASTEST_FREE:
        yield None
    if kind in {"gp3", "io1"}:
        speed, wanted = _IOPS.get((kind, zones)), units(iops)
        free = _FREE.get(kind, Decimal())
        if wanted is None:
            yield None
        elif wanted > free:
            yield Charge(speed, wanted - free) if speed else None


def cluster(resource: Resource) -> tuple[Charge, ...] | None:
    """The hours of the members of an Aurora cluster, whose classes were read; None for others."""
    traits = resource.traits
    engine, classes = traits.get("engine", ""), traits.get("classes", "").split()
    priced = engine.startswith(AURORA) and engine in ENGINES
    if not priced or traits.get("storage_type") == IO_OPTIMIZED:
        return None
    return tuple(Charge(HOUR, HOURS, f"{name} {ENGINES[engine]}") for name in classes)


def backup(resource: Resource) -> tuple[Charge, ...] | None:
    """What a snapshot of an instance is charged at most; the size of a cluster's is not shown."""
    size = units(resource.traits.get("storage_gib"))
    if size is None or resource.traits.get("of") != "instance":
        return None
    return (Charge(BACKUP, size),)
