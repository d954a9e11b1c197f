"""NAT gateways: which facts are read, and the life of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds.nat_gateway import KIND
from cs_aws_janitor.resources.model import Place, Power
from tests.stories.driver import REGION, Janitor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")


def one(account: Account, **tags: str) -> str:
    """One in the default network, as a person makes it; its id."""
    ec2 = account.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    named = [{"Key": key, "Value": value} for key, value in {"Name": "jd-way-out", **tags}.items()]
    made = ec2.create_nat_gateway(
        SubnetId=subnet,
        AllocationId=address,
        TagSpecifications=[{"ResourceType": "natgateway", "Tags": named}],
    )
    gateway: str = made["NatGateway"]["NatGatewayId"]
    return gateway


def standing(account: Account) -> list[str]:
    """The ids of those that stand."""
    client: Any = wiring.connect().clients(Place(account.id, REGION), "ec2")
    return [r.id for page in KIND.discover(client, Place(account.id, REGION)) for r in page]


def test_what_is_read_of_one(account: Account) -> None:
    """It has no switch and no backup; it was born when it was made."""
    made, place = one(account, team="blue"), Place(account.id, REGION)
    client = wiring.connect().clients(place, "ec2")
    [seen] = KIND.read(client, place, [made])
    assert (seen.power, seen.parts, seen.born) == (Power.NONE, (), account.now)
    assert seen.tags == {"Name": "jd-way-out", "team": "blue"}


def test_its_life(account: Account, tmp_path: Path) -> None:
    """Tagged once, marked on its Expiration, deleted seven days later; its address is left."""
    made = one(account)
    janitor = Janitor(account, tmp_path, "nat_gateway")
    janitor.until_waiting()
    assert janitor.phase(made) == "waiting"
    assert janitor.step(made).reason.endswith("what routes through it loses its way out")
    account.travel(days=7)
    ran = janitor.run()
    assert (ran.result(made), standing(account)) == ("done", [])
    assert len(account.client("ec2").describe_addresses()["Addresses"]) == 1


def test_who_needs_it_longer_moves_the_date(account: Account, tmp_path: Path) -> None:
    """Its mark is taken off, and it stays."""
    made = one(account)
    janitor = Janitor(account, tmp_path, "nat_gateway")
    janitor.until_waiting()
    account.tag(made, Expiration="2027-02-01")
    account.travel(days=8)
    janitor.run()
    assert (janitor.phase(made), standing(account)) == ("active", [made])


@pytest.mark.parametrize(
    ("tags", "whose"),
    [
        ({"kubernetes.io/cluster/prod": "owned"}, "Kubernetes cluster prod"),
        ({"eks:cluster-name": "prod"}, "EKS cluster prod"),
    ],
)
def test_what_a_cluster_owns_is_held(
    account: Account, tmp_path: Path, tags: dict[str, str], whose: str
) -> None:
    """It is the cluster's to delete."""
    made = one(account, **tags)
    janitor = Janitor(account, tmp_path, "nat_gateway")
    janitor.until_due()
    janitor.run()
    assert (janitor.step(made).reason, standing(account)) == (f"follows {whose}", [made])
