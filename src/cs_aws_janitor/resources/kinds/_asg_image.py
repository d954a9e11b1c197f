"""An image of one member, made before the shut-off ends them all: `backup.group_image`.

What members hold on their own disks is lost when a group is scaled to zero. AWS does not tell
whether any of it is worth keeping: an image is made of the first member in service whose root is an
EBS volume. Its name is one for each Expiration, so that AWS itself refuses a second.
"""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_backups import SHUT_OFF, SOURCE
from cs_aws_janitor.resources.kinds._ec2_scopes import (
    IMAGE,
    LABEL_BACKUPS,
    SNAPSHOT,
    not_an_instance,
)
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Backup, BackupState
from cs_aws_janitor.resources.permission_scopes import Scope, labelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.kinds._kind import BackupOrder

DUTY = "before_shut_off"
PERMISSIONS = frozenset(
    {"ec2:CreateImage", "ec2:CreateTags", "ec2:DescribeImages", "ec2:DescribeInstances"}
)
_MEMBER = "arn:{partition}:ec2:*:{account}:instance/*"
_INTO_AN_IMAGE = (IMAGE, _MEMBER, SNAPSHOT)
SCOPES = {
    (DUTY, "ec2:CreateImage"): (
        Scope("ImageOfMember", _INTO_AN_IMAGE, labelled("aws:autoscaling:groupName")),
        Scope("ImageOfMember", _INTO_AN_IMAGE, not_an_instance),
    ),
    (DUTY, "ec2:CreateTags"): LABEL_BACKUPS,
}
_STATES = {"available": BackupState.COMPLETE, "pending": BackupState.PENDING}


def make(clients: Callable[[str], Any], order: BackupOrder) -> Backup | None:
    """The image that stands for `order`, or is begun now; None where none is possible or needed."""
    client: EC2Client = clients("ec2")
    if standing := _standing(client, order):
        return standing
    member = order.resource.traits.get("member")
    if member is None or not _on_ebs(client, member):
        return None
    labels = {**order.tags, SOURCE: order.resource.id, SHUT_OFF: _stamp(order)}
    made = client.create_image(
        InstanceId=member,
        Name=_name(order),
        Description=f"{member} before its Auto Scaling group is shut off",
        NoReboot=True,
        # Its snapshots outlive it: by the labels they are known, and go with it when it ends.
        TagSpecifications=[
            {"ResourceType": "image", "Tags": _ec2_tags.as_list(labels)},
            {"ResourceType": "snapshot", "Tags": _ec2_tags.as_list(labels)},
        ],
    )
    return Backup(BackupState.PENDING, (made["ImageId"],))


def _standing(client: EC2Client, order: BackupOrder) -> Backup | None:
    listing = client.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=[{"Name": "name", "Values": [_name(order)]}]
    )
    for image in (image for page in listing for image in page["Images"]):
        state = _STATES.get(image["State"], BackupState.FAILED)
        why = image.get("StateReason", {}).get("Message") or image["State"]
        return Backup(state, (image["ImageId"],), why=why)
    return None


def _on_ebs(client: EC2Client, member: str) -> bool:
    """Whether its root can be imaged; one that is gone by now cannot."""
    return any(
        instance["RootDeviceType"] == "ebs"
        for page in pages(client, "describe_instances", "instance-id", [member])
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    )


def _name(order: BackupOrder) -> str:
    """In signs that images take, whatever those of the group are."""
    place, group = order.resource.place, order.resource.id
    known = hashlib.sha256(f"{place.account} {place.region} {group}".encode()).hexdigest()[:16]
    return f"janitor-group-{known}-{order.shut_off.astimezone(UTC):%Y%m%dT%H%M%S}"


def _stamp(order: BackupOrder) -> str:
    return order.shut_off.astimezone(UTC).isoformat()
