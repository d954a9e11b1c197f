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
