"""Each phase of a life: what puts a resource there, and what a run does with it (S1 to S7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account


def test_a_life(account: Account, janitor: Janitor) -> None:
    """S2 to S6: tagged, shut off after 14 days, backed up and terminated after 7 more."""
    instance = account.launch("jd-GitLabRunner")
    phases = []
    for days in (0, 6, 7, 1, 6, 1):
        account.travel(days=days)
        phases.append((janitor.phase(instance), janitor.run().result(instance)))
    account.travel(minutes=10)
    janitor.run()
    assert phases == [
        ("new", "done"),
        ("active", "none"),
        ("expiring", "done"),
        ("expired", "done"),
        ("waiting", "none"),
        ("due", "done"),
    ]
    assert account.state(instance) == "shutting-down"
    assert [snapshot.state for snapshot in account.snapshots(instance)] == ["completed"]


# new


def test_what_is_new_is_tagged_once(account: Account, janitor: Janitor) -> None:
    """S2, S3: Discovered and Expiration in one call; never again."""
    instance = account.launch("jd-GitLabRunner")
    janitor.run()
    account.travel(days=1)
    janitor.run()
    assert account.tags(instance) == {
        "Name": "jd-GitLabRunner",
        "Discovered": "2026-11-22",
        "Expiration": "2026-12-06",
    }
    assert [call.operation for call in account.writes] == ["CreateTags"]


def test_a_persons_expiration_is_left(account: Account, janitor: Janitor) -> None:
    """Where a person set one already, only Discovered is written."""
    instance = account.launch(tags={"Expiration": "6 Jan 2027"})
    janitor.run()
    assert account.tags(instance)["Expiration"] == "6 Jan 2027"
    assert account.tags(instance)["Discovered"] == "2026-11-22"


def test_a_past_expiration_is_meant(account: Account, janitor: Janitor) -> None:
    """Who gives a new instance a past date wants it off: tagged and shut off in one run."""
    instance = account.launch(tags={"Expiration": "2026-11-01"})
    assert janitor.step(instance).verbs == ("tag", "shut_off")
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "stopped"
    assert account.tags(instance)["ShutOff"] == "2026-11-22T06:00:00+00:00"


# un-named


@pytest.mark.parametrize("name", [None, "", "   "])
def test_what_has_no_name_is_shut_off(account: Account, janitor: Janitor, name: str | None) -> None:
    """S1: tagged and shut off, and told why; its 14 days go on."""
    instance = account.launch(name)
    assert janitor.step(instance).verbs == ("tag", "shut_off")
    janitor.run()
    tags = account.tags(instance)
    assert account.state(instance) in {"stopping", "stopped"}
    assert "has no Name tag" in tags["JanitorNote"]
    assert tags["Expiration"] == "2026-12-06"
    assert "ShutOff" not in tags
    account.travel(minutes=1)
    assert janitor.phase(instance) == "active"


def test_the_owner_names_it_and_starts_it(account: Account, janitor: Janitor) -> None:
    """Un-named and shut off, later named and started by its owner: plain active."""
    instance = account.launch(None)
    janitor.run()
    account.travel(days=1)
    account.tag(instance, Name="jd-demo")
    account.start(instance)
    assert janitor.phase(instance) == "active"
    assert janitor.run().results == {}
    assert account.state(instance) == "running"


def test_started_without_a_name_it_is_shut_off_again(account: Account, janitor: Janitor) -> None:
    """S1 holds for as long as it has no name."""
    instance = account.launch(None)
    janitor.run()
    account.travel(days=1)
    account.start(instance)
    janitor.run()
    account.travel(minutes=1)
    assert account.state(instance) == "stopped"


def test_an_un_named_one_expires_like_any_other(account: Account, janitor: Janitor) -> None:
    """The 7 days begin with its Expiration, not when it was shut off for its missing name."""
    instance = account.launch(None)
    janitor.until_due()
    assert account.tags(instance)["ShutOff"].startswith("2026-12-06")
    assert janitor.phase(instance) == "due"


def test_a_new_one_may_be_un_named_for_a_while(account: Account, janitor: Janitor) -> None:
    """`naming.grace`: nothing is shut off before it is over."""
    janitor.settings('naming.grace = "2h"')
    instance = account.launch(None)
    account.travel(hours=1)
    janitor.run()
    assert (janitor.phase(instance), account.state(instance)) == ("active", "running")
    account.travel(hours=1)
    assert janitor.phase(instance) == "un-named"


def test_a_name_that_says_nothing_is_reported(account: Account, janitor: Janitor) -> None:
    """A name that breaks `naming.pattern` is told of, and shut off only with `naming.enforce`."""
    instance = account.launch("test")
    assert janitor.phase(instance) == "new"
    assert "'test' does not say who deployed it" in janitor.attention(instance)
    janitor.settings("naming.enforce = true")
    assert janitor.phase(instance) == "un-named"


def test_an_un_named_one_that_is_protected(account: Account, janitor: Janitor) -> None:
    """S4 before S1: it stays on, is tagged as new, and flagged for its missing name."""
    instance = account.launch(None, protected=True)
    assert janitor.run().result(instance) == "done"
    assert (account.state(instance), janitor.phase(instance)) == ("running", "exempt")
    assert "Discovered" in account.tags(instance)
    assert "it has no Name tag" in janitor.attention(instance)


# active, expiring


def test_nothing_is_done_to_what_is_active(account: Account, janitor: Janitor) -> None:
    """Until it is about to expire a run neither writes to it nor reads more of it."""
    instance = account.launch()
    janitor.run()
    account.clear_calls()
    account.travel(days=5)
    assert janitor.run().results == {}
    assert [call.operation for call in account.calls] == ["DescribeInstances"]
    assert janitor.phase(instance) == "active"


def test_an_owner_is_told_once_for_each_notice(account: Account, janitor: Janitor) -> None:
    """`notify.before`: on the first run of each such day, and not again in an hourly run."""
    instance = account.launch()
    janitor.run()
    results = []
    for days, hours in ((7, 0), (0, 1), (4, 0), (0, 1), (2, 0)):
        account.travel(days=days, hours=hours)
        results.append(janitor.run().result(instance))
    assert results == ["done", "none", "done", "none", "done"]
    assert [notice["days"] for notice in janitor.entries("notice")] == [7, 3, 1]


def test_an_owner_is_told_of_a_new_date_too(account: Account, janitor: Janitor) -> None:
    """A notice counts for one Expiration: another date is another notice."""
    instance = account.launch()
    janitor.run()
    account.travel(days=8)
    assert janitor.run().result(instance) == "done"
    account.tag(instance, Expiration="2026-12-05")
    assert janitor.run().result(instance) == "done"


# expired, waiting, due


def test_what_expires_is_shut_off_seen_off_and_marked(account: Account, janitor: Janitor) -> None:
    """S5: stopped, observed, and only then marked with ShutOff and a note."""
    instance = account.launch()
    janitor.until_expired()
    account.clear_calls()
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "stopped"
    assert account.tags(instance)["ShutOff"] == "2026-12-06T06:00:00+00:00"
    note = account.tags(instance)["JanitorNote"]
    assert "its Expiration 2026-12-06 had come" in note
    assert "terminated on 2026-12-13" in note
    assert [call.operation for call in account.writes] == ["StopInstances", "CreateTags"]


def test_what_is_off_already_is_only_marked(account: Account, janitor: Janitor) -> None:
    """Its 7 days start at its Expiration, though it had been off before."""
    instance = account.launch()
    janitor.run()
    account.stop(instance)
    account.travel(days=14)
    account.clear_calls()
    janitor.run()
    assert [call.operation for call in account.writes] == ["CreateTags"]
    assert account.tags(instance)["ShutOff"] == "2026-12-06T06:00:00+00:00"


def test_what_waits_is_left_for_seven_days(account: Account, janitor: Janitor) -> None:
    """S5: to the last hour nothing is done to it; then it is due."""
    instance = account.launch()
    janitor.until_waiting()
    account.clear_calls()
    account.travel(days=6, hours=23)
    assert (janitor.phase(instance), janitor.run().results) == ("waiting", {})
    assert account.writes == []
    account.travel(hours=1)
    assert janitor.phase(instance) == "due"


def test_the_days_are_counted_in_the_time_zone_of_the_team(
    account: Account, janitor: Janitor
) -> None:
    """`timezone`: a date means from 00:00 of that day there."""
    janitor.settings('timezone = "America/New_York"')
    instance = account.launch(tags={"Expiration": "2026-11-25"})
    janitor.run()
    account.at("2026-11-25T04:59")
    assert janitor.phase(instance) == "expiring"
    account.at("2026-11-25T05:00")
    assert janitor.phase(instance) == "expired"


# exempt


def test_what_is_protected_is_exempt(account: Account, janitor: Janitor) -> None:
    """S4: termination protection, and a tag that says why, keep it on for good."""
    instance = account.launch(protected=True, tags={"Permanent": "shared runner of the team"})
    janitor.until_expired()
    assert janitor.run().results == {}
    assert janitor.phase(instance) == "exempt"
    assert janitor.step(instance).reason == "protected: shared runner of the team"
    assert (account.state(instance), janitor.attention(instance)) == ("running", "")


def test_protection_wants_an_explanation(account: Account, janitor: Janitor) -> None:
    """S4: without the tag it is exempt all the same, and flagged."""
    instance = account.launch(protected=True)
    janitor.until_expired()
    assert janitor.phase(instance) == "exempt"
    assert "no Permanent tag says why" in janitor.attention(instance)


def test_an_explanation_is_no_protection(account: Account, janitor: Janitor) -> None:
    """The tag alone exempts no kind that has a protection of its own."""
    instance = account.launch(tags={"Permanent": "please"})
    janitor.until_waiting()
    assert account.state(instance) == "stopped"
    assert "ShutOff" in account.tags(instance)


def test_exempt_shows_where_it_matters(account: Account, janitor: Janitor) -> None:
    """Protection is not read of what is not acted on; `list --protection` reads it of all."""
    instance = account.launch(protected=True)
    janitor.run()
    assert janitor.phase(instance) == "active"
    (step,) = janitor.plan(protection=True).steps
    assert step.phase == "exempt"


# unreadable, unknown


@pytest.mark.parametrize("typed", ["never", "next friday", "14", "Dec 2026", "", "31/02/2027"])
def test_a_date_that_cannot_be_read_stops_everything(
    account: Account, janitor: Janitor, typed: str
) -> None:
    """Nothing is guessed: it stays as it is, even when due, and is flagged in every run."""
    instance = account.launch()
    janitor.until_due()
    account.tag(instance, Expiration=typed)
    account.clear_calls()
    for _ in range(2):
        account.travel(days=30)
        assert janitor.run().results == {}
        assert f"Expiration {typed!r} is not a date" in janitor.attention(instance)
    assert (janitor.phase(instance), account.writes) == ("unreadable", [])


@pytest.mark.parametrize("until", ["until_expired", "until_due"])
def test_what_could_not_be_read_is_left(account: Account, janitor: Janitor, until: str) -> None:
    """Unknown: where protection cannot be read nothing is shut off or terminated."""
    instance = account.launch()
    getattr(janitor, until)()
    state = account.state(instance)
    account.clear_calls()
    account.deny("ec2:DescribeInstanceAttribute")
    assert janitor.run().results == {}
    assert janitor.phase(instance) == "unknown"
    assert "could not be read: denied" in janitor.attention(instance)
    assert (account.writes, account.state(instance)) == ([], state)
