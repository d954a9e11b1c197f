"""Backups of EC2 instances: one multi-volume snapshot, or an image; found again by their labels.

Source: S6 and "Order of steps" in aws-lifecycle.md: complete only when every volume in the
mapping has a completed snapshot that is newer than the ShutOff.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds import _ec2_tags
from cs_aws_janitor.resources.model import Backup, BackupState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client
    from types_boto3_ec2.type_defs import FilterTypeDef, InstanceSpecificationTypeDef

    from cs_aws_janitor.resources.kinds._kind import BackupOrder

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
    found: dict[str, Backup] = {}
    for some in cut(orders, _ec2_tags.MOST_FILTER_VALUES):
        made = _images(client, some) if some[0].form == IMAGE else _snapshots(client, some)
        for order in some:
            ours = [one for one in made[order.resource.id] if _is_for(one, order)]
            if ours:
                found[order.resource.id] = _judge(order, ours)
    return found


def begin(client: EC2Client, order: BackupOrder, missing: Sequence[str]) -> None:
    """Start the backup of the volumes `missing`; all of them at one instant."""
    labels = {**order.tags, SOURCE: order.resource.id, SHUT_OFF: _stamp(order)}
    if order.form == IMAGE:
        _begin_image(client, order, labels)
        return
    root = order.resource.traits.get("root_volume")
    held = [v for v in order.resource.volumes if v not in missing and v != root]
    where: InstanceSpecificationTypeDef = {"InstanceId": order.resource.id}
    if held:
        where["ExcludeDataVolumeIds"] = held
    if root not in missing:
        where["ExcludeBootVolume"] = True
    client.create_snapshots(
        InstanceSpecification=where,
        Description=_description(order),
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": _ec2_tags.as_list(labels)}],
    )


def _begin_image(client: EC2Client, order: BackupOrder, labels: Mapping[str, str]) -> None:
    # A name can be had once per account and region: a second image of one ShutOff is refused.
    client.create_image(
        InstanceId=order.resource.id,
        Name=f"janitor-{order.resource.id}-{order.shut_off:%Y%m%dT%H%M%S}",
        Description=_description(order),
        NoReboot=True,
        TagSpecifications=[{"ResourceType": "image", "Tags": _ec2_tags.as_list(labels)}],
    )


def _description(order: BackupOrder) -> str:
    return f"Backup of {order.resource.id} before its termination; shut off {_stamp(order)}"


def _stamp(order: BackupOrder) -> str:
    return order.shut_off.astimezone(UTC).isoformat()


def _snapshots(
    client: EC2Client, orders: Sequence[BackupOrder]
) -> defaultdict[str, list[dict[str, Any]]]:
    pages = client.get_paginator("describe_snapshots").paginate(
        OwnerIds=["self"], Filters=[_of_sources(orders)]
    )
    return _by_source(
        {
            "id": one["SnapshotId"],
            "covers": (one["VolumeId"],),
            "at": one["StartTime"],
            "state": _STATES.get(one["State"], BackupState.PENDING),
            "why": one.get("StateMessage") or one["State"],
            "tags": _ec2_tags.as_mapping(one.get("Tags", ())),
        }
        for page in pages
        for one in page["Snapshots"]
    )


def _images(
    client: EC2Client, orders: Sequence[BackupOrder]
) -> defaultdict[str, list[dict[str, Any]]]:
    volumes = {order.resource.id: order.resource.volumes for order in orders}
    pages = client.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=[_of_sources(orders)]
    )
    made = []
    for page in pages:
        for one in page["Images"]:
            tags = _ec2_tags.as_mapping(one.get("Tags", ()))
            mine = volumes.get(tags.get(SOURCE, ""), ())
            state = _STATES.get(one["State"], BackupState.PENDING)
            copied = sum("Ebs" in device for device in one.get("BlockDeviceMappings", ()))
            made.append(
                {
                    "id": one["ImageId"],
                    "covers": mine if copied >= len(mine) or state is not DONE else (),
                    "at": datetime.fromisoformat(one["CreationDate"]),
                    "state": state,
                    "why": one.get("StateReason", {}).get("Message") or one["State"],
                    "tags": tags,
                }
            )
    return _by_source(made)


def _of_sources(orders: Sequence[BackupOrder]) -> FilterTypeDef:
    return {"Name": f"tag:{SOURCE}", "Values": [order.resource.id for order in orders]}


def _by_source(made: Iterable[dict[str, Any]]) -> defaultdict[str, list[dict[str, Any]]]:
    by_source = defaultdict(list)
    for one in made:
        by_source[one["tags"].get(SOURCE, "")].append(one)
    return by_source


def _is_for(one: Mapping[str, Any], order: BackupOrder) -> bool:
    return bool(one["at"] > order.shut_off) and one["tags"].get(SHUT_OFF) == _stamp(order)


def _judge(order: BackupOrder, ours: Sequence[Mapping[str, Any]]) -> Backup:
    """The state of all `ours` together; of two that cover one volume the better counts."""
    best: dict[str, Mapping[str, Any]] = {}
    for one in ours:
        for volume in one["covers"]:
            if volume not in best or _rank(one) > _rank(best[volume]):
                best[volume] = one
    ids = tuple(sorted({one["id"] for one in ours}))
    missing = tuple(v for v in order.resource.volumes if v not in best)
    states = {best[v]["state"] for v in order.resource.volumes if v in best}
    if BackupState.FAILED in states:
        failed = [one for one in best.values() if one["state"] is BackupState.FAILED]
        why = "; ".join(f"{one['id']}: {one['why']}" for one in failed)
        return Backup(BackupState.FAILED, ids, missing, f"{why}. Delete it to have it made again")
    if missing or BackupState.PENDING in states or not states:
        return Backup(BackupState.PENDING, ids, missing)
    return Backup(BackupState.COMPLETE, ids)


def _rank(one: Mapping[str, Any]) -> int:
    return _BETTER.index(one["state"])
