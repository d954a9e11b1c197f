"""What a restore of an EC2 instance needs beside its backup, read just before the end.

Source: aws-lifecycle.md, "Order of steps": the manifest. It needs clients that are whole.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds._pages import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.model import Resource

    Described = Mapping[str, Mapping[str, Any]]  # instances and volumes, by id


def describe(client: EC2Client, resources: Sequence[Resource]) -> Described:
    """All that AWS says of `resources` and of their volumes, in one look-up per 200."""
    ids = [resource.id for resource in resources]
    volumes = [volume for resource in resources for volume in resource.parts]
    found = {
        instance["InstanceId"]: instance
        for page in pages(client, "describe_instances", "instance-id", ids)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }
    return found | {
        volume["VolumeId"]: volume
        for page in pages(client, "describe_volumes", "volume-id", volumes)
        for volume in page["Volumes"]
    }


def manifest(client: EC2Client, resource: Resource, described: Described) -> dict[str, Any]:
    """The manifest of one. It holds user data, so it is never printed.

    Raises LookupError where AWS did not show all that a restore cannot do without: nothing may
    end on a manifest from which it could not come back.
    """
    missing = {resource.id, *resource.parts} - described.keys()
    if missing:
        raise LookupError(f"AWS does not show {', '.join(sorted(missing))} any more")
    if unshown := ", ".join(_unshown(described[resource.id], resource)):
        raise LookupError(f"AWS does not show {unshown} of {resource.id}")
    return {
        "instance": described[resource.id],
        "user_data": _user_data(client, resource),
        "volumes": [described[volume] for volume in resource.parts],
    }


def _unshown(instance: Mapping[str, Any], resource: Resource) -> Iterator[str]:
    """What is needed of an instance to launch it again, and stands not in its description."""
    if not instance.get("InstanceType"):
        yield "the type"
    disks = [each for each in instance.get("BlockDeviceMappings", ()) if "Ebs" in each]
    devices = {each["Ebs"].get("VolumeId"): each.get("DeviceName") for each in disks}
    if devices.keys() != set(resource.parts) or not all(devices.values()):
        yield "the devices"
    if disks and not instance.get("RootDeviceName"):
        yield "the root"


def _user_data(client: EC2Client, resource: Resource) -> str | None:
    """The user data as AWS shows it: in Base64. Where there is none the answer says so."""
    answer = client.describe_instance_attribute(InstanceId=resource.id, Attribute="userData")
    if "UserData" not in answer:
        raise LookupError(f"AWS does not show the user data of {resource.id}")
    shown = answer["UserData"].get("Value")
    try:
        base64.b64decode(shown or "", validate=True)
    except ValueError:
        raise LookupError(f"the user data of {resource.id} is not whole") from None
    return shown
