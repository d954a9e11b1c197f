"""What a restore of an EC2 instance rests on: its manifest, and what of that still stands in AWS.

Nothing is concluded from an answer that did not come: what cannot be read breaks the look off.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_tags
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client
    from types_boto3_ec2.type_defs import FilterTypeDef

    from cs_aws_janitor.resources.restore_plan import Instead, Manifest

    Facts = Mapping[str, Any]

IMAGE_PREFIX = "ami-"
NO_SUCH_PROFILE = "NoSuchEntity"


@dataclass(frozen=True, slots=True)
class Stood:
    """The instance as its manifest shows it. `volumes` are by id."""

    instance: Facts
    volumes: Mapping[str, Facts]
    user_data: bytes | None

    @property
    def disks(self) -> list[Facts]:
        """Its devices that were EBS volumes."""
        return [d for d in self.instance.get("BlockDeviceMappings", ()) if "Ebs" in d]

    @property
    def interfaces(self) -> list[Facts]:
        """Its network interfaces, the primary one first."""
        found: list[Facts] = list(self.instance.get("NetworkInterfaces", ()))
        return sorted(found, key=lambda each: each.get("Attachment", {}).get("DeviceIndex", 0))

    @property
    def groups(self) -> tuple[str, ...]:
        """The ids of its security groups."""
        groups = self.instance.get("SecurityGroups") or [
            group for interface in self.interfaces[:1] for group in interface.get("Groups", ())
        ]
        return tuple(group["GroupId"] for group in groups)

    @property
    def of_its_type(self) -> dict[str, Any]:
        """Settings of a launch that another type may not know."""
        instance, settings = self.instance, dict[str, Any]()
        if instance.get("EbsOptimized"):
            settings["EbsOptimized"] = True
        if instance.get("HibernationOptions", {}).get("Configured"):
            settings["HibernationOptions"] = {"Configured": True}
        if instance.get("EnclaveOptions", {}).get("Enabled"):
            settings["EnclaveOptions"] = {"Enabled": True}
        return settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What it is to have, as it stood or as a person wants it instead; None is "without"."""

    type: str
    subnet: str | None
    groups: tuple[str, ...]
    key: str | None
    profile: str | None

    @property
    def profile_name(self) -> str | None:
        """The profile without the rest of its ARN."""
        return self.profile.rpartition("/")[2] if self.profile else None


@dataclass(frozen=True, slots=True)
class Found:
    """What stands of all that; what was asked for and is not in here is gone.

    `snapshots` are those of the backup, `images` it is where it was made as such, the newest
    first: an instance that got another volume meanwhile has two.
    """

    types: Mapping[str, Facts]
    subnet: Facts | None
    groups: Mapping[str, Facts]
    key: bool
    profile: bool
    snapshots: Mapping[str, Facts]
    images: Sequence[Facts]

    @property
    def image(self) -> Facts | None:
        """What can be launched from."""
        return next((each for each in self.images if each["State"] == "available"), None)

    @property
    def copies(self) -> dict[str, Facts]:
        """What the images hold, by device: of two copies the newer."""
        usable = [each for each in self.images if each["State"] == "available"]
        return {
            device["DeviceName"]: device["Ebs"]
            for image in reversed(usable)
            for device in image.get("BlockDeviceMappings", ())
            if "Ebs" in device
        }


def stood(manifest: Manifest) -> Stood:
    """The instance out of its manifest. Raises RefusedError for one that is not whole."""
    facts = manifest.facts
    instance, volumes = facts.get("instance"), facts.get("volumes")
    if not isinstance(instance, dict) or "InstanceType" not in instance:
        raise _unreadable(manifest, "it does not hold the instance")
    if not isinstance(volumes, list):
        raise _unreadable(manifest, "it does not hold the volumes")
    by_id = {each["VolumeId"]: each for each in volumes if "VolumeId" in each}
    return Stood(instance, by_id, _user_data(manifest))


def tags_of(facts: Facts) -> dict[str, str]:
    """The tags that stood on the instance; of a manifest that is not whole none."""
    instance = facts.get("instance")
    return _ec2_tags.as_mapping(instance.get("Tags", ())) if isinstance(instance, dict) else {}


