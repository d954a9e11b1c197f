"""Backups of EC2 instances and volumes: snapshots, or an image; found again by their labels.

Source: S6 and "Order of steps" in aws-lifecycle.md: complete only when every volume in the
mapping has a completed snapshot that is newer than the ShutOff.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds import _ec2_tags
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Backup, BackupState, Power

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client
    from types_boto3_ec2.literals import ResourceTypeType
    from types_boto3_ec2.type_defs import (
        FilterTypeDef,
        InstanceSpecificationTypeDef,
        TagSpecificationTypeDef,
    )

    from cs_aws_janitor.resources.kinds._kind import BackupOrder

    Made = defaultdict[str, list[dict[str, Any]]]  # by what they are of
    Look = Callable[[EC2Client, Sequence[BackupOrder]], Made]

SOURCE = "JanitorSource"
SHUT_OFF = "JanitorShutOff"
IMAGE = "image"
DONE = BackupState.COMPLETE

_STATES = {
    "completed": BackupState.COMPLETE,
    "available": BackupState.COMPLETE,
    "error": BackupState.FAILED,
    "failed": BackupState.FAILED,
    "invalid": BackupState.FAILED,
    "recoverable": BackupState.FAILED,
}
_BETTER = (BackupState.FAILED, BackupState.PENDING, BackupState.COMPLETE)


def find(client: EC2Client, orders: Sequence[BackupOrder]) -> dict[str, Backup]:
    """The backups that stand for `orders`, by instance id: one look-up per 200 instances."""
    imaged = bool(orders) and orders[0].form == IMAGE
    return _found(client, orders, _images if imaged else _snapshots)


def find_snapshots(client: EC2Client, orders: Sequence[BackupOrder]) -> dict[str, Backup]:
    """The same for what is always backed up as snapshots."""
    return _found(client, orders, _snapshots)


def begin(client: EC2Client, order: BackupOrder, missing: Sequence[str]) -> None:
    """Start the backup of the volumes `missing`; all of them at one instant."""
    if order.form == IMAGE:
        _begin_image(client, order)
        return
    root = order.resource.traits.get("root_volume")
    held = [v for v in order.resource.parts if v not in missing and v != root]
    where: InstanceSpecificationTypeDef = {"InstanceId": order.resource.id}
    if held:
        where["ExcludeDataVolumeIds"] = held
    if root not in missing:
        where["ExcludeBootVolume"] = True
    client.create_snapshots(
        InstanceSpecification=where,
        Description=_description(order),
        TagSpecifications=[_labelled("snapshot", order)],
    )


def begin_snapshots(client: EC2Client, order: BackupOrder, missing: Sequence[str]) -> None:
    """Start a snapshot of each of the volumes `missing`, attached to anything or not."""
    for volume in missing:
        client.create_snapshot(
            VolumeId=volume,
            Description=_description(order),
            TagSpecifications=[_labelled("snapshot", order)],
        )


def _labelled(what: ResourceTypeType, order: BackupOrder) -> TagSpecificationTypeDef:
    labels = {**order.tags, SOURCE: order.resource.id, SHUT_OFF: _stamp(order)}
    return {"ResourceType": what, "Tags": _ec2_tags.as_list(labels)}


def _found(client: EC2Client, orders: Sequence[BackupOrder], look: Look) -> dict[str, Backup]:
    found: dict[str, Backup] = {}
    for some in cut(orders, _ec2_tags.MOST_FILTER_VALUES):
        made = look(client, some)
        for order in some:
            ours = [one for one in made[order.resource.id] if _is_for(one, order)]
            if ours:
                found[order.resource.id] = _judge(order, ours)
    return found


def _begin_image(client: EC2Client, order: BackupOrder) -> None:
    client.create_image(
        InstanceId=order.resource.id,
        Name=_image_name(order),
        Description=_description(order),
        NoReboot=True,
        # An image takes its snapshots not with it when it ends: they are found by these labels.
        TagSpecifications=[_labelled("image", order), _labelled("snapshot", order)],
    )


def _image_name(order: BackupOrder) -> str:
    """One for each ShutOff and set of volumes: AWS refuses a second image of the same name."""
    volumes = hashlib.sha256(" ".join(sorted(order.resource.parts)).encode()).hexdigest()[:8]
    return f"janitor-{order.resource.id}-{order.shut_off:%Y%m%dT%H%M%S}-{volumes}"


def _description(order: BackupOrder) -> str:
    done = "marked" if order.resource.power is Power.NONE else "shut off"
    return f"Backup of {order.resource.id} before its termination; {done} {_stamp(order)}"


def _stamp(order: BackupOrder) -> str:
    return order.shut_off.astimezone(UTC).isoformat()


def _snapshots(client: EC2Client, orders: Sequence[BackupOrder]) -> Made:
    listing = client.get_paginator("describe_snapshots").paginate(
        OwnerIds=["self"], Filters=[_of_sources(orders)]
    )
    return _by_source(
        {
            "id": one["SnapshotId"],
            "covers": (one["VolumeId"],),
            "at": one["StartTime"],
            "state": _STATES.get(one["State"], BackupState.PENDING),
            "why": one.get("StateMessage") or one["State"],
            "tags": _ec2_tags.of(one),
        }
        for page in listing
        for one in page["Snapshots"]
    )


def _images(client: EC2Client, orders: Sequence[BackupOrder]) -> Made:
    listing = client.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=[_of_sources(orders)]
    )
    images = [one for page in listing for one in page["Images"]]
    complete = [one for one in images if _STATES.get(one["State"]) is DONE]
    sources = _volumes_of(client, [copy for one in complete for copy in _copies(one)])
    wanted = {order.resource.id: order.resource.parts for order in orders}
    return _by_source(_image(one, wanted, sources) for one in images)


def _image(
    one: Mapping[str, Any], wanted: Mapping[str, Sequence[str]], sources: Mapping[str, str]
) -> dict[str, Any]:
    tags = _ec2_tags.of(one)
    state = _STATES.get(one["State"], BackupState.PENDING)
    covers = wanted.get(tags.get(SOURCE, ""), ())
    if state is DONE:  # what is there counts, not what it was asked to hold
        covers = [sources[copy] for copy in _copies(one) if copy in sources]
    return {
        "id": one["ImageId"],
        "covers": covers,
        "at": datetime.fromisoformat(one["CreationDate"]),
        "state": state,
        "why": one.get("StateReason", {}).get("Message") or one["State"],
        "tags": tags,
    }


def _copies(image: Mapping[str, Any]) -> list[str]:
    disks = [device.get("Ebs", {}) for device in image.get("BlockDeviceMappings", ())]
    return [disk["SnapshotId"] for disk in disks if "SnapshotId" in disk]


def _volumes_of(client: EC2Client, snapshots: Sequence[str]) -> dict[str, str]:
    """The volume of which each of `snapshots` was taken."""
    name = "snapshot-id"
    return {
        one["SnapshotId"]: one["VolumeId"]
        for page in pages(client, "describe_snapshots", name, snapshots, OwnerIds=["self"])
        for one in page["Snapshots"]
    }


def _of_sources(orders: Sequence[BackupOrder]) -> FilterTypeDef:
    return {"Name": f"tag:{SOURCE}", "Values": [order.resource.id for order in orders]}


def _by_source(made: Iterable[dict[str, Any]]) -> Made:
    by_source: Made = defaultdict(list)
    for one in made:
        by_source[one["tags"].get(SOURCE, "")].append(one)
    return by_source


def _is_for(one: Mapping[str, Any], order: BackupOrder) -> bool:
    return bool(one["at"] > order.shut_off) and one["tags"].get(SHUT_OFF) == _stamp(order)


def _judge(order: BackupOrder, ours: Sequence[Mapping[str, Any]]) -> Backup:
    """The state of all `ours` together.

    Of two that cover one volume the better counts, of two as good the newer.
    """
    best: dict[str, Mapping[str, Any]] = {}
    for one in sorted(ours, key=lambda each: (_rank(each), each["at"])):
        best |= dict.fromkeys(one["covers"], one)
    missing = tuple(v for v in order.resource.parts if v not in best)
    counting = [best[v] for v in order.resource.parts if v in best]
    states = {one["state"] for one in counting}
    ids = _ids(ours)
    if BackupState.FAILED in states:
        failed = {o["id"]: o["why"] for o in counting if o["state"] is BackupState.FAILED}
        why = "; ".join(f"{failed_id}: {reason}" for failed_id, reason in failed.items())
        return Backup(BackupState.FAILED, ids, missing, f"{why}. Delete it to have it made again")
    if missing or BackupState.PENDING in states or not states:
        return Backup(BackupState.PENDING, ids, missing)
    return Backup(BackupState.COMPLETE, _ids(counting))


def _ids(of: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({one["id"] for one in of}))


def _rank(one: Mapping[str, Any]) -> int:
    return _BETTER.index(one["state"])
