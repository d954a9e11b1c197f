"""What could not be seen is never taken for gone: denied, closed, broken and throttled places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stories.driver import REGION

if TYPE_CHECKING:
    from cs_aws_janitor.resources.plan import Plan
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account, Break

OTHER = "us-east-1"
CLOSED = "eu-south-1"


def statuses(plan: Plan) -> dict[str, str]:
    """What could be seen of each region."""
    return {row.place.region: row.status for row in plan.coverage}


def test_a_denied_region_is_a_blind_spot(account: Account, janitor: Janitor) -> None:
    """Listed as denied, with the reason; nothing is done there and the others go on."""
    janitor.regions(REGION, OTHER)
    here, there = account.launch(), account.launch(region=OTHER)
    janitor.until_expired()
    account.deny_region(OTHER)
    account.clear_calls()
    ran = janitor.run()
    assert statuses(ran.plan) == {REGION: "ok", OTHER: "denied"}
    assert [account.state(i) for i in (here, there)] == ["stopped", "running"]
    assert {call.region for call in account.writes} == {REGION}
    (blind,) = ran.plan.blind_spots
    assert "not authorized" in (blind.why or "")


def test_what_was_not_seen_is_not_forgotten(account: Account, janitor: Janitor) -> None:
    """After a blind week it is what it was: its dates are neither renewed nor lost."""
    instance = account.launch()
    janitor.run()
    account.deny("ec2:DescribeInstances")
    for _ in range(7):
        account.travel(days=1)
        assert janitor.run().results == {}
    account.allow_all()
    account.travel(days=7)
    assert janitor.phase(instance) == "expired"


def test_a_closed_region_that_the_settings_name(account: Account, janitor: Janitor) -> None:
    """It cannot be seen although it was asked for: a blind spot, until it is opted in."""
    janitor.regions(REGION, CLOSED)
    assert statuses(janitor.plan()) == {REGION: "ok", CLOSED: "denied"}
    account.opt_in(CLOSED)
    assert statuses(janitor.plan()) == {REGION: "ok", CLOSED: "ok"}


def test_all_enabled_regions_are_looked_at(account: Account, janitor: Janitor) -> None:
    """`regions = "all"`: a closed one is listed as disabled, and is no blind spot."""
    janitor.regions()
    account.launch(region=OTHER)
    plan = janitor.plan()
    assert statuses(plan)[CLOSED] == "disabled"
    assert (set(statuses(plan).values()), plan.blind_spots) == ({"ok", "disabled"}, ())
    assert sum(row.resources for row in plan.coverage) == 1
    asked = {call.region for call in account.calls if call.operation == "DescribeInstances"}
    assert asked == {region for region, status in statuses(plan).items() if status == "ok"}


def test_regions_that_cannot_be_listed(account: Account, janitor: Janitor) -> None:
    """All that can be said is that something may be there."""
    janitor.regions()
    account.deny("ec2:DescribeRegions")
    (blind,) = janitor.plan().blind_spots
    assert "name them in regions" in (blind.why or "")


@pytest.mark.parametrize("how", ["error", "reset"])
def test_a_listing_that_breaks_off(account: Account, janitor: Janitor, how: Break) -> None:
    """Page 2 fails for good: what page 1 had shown is neither tagged nor shut off."""
    janitor.pages_of(5)
    instances = [account.launch(name) for name in (None, "jd-demo") * 4]
    janitor.after("DescribeInstances", lambda: account.fail("DescribeInstances", how))
    ran = janitor.run()
    assert (ran.results, account.writes) == ({}, [])
    (blind,) = ran.plan.blind_spots
    assert (blind.status, blind.resources) == ("failed", 5)
    assert {account.state(i) for i in instances} == {"running"}
    account.allow_all()
    assert {janitor.run().result(i) for i in instances} <= {"done", "none"}


def test_a_listing_that_breaks_off_in_one_region(account: Account, janitor: Janitor) -> None:
    """That region alone is left: the others go on in the same run."""
    janitor.regions(REGION, OTHER)
    janitor.pages_of(5)
    here = [account.launch() for _ in range(6)]
    there = [account.launch(region=OTHER) for _ in range(6)]
    janitor.until_expired()
    account.clear_calls()
    janitor.after("DescribeInstances", lambda: account.deny("*", OTHER), region=OTHER)
    janitor.run()
    assert {account.state(i) for i in here} == {"stopped"}
    assert {account.state(i) for i in there} == {"running"}
    assert {call.region for call in account.writes} == {REGION}


def test_a_short_break_is_no_blind_spot(account: Account, janitor: Janitor) -> None:
    """What a repeat of the SDK mends is not even told."""
    instance = account.launch()
    account.fail("DescribeInstances", "reset", times=2)
    ran = janitor.run()
    assert (statuses(ran.plan), ran.result(instance)) == ({REGION: "ok"}, "done")


def test_pages_are_followed_to_their_end(account: Account, janitor: Janitor) -> None:
    """Seven instances on pages of five: all are tagged, and all are shut off in the end."""
    janitor.pages_of(5)
    instances = [account.launch() for _ in range(7)]
    ran = janitor.run()
    assert set(ran.results) == set(instances)
    account.travel(days=14)
    janitor.run()
    assert {account.state(i) for i in instances} == {"stopped"}


# Denied calls


@pytest.mark.parametrize(
    ("until", "denied"),
    [
        ("until_expired", "ec2:StopInstances"),
        ("until_due", "ec2:CreateSnapshots"),
        ("until_backed_up", "ec2:TerminateInstances"),
    ],
)
def test_a_denied_act_is_told_as_failed(
    account: Account, janitor: Janitor, until: str, denied: str
) -> None:
    """Each run tells of it, none does more than before; with the permission it goes on."""
    instance = account.launch()
    getattr(janitor, until)()
    state = account.state(instance)
    account.deny(denied)
    for _ in range(2):
        ran = janitor.run()
        assert (ran.result(instance), account.state(instance)) == ("failed", state)
        assert "denied: " in ran.why(instance)
    account.allow_all()
    assert janitor.run().result(instance) == "done"


def test_backups_that_cannot_be_looked_up(account: Account, janitor: Janitor) -> None:
    """Unknown: neither made a second time nor taken for complete."""
    instance = account.launch()
    janitor.until_backed_up()
    account.deny("ec2:DescribeSnapshots")
    assert (janitor.run().results, janitor.phase(instance)) == ({}, "unknown")
    assert (account.state(instance), len(account.snapshots(instance))) == ("stopped", 1)


def test_protection_of_one_that_cannot_be_read(account: Account, janitor: Janitor) -> None:
    """That one is unknown and left; its neighbours are not."""
    dark, lit = account.launch(), account.launch()
    janitor.until_expired()
    account.deny("ec2:DescribeInstanceAttribute", of=dark)
    janitor.run()
    assert janitor.phase(dark) == "unknown"
    assert [account.state(i) for i in (dark, lit)] == ["running", "stopped"]


@pytest.mark.parametrize("read", ["DescribeInstances", "DescribeInstanceAttribute"])
@pytest.mark.parametrize("until", ["until_expired", "until_backed_up"])
def test_the_last_look_is_denied(account: Account, janitor: Janitor, until: str, read: str) -> None:
    """Facts that cannot be read again just before a grave step stop it: failed, not changed."""
    instance = account.launch()
    getattr(janitor, until)()
    state = account.state(instance)
    account.clear_calls()
    janitor.after(read, lambda: account.deny(f"ec2:{read}"))
    ran = janitor.run()
    assert (ran.result(instance), account.state(instance)) == ("failed", state)
    assert f"denied: {read}" in ran.why(instance)
    assert account.writes == []


# Throttling


def test_a_run_under_throttling_finishes(account: Account, janitor: Janitor) -> None:
    """RequestLimitExceeded again and again: everything is done, only slower."""
    instances = [account.launch() for _ in range(4)]
    unnamed = account.launch(None)
    before = account.waited
    for operation in ("DescribeInstances", "CreateTags", "StopInstances"):
        account.throttle(operation, times=4)
    ran = janitor.run()
    assert {ran.result(i) for i in (*instances, unnamed)} == {"done"}
    assert account.waited > before
    account.travel(minutes=1)
    assert account.state(unnamed) == "stopped"


def test_a_life_under_throttling(account: Account, janitor: Janitor) -> None:
    """Every call is refused twice, all along: it ends as it should, backed up once."""
    instance = account.launch()
    for days in (0, 14, 7, 1):
        account.travel(days=days)
        account.allow_all()
        account.throttle("ec2:*", times=6)
        janitor.run()
    assert account.state(instance) in {"shutting-down", "terminated"}
    assert [s.state for s in account.snapshots(instance)] == ["completed"]


def test_throttling_without_end(account: Account, janitor: Janitor) -> None:
    """A region that never answers is a blind spot; the others are done."""
    janitor.regions(REGION, OTHER)
    here, there = account.launch(), account.launch(region=OTHER)
    account.throttle("ec2:*", region=OTHER)
    ran = janitor.run()
    assert statuses(ran.plan) == {REGION: "ok", OTHER: "failed"}
    assert [ran.result(i) for i in (here, there)] == ["done", "none"]