def wanted(was: Stood, instead: Instead) -> Wanted:
    """What it is to have."""
    profile = was.instance.get("IamInstanceProfile", {}).get("Arn")
    return Wanted(
        type=instead.type or was.instance["InstanceType"],
        subnet=instead.subnet or was.instance.get("SubnetId"),
        groups=instead.groups or was.groups,
        key=(was.instance.get("KeyName") if instead.key is None else instead.key) or None,
        profile=(profile if instead.profile is None else instead.profile) or None,
    )


def look(ask: Callable[[str], Any], manifest: Manifest, instead: Instead) -> Found:
    """Read what still stands; filters, because one id that is gone refuses a whole call."""
    was = stood(manifest)
    want = wanted(was, instead)
    ec2: EC2Client = ask("ec2")
    images = [each for each in manifest.backups if each.startswith(IMAGE_PREFIX)]
    snapshots = [each for each in manifest.backups if each not in images]
    return Found(
        types=_types(ec2, {want.type, was.instance["InstanceType"]}),
        subnet=_subnet(ec2, want.subnet),
        groups=_groups(ec2, want.groups),
        key=bool(want.key) and _has_key(ec2, want.key or ""),
        profile=want.profile_name is not None and _has_profile(ask("iam"), want.profile_name),
        snapshots=_snapshots(ec2, snapshots),
        images=_images(ec2, images),
    )


def _types(ec2: EC2Client, names: set[str]) -> dict[str, Facts]:
    pages = ec2.get_paginator("describe_instance_types").paginate(
        Filters=_filter("instance-type", sorted(names))
    )
    return {each["InstanceType"]: each for page in pages for each in page["InstanceTypes"]}


def _subnet(ec2: EC2Client, subnet: str | None) -> Facts | None:
    if subnet is None:
        return None
    found = ec2.describe_subnets(Filters=_filter("subnet-id", [subnet]))["Subnets"]
    # A filter takes * and ? for any sign; nobody else does.
    return next((each for each in found if each["SubnetId"] == subnet), None)


def _groups(ec2: EC2Client, ids: Sequence[str]) -> dict[str, Facts]:
    if not ids:
        return {}
    answer = ec2.describe_security_groups(Filters=_filter("group-id", ids))
    return {each["GroupId"]: each for each in answer["SecurityGroups"]}


def _has_key(ec2: EC2Client, name: str) -> bool:
    answer = ec2.describe_key_pairs(Filters=_filter("key-name", [name]))
    return any(each.get("KeyName") == name for each in answer["KeyPairs"])


def _has_profile(iam: Any, name: str) -> bool:
    answer = attempt(lambda: iam.get_instance_profile(InstanceProfileName=name))
    if not isinstance(answer, Refusal):
        return True
    if answer.code == NO_SUCH_PROFILE:
        return False
    raise answer.error


def _snapshots(ec2: EC2Client, ids: Sequence[str]) -> dict[str, Facts]:
    if not ids:
        return {}
    pages = ec2.get_paginator("describe_snapshots").paginate(
        OwnerIds=["self"], Filters=_filter("snapshot-id", ids)
    )
    return {each["SnapshotId"]: each for page in pages for each in page["Snapshots"]}


def _images(ec2: EC2Client, ids: Sequence[str]) -> Sequence[Facts]:
    if not ids:
        return ()
    found = ec2.describe_images(Owners=["self"], Filters=_filter("image-id", ids))["Images"]
    return sorted(found, key=lambda each: each["CreationDate"], reverse=True)


def _filter(name: str, values: Sequence[str]) -> list[FilterTypeDef]:
    return [{"Name": name, "Values": list(values)}]


def _user_data(manifest: Manifest) -> bytes | None:
    """The user data as it was given to the instance: it is stored as AWS shows it."""
    stored = manifest.facts.get("user_data")
    if not stored:
        return None
    try:
        return base64.b64decode(stored, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise _unreadable(manifest, "its user data is not whole") from None


def _unreadable(manifest: Manifest, why: str) -> RefusedError:
    return RefusedError(
        f"the manifest of {manifest.id} in the ledger cannot be read: {why}",
        f"Its backup is {', '.join(manifest.backups) or 'not named either'}",
    )
