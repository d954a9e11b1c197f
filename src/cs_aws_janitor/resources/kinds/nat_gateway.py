"""NAT gateways: deleted; there is nothing to shut off and nothing to back up.

Source: aws-lifecycle.md; what has no switch and no backup is only marked, and then deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_owners, _ec2_tags
from cs_aws_janitor.resources.kinds._kind import Kind
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Resource
from cs_aws_janitor.resources.prices import HOURS, Charge, Price, Pricing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.model import Place

NAME = "nat_gateway"
PAGE = 1000
HOUR = Price(
    "an hour of a NAT gateway, without what passes through it",
    "NatGateway-Hours",
    "Hrs",
    "AmazonEC2",
    ({"productFamily": "NAT Gateway"},),
    while_off=True,
)
_CHARGES = (Charge(HOUR, HOURS),)
# One that failed AWS removes within the hour; what is deleted stays listed about as long.
_LIVING: Any = {"Name": "state", "Values": ["pending", "available"]}


def discover(client: EC2Client, place: Place) -> Iterator[list[Resource]]:
    """All that stand, page by page."""
    listing = client.get_paginator("describe_nat_gateways").paginate(
        Filters=[_LIVING], PaginationConfig={"PageSize": PAGE}
    )
    for page in listing:
        yield [_resource(one, place) for one in page["NatGateways"]]


def read(client: EC2Client, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that stand."""
    found = pages(client, "describe_nat_gateways", "nat-gateway-id", ids, Filters=[_LIVING])
    return [_resource(one, place) for page in found for one in page["NatGateways"]]


def terminate(client: EC2Client, resource: Resource) -> None:
    """Delete it; its address stays, and lives a life of its own."""
    client.delete_nat_gateway(NatGatewayId=resource.id)


def _resource(one: Mapping[str, Any], place: Place) -> Resource:
    tags = _ec2_tags.of(one)
    telling = _ec2_owners.telling(tags)
    return Resource(
        place=place,
        kind=NAME,
        id=one["NatGatewayId"],
        tags=tags,
        born=one["CreateTime"],
        follows=_ec2_owners.follows(telling, None),
        stack=_ec2_owners.stack(telling),
        lost_with_it="what routes through it loses its way out",
        traits={"subnet": one["SubnetId"], "vpc": one["VpcId"]},
    )


KIND = Kind(
    name=NAME,
    title="NAT gateway",
    service="ec2",
    arns=("arn:{partition}:ec2:{region}:{account}:natgateway/{id}",),
    ids=r"nat-[0-9a-f]{8,17}",
    permissions={
        "discover": frozenset({"ec2:DescribeNatGateways"}),
        "tag": frozenset({"ec2:CreateTags"}),
        "clear_mark": frozenset({"ec2:DeleteTags"}),
        "terminate": frozenset({"ec2:DeleteNatGateway"}),
    },
    discover=discover,
    read=read,
    tag=_ec2_tags.tag,
    untag=_ec2_tags.untag,
    terminate=terminate,
    created_by=frozenset({"CreateNatGateway"}),
    pricing=Pricing((HOUR,), lambda _: _CHARGES, besides="each GiB that passes through it"),
    restore="it held no state; a new one takes its subnet and its address, and routes to it",
    notes=(
        "It costs by the hour whether anything routes through it or not.",
        "Routes that lead to it stay and lead nowhere.",
        "Its Elastic IP address is freed, not released: that is a resource of its own.",
    ),
)
