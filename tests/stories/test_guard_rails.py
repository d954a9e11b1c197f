"""Guard rails, on by default: limits, one run at a time, a dry plan."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import LockedError
from cs_aws_janitor.shared.lease import Holder, hold
from tests.stories.driver import REGION

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

OTHER = "us-east-1"


# Limits


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("limits.shut_off.count = 2", "limits.shut_off.count allows 2"),
        ("limits.shut_off.share = 0.2", "limits.shut_off.share allows 20%"),
    ],
)
def test_past_a_limit_nothing_is_begun(
    account: Account, janitor: Janitor, limit: str, why: str
) -> None:
    """It does not do "some": that kind is left alone there, its tags too, and says so."""
    janitor.settings(limit)
    instances = [account.launch(None) for _ in range(3)] + [account.launch() for _ in range(7)]
    ran = janitor.run()
    (breach,) = ran.plan.breaches
    assert why in breach.why
    assert (ran.results, account.writes) == ({}, [])
    assert {account.state(i) for i in instances} == {"running"}


def test_within_the_limits_everything_is_done(account: Account, janitor: Janitor) -> None:
    """Exactly as many as are allowed."""
    janitor.settings("limits.shut_off.count = 3", "limits.shut_off.share = 0.3")
    instances = [account.launch(None) for _ in range(3)] + [account.launch() for _ in range(7)]
    assert set(janitor.run().results.values()) == {"done"}
    account.travel(minutes=1)
    assert [account.state(i) for i in instances[:3]] == ["stopped"] * 3


def test_the_share_counts_from_ten_resources_up(account: Account, janitor: Janitor) -> None:
    """In a small account a share would say nothing."""
    janitor.settings("limits.shut_off.share = 0.1")
    for _ in range(9):
        account.launch(None)
    assert janitor.plan().breaches == ()


def test_terminations_have_limits_of_their_own(account: Account, janitor: Janitor) -> None:
    """Past it, not even a backup is begun."""
    janitor.settings("limits.terminate.count = 2")
    instances = [account.launch() for _ in range(3)]
    janitor.until_due()
    account.clear_calls()
    ran = janitor.run()
    assert [breach.verb for breach in ran.plan.breaches] == ["terminate"]
    assert (ran.results, account.writes) == ({}, [])
    assert {account.state(i) for i in instances} == {"stopped"}


def test_a_limit_holds_for_its_region(account: Account, janitor: Janitor) -> None:
    """The other regions go on."""
    janitor.regions(REGION, OTHER)
    janitor.settings("limits.shut_off.count = 1")
    here = [account.launch(None) for _ in range(2)]
    there = account.launch(None, region=OTHER)
    janitor.run()
    account.travel(minutes=1)
    assert {account.state(i) for i in here} == {"running"}
    assert account.state(there) == "stopped"


# One run at a time


def test_one_run_at_a_time(account: Account, janitor: Janitor) -> None:
    """While another holds the lock a run is refused before it asks AWS for anything."""
    instance = account.launch(None)
    other = Holder("the run of the night", socket.gethostname(), os.getpid())
    janitor.plan()
    account.clear_calls()
    with hold(janitor.slot, other, clock.now):
        with pytest.raises(LockedError, match="the run of the night"):
            janitor.run()
        assert account.calls == []
    assert janitor.run().result(instance) == "done"


def test_two_runs_at_once(account: Account, janitor: Janitor) -> None:
    """A second run that starts in the middle of the first is refused, and disturbs nothing."""
    instance = account.launch()
    janitor.until_expired()
    refused = []

    def start_another() -> None:
        with pytest.raises(LockedError):
            janitor.run()
        refused.append(1)

    janitor.before("StopInstances", start_another)
    assert janitor.run().result(instance) == "done"
    assert refused == [1]


def test_a_run_that_has_lost_its_lock_begins_nothing_more(
    account: Account, janitor: Janitor
) -> None:
    """What is under way comes to its end; the rest is told as not done, and done by the next."""
    instance = account.launch(None)
    lost: list[str] = []
    janitor.after("CreateTags", lambda: lost.append("the lock was lost"))
    ran = janitor.run(lambda: next(iter(lost), None))
    assert (ran.result(instance), ran.why(instance)) == ("failed", "not done: the lock was lost")
    assert (account.state(instance), "Discovered" in account.tags(instance)) == ("running", True)
    assert janitor.run().result(instance) == "done"


# A plan is dry


def test_a_plan_writes_nothing(account: Account, janitor: Janitor) -> None:
    """Whatever there is to do: no writing call of any kind, to the account or to the ledger."""
    account.launch()
    account.launch(spot="persistent")
    account.launch(spot="one-time")
    account.launch(protected=True)
    account.launch(instance_store=True)
    account.launch(stop_protected=True)
    janitor.until_due()
    account.launch()
    account.launch(None)
    account.launch(tags={"Expiration": "2026-01-01"})
    ledger = (janitor.home / "ledger.jsonl").read_bytes()
    account.clear_calls()
    plan = janitor.plan(protection=True)
    assert {str(step.phase) for step in plan.steps} >= {"new", "un-named", "expired", "due"}
    assert len(account.calls) > 10
    assert account.writes == []
    assert (janitor.home / "ledger.jsonl").read_bytes() == ledger


def test_a_plan_needs_no_permission_to_write(account: Account, janitor: Janitor) -> None:
    """It works with credentials that may only read."""
    instance = account.launch()
    janitor.until_due()
    for written in ("Create*", "Delete*", "Stop*", "Terminate*", "Modify*", "Cancel*"):
        account.deny(f"ec2:{written}")
    assert janitor.step(instance).verbs == ("back_up", "terminate")
