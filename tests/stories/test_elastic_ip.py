"""The life of an address: what nothing uses is given back, and cannot be had again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.model import Verb
from tests.stories.typed import command
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account


@pytest.fixture
def kinds() -> tuple[str, ...]:
    """Addresses alone."""
    return ("elastic_ip",)


def made(account: Account) -> str:
    """An address of a person; its id."""
    address: str = account.client("ec2").allocate_address(Domain="vpc")["AllocationId"]
    account.tag(address, Name="jd-demo")
    return address


def associate(account: Account, address: str, instance: str) -> None:
    """A person uses it."""
    account.client("ec2").associate_address(AllocationId=address, InstanceId=instance)


def disassociate(account: Account, address: str) -> None:
    """A person uses it no more."""
    person: Any = account.client("ec2")
    (seen,) = person.describe_addresses(AllocationIds=[address])["Addresses"]
    person.disassociate_address(AssociationId=seen["AssociationId"])


def addresses(account: Account) -> dict[str, str]:
    """Those there are, by id."""
    person: Any = account.client("ec2")
    return {a["AllocationId"]: a["PublicIp"] for a in person.describe_addresses()["Addresses"]}


def test_a_whole_life(account: Account, janitor: Janitor) -> None:
    """Tagged, marked on its day, left for 7 days, and given back; every word says what is lost."""
    address = made(account)
    lost = f"its address {addresses(account)[address]} cannot be had back"
    assert janitor.run().outcomes[address].carried_out == (Verb.TAG,)
    account.at("2026-12-05T06:00")
    assert (janitor.phase(address), janitor.step(address).owner) == ("expiring", "jd")
    account.at("2026-12-06T06:00")
    assert lost in janitor.step(address).reason
    janitor.run()
    account.travel(days=6)
    assert (janitor.run().results, janitor.phase(address)) == ({}, "waiting")
    assert lost in janitor.step(address).reason
    account.travel(days=1)
    assert lost in janitor.step(address).reason
    assert janitor.run().outcomes[address].carried_out == (Verb.TERMINATE,)
    assert addresses(account) == {}
    assert janitor.plan().steps == ()


def test_the_ledger_keeps_which_it_was(
    account: Account, janitor: Janitor, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Its address and its tags are in the manifest; a restore says why there is none."""
    address = made(account)
    public = addresses(account)[address]
    janitor.until_due()
    janitor.run()
    (entry,) = janitor.entries("manifest")
    assert entry["manifest"]["traits"]["public_ip"] == public
    assert entry["manifest"]["tags"]["Name"] == "jd-demo"
    said = command(monkeypatch, capsys)("restore", address, "--yes")
    assert (said.code, "the address was given back to AWS" in said.err) == (2, True)


def test_it_is_extended_in_between(account: Account, janitor: Janitor) -> None:
    """The owner moves the date while it waits: the mark goes, and it stays."""
    address = made(account)
    janitor.until_waiting()
    account.tag(address, Expiration="2027-01-15")
    account.travel(days=10)
    janitor.run()
    assert "ShutOff" not in account.tags(address)
    assert address in addresses(account)


def test_a_permanent_one_is_exempt(account: Account, janitor: Janitor) -> None:
    """S4: it has no protection of its own, so the tag that explains it is enough."""
    address = made(account)
    account.tag(address, Permanent="it stands in the firewall of a customer")
    janitor.until_expired()
    account.travel(days=30)
    assert (janitor.run().results, janitor.phase(address)) == ({}, "exempt")


@pytest.mark.parametrize(
    "denied", ["ec2:DescribeAddresses", "ec2:DescribeTags", "ec2:DescribeNetworkInterfaces"]
)
def test_a_denied_listing_is_a_blind_spot(account: Account, janitor: Janitor, denied: str) -> None:
    """Nothing is concluded and nothing is done."""
    address, used, far = made(account), made(account), made(account)
    associate(account, used, account.launch())
    person: Any = account.client("ec2")
    subnet = person.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = person.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    name = interface["NetworkInterfaceId"]
    person.associate_address(AllocationId=far, NetworkInterfaceId=name)
    janitor.until_due()
    account.deny(denied)
    (blind,) = janitor.plan().blind_spots
    assert (blind.kind, blind.status) == ("elastic_ip", "denied")
    assert janitor.run().results == {}
    assert address in addresses(account)


