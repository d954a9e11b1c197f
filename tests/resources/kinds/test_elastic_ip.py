"""Elastic IP addresses: which facts are read out of the answers of AWS."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds.elastic_ip import CLASSIC, KIND
from cs_aws_janitor.resources.model import Place, Power, Resource
from tests.stories.driver import REGION

if TYPE_CHECKING:
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

FREE: dict[str, Any] = {
    "AllocationId": "eipalloc-0123456789abcdef0",
    "PublicIp": "198.51.100.7",
    "Domain": "vpc",
    "PublicIpv4Pool": "amazon",
}


@pytest.fixture
def place(account: Account) -> Place:
    """Where the addresses are."""
    return Place(account.id, REGION)


@pytest.fixture
def ec2(place: Place) -> Any:
    """The janitor's client there."""
    return wiring.connect().clients(place, "ec2", whole=True)


def one(account: Account) -> str:
    """An address, as a person asks for it; its id."""
    made: str = account.client("ec2").allocate_address(Domain="vpc")["AllocationId"]
    return made


def of_instance(account: Account) -> str:
    """One that an instance uses."""
    made, instance = one(account), account.launch("jd-web")
    account.client("ec2").associate_address(AllocationId=made, InstanceId=instance)
    return made


def of_interface(account: Account) -> str:
    """One that a network interface uses."""
    person: Any = account.client("ec2")
    made, subnet = one(account), person.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = person.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    person.associate_address(AllocationId=made, NetworkInterfaceId=interface["NetworkInterfaceId"])
    return made


SORTS = [one, of_instance, of_interface]


def listed(client: Any, place: Place) -> dict[str, Resource]:
    """All that a listing shows."""
    return {r.id: r for page in KIND.discover(client, place) for r in page}


