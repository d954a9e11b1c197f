"""What a restore of an EC2 instance needs beside its backup, read just before the end.

Source: aws-lifecycle.md, "Order of steps": the manifest. It needs clients that are whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds._ec2_tags import MOST_FILTER_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.model import Resource

    Described = Mapping[str, Mapping[str, Any]]  # instances and volumes, by id


def describe(client: EC2Client, resources: Sequence[Resource]) -> Described:
    """All that AWS says of `resources` and of their volumes, in one look-up per 200."""
    ids = [resource.id for resource in resources]
    volumes = [volume for resource in resources for volume in resource.volumes]
    found = {
        instance["InstanceId"]: instance
        for page in _pages(client, "describe_instances", "instance-id", ids)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }
    return found | {
        volume["VolumeId"]: volume
        for page in _pages(client, "describe_volumes", "volume-id", volumes)
        for volume in page["Volumes"]
    }


def manifest(client: EC2Client, resource: Resource, described: Described) -> dict[str, Any]:
    """The manifest of one. It holds user data, so it is never printed.

    Raises LookupError where AWS did not show the instance, or one of its volumes.
    """
    missing = {resource.id, *resource.volumes} - described.keys()
    if missing:
        raise LookupError(f"AWS does not show {', '.join(sorted(missing))} any more")
    user_data = client.describe_instance_attribute(InstanceId=resource.id, Attribute="userData")
    return {
        "instance": described[resource.id],
        "user_data": user_data.get("UserData", {}).get("Value"),
        "volumes": [described[volume] for volume in resource.volumes],
    }


def _pages(client: Any, operation: str, name: str, ids: Sequence[str]) -> Iterator[Any]:
    """Every page of what has one of `ids`. A filter: one unknown id refuses a whole call."""
    for some in cut(ids, MOST_FILTER_VALUES):
        wanted = {"Name": name, "Values": list(some)}
        yield from client.get_paginator(operation).paginate(Filters=[wanted])
