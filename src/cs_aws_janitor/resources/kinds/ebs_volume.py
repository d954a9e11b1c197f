"""EBS volumes that nothing is attached to: marked, backed up by a snapshot, deleted.

One that is attached goes with its instances, and is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import (
    _ec2_backups,
    _ec2_names,
    _ec2_owners,
    _ec2_prices,
    _ec2_scopes,
    _ec2_tags,
)
from cs_aws_janitor.resources.kinds._ec2_ends import end
from cs_aws_janitor.resources.kinds._kind import Backups, Kind, Remembering
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Resource
from cs_aws_janitor.resources.prices import Pricing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.kinds._kind import Restore
    from cs_aws_janitor.resources.model import Place

    Facts = Mapping[str, Any]

NAME = "ebs_volume"
PAGE = 500  # the most that AWS gives
BROKEN = "it is in the state error: what was on it is lost, and no snapshot can be taken"

_ENDED = frozenset({"deleting", "deleted"})
# Why no snapshot can be taken, by state; one that nobody knows is not guessed at.
_STATES = {"creating": None, "available": None, "in-use": None, "error": BROKEN}
_PRICED = {"type": "VolumeType", "size": "Size", "iops": "Iops", "throughput": "Throughput"}


def discover(client: EC2Client, place: Place) -> Iterator[list[Resource]]:
    """All volumes, page by page."""
    listing = client.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": PAGE})
    for page in listing:
        yield _resources(client, page["Volumes"], place)


def read(client: EC2Client, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that exist."""
    found = pages(client, "describe_volumes", "volume-id", ids)
    return [r for page in found for r in _resources(client, page["Volumes"], place)]


def terminate(client: EC2Client, resource: Resource) -> None:
    """Delete one volume; AWS refuses where somebody attaches it in this moment."""
    end(lambda: client.delete_volume(VolumeId=resource.id))


def describe(client: EC2Client, resources: Sequence[Resource]) -> dict[str, Facts]:
    """All that AWS says of `resources`, by id."""
    ids = [resource.id for resource in resources]
    found = pages(client, "describe_volumes", "volume-id", ids)
    return {each["VolumeId"]: each for page in found for each in page["Volumes"]}


def manifest(
    _client: EC2Client, resource: Resource, described: Mapping[str, Facts]
) -> dict[str, Any]:
    """What a restore needs of one. Raises LookupError where AWS did not show it."""
    volume = described.get(resource.id)
    if volume is None:
        raise LookupError(f"AWS does not show {resource.id} any more")
    if missing := [key for key in ("AvailabilityZone", "Size", "VolumeType") if key not in volume]:
        raise LookupError(f"AWS does not show the {', '.join(missing)} of {resource.id}")
    return {"volume": volume}


def restore() -> Restore:
    """How one comes back."""
    from cs_aws_janitor.resources.kinds._ebs_restore import RESTORE  # noqa: PLC0415  rarely needed

    return RESTORE


def _resources(client: EC2Client, volumes: Sequence[Any], place: Place) -> list[Resource]:
    living = [volume for volume in volumes if volume["State"] not in _ENDED]
    names = _ec2_names.of_instances(client, (i for v in living for i in _instances(v)))
    return [_resource(volume, names, place) for volume in living]


def _resource(volume: Facts, names: Mapping[str, str], place: Place) -> Resource:
    tags = _ec2_tags.of(volume)
    telling = _ec2_owners.telling(tags)
    owner = _ec2_owners.follows(telling, volume.get("Operator"))
    return Resource(
        place=place,
        kind=NAME,
        id=volume["VolumeId"],
        tags=tags,
        born=volume["CreateTime"],
        follows=_attached_to(volume) or owner,
        stack=_ec2_owners.stack(telling),
        own_name=next((names[each] for each in _instances(volume) if each in names), None),
        cannot_back_up=_STATES[volume["State"]],
        parts=(volume["VolumeId"],),
        traits=_traits(volume),
    )


def _attachments(volume: Facts) -> list[Facts]:
    return [a for a in volume.get("Attachments", ()) if a.get("State") != "detached"]


def _instances(volume: Facts) -> list[str]:
    """The instances it is attached to: several where it may be attached more than once."""
    return [a["InstanceId"] for a in _attachments(volume) if a.get("InstanceId")]


def _attached_to(volume: Facts) -> str | None:
    """What it goes with, in words."""
    attached = _attachments(volume)
    if ids := sorted(_instances(volume)):
        return f"instance{'s' if ids[1:] else ''} {', '.join(ids)}"
    if others := [a["AssociatedResource"] for a in attached if a.get("AssociatedResource")]:
        return ", ".join(sorted(others))
    if attached or volume["State"] == "in-use":
        return "what it is attached to, which AWS does not show"
    return None


def _traits(volume: Facts) -> dict[str, str]:
    priced = {trait: str(volume[key]) for trait, key in _PRICED.items() if key in volume}
    return {"state": volume["State"], **priced}


KIND = Kind(
    name=NAME,
    title="EBS volume",
    service="ec2",
    arns=("arn:{partition}:ec2:{region}:{account}:volume/{id}",),
    ids=r"vol-[0-9a-f]{8,17}",
    permissions={
        "discover": frozenset({"ec2:DescribeTags", "ec2:DescribeVolumes"}),
        "examine": frozenset({"ec2:DescribeSnapshots"}),
        "tag": frozenset({"ec2:CreateTags"}),
        "clear_mark": frozenset({"ec2:DeleteTags"}),
        "back_up": frozenset({"ec2:CreateSnapshot", "ec2:CreateTags"}),
        "terminate": frozenset({"ec2:DeleteVolume"}),
        "restore": frozenset(
            {
                "ec2:CreateTags",  # no call of its own: AWS asks for it where tags are given
                "ec2:CreateVolume",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeSnapshots",
                "ec2:DescribeVolumes",
            }
        ),
    },
    discover=discover,
    read=read,
    tag=_ec2_tags.tag,
    untag=_ec2_tags.untag,
    terminate=terminate,
    backups=Backups(_ec2_backups.find_snapshots, _ec2_backups.begin_snapshots),
    remembering=Remembering(describe, manifest),
    restore=restore,
    scopes=_ec2_scopes.OF_VOLUMES,
    created_by=frozenset({"CreateVolume", "RunInstances"}),
    pricing=Pricing(_ec2_prices.OF_VOLUMES, _ec2_prices.volume),
    notes=(
        "One that is attached is held, by all its instances where several share it.",
        "What an instance leaves behind keeps its owner: the ledger remembers the tag Name of it.",
        "Freed after its Expiration it is marked by the next run, and has 7 days from then on.",
        "Attaching it takes the mark away: freed again, it has its 7 days again.",
        "Its backup is always one snapshot, also where backup.as is image.",
        "One of a Kubernetes cluster is held, also when nothing claims it.",
    ),
)