class Shown:
    """A client whose AWS shows this address and these network interfaces."""

    def __init__(self, address: dict[str, Any], *interfaces: dict[str, Any]) -> None:
        self.address = address
        self.interfaces = list(interfaces)

    def describe_addresses(self) -> dict[str, Any]:
        """The address."""
        return {"Addresses": [self.address]}

    def get_paginator(self, _: str) -> Shown:
        """Itself."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        return [{"NetworkInterfaces": self.interfaces, "Tags": []}]


def shown(place: Place, facts: dict[str, Any], *interfaces: dict[str, Any]) -> Resource:
    """How an address is read of which AWS says this."""
    client: Any = Shown({**FREE, **facts}, *interfaces)
    (seen,) = listed(client, place).values()
    return seen


def test_the_facts_of_an_address(account: Account, ec2: Any, place: Place) -> None:
    """Nobody knows since when it is there, and nothing of it can be backed up."""
    made = one(account)
    account.tag(made, Name="jd-demo")
    seen = listed(ec2, place)[made]
    address = seen.traits["public_ip"]
    assert seen == Resource(
        place=place,
        kind="elastic_ip",
        id=made,
        tags={"Name": "jd-demo"},
        power=Power.NONE,
        lost_with_it=f"its address {address} cannot be had back",
        traits={"public_ip": address, "pool": "amazon"},
    )


def test_one_of_an_instance_is_held(account: Account, ec2: Any, place: Place) -> None:
    """It names it, and is called as it is."""
    made, instance = one(account), account.launch("jd-web")
    account.client("ec2").associate_address(AllocationId=made, InstanceId=instance)
    seen = listed(ec2, place)[made]
    assert (seen.follows, seen.own_name) == (f"instance {instance}", "jd-web")


def test_one_of_a_network_interface_is_held(account: Account, ec2: Any, place: Place) -> None:
    """It names it, with what its owner has said of it."""
    person: Any = account.client("ec2")
    made = one(account)
    subnet = person.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = person.create_network_interface(SubnetId=subnet, Description="the door")
    name = interface["NetworkInterface"]["NetworkInterfaceId"]
    person.associate_address(AllocationId=made, NetworkInterfaceId=name)
    assert listed(ec2, place)[made].follows == f"network interface {name} (the door)"


NAT: dict[str, Any] = {
    "NetworkInterfaceId": "eni-1",
    "Description": "Interface for NAT Gateway nat-0abc",
}


@pytest.mark.parametrize(
    ("facts", "interface", "title"),
    [
        ({}, NAT, None),
        ({"InstanceId": "", "NetworkInterfaceId": "", "AssociationId": ""}, NAT, None),
        ({"InstanceId": "i-1", "NetworkInterfaceId": "eni-2"}, NAT, "instance i-1"),
        ({"NetworkInterfaceId": "eni-1"}, NAT, "NAT gateway nat-0abc"),
        ({"NetworkInterfaceId": "eni-1"}, NAT | {"Description": ""}, "network interface eni-1"),
        ({"NetworkInterfaceId": "eni-2"}, NAT, "network interface eni-2"),
        ({"ServiceManaged": "nlb"}, NAT, "the service nlb, which manages it"),
        (
            {"AssociationId": "eipassoc-1"},
            NAT,
            "what it is associated with, which AWS does not show",
        ),
        (
            {"Tags": [{"Key": "kubernetes.io/cluster/demo", "Value": "owned"}]},
            NAT,
            "Kubernetes cluster demo",
        ),
    ],
)
def test_what_an_address_follows(
    place: Place, facts: dict[str, Any], interface: dict[str, Any], title: str | None
) -> None:
    """Whatever uses it, or manages it."""
    assert shown(place, facts, interface).follows == title


def test_users_are_looked_up_only_for_what_is_used(
    account: Account, ec2: Any, place: Place
) -> None:
    """Free ones need no further call; used ones one for all instances, one for all others."""
    person: Any = account.client("ec2")
    made = [one(account) for _ in range(4)]
    account.clear_calls()
    listed(ec2, place)
    assert Counter(call.operation for call in account.calls) == {"DescribeAddresses": 1}
    subnet = person.describe_subnets()["Subnets"][0]["SubnetId"]
    for number, each in enumerate(made):
        if number % 2:
            where = {"InstanceId": account.launch()}
        else:
            interface = person.create_network_interface(SubnetId=subnet)["NetworkInterface"]
            where = {"NetworkInterfaceId": interface["NetworkInterfaceId"]}
        person.associate_address(AllocationId=each, **where)
    account.clear_calls()
    assert all(r.follows for r in listed(ec2, place).values())
    assert Counter(call.operation for call in account.calls) == {
        "DescribeAddresses": 1,
        "DescribeNetworkInterfaces": 1,
        "DescribeTags": 1,
    }


def test_one_of_your_own_pool_goes_back_there(place: Place) -> None:
    """It can be had again, by whoever has the pool."""
    seen = shown(place, {"PublicIpv4Pool": "ipv4pool-ec2-1"})
    assert seen.lost_with_it == "its address 198.51.100.7 goes back to the pool ipv4pool-ec2-1"


def test_one_without_an_id_is_left_alone(place: Place) -> None:
    """It can neither be tagged nor given back by what AWS shows: a person should hear of it."""
    client: Any = Shown({k: v for k, v in FREE.items() if k != "AllocationId"})
    (seen,) = listed(client, place).values()
    assert (seen.id, seen.unread) == ("198.51.100.7", CLASSIC)


def test_an_answer_that_lacks_something_is_no_answer(place: Place) -> None:
    """It raises rather than to be read as an address that is free."""
    client: Any = Shown({k: v for k, v in FREE.items() if k != "PublicIp"})
    with pytest.raises(KeyError):
        listed(client, place)


def test_many_are_read_in_filters_of_200(account: Account, ec2: Any, place: Place) -> None:
    """AWS takes 200 values in a filter; unknown ones are no error."""
    made = one(account)
    ids = [f"eipalloc-{number:017x}" for number in range(449)]
    account.clear_calls()
    assert [r.id for r in KIND.read(ec2, place, [*ids, made])] == [made]
    assert len(account.calls) == 3


def test_somebody_else_was_faster(account: Account, ec2: Any, place: Place) -> None:
    """Gone at the first try: that is no work of ours."""
    made = one(account)
    seen = listed(ec2, place)[made]
    account.client("ec2").release_address(AllocationId=made)
    with pytest.raises(ClientError, match=r"InvalidAllocationID\.NotFound"):
        KIND.terminate(ec2, seen)
