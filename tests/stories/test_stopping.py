"""Real AWS at the stop: batches that one id spoils, stops that take their time, and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stories.driver import Janitor
    from tests.strict.aws import Account


def marked(account: Account, *instances: str) -> list[bool]:
    """Whether each bears a ShutOff."""
    return ["ShutOff" in account.tags(instance) for instance in instances]


# One bad id


def test_one_bad_id_does_not_spoil_the_batch(account: Account, janitor: Janitor) -> None:
    """A stop-protected, a denied and a vanished one: one result each, the others are stopped."""
    fine = [account.launch() for _ in range(4)]
    kept = account.launch(stop_protected=True)
    denied, gone = account.launch(), account.launch()
    janitor.until_expired()
    account.deny("ec2:StopInstances", of=denied)
    janitor.before("StopInstances", lambda: account.terminate(gone))
    janitor.before("StopInstances", lambda: account.travel(hours=2))
    ran = janitor.run()
    assert {i: ran.result(i) for i in (kept, denied, gone)} == {
        kept: "blocked",
        denied: "failed",
        gone: "changed",
    }
    assert {ran.result(i) for i in fine} == {"done"}
    assert marked(account, *fine, kept, denied) == [True] * 4 + [False] * 2
    assert [account.state(i) for i in (*fine, kept, denied)] == ["stopped"] * 4 + ["running"] * 2


def test_a_one_time_spot_instance_is_not_in_the_batch(account: Account, janitor: Janitor) -> None:
    """What cannot be stopped is known before: the others are stopped in one call."""
    plain, spot = account.launch(), account.launch(spot="one-time")
    janitor.until_expired()
    account.clear_calls()
    janitor.run()
    stops = [call.params["InstanceIds"] for call in account.writes if "Stop" in call.operation]
    assert [list(ids) for ids in stops] == [[plain]]
    assert marked(account, plain, spot) == [True, True]


def test_stop_protection_blocks_and_is_told(account: Account, janitor: Janitor) -> None:
    """Not exempt, never marked, never an error loop: blocked, in as many calls, in every run."""
    instance = account.launch(stop_protected=True)
    janitor.until_expired()
    counts = set()
    for _ in range(4):
        account.clear_calls()
        ran = janitor.run()
        assert (ran.result(instance), janitor.phase(instance)) == ("blocked", "expired")
        assert "disableApiStop" in ran.why(instance)
        counts.add(len(account.calls))
        account.travel(days=3)
    assert (len(counts), marked(account, instance)) == (1, [False])


def test_stop_protection_taken_off(account: Account, janitor: Janitor) -> None:
    """From then on its life goes on, with all of its 7 days."""
    instance = account.launch(stop_protected=True)
    janitor.until_waiting()
    account.travel(days=20)
    account.protect_stop(instance, on=False)
    assert janitor.run().result(instance) == "done"
    assert janitor.phase(instance) == "waiting"


# A stop takes its time


def test_a_stop_of_many_minutes(account: Account, janitor: Janitor) -> None:
    """`stopping` may last: the run waits a bounded time and marks nothing; the next one does."""
    instance = account.launch()
    janitor.until_expired()
    account.stopping_takes(minutes=10)
    before = account.waited
    ran = janitor.run()
    assert (ran.result(instance), marked(account, instance)) == ("done", [False])
    assert ran.why(instance) == "it is stopping; marked when it is seen off"
    assert 0 < account.waited - before <= 60
    account.travel(hours=1)
    assert janitor.run().result(instance) == "done"
    assert account.tags(instance)["ShutOff"].startswith("2026-12-06T07")


def test_still_stopping_in_the_next_run(account: Account, janitor: Janitor) -> None:
    """It is not stopped a second time, and not marked either."""
    instance = account.launch()
    janitor.until_expired()
    account.stopping_takes(hours=1)
    janitor.run()
    account.clear_calls()
    ran = janitor.run()
    assert (ran.result(instance), account.writes) == ("done", [])
    account.travel(hours=1)
    janitor.run()
    assert marked(account, instance) == [True]


def test_seen_off_between_the_plan_and_the_mark(account: Account, janitor: Janitor) -> None:
    """What was stopping when it was planned has only arrived: that is nobody's change."""
    instance = account.launch()
    janitor.until_expired()
    account.stopping_takes(minutes=10)
    janitor.run()
    janitor.before("DescribeInstances", lambda: account.travel(minutes=10), number=2)
    assert janitor.run().result(instance) == "done"
    assert marked(account, instance) == [True]


def test_what_is_off_is_marked_before_others_are_waited_for(
    account: Account, janitor: Janitor
) -> None:
    """Its owner may start it again meanwhile, or the run be cut off: the mark was true."""
    off, quick, slow = account.launch(), account.launch(), account.launch()
    janitor.until_expired()
    account.stop(off)
    account.stopping_takes(minutes=10)
    seen: list[list[bool]] = []

    def look() -> None:
        seen.append(marked(account, off, quick, slow))

    janitor.before("DescribeInstances", look, number=3)
    janitor.before("DescribeInstances", lambda: account.stop(quick), number=4)
    janitor.before("DescribeInstances", look, number=5)
    ran = janitor.run()
    assert seen == [[True, False, False], [True, True, False]]
    assert [ran.result(i) for i in (off, quick, slow)] == ["done"] * 3
    assert marked(account, off, quick, slow) == [True, True, False]


