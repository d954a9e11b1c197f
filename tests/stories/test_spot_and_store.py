"""Real AWS where nothing can be stopped: spot instances, and roots on an instance store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

STOPS = "StopInstances"


def writes(account: Account) -> list[str]:
    """The writing operations, in order, but for those on tags."""
    return [c.operation for c in account.writes if not c.operation.endswith("Tags")]


# One-time spot


def test_one_time_spot_is_marked_only(account: Account, janitor: Janitor) -> None:
    """It cannot stop: its 7 days run while it does."""
    instance = account.launch(spot="one-time")
    janitor.until_expired()
    assert "one-time spot" in janitor.step(instance).reason
    assert janitor.run().result(instance) == "done"
    assert account.tags(instance)["ShutOff"].startswith("2026-12-06")
    assert (account.state(instance), janitor.phase(instance)) == ("running", "waiting")
    assert writes(account) == []


def test_one_time_spot_ends_when_due(account: Account, janitor: Janitor) -> None:
    """Backed up while it runs, and terminated; nothing comes after it."""
    instance = account.launch(spot="one-time")
    janitor.until_backed_up()
    janitor.run()
    account.travel(minutes=5)
    assert writes(account) == ["CreateSnapshots", "TerminateInstances"]
    assert account.instances() == []
    assert account.state(instance) == "terminated"


def test_one_time_spot_can_be_extended(account: Account, janitor: Janitor) -> None:
    """A later Expiration removes the mark, and it has never been off."""
    instance = account.launch(spot="one-time")
    janitor.until_due()
    account.tag(instance, Expiration="2027-01-10")
    janitor.run()
    assert "ShutOff" not in account.tags(instance)
    assert account.state(instance) == "running"


def test_un_named_one_time_spot_is_told_of(account: Account, janitor: Janitor) -> None:
    """S1 asks for a stop, which it cannot: tagged and flagged until its Expiration."""
    instance = account.launch(None, spot="one-time")
    janitor.run()
    assert (janitor.phase(instance), account.state(instance)) == ("un-named", "running")
    assert "cannot be stopped" in janitor.attention(instance)
    assert account.tags(instance)["Expiration"] == "2026-12-06"
    assert writes(account) == []


# Persistent spot


def test_persistent_spot_stops(account: Account, janitor: Janitor) -> None:
    """It is shut off like any other."""
    instance = account.launch(spot="persistent")
    janitor.until_waiting()
    assert (account.state(instance), writes(account)) == ("stopped", [STOPS])


@pytest.mark.parametrize("on", [False, True])
def test_persistent_spot_does_not_come_back(
    account: Account, janitor: Janitor, *, on: bool
) -> None:
    """Backup complete, then its request is cancelled, then it is terminated: nothing relaunches."""
    instance = account.launch(spot="persistent")
    janitor.until_waiting()
    if on:
        account.start(instance)
    account.travel(days=7)
    janitor.run()
    account.travel(minutes=10)
    janitor.run()
    account.travel(hours=2)
    assert writes(account)[1:] == [
        "CreateSnapshots",
        "CancelSpotInstanceRequests",
        "TerminateInstances",
    ]
    assert account.instances() == []


def test_a_request_is_not_cancelled_for_nothing(account: Account, janitor: Janitor) -> None:
    """While the backup pends, or where the owner extends, the request is left."""
    instance = account.launch(spot="persistent")
    janitor.until_due()
    janitor.run()
    account.tag(instance, Expiration="2027-01-10")
    account.travel(minutes=10)
    janitor.run()
    assert "CancelSpotInstanceRequests" not in writes(account)
    account.start(instance)
    assert account.state(instance) == "running"


def test_cancelled_but_not_terminated(account: Account, janitor: Janitor) -> None:
    """Broken off between the two, the next run carries on."""
    instance = account.launch(spot="persistent")
    janitor.until_backed_up()
    account.deny("ec2:TerminateInstances")
    assert janitor.run().result(instance) == "failed"
    assert account.state(instance) == "stopped"
    account.allow_all()
    assert janitor.run().result(instance) == "done"
    account.travel(minutes=5)
    assert account.instances() == []


def test_spot_requests_that_cannot_be_read(account: Account, janitor: Janitor) -> None:
    """Whether it may be stopped is unknown, so nothing is done to it; others are not spot."""
    spot, plain = account.launch(spot="persistent"), account.launch()
    janitor.until_expired()
    account.deny("ec2:DescribeSpotInstanceRequests")
    assert janitor.run().results == {plain: "done"}
    assert (janitor.phase(spot), account.state(spot)) == ("unknown", "running")


# A root on an instance store


def test_an_instance_store_is_marked_and_held(account: Account, janitor: Janitor) -> None:
    """It cannot stop and leaves nothing: by default it stays for ever, and is told of."""
    instance = account.launch(instance_store=True)
    janitor.until_expired()
    assert "instance store" in janitor.step(instance).reason
    janitor.run()
    assert "backup.when_impossible is hold" in janitor.attention(instance)
    for days in (7, 30):
        account.travel(days=days)
        assert (janitor.run().results, janitor.phase(instance)) == ({}, "due")
        assert "no snapshot is possible" in janitor.attention(instance)
    assert (account.state(instance), writes(account)) == ("running", [])


def test_an_instance_store_may_be_terminated(account: Account, janitor: Janitor) -> None:
    """With `backup.when_impossible = "terminate"` it ends when due, after a warning."""
    janitor.settings('backup.when_impossible = "terminate"')
    instance = account.launch(instance_store=True)
    janitor.until_waiting()
    assert "nothing will be left of it" in janitor.attention(instance)
    account.travel(days=7)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert writes(account) == ["TerminateInstances"]


def test_the_other_disks_of_an_instance_store(account: Account, janitor: Janitor) -> None:
    """What EBS volumes it has beside are backed up all the same before it ends."""
    janitor.settings('backup.when_impossible = "terminate"')
    instance = account.launch(instance_store=True, volumes=2)
    janitor.until_backed_up()
    assert account.state(instance) == "running"
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert [s.state for s in account.snapshots(instance)] == ["completed"] * 2


def test_the_other_disks_of_an_instance_store_are_no_reason(
    account: Account, janitor: Janitor
) -> None:
    """With the default it is held, however many disks could be saved."""
    instance = account.launch(instance_store=True, volumes=1)
    janitor.until_due()
    janitor.run()
    assert (account.state(instance), account.snapshots(instance)) == ("running", [])