def test_a_used_one_is_held(account: Account, janitor: Janitor) -> None:
    """Tagged, and nothing else: it goes with its instance."""
    address, instance = made(account), account.launch()
    associate(account, address, instance)
    for days in (0, 14, 30):
        account.travel(days=days)
        janitor.run()
        assert janitor.step(address).reason == f"follows instance {instance}"
    assert {call.operation for call in account.writes} == {"CreateTags"}


def test_what_an_instance_leaves_behind_keeps_its_owner(account: Account, janitor: Janitor) -> None:
    """A person terminates the instance, its address stays: its owner is told, to the end."""
    address, instance = made(account), account.launch("jd-GitLabRunner")
    account.untag(address, "Name")
    associate(account, address, instance)
    janitor.run()
    account.travel(days=30)
    disassociate(account, address)
    account.terminate(instance)
    account.travel(hours=2)
    janitor.run()
    for days in (0, 3):
        account.travel(days=days)
        janitor.run()
        step = janitor.step(address)
        assert (step.owner, step.name, str(step.phase)) == ("jd", "jd-GitLabRunner", "waiting")
    account.travel(days=4)
    janitor.run()
    assert addresses(account) == {}


def test_a_mark_ends_with_its_use(account: Account, janitor: Janitor) -> None:
    """Used while it waits, and free a month later: its 7 days begin anew."""
    address, instance = made(account), account.launch()
    janitor.until_waiting()
    associate(account, address, instance)
    account.travel(days=1)
    assert janitor.run().outcomes[address].carried_out == (Verb.CLEAR_MARK,)
    account.travel(days=30)
    disassociate(account, address)
    janitor.run()
    account.travel(days=6)
    assert (janitor.run().results, janitor.phase(address)) == ({}, "waiting")


def test_one_that_is_used_in_the_last_moment(account: Account, janitor: Janitor) -> None:
    """Between the plan and the end: the facts are read again, and it stays."""
    address, instance = made(account), account.launch()
    janitor.until_due()
    janitor.before("DescribeAddresses", lambda: associate(account, address, instance), number=2)
    ran = janitor.run()
    assert ran.result(address) == "changed"
    assert address in addresses(account)


def test_one_that_is_used_after_all_checks(account: Account, janitor: Janitor) -> None:
    """AWS refuses: told as blocked, and no error."""
    address, instance = made(account), account.launch()
    janitor.until_due()
    janitor.before("ReleaseAddress", lambda: associate(account, address, instance))
    ran = janitor.run()
    assert (ran.result(address), "InvalidIPAddress.InUse" in ran.why(address)) == ("blocked", True)
    assert address in addresses(account)


def test_the_answer_to_the_end_is_lost(account: Account, janitor: Janitor) -> None:
    """The SDK asks again, and hears that there is none: it was this run that has ended it."""
    address = made(account)
    janitor.until_due()
    account.fail_after("ReleaseAddress", "reset", times=1)
    assert janitor.run().result(address) == "done"
    assert addresses(account) == {}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 4))
def test_a_crash_at_any_write(account: Account, janitor: Janitor, when: str, number: int) -> None:
    """Wherever it dies, the next run carries on; never is it given back before its 7 days."""
    address = made(account)
    die = account.die_before_write if when == "before" else account.die_after_write
    die(number)
    for days in (0, 14, 6, 1):
        assert address in addresses(account)
        account.travel(days=days)
        with suppress(DiedError):
            janitor.run()
            continue
        account.allow_all()
        janitor.run()
    assert addresses(account) == {}
