"""The backups that the janitor has made of EC2: snapshots and images that bear its label.

A snapshot under an image goes with it. What another has made, or shares, is none of ours.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_prices, _ec2_scopes, _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_backups import SHUT_OFF, SOURCE
from cs_aws_janitor.resources.kinds._ec2_ends import end
from cs_aws_janitor.resources.kinds._kind import Kind
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Resource
from cs_aws_janitor.resources.prices import Pricing
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt
from cs_aws_janitor.resources.tags import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.prices import Charge

    Facts = Mapping[str, Any]

NAME = "backup"
PAGE = 1000
IMAGE_PREFIX, INSTANCE_PREFIX, VOLUME_PREFIX = "ami-", "i-", "vol-"
UNDER = "image "  # and its id: what a snapshot goes with
COPYING = "what is still being copied into it"
NO_WAY_BACK = "a backup is the last that there was of something, and nothing is kept of it"

# What a backup in each state follows; one that nobody knows is not guessed at.
_STATES = {
    "available": None,
    "completed": None,
    "disabled": None,
    "error": None,
    "failed": None,
    "invalid": None,
    "pending": COPYING,
    "recoverable": None,
    "recovering": COPYING,
    "transient": COPYING,
}
_OURS: Any = {"Name": "tag-key", "Values": [SOURCE]}
# A disabled image is not listed otherwise, and its snapshots would look as if they had none.
_OUR_IMAGES: Any = {"Owners": ["self"], "IncludeDisabled": True, "Filters": [_OURS]}
_OUR_SNAPSHOTS: Any = {"OwnerIds": ["self"], "Filters": [_OURS]}
_SIZED: Any = {"PaginationConfig": {"PageSize": PAGE}}
_LIVING: Any = {
    "Name": "instance-state-name",
    "Values": ["pending", "running", "stopping", "stopped"],
}
# AWS describes the snapshots of an image so, whatever the image is described as.
_MADE_FOR = re.compile(r"Created by CreateImage\([^)]*\) for (ami-[0-9a-f]+)")


def discover(client: EC2Client, place: Place) -> Iterator[list[Resource]]:
    """All that bear the label: the images, then the snapshots."""
    standing: set[str] = set()
    for page in client.get_paginator("describe_images").paginate(**_OUR_IMAGES, **_SIZED):
        images = _images(page["Images"], place)
        standing |= {image.id for image in images}
        yield images
    for shots in client.get_paginator("describe_snapshots").paginate(**_OUR_SNAPSHOTS, **_SIZED):
        yield _snapshots(client, shots["Snapshots"], standing, place)


def read(client: EC2Client, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that exist and bear the label."""
    imaged = [each for each in ids if each.startswith(IMAGE_PREFIX)]
    others = [each for each in ids if not each.startswith(IMAGE_PREFIX)]
    found: list[Resource] = []
    for page in pages(client, "describe_images", "image-id", imaged, **_OUR_IMAGES):
        found += _images(page["Images"], place)
    standing = {image.id for image in found}
    for page in pages(client, "describe_snapshots", "snapshot-id", others, **_OUR_SNAPSHOTS):
        found += _snapshots(client, page["Snapshots"], standing, place)
    return found


def examine(client: EC2Client, resources: Sequence[Resource]) -> list[Resource]:
    """Hold what was made for something that is still due: that must not end after its backup."""
    marks = _marks(client, {r.tags[SOURCE] for r in resources})
    return [
        replace(r, follows=f"{r.tags[SOURCE]}, which it was made for and which still stands")
        if r.follows is None and _is_needed(r, marks)
        else r
        for r in resources
    ]


def terminate(client: EC2Client, resource: Resource) -> None:
    """Delete a snapshot, or deregister an image and delete its snapshots after it."""
    if resource.id.startswith(IMAGE_PREFIX):
        _end_image(client, resource)
    else:
        end(lambda: client.delete_snapshot(SnapshotId=resource.id))


def _end_image(client: EC2Client, image: Resource) -> None:
    """Its snapshots bear its dates and mark before it goes: cut off, the next run ends them."""
    snapshots = _snapshots_of(client, image)
    if snapshots:
        given = {k: v for k, v in image.tags.items() if not k.lower().startswith(RESERVED)}
        _ec2_tags.tag(client, image.place, snapshots, given)
    end(lambda: client.deregister_image(ImageId=image.id))
    refused = [_deleted(client, snapshot) for snapshot in snapshots]
    for refusal in filter(None, refused):
        raise refusal.error


def _deleted(client: EC2Client, snapshot: str) -> Refusal | None:
    answer = attempt(lambda: client.delete_snapshot(SnapshotId=snapshot))
    gone = isinstance(answer, Refusal) and answer.sort is Sort.GONE
    return answer if isinstance(answer, Refusal) and not gone else None


def _snapshots_of(client: EC2Client, image: Resource) -> list[str]:
    """Those that were made for this image and bear the same label: no others are ours."""
    ids = image.traits["snapshots"].split()
    return [
        each["SnapshotId"]
        for page in pages(client, "describe_snapshots", "snapshot-id", ids, **_OUR_SNAPSHOTS)
        for each in page["Snapshots"]
        if _made_for(each) == image.id and _ec2_tags.of(each).get(SOURCE) == image.tags[SOURCE]
    ]


def _made_for(snapshot: Facts) -> str | None:
    """The image that a snapshot was made for, or None."""
    found = _MADE_FOR.match(snapshot.get("Description", ""))
    return found[1] if found else None


