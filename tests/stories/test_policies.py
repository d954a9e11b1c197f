"""What a life asks of AWS is what `janitor permissions` prints: AWS enforces it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.kinds import KINDS, _ec2_backups
from cs_aws_janitor.resources.permissions import Facts, document
from tests.iam.enforcing import enforce
from tests.resources.kinds import test_backup, test_ebs_volume, test_elastic_ip

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stories.driver import Janitor
    from tests.strict.aws import Account


def some_backups(account: Account) -> str:
    """A snapshot of a volume, and an image of an instance; the id of the image."""
    labels = {_ec2_backups.SOURCE: "vol-00000001"}
    test_backup.snapshot(account, labels)
    return test_backup.image(account, account.launch())


def some_addresses(account: Account) -> str:
    """One of an instance, one of a network interface, and one that nothing uses: its id."""
    person: Any = account.client("ec2")
    subnet = person.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = person.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    for where in (
        {"InstanceId": account.launch()},
        {"NetworkInterfaceId": interface["NetworkInterfaceId"]},
    ):
        person.associate_address(AllocationId=test_elastic_ip.one(account), **where)
    return test_elastic_ip.one(account)


MADE: dict[str, Callable[[Account], str]] = {
    "backup": some_backups,
    "ebs_volume": test_ebs_volume.one,
    "elastic_ip": some_addresses,
}
BEGUN = {"iam:ListAccountAliases", "sts:GetCallerIdentity"}  # by whoever starts it


@pytest.fixture(params=MADE)
def kind(request: pytest.FixtureRequest) -> str:
    """Whose life it is."""
    return str(request.param)


@pytest.fixture
def kinds(kind: str) -> tuple[str, ...]:
    """It alone."""
    return (kind,)


def actions(policy: dict[str, Any]) -> set[str]:
    """Every action in it."""
    return {action for one in policy["Statement"] for action in one["Action"]}


@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_life_under_its_policy(account: Account, janitor: Janitor, kind: str, form: str) -> None:
    """From the first tag to the end, with an extension in between: allowed, and all of it used."""
    policy = document([KINDS[kind]], "run", Facts(form=form, regions=("eu-west-1",)))
    enforce(policy)
    janitor.settings(f'backup.as = "{form}"')
    made = MADE[kind](account)
    account.launch()
    janitor.until_waiting()
    account.tag(made, Expiration="2026-12-10")
    for days in (0, 7, 7, 1, 1):
        account.travel(days=days)
        assert set(janitor.run().results.values()) <= {"done"}
    assert made not in {step.id for step in janitor.plan().steps}
    called = {call.name for call in account.calls}
    assert called - BEGUN == actions(policy) - BEGUN
