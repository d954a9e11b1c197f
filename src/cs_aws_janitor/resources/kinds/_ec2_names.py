"""What people call an instance: the name that what is attached to it has no name without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.kinds._pages import pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_ec2.client import EC2Client
    from types_boto3_ec2.type_defs import FilterTypeDef

_NAMES: list[FilterTypeDef] = [
    {"Name": "resource-type", "Values": ["instance"]},
    {"Name": "key", "Values": ["Name"]},
]


def of_instances(client: EC2Client, ids: Iterable[str]) -> dict[str, str]:
    """The Name of each instance of `ids` that bears one. Without ids nothing is asked.

    It is the key that AWS's own console shows, whatever key the settings call a name.
    """
    wanted = sorted(set(ids))
    return {
        tag["ResourceId"]: tag["Value"].strip()
        for page in pages(client, "describe_tags", "resource-id", wanted, Filters=_NAMES)
        for tag in page["Tags"]
        if tag.get("Value", "").strip()
    }
