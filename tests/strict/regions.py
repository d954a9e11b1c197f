"""Regions: which there are, and which answer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from tests.strict.rules import check, rule
from tests.strict.wire import RefusalError, accept

if TYPE_CHECKING:
    from tests.strict.wire import Answer
    from tests.strict.world import Exchange, World

ALWAYS_OPEN = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
OF_OTHER_PARTITIONS = ("cn-", "us-gov-")
ALL = sorted(
    region.name
    for region in RegionsAndZonesBackend.regions
    if not region.name.startswith(OF_OTHER_PARTITIONS)
)


@check
def region_is_open(exchange: Exchange) -> None:
    """In a region that was not opted in no credentials are good."""
    request = exchange.request
    if _status(exchange.world, request.region) != "not-opted-in":
        return
    if request.service == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        raise RefusalError("AuthFailure", message, 401)
    code = "InvalidClientTokenId" if request.form else "UnrecognizedClientException"
    raise RefusalError(code, "The security token included in the request is invalid.", 403)


@rule("ec2:DescribeRegions")
def describe(exchange: Exchange) -> Answer:
    """Those of this partition that are open; with AllRegions the others too."""
    form, world = exchange.request.form, exchange.world
    named = exchange.request.listed("RegionName")
    for unknown in (name for name in named if name not in ALL):
        message = f"Invalid region names: [{unknown}]"
        raise RefusalError("InvalidParameterValue", message)
    statuses = exchange.request.listed("Filter.1.Value") or None
    shown = [name for name in named or ALL if _is_shown(world, name, form.get("AllRegions"))]
    items = [
        _item(name, _status(world, name))
        for name in shown
        if statuses is None or {name, _status(world, name)} & set(statuses)
    ]
    return accept(exchange.request, f"<regionInfo>{''.join(items)}</regionInfo>")


def _is_shown(world: World, name: str, everything: str | None) -> bool:
    return everything == "true" or _status(world, name) != "not-opted-in"


def _status(world: World, name: str) -> str:
    if name in ALWAYS_OPEN or name not in ALL:
        return "opt-in-not-required"
    return "opted-in" if name in world.opted_in else "not-opted-in"


def _item(name: str, status: str) -> str:
    endpoint = f"<regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
    where = f"<regionName>{name}</regionName>{endpoint}"
    return f"<item>{where}<optInStatus>{status}</optInStatus></item>"