def charges(resource: Resource) -> tuple[Charge, ...] | None:
    """Its size; what is under an image is charged with that, and not once more."""
    if (resource.follows or "").startswith(UNDER):
        return None
    return _ec2_prices.snapshot(resource)


def _images(images: Iterable[Facts], place: Place) -> list[Resource]:
    return [
        _resource(
            image["ImageId"],
            image,
            place,
            born=datetime.fromisoformat(image["CreationDate"]),
            protected=image.get("DeregistrationProtection", "").startswith("enabled") or None,
            traits={
                "type": "image",
                "snapshots": " ".join(_copies(image)),
                "size": str(sum(d.get("Ebs", {}).get("VolumeSize", 0) for d in _devices(image))),
            },
        )
        for image in images
        if image["State"] != "deregistered"
    ]


def _devices(image: Facts) -> list[Facts]:
    return list(image.get("BlockDeviceMappings", ()))


def _copies(image: Facts) -> Iterator[str]:
    for device in _devices(image):
        if snapshot := device.get("Ebs", {}).get("SnapshotId"):
            yield snapshot


def _snapshots(
    client: EC2Client, snapshots: Sequence[Facts], standing: set[str], place: Place
) -> list[Resource]:
    """Snapshots; `standing` are images of which it is known that they do."""
    named = {image for each in snapshots if (image := _made_for(each))}
    # Looked up where it was not listed: it may have lost its label.
    unknown = pages(
        client, "describe_images", "image-id", sorted(named - standing), IncludeDisabled=True
    )
    under = standing | {image["ImageId"] for page in unknown for image in page["Images"]}
    return [
        _resource(
            each["SnapshotId"],
            each,
            place,
            born=each["StartTime"],
            follows=f"{UNDER}{image}" if (image := _made_for(each)) in under else None,
            traits={
                "type": "snapshot",
                "size": str(each.get("VolumeSize", "")),
                "tier": each.get("StorageTier", "standard"),
            },
        )
        for each in snapshots
    ]


def _resource(backup_id: str, facts: Facts, place: Place, **more: Any) -> Resource:
    tags = _ec2_tags.of(facts)
    more["follows"] = more.get("follows") or _STATES[facts["State"]]
    more["traits"] |= {"state": facts["State"], "source": tags[SOURCE]}
    return Resource(
        place=place,
        kind=NAME,
        id=backup_id,
        tags=tags,
        lost_with_it=f"{tags[SOURCE]} cannot be brought back without it",
        **more,
    )


def _marks(client: EC2Client, sources: set[str]) -> dict[str, set[datetime]]:
    """The instants on the tags of those of `sources` that still stand."""
    instances = sorted(each for each in sources if each.startswith(INSTANCE_PREFIX))
    volumes = sorted(each for each in sources if each.startswith(VOLUME_PREFIX))
    found = {
        each["InstanceId"]: each
        for page in pages(client, "describe_instances", "instance-id", instances, Filters=[_LIVING])
        for reservation in page["Reservations"]
        for each in reservation["Instances"]
    }
    found |= {
        each["VolumeId"]: each
        for page in pages(client, "describe_volumes", "volume-id", volumes)
        for each in page["Volumes"]
        if each["State"] not in {"deleting", "deleted"}
    }
    return {
        source: {at for text in _ec2_tags.of(facts).values() if (at := _ec2_tags.instant(text))}
        for source, facts in found.items()
    }


def _is_needed(backup: Resource, marks: Mapping[str, set[datetime]]) -> bool:
    """Whether its source still bears the mark that it was made for.

    By its instant, whatever the settings call the mark. Where the label cannot be read it may.
    """
    source = backup.tags[SOURCE]
    made_for = _ec2_tags.instant(backup.tags.get(SHUT_OFF, ""))
    return source in marks and (made_for is None or made_for in marks[source])


KIND = Kind(
    name=NAME,
    title="Backup",
    service="ec2",
    arns=(
        "arn:{partition}:ec2:{region}::snapshot/{id}",
        "arn:{partition}:ec2:{region}::image/{id}",
    ),
    ids=r"(snap|ami)-[0-9a-f]{8,17}",
    permissions={
        "discover": frozenset({"ec2:DescribeImages", "ec2:DescribeSnapshots"}),
        "examine": frozenset({"ec2:DescribeInstances", "ec2:DescribeVolumes"}),
        "tag": frozenset({"ec2:CreateTags"}),
        "clear_mark": frozenset({"ec2:DeleteTags"}),
        "terminate": frozenset(
            {
                "ec2:CreateTags",
                "ec2:DeleteSnapshot",
                "ec2:DeregisterImage",
                "ec2:DescribeSnapshots",
            }
        ),
    },
    discover=discover,
    read=read,
    tag=_ec2_tags.tag,
    untag=_ec2_tags.untag,
    terminate=terminate,
    examine=examine,
    restore=NO_WAY_BACK,
    scopes=_ec2_scopes.OF_BACKUPS,
    pricing=Pricing((_ec2_prices.SNAPSHOT,), charges),
    notes=(
        f"These are the snapshots and images with the label {SOURCE}, and no others.",
        "They live as long as backup.keep says; with forever they bear a Permanent tag.",
        "The snapshots under an image are held by it, and go with it.",
        "One that is still being copied, or whose source is not terminated yet, is held.",
        "AWS refuses to delete a snapshot on which an image of somebody stands: that is told.",
    ),
)
