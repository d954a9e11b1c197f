"""The partitions of AWS: which one a region or a role lies in, and where each is at home.

An identity belongs to one partition, and nothing reaches from one into another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

USUAL = "aws"
# A region that every account of the partition has from its beginning.
HOMES = {
    USUAL: "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-us-gov": "us-gov-west-1",
}
_STARTS = {
    "cn-": "aws-cn",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
}


def told_by(roles: Iterable[str], regions: Iterable[str]) -> str:
    """The partition that the ARNs of roles, or else the names of regions, tell of."""
    for role in roles:
        return role.split(":")[1]
    for region in regions:
        for start, partition in _STARTS.items():
            if region.startswith(start):
                return partition
    return USUAL
