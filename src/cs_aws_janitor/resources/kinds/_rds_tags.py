"""Tags of RDS: written on one resource a call, by its ARN, in the few signs that RDS takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import arns
from cs_aws_janitor.resources.kinds import _ec2_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from types_boto3_rds.client import RDSClient
    from types_boto3_rds.type_defs import TagTypeDef

    from cs_aws_janitor.resources.model import Place

INSTANCE = "arn:{partition}:rds:{region}:{account}:db:{id}"
CLUSTER = "arn:{partition}:rds:{region}:{account}:cluster:{id}"
SNAPSHOT = "arn:{partition}:rds:{region}:{account}:snapshot:{id}"
CLUSTER_SNAPSHOT = "arn:{partition}:rds:{region}:{account}:cluster-snapshot:{id}"

_UNTAKEN = re.compile(r"[^\w\s.:/=+\-@]")  # source: AddTagsToResource


def as_list(tags: Mapping[str, str]) -> list[TagTypeDef]:
    """A mapping as the tags of a request. What RDS would refuse is left out of the values."""
    return [{"Key": key, "Value": _UNTAKEN.sub("", value)} for key, value in tags.items()]


def tag(client: RDSClient, arn: str, tags: Mapping[str, str]) -> None:
    """Write `tags` on what bears `arn`."""
    client.add_tags_to_resource(ResourceName=arn, Tags=as_list(tags))


def untag(client: RDSClient, arn: str, keys: Sequence[str]) -> None:
    """Remove `keys`, whatever their values."""
    if keys:
        client.remove_tags_from_resource(ResourceName=arn, TagKeys=list(keys))


def tagging(
    template: str,
) -> tuple[
    Callable[[RDSClient, Place, Sequence[str], Mapping[str, str]], None],
    Callable[[RDSClient, Place, Sequence[str], Sequence[str]], None],
]:
    """How a kind whose ARNs are like `template` is tagged and untagged."""

    def write(client: RDSClient, place: Place, ids: Sequence[str], tags: Mapping[str, str]) -> None:
        for each in ids:
            tag(client, arns.of(template, place, each), tags)

    def remove(client: RDSClient, place: Place, ids: Sequence[str], keys: Sequence[str]) -> None:
        for each in ids:
            untag(client, arns.of(template, place, each), keys)

    return write, remove


def of(shown: Mapping[str, object]) -> dict[str, str]:
    """The tags of what an answer shows."""
    listed = shown.get("TagList")
    return _ec2_tags.as_mapping(listed if isinstance(listed, list) else ())
