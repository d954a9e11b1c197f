"""EC2 instances: stopped, backed up by one multi-volume snapshot or an image, terminated.

Source: S1 to S7 and "Real AWS, where naive code fails" in aws-lifecycle.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import (
    _ec2_backups,
    _ec2_manifest,
    _ec2_owners,
    _ec2_prices,
    _ec2_scopes,
    _ec2_tags,
)
from cs_aws_janitor.resources.kinds._kind import Backups, Kind, Remembering
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Power, Resource
from cs_aws_janitor.resources.prices import Pricing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.kinds._kind import Restore
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.prices import Charge

NAME = "ec2_instance"
PAGE = 1000
ONE_TIME = "a one-time spot instance cannot be stopped"
LINUX = "Linux/UNIX"
INSTANCE_STORE = "its root is an instance store"

# Terminated instances stay listed for an hour; they are no resources any more.
_POWER = {
    "pending": Power.MOVING,
    "running": Power.ON,
    "stopping": Power.MOVING,
    "stopped": Power.OFF,
}
_ENDED = frozenset({"shutting-down", "terminated"})
_LIVING: Any = {"Name": "instance-state-name", "Values": list(_POWER)}


def discover(client: EC2Client, place: Place) -> Iterator[list[Resource]]:
    """All living instances, page by page."""
    listing = client.get_paginator("describe_instances").paginate(
        Filters=[_LIVING], PaginationConfig={"PageSize": PAGE}
    )
    for page in listing:
        yield _resources(page, place)


def read(client: EC2Client, place: Place, ids: Sequence[str]) -> list[Resource]:
    """The living instances among `ids`."""
    found = pages(client, "describe_instances", "instance-id", ids, Filters=[_LIVING])
    return [resource for page in found for resource in _resources(page, place)]


def examine(client: EC2Client, resources: Sequence[Resource]) -> list[Resource]:
    """Tell one-time spot instances, which cannot stop, from persistent ones, in one call."""
    requests = [r.traits["spot_request"] for r in resources if "spot_request" in r.traits]
    name = "spot-instance-request-id"
    persistent = {
        request["SpotInstanceRequestId"]
        for page in pages(client, "describe_spot_instance_requests", name, requests)
        for request in page["SpotInstanceRequests"]
        if request.get("Type") == "persistent"
    }
    return [_with_spot(resource, persistent) for resource in resources]


def protected(client: EC2Client, instance_id: str) -> bool:
    """S4: termination protection, which only a call per instance shows."""
    answer = client.describe_instance_attribute(
        InstanceId=instance_id, Attribute="disableApiTermination"
    )
    value = answer["DisableApiTermination"]["Value"]
    if not isinstance(value, bool):  # whatever else stands there, it is no word against it
        raise TypeError(f"the termination protection of {instance_id} was not shown")
    return value


def protect(client: EC2Client, instance_id: str, on: bool) -> None:  # noqa: FBT001  the attribute's value
    """Set or take off termination protection; only for a person's explicit word."""
    client.modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": on})


def barriers(client: EC2Client, resource: Resource) -> list[str]:
    """Stop protection, which blocks stopping and terminating but makes nothing permanent."""
    answer = client.describe_instance_attribute(InstanceId=resource.id, Attribute="disableApiStop")
    if not answer.get("DisableApiStop", {}).get("Value"):
        return []
    return ["stop protection is on: AWS will refuse to stop and to terminate it"]


def shut_off(client: EC2Client, resources: Sequence[Resource]) -> None:
    """Stop all `resources`; one that cannot be stopped refuses the whole call."""
    client.stop_instances(InstanceIds=[resource.id for resource in resources])


def terminate(client: EC2Client, resource: Resource) -> None:
    """Terminate one instance; a persistent spot request is cancelled first, or it relaunches."""
    if request := resource.traits.get("persistent_spot_request"):
        client.cancel_spot_instance_requests(SpotInstanceRequestIds=[request])
    client.terminate_instances(InstanceIds=[resource.id])


def charges(resource: Resource) -> tuple[Charge, ...] | None:
    """Its hours by its type; of spot, and of what runs under a licence, no price is known."""
    if not {"spot_request", "platform"}.isdisjoint(resource.traits):
        return None
    return _ec2_prices.hours(resource.traits.get("type", ""))


def restore() -> Restore:
    """How one comes back."""
    from cs_aws_janitor.resources.kinds._ec2_restore import RESTORE  # noqa: PLC0415  rarely needed

    return RESTORE


def _resources(page: Mapping[str, Any], place: Place) -> list[Resource]:
    return [
        _resource(instance, place)
        for reservation in page.get("Reservations", ())
        for instance in reservation.get("Instances", ())
        if instance["State"]["Name"] not in _ENDED  # a state that nobody knows is not passed over
    ]


