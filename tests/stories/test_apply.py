"""`apply`: exactly the steps of a saved plan whose resource still has the facts it was made on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

    Act = Callable[[Account, str], object]

LATER = "2027-02-01"


def test_what_is_unchanged_is_carried_out(account: Account, janitor: Janitor) -> None:
    """Saved in the morning, applied in the evening."""
    fresh, unnamed = account.launch(), account.launch(None)
    saved = janitor.save()
    account.travel(hours=10)
    assert set(janitor.apply(saved).results.values()) == {"done"}
    assert account.tags(fresh)["Discovered"] == "2026-11-22"
    account.travel(minutes=1)
    assert account.state(unnamed) == "stopped"


def test_nothing_else_is_done(account: Account, janitor: Janitor) -> None:
    """What came after the plan was made is not in it."""
    planned = account.launch()
    saved = janitor.save()
    other = account.launch(None)
    assert set(janitor.apply(saved).results) == {planned}
    assert (account.state(other), account.tags(other)) == ("running", {})


ECS = {"aws:ecs:clusterName": "x"}
CHANGES: list[tuple[str, Act]] = [
    ("expiration was None and is '2027-02-01'", lambda a, i: a.tag(i, Expiration=LATER)),
    ("name was 'jd-GitLabRunner' and is 'jd-kept'", lambda a, i: a.tag(i, Name="jd-kept")),
    ("discovered was None and is '2026-11-22'", lambda a, i: a.tag(i, Discovered="2026-11-22")),
    ("permanent was None and is 'yes'", lambda a, i: a.tag(i, Permanent="yes")),
    ("power was 'on' and is 'off'", lambda a, i: a.stop(i)),
    ("follows was None and is 'ECS cluster x'", lambda a, i: a.tag_by_aws(i, ECS)),
    ("it is no longer there", lambda a, i: a.terminate(i)),
]


@pytest.mark.parametrize(("why", "act"), CHANGES, ids=[why for why, _ in CHANGES])
def test_what_is_changed_is_reported_and_left(
    account: Account, janitor: Janitor, why: str, act: Act
) -> None:
    """Whatever of its facts: even a tag is not written, so that no person's date is lost."""
    instance, other = account.launch(), account.launch("jd-other")
    saved = janitor.save()
    act(account, instance)
    account.clear_calls()
    ran = janitor.apply(saved)
    assert (ran.result(instance), ran.why(instance)) == ("changed", why)
    assert ran.result(other) == "done"
    assert [list(call.params["Resources"]) for call in account.writes] == [[other]]


def test_protection_is_noticed_too(account: Account, janitor: Janitor) -> None:
    """Of what would be shut off it is read again."""
    instance = account.launch()
    janitor.until_expired()
    saved = janitor.save()
    account.protect(instance)
    ran = janitor.apply(saved)
    assert (ran.result(instance), account.state(instance)) == ("changed", "running")
    assert "protected was False and is True" in ran.why(instance)


def test_a_plan_of_before_the_last_run(account: Account, janitor: Janitor) -> None:
    """What a run has done meanwhile is not done again."""
    instance = account.launch()
    janitor.until_expired()
    saved = janitor.save()
    janitor.run()
    account.clear_calls()
    assert janitor.apply(saved).result(instance) == "changed"
    assert account.writes == []


def test_a_plan_of_an_end_is_proven_again(account: Account, janitor: Janitor) -> None:
    """Planned as ready, and its backup lost since: it is not terminated."""
    instance = account.launch()
    janitor.until_backed_up()
    saved = janitor.save()
    for snapshot in account.snapshots(instance):
        account.client("ec2").delete_snapshot(SnapshotId=snapshot.id)
    ran = janitor.apply(saved)
    assert account.state(instance) == "stopped"
    assert "not complete" in ran.why(instance)


def test_facts_that_cannot_be_read_again(account: Account, janitor: Janitor) -> None:
    """What nobody can see is not unchanged: failed, and nothing is written."""
    instance = account.launch()
    saved = janitor.save()
    account.deny("ec2:DescribeInstances")
    assert janitor.apply(saved).result(instance) == "failed"
    assert account.writes == []


def test_a_mark_that_became_stale(account: Account, janitor: Janitor) -> None:
    """Planned as waiting for its backup; extended since: it lives, and its mark is left to run."""
    instance = account.launch()
    janitor.until_due()
    saved = janitor.save()
    account.tag(instance, Expiration=LATER)
    assert janitor.apply(saved).result(instance) == "changed"
    assert account.snapshots(instance) == []
    janitor.run()
    assert "ShutOff" not in account.tags(instance)
