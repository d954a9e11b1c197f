"""What of EC2 is charged for, as AWS's price list names it. Several kinds share these lines.

Source: AWS's public price list; docs/decisions.md tells where each price was looked up.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.prices import HOURS, Charge, Price, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.model import Resource

EC2, VPC = "AmazonEC2", "AmazonVPC"

INSTANCE = Price(
    "an hour of an instance, Linux, on demand",
    "BoxUsage",
    "Hrs",
    EC2,
    (
        {
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
            "operation": "RunInstances",
        },
    ),
)
VOLUME = Price(
    "a GiB of a volume; of a magnetic one without its requests",
    "EBS:VolumeUsage",
    "GB-Mo",
    EC2,
    ({"productFamily": "Storage"},),
    while_off=True,
)
IOPS = Price(
    "one of the IOPS of a volume, of gp3 from 3,000 on",
    "EBS:VolumeP-IOPS",
    "IOPS-Mo",
    EC2,
    ({"productFamily": "System Operation"},),
    while_off=True,
)
THROUGHPUT = Price(
    "a GiB a second of a gp3 volume, from 125 MiB a second on",
    "EBS:VolumeP-Throughput",
    "GiBps-mo",
    EC2,
    ({"productFamily": "Provisioned Throughput"},),
    while_off=True,
)
SNAPSHOT = Price(
    "a GiB of a snapshot, counted as large as its volume: it is charged no more than that",
    "EBS:SnapshotUsage",
    "GB-Mo",
    EC2,
    ({"productFamily": "Storage Snapshot"},),
    while_off=True,
)
ADDRESS_IN_USE = Price(
    "an hour of a public address that something uses",
    "PublicIPv4:InUseAddress",
    "Hrs",
    VPC,
    ({"group": "VPCPublicIPv4Address"},),
    while_off=True,
)
ADDRESS_IDLE = Price(
    "an hour of a public address that nothing uses",
    "PublicIPv4:IdleAddress",
    "Hrs",
    VPC,
    ({"group": "VPCPublicIPv4Address"},),
    while_off=True,
)

OF_VOLUMES = (VOLUME, IOPS, THROUGHPUT)

_VOLUMES = {"standard": "", "io1": "piops"}  # where a usage type calls them otherwise
_FREE_IOPS, _FREE_THROUGHPUT = Decimal(3000), Decimal(125)  # of gp3, as AWS documents
_TIERS = ((Decimal(32_000), "io2"), (Decimal(32_000), "io2.tier2"), (None, "io2.tier3"))


@cache
def hours(instance_type: str, instances: int = 1) -> tuple[Charge, ...]:
    """All hours of a month of so many instances, which are not charged while they are off."""
    return (Charge(INSTANCE, HOURS * instances, instance_type),)


def volume(resource: Resource) -> tuple[Charge, ...] | None:
    """What a volume is charged: its size, and the speed that is paid for by its type."""
    traits = resource.traits
    size, kind = units(traits.get("size")), traits.get("type")
    if size is None or not kind:
        return None
    storage = Charge(VOLUME, size, _VOLUMES.get(kind, kind))
    speed = list(_speed(kind, units(traits.get("iops")), units(traits.get("throughput"))))
    if None in speed:
        return None
    return (storage, *(charge for charge in speed if charge and charge.amount))


def _speed(kind: str, iops: Decimal | None, throughput: Decimal | None) -> Iterator[Charge | None]:
    """The charges beside the size; None for one whose amount is not shown."""
    if kind == "gp3":
        yield _beyond(IOPS, iops, _FREE_IOPS)
        yield _beyond(THROUGHPUT, throughput, _FREE_THROUGHPUT, Decimal(1024))
    elif kind == "io1":
        yield None if iops is None else Charge(IOPS, iops, _VOLUMES[kind])
    elif kind == "io2":
        yield from _in_tiers(iops)


def _beyond(
    price: Price, amount: Decimal | None, free: Decimal, each: Decimal = Decimal(1)
) -> Charge | None:
    if amount is None:
        return None
    return Charge(price, max(amount - free, Decimal()) / each, "gp3")


def _in_tiers(iops: Decimal | None) -> Iterator[Charge | None]:
    if iops is None:
        yield None
        return
    left = iops
    for most, variant in _TIERS:
        here = left if most is None else min(left, most)
        if here:
            yield Charge(IOPS, here, variant)
        left -= here


def snapshot(resource: Resource) -> tuple[Charge, ...] | None:
    """What a snapshot, or the snapshots of an image, are charged at most."""
    traits = resource.traits
    size = units(traits.get("size"))
    if size is None or traits.get("tier", "standard") != "standard":
        return None
    return (Charge(SNAPSHOT, size),)