def _resource(instance: Mapping[str, Any], place: Place) -> Resource:
    tags = _ec2_tags.of(instance)
    disks = [d for d in instance.get("BlockDeviceMappings", ()) if "Ebs" in d]
    on_store = instance.get("RootDeviceType") == "instance-store"
    telling = _ec2_owners.telling(tags)
    return Resource(
        place,
        NAME,
        instance["InstanceId"],
        tags,
        _POWER[instance["State"]["Name"]],
        _born(instance, disks),
        _ec2_owners.follows(telling, instance.get("Operator")),
        _ec2_owners.stack(telling),
        cannot_shut_off=f"{INSTANCE_STORE}, so it cannot be stopped" if on_store else None,
        cannot_back_up=_cannot_back_up(disks, on_store=on_store),
        parts=tuple(d["Ebs"]["VolumeId"] for d in disks),
        traits=_traits(instance, disks),
    )


def _born(instance: Mapping[str, Any], disks: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The first launch: LaunchTime is the last start, but what was attached then keeps its time."""
    born = instance.get("LaunchTime")
    attached = [disk["Ebs"] for disk in disks]
    attached += [each.get("Attachment") for each in instance.get("NetworkInterfaces", ())]
    for attachment in attached:
        at = attachment.get("AttachTime") if attachment else None
        if at and (born is None or at < born):
            born = at
    return born


def _cannot_back_up(disks: Sequence[object], *, on_store: bool) -> str | None:
    if on_store:
        return f"{INSTANCE_STORE}, of which no snapshot is possible"
    return None if disks else "it has no EBS volume of which a snapshot could be taken"


def _traits(instance: Mapping[str, Any], disks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    traits = {"state": instance["State"]["Name"], "type": instance.get("InstanceType", "")}
    for disk in disks:
        if disk.get("DeviceName") == instance.get("RootDeviceName"):
            traits["root_volume"] = disk["Ebs"]["VolumeId"]
    if (platform := instance.get("PlatformDetails", LINUX)) != LINUX:
        traits["platform"] = platform
    if instance.get("InstanceLifecycle") == "spot":
        traits["spot_request"] = instance.get("SpotInstanceRequestId", "")
    return traits


def _with_spot(resource: Resource, persistent: set[str]) -> Resource:
    request = resource.traits.get("spot_request")
    if request is None:
        return resource
    if request in persistent:
        traits = {**resource.traits, "persistent_spot_request": request}
        return replace(resource, traits=traits)
    return replace(resource, cannot_shut_off=resource.cannot_shut_off or ONE_TIME)


KIND = Kind(
    name=NAME,
    title="EC2 instance",
    service="ec2",
    arns=("arn:{partition}:ec2:{region}:{account}:instance/{id}",),
    ids=r"i-[0-9a-f]{8,17}",
    permissions={
        "discover": frozenset({"ec2:DescribeInstances"}),
        "examine": frozenset(
            {
                "ec2:DescribeImages",
                "ec2:DescribeInstanceAttribute",
                "ec2:DescribeSnapshots",
                "ec2:DescribeSpotInstanceRequests",
            }
        ),
        "tag": frozenset({"ec2:CreateTags"}),
        "clear_mark": frozenset({"ec2:DeleteTags"}),
        "shut_off": frozenset({"ec2:StopInstances"}),
        "back_up": frozenset(
            {
                "ec2:CreateImage",
                "ec2:CreateSnapshots",
                "ec2:CreateTags",
                "ec2:DescribeInstanceAttribute",
                "ec2:DescribeVolumes",
            }
        ),
        "terminate": frozenset({"ec2:CancelSpotInstanceRequests", "ec2:TerminateInstances"}),
        "protect": frozenset({"ec2:ModifyInstanceAttribute"}),
        "restore": frozenset(
            {
                "ec2:CreateTags",
                "ec2:DeregisterImage",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeKeyPairs",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSnapshots",
                "ec2:DescribeSubnets",
                "ec2:RegisterImage",
                "ec2:RunInstances",
                "iam:GetInstanceProfile",
                "iam:PassRole",  # no call of its own: AWS asks for it where a profile is given
            }
        ),
    },
    discover=discover,
    read=read,
    tag=_ec2_tags.tag,
    untag=_ec2_tags.untag,
    terminate=terminate,
    examine=examine,
    protected=protected,
    protect=protect,
    barriers=barriers,
    shut_off=shut_off,
    backups=Backups(_ec2_backups.find, _ec2_backups.begin),
    remembering=Remembering(_ec2_manifest.describe, _ec2_manifest.manifest),
    restore=restore,
    scopes=_ec2_scopes.OF_INSTANCES,
    created_by=frozenset({"RunInstances"}),
    pricing=Pricing((_ec2_prices.INSTANCE,), charges, besides="its volumes"),
    notes=(
        "Without a `Name` it is stopped on the first run, or after `naming.grace`.",
        "What a group, a cluster or a service of AWS manages is held: its manager lives the life.",
        "A one-time spot instance cannot stop: it is only marked.",
        "A persistent spot request is cancelled before the end, or AWS would launch it again.",
        "On an instance store it stays, flagged, unless `backup.when_impossible` is `terminate`.",
        "Stop protection blocks it and is told every run; it makes nothing permanent.",
        "With `backup.as` set to `image` an image is made in place of snapshots.",
    ),
)
