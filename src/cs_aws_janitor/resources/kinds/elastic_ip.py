"""Elastic IP addresses that nothing uses: marked, and given back to AWS.

One that is associated goes with what uses it, and is held.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds import _ec2_names, _ec2_owners, _ec2_prices, _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_ends import end
from cs_aws_janitor.resources.kinds._kind import Kind
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Resource
from cs_aws_janitor.resources.prices import HOURS, Charge, Pricing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.model import Place

    Facts = Mapping[str, Any]

NAME = "elastic_ip"
AMAZONS = "amazon"  # the pool of which AWS gives to everybody
CLASSIC = "AWS shows no allocation id of it, as of EC2-Classic: it is left alone"
GIVEN_BACK = "the address was given back to AWS, which may give it to anybody"

_USED = (Charge(_ec2_prices.ADDRESS_IN_USE, HOURS),)
_IDLE = (Charge(_ec2_prices.ADDRESS_IDLE, HOURS),)
_NAT_GATEWAY = re.compile(r"\bnat-[0-9a-f]+")


def discover(client: EC2Client, place: Place) -> Iterator[list[Resource]]:
    """All addresses: AWS gives them in one answer."""
    yield _resources(client, client.describe_addresses()["Addresses"], place)


def read(client: EC2Client, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that exist."""
    found: list[Resource] = []
    for some in cut(ids, _ec2_tags.MOST_FILTER_VALUES):
        wanted: Any = {"Name": "allocation-id", "Values": list(some)}
        answer = client.describe_addresses(Filters=[wanted])
        found += _resources(client, answer["Addresses"], place)
    return found


def terminate(client: EC2Client, resource: Resource) -> None:
    """Give one address back; AWS refuses where somebody uses it in this moment."""
    end(lambda: client.release_address(AllocationId=resource.id))


def charges(resource: Resource) -> tuple[Charge, ...] | None:
    """All hours of a month, used or not; what an address of one's own pool costs is not known."""
    if resource.traits.get("pool") != AMAZONS:
        return None
    return _USED if resource.follows else _IDLE


def _resources(client: EC2Client, addresses: Sequence[Any], place: Place) -> list[Resource]:
    names = _ec2_names.of_instances(client, (a["InstanceId"] for a in addresses if _instance(a)))
    interfaces = [a["NetworkInterfaceId"] for a in addresses if _is_of_an_interface(a)]
    users = _users(client, interfaces)
    return [_resource(address, names, users, place) for address in addresses]


def _instance(address: Facts) -> str | None:
    return address.get("InstanceId") or None


def _is_of_an_interface(address: Facts) -> bool:
    """Whether it is associated with a network interface of something that is no instance."""
    return bool(address.get("NetworkInterfaceId")) and _instance(address) is None


def _users(client: EC2Client, interfaces: Sequence[str]) -> dict[str, str]:
    """What each of these network interfaces is of, in words."""
    asked = pages(client, "describe_network_interfaces", "network-interface-id", interfaces)
    found = [each for page in asked for each in page["NetworkInterfaces"]]
    return {each["NetworkInterfaceId"]: _user(each) for each in found}


def _user(interface: Facts) -> str:
    about = interface.get("Description", "")
    if gateway := _NAT_GATEWAY.search(about):
        return f"NAT gateway {gateway[0]}"
    called = f"network interface {interface['NetworkInterfaceId']}"
    return f"{called} ({about})" if about else called


def _resource(
    address: Facts, names: Mapping[str, str], users: Mapping[str, str], place: Place
) -> Resource:
    tags = _ec2_tags.of(address)
    telling = _ec2_owners.telling(tags)
    allocation = address.get("AllocationId")
    return Resource(
        place=place,
        kind=NAME,
        id=allocation or address["PublicIp"],
        tags=tags,
        follows=_used_by(address, users) or _ec2_owners.follows(telling, None),
        stack=_ec2_owners.stack(telling),
        own_name=names.get(_instance(address) or ""),
        lost_with_it=_lost(address),
        unread=None if allocation else CLASSIC,
        traits={"public_ip": address["PublicIp"], "pool": address.get("PublicIpv4Pool", AMAZONS)},
    )


def _used_by(address: Facts, users: Mapping[str, str]) -> str | None:
    """What it goes with, in words."""
    if instance := _instance(address):
        return f"instance {instance}"
    if interface := address.get("NetworkInterfaceId"):
        return users.get(interface, f"network interface {interface}")
    if service := address.get("ServiceManaged"):
        return f"the service {service}, which manages it"
    if address.get("AssociationId"):
        return "what it is associated with, which AWS does not show"
    return None


def _lost(address: Facts) -> str:
    pool = address.get("PublicIpv4Pool", AMAZONS)
    if pool != AMAZONS:
        return f"its address {address['PublicIp']} goes back to the pool {pool}"
    return f"its address {address['PublicIp']} cannot be had back"


KIND = Kind(
    name=NAME,
    title="Elastic IP",
    service="ec2",
    arns=("arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}",),
    ids=r"eipalloc-[0-9a-f]{8,17}",
    permissions={
        "discover": frozenset(
            {"ec2:DescribeAddresses", "ec2:DescribeNetworkInterfaces", "ec2:DescribeTags"}
        ),
        "examine": frozenset({"ec2:DescribeAddresses"}),
        "tag": frozenset({"ec2:CreateTags"}),
        "clear_mark": frozenset({"ec2:DeleteTags"}),
        "terminate": frozenset({"ec2:ReleaseAddress"}),
    },
    discover=discover,
    read=read,
    tag=_ec2_tags.tag,
    untag=_ec2_tags.untag,
    terminate=terminate,
    restore=GIVEN_BACK,
    created_by=frozenset({"AllocateAddress"}),
    pricing=Pricing((_ec2_prices.ADDRESS_IN_USE, _ec2_prices.ADDRESS_IDLE), charges),
    notes=(
        "One that is associated is held, and names what uses it; so is one that a service manages.",
        "The address cannot be had back. Every notice says so, and the ledger keeps which it was.",
        "What an instance leaves behind keeps its owner: the ledger remembers the tag Name of it.",
        "Associating it takes the mark away: free again, it has its 7 days again.",
        "An address of your own pool goes back to that pool.",
    ),
)
