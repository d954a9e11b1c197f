"""The way into AWS: its clients hear of refusals, and keep to the pace of AWS from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.model import Place

if TYPE_CHECKING:
    from tests.strict.aws import Account

HERE, THERE = "eu-west-1", "us-east-1"


def protection(client: Any, instance: str) -> None:
    """Ask for one attribute of one instance."""
    client.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")


def test_after_a_refusal_its_action_is_paced_in_its_place(account: Account) -> None:
    """The repeat waits, and so does whoever comes next; other actions and places do not."""
    waited: list[float] = []
    aws = wiring.connect()
    aws.pause = waited.append
    instance, other = account.launch(), account.launch(region=THERE)
    here, there = (aws.clients(Place(account.id, region), "ec2") for region in (HERE, THERE))
    protection(here, instance)
    assert waited == []
    account.throttle("ec2:DescribeInstanceAttribute", times=1)
    protection(here, instance)
    protection(here, instance)
    assert waited == [pytest.approx(0.05, rel=0.1)] * 2
    assert aws.throttled == 1
    here.describe_instances()
    protection(there, other)
    assert len(waited) == 2


def test_a_client_that_repeats_nothing_keeps_to_the_same_pace(account: Account) -> None:
    """Two clients of one place take out of one bucket."""
    waited: list[float] = []
    aws = wiring.connect()
    aws.pause = waited.append
    instance = account.launch()
    place = Place(account.id, HERE)
    account.throttle("ec2:DescribeInstanceAttribute", times=1)
    protection(aws.clients(place, "ec2"), instance)
    protection(aws.clients(place, "ec2", once=True), instance)
    assert len(waited) == 2


def test_accounts_share_the_connections_of_a_region(account: Account) -> None:
    """All of them ask a region at one address: one pool of connections for each is enough."""
    aws = wiring.connect()
    first, second, elsewhere = (
        aws.clients(Place(account_id, region), "ec2")
        for account_id, region in ((account.id, HERE), ("210987654321", HERE), (account.id, THERE))
    )
    assert pool(first) is pool(second)
    assert pool(first) is not pool(elsewhere)


def pool(client: Any) -> object:
    """Where a client takes its connections from."""
    return client._endpoint.http_session  # noqa: SLF001  it has no other way


@pytest.mark.parametrize(
    ("partition", "home"),
    [
        ("aws", "us-east-1"),
        ("aws-cn", "cn-north-1"),
        ("aws-us-gov", "us-gov-west-1"),
    ],
)
def test_a_partition_is_asked_at_its_own_home(
    account: Account, monkeypatch: pytest.MonkeyPatch, partition: str, home: str
) -> None:
    """Where no region is chosen, who is calling is asked where the settings have their roles."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    aws = wiring.connect(partition)
    assert (aws.partition, aws.home) == (partition, home)
    assert [(call.operation, call.region) for call in account.calls] == [
        ("GetCallerIdentity", home)
    ]
    assert aws.at_home("ec2").meta.region_name == home


def test_a_chosen_region_is_home(account: Account) -> None:
    """Whoever chooses a region is asked there, whatever the partition has besides."""
    assert wiring.connect("aws-us-gov").home == account.client("ec2").meta.region_name
