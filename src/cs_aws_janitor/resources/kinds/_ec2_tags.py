"""Tags of EC2's own resources: read from its answers, written and removed in batches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client
    from types_boto3_ec2.type_defs import TagTypeDef

    from cs_aws_janitor.resources.model import Place

MOST_FILTER_VALUES = 200


def of(facts: Mapping[str, Any]) -> dict[str, str]:
    """The tags of what a client shows: of an instance a quick one shows them as a mapping."""
    tags = facts.get("Tags", ())
    return tags if isinstance(tags, dict) else as_mapping(tags)


def as_mapping(tag_list: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The `[{"Key": …, "Value": …}]` of an answer as a mapping."""
    return {tag["Key"]: tag.get("Value", "") for tag in tag_list}


def as_list(tags: Mapping[str, str]) -> list[TagTypeDef]:
    """A mapping as the `[{"Key": …, "Value": …}]` of a request."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag(client: EC2Client, _place: Place, ids: Sequence[str], tags: Mapping[str, str]) -> None:
    """Write equal `tags` on all `ids`, up to 1000 in one call."""
    client.create_tags(Resources=ids, Tags=as_list(tags))


def untag(client: EC2Client, _place: Place, ids: Sequence[str], keys: Sequence[str]) -> None:
    """Remove `keys`, whatever their values, from all `ids`."""
    if keys:  # without any AWS would delete every tag
        client.delete_tags(Resources=ids, Tags=[{"Key": key} for key in keys])


def instant(text: str) -> datetime | None:
    """The instant that the janitor has written as `text`; None for whatever else stands there."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else None
