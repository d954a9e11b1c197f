"""What the kinds of EC2 cost, row by row, at the packaged prices."""

from __future__ import annotations

import pytest

from cs_aws_janitor.resources.estimating import Estimator
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.model import Place, Resource

HERE = Place("123456789012", "us-east-1")
INSTANCE, VOLUME, BACKUP = "ec2_instance", "ebs_volume", "backup"
ADDRESS, GROUP = "elastic_ip", "auto_scaling_group"


def cost(kind: str, follows: str | None = None, **traits: str) -> tuple[str, str] | None:
    """What one costs a month with these facts, and while shut off."""
    found = Estimator(KINDS)(Resource(HERE, kind, "x-1", follows=follows, traits=traits))
    return (str(found.amount), str(found.while_off)) if found else None


GP3 = {"type": "gp3", "size": "100", "iops": "3000", "throughput": "125"}
ROWS = [
    (INSTANCE, {"type": "m5.large"}, "70.08", "0.00"),
    (VOLUME, {"type": "gp2", "size": "10", "iops": "100"}, "1.00", "1.00"),
    (VOLUME, {"type": "standard", "size": "20"}, "1.00", "1.00"),
    (VOLUME, {"type": "st1", "size": "500"}, "22.50", "22.50"),
    (VOLUME, {"type": "sc1", "size": "500"}, "7.50", "7.50"),
    (VOLUME, GP3, "8.00", "8.00"),
    (VOLUME, {**GP3, "iops": "4000", "throughput": "130"}, "13.20", "13.20"),
    (VOLUME, {"type": "io1", "size": "30", "iops": "300"}, "23.25", "23.25"),
    (VOLUME, {"type": "io2", "size": "30", "iops": "300"}, "23.25", "23.25"),
    (BACKUP, {"type": "snapshot", "size": "8", "tier": "standard"}, "0.40", "0.40"),
    (BACKUP, {"type": "image", "size": "20", "snapshots": "snap-1 snap-2"}, "1.00", "1.00"),
    (ADDRESS, {"pool": "amazon"}, "3.65", "3.65"),
    (GROUP, {"types": "m5.large:2 t3.micro:1"}, "147.75", "0.00"),
]


@pytest.mark.parametrize(("kind", "traits", "amount", "while_off"), ROWS, ids=str)
def test_what_it_costs(kind: str, traits: dict[str, str], amount: str, while_off: str) -> None:
    """Hours end with a shut-off; volumes, snapshots and addresses go on."""
    assert cost(kind, **traits) == (amount, while_off)


UNKNOWN = [
    (INSTANCE, {}),
    (INSTANCE, {"type": "m5.large", "platform": "Windows"}),
    (INSTANCE, {"type": "m5.large", "spot_request": "sir-1"}),
    (VOLUME, {"type": "gp2"}),
    (VOLUME, {"type": "gp2", "size": "many"}),
    (VOLUME, {"type": "gp9", "size": "10"}),
    (VOLUME, {"type": "gp3", "size": "10", "iops": "3000"}),
    (VOLUME, {"type": "io1", "size": "10"}),
    (VOLUME, {"type": "io2", "size": "10"}),
    (VOLUME, {"type": "io2", "size": "10", "iops": "32001"}),
    (BACKUP, {"type": "snapshot", "size": ""}),
    (BACKUP, {"type": "snapshot", "size": "8", "tier": "archive"}),
    (ADDRESS, {}),
    (ADDRESS, {"pool": "ipv4pool-ec2-0123"}),
    (GROUP, {}),
    (GROUP, {"types": "m5.large:2", "spot": "taken"}),
    (GROUP, {"types": "m5.large:2 unheard.of:1"}),
]


@pytest.mark.parametrize(("kind", "traits"), UNKNOWN, ids=str)
def test_what_is_not_known(kind: str, traits: dict[str, str]) -> None:
    """No price, or no amount: no estimate."""
    assert cost(kind, **traits) is None


def test_the_snapshots_of_an_image_are_counted_once() -> None:
    """With their image; what waits for something else has its own cost."""
    facts = {"type": "snapshot", "size": "8", "tier": "standard"}
    assert cost(BACKUP, follows="image ami-1", **facts) is None
    assert cost(BACKUP, follows="i-1, which it was made for", **facts) == ("0.40", "0.40")


def test_an_address_costs_the_same_in_use() -> None:
    """Since February 2024 AWS charges every public address."""
    assert cost(ADDRESS, follows="instance i-1", pool="amazon") == cost(ADDRESS, pool="amazon")