def test_the_note_on_an_un_named_one_comes_before_its_stop(
    account: Account, janitor: Janitor
) -> None:
    """No mark hangs on it: a run that is cut off after the stop leaves its owner this word."""
    instance = account.launch(None)
    notes: list[str] = []
    janitor.before(
        "StopInstances", lambda: notes.append(account.tags(instance).get("JanitorNote", ""))
    )
    assert janitor.run().result(instance) == "done"
    assert notes == [account.tags(instance)["JanitorNote"]]
    assert notes[0] == (
        "It has no Name tag that says whose it is, so it was to be shut off on 2026-11-22."
        " Name it; if it is off, start it again."
    )


def test_the_note_is_true_where_the_stop_is_refused(account: Account, janitor: Janitor) -> None:
    """An un-named one under stop protection runs on, and its note does not say that it is off."""
    longest = "n" * 128
    janitor.settings(f"tags.name = '{longest}'")
    instance = account.launch(stop_protected=True)
    assert janitor.run().result(instance) == "blocked"
    assert account.state(instance) == "running"
    assert account.tags(instance)["JanitorNote"] == (
        f"It has no {longest} tag that says whose it is, so it was to be shut off on 2026-11-22."
        " Name it; if it is off, start it again."
    )


@pytest.mark.parametrize("how", ["named", "protected", "turned off"])
def test_what_is_not_stopped_is_not_announced(account: Account, janitor: Janitor, how: str) -> None:
    """Who changes it between the plan and the stop is not told of a stop that does not come."""
    instance = account.launch(None)
    acts: dict[str, Callable[[], object]] = {
        "named": lambda: account.tag(instance, Name="jd-demo"),
        "protected": lambda: account.protect(instance),
        "turned off": lambda: account.stop(instance),
    }
    janitor.before("DescribeInstances", acts[how], number=2)
    assert janitor.run().result(instance) == "changed"
    assert "JanitorNote" not in account.tags(instance)


def test_un_named_ones_share_one_note(account: Account, janitor: Janitor) -> None:
    """All of a run get it in one call, and it is not written a second time after the stop."""
    for _ in range(3):
        account.launch(None)
    account.clear_calls()
    janitor.run()
    operations = [call.operation for call in account.writes]
    assert operations == ["CreateTags", "CreateTags", "StopInstances"]


def test_without_its_note_an_un_named_one_stays_on(account: Account, janitor: Janitor) -> None:
    """Where the note cannot be written it is reported, and not advanced."""
    instance = account.launch(None, tags={"Discovered": "2026-11-22", "Expiration": "2026-12-06"})
    account.deny("ec2:CreateTags")
    assert janitor.run().result(instance) == "failed"
    assert account.state(instance) == "running"


def test_terminated_by_its_owner_while_it_stops(account: Account, janitor: Janitor) -> None:
    """Who ended it is told of; nothing is written on what is no longer there."""
    instance = account.launch()
    janitor.until_expired()
    account.stopping_takes(minutes=1)
    janitor.after("StopInstances", lambda: account.terminate(instance))
    ran = janitor.run()
    assert (ran.result(instance), ran.why(instance)) == ("changed", "it is no longer there")
    assert marked(account, instance) == [False]


@pytest.mark.parametrize("hours", [0, 2])
def test_terminated_between_the_plan_and_the_stop(
    account: Account, janitor: Janitor, hours: int
) -> None:
    """Whether AWS still shows it or not: changed, and nothing is asked of it."""
    instance = account.launch()
    janitor.until_expired()
    janitor.before("DescribeInstances", lambda: account.terminate(instance), number=2)
    janitor.before("DescribeInstances", lambda: account.travel(hours=hours), number=2)
    account.clear_calls()
    assert janitor.run().result(instance) == "changed"
    assert account.writes == []


# Faults


def test_off_but_not_marked(account: Account, janitor: Janitor) -> None:
    """The mark cannot be written: told as failed, and written by the next run that can."""
    instance = account.launch()
    janitor.until_expired()
    account.deny("ec2:CreateTags")
    assert janitor.run().result(instance) == "failed"
    assert (account.state(instance), marked(account, instance)) == ("stopped", [False])
    account.allow_all()
    account.travel(days=1)
    assert janitor.run().result(instance) == "done"
    assert account.tags(instance)["ShutOff"].startswith("2026-12-07")


def test_what_cannot_be_tagged_is_not_shut_off(account: Account, janitor: Janitor) -> None:
    """The tags come before anything else: without them an un-named one stays on."""
    instance = account.launch(None)
    account.deny("ec2:CreateTags")
    assert janitor.run().result(instance) == "failed"
    assert account.state(instance) == "running"


def test_the_answer_to_a_stop_is_lost(account: Account, janitor: Janitor) -> None:
    """The SDK asks again, which stops nothing twice."""
    instance = account.launch()
    janitor.until_expired()
    account.fail_after("StopInstances", "reset", times=1)
    assert janitor.run().result(instance) == "done"
    assert (account.state(instance), marked(account, instance)) == ("stopped", [True])


def test_aws_does_not_answer_at_all(account: Account, janitor: Janitor) -> None:
    """A batch that breaks off is about no single id: it is given up, not tried id by id."""
    instances = [account.launch() for _ in range(8)]
    janitor.until_expired()
    account.fail("StopInstances", "reset")
    account.clear_calls()
    ran = janitor.run()
    assert {ran.result(i) for i in instances} == {"failed"}
    assert len(account.writes) == 1


def test_who_watches_goes_blind(account: Account, janitor: Janitor) -> None:
    """Where nobody can see whether it is off nothing is marked."""
    instance = account.launch()
    janitor.until_expired()
    janitor.after("StopInstances", lambda: account.deny("ec2:DescribeInstances"))
    ran = janitor.run()
    assert (ran.result(instance), marked(account, instance)) == ("done", [False])
    account.allow_all()
    janitor.run()
    assert marked(account, instance) == [True]
