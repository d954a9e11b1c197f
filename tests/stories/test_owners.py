"""What a person does counts, whenever it is done: before a run, between two, and in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

LATER = "2027-02-01"


# The owner extends: a later Expiration


def test_extended_before_it_expires(account: Account, janitor: Janitor) -> None:
    """S3: the date that the owner typed counts, and is never written over."""
    instance = account.launch()
    janitor.run()
    account.travel(days=13)
    account.tag(instance, Expiration=LATER)
    account.travel(days=1)
    assert (janitor.run().results, janitor.phase(instance)) == ({}, "active")
    assert account.tags(instance)["Expiration"] == LATER


def test_extended_between_the_plan_and_the_stop(account: Account, janitor: Janitor) -> None:
    """The tags are read again just before the stop: it stays on."""
    instance = account.launch()
    janitor.until_expired()
    janitor.before("DescribeInstances", lambda: account.tag(instance, Expiration=LATER), number=2)
    ran = janitor.run()
    assert ran.result(instance) == "changed"
    assert ran.why(instance) == f"expiration was '2026-12-06' and is '{LATER}'"
    assert (account.state(instance), janitor.phase(instance)) == ("running", "active")


def test_extended_a_moment_too_late(account: Account, janitor: Janitor) -> None:
    """Between the last reading and the stop: it is off, but its mark does not count."""
    instance = account.launch()
    janitor.until_expired()
    janitor.before("StopInstances", lambda: account.tag(instance, Expiration=LATER))
    janitor.run()
    assert janitor.run().result(instance) == "done"
    account.travel(days=8)
    assert janitor.run().results == {}
    assert "ShutOff" not in account.tags(instance)
    assert (account.state(instance), janitor.phase(instance)) == ("stopped", "active")


def test_extended_while_it_waits(account: Account, janitor: Janitor) -> None:
    """The mark is removed and the phase computed afresh; its owner is the one to start it."""
    instance = account.launch()
    janitor.until_waiting()
    account.tag(instance, Expiration=LATER)
    assert janitor.step(instance).verbs == ("clear_mark",)
    janitor.run()
    assert "ShutOff" not in account.tags(instance)
    account.travel(days=8)
    assert (account.state(instance), janitor.phase(instance)) == ("stopped", "active")
    account.start(instance)
    assert janitor.run().results == {}


@pytest.mark.parametrize("spelled", ["shutoff", "SHUTOFF", "ShutOff "])
def test_a_mark_is_removed_however_it_is_spelled(
    account: Account, janitor: Janitor, spelled: str
) -> None:
    """Keys match whatever their case and blanks; what was read is what is removed."""
    instance = account.launch()
    janitor.until_waiting()
    mark = account.tags(instance)["ShutOff"]
    account.untag(instance, "ShutOff")
    account.tag(instance, **{spelled: mark}, Expiration=LATER)
    janitor.run()
    assert spelled not in account.tags(instance)
    assert janitor.run().results == {}


def test_extended_when_it_is_due(account: Account, janitor: Janitor) -> None:
    """On the last day it is not too late: neither backed up nor terminated."""
    instance = account.launch()
    janitor.until_due()
    account.tag(instance, Expiration=LATER)
    janitor.run()
    assert (account.snapshots(instance), account.state(instance)) == ([], "stopped")
    assert janitor.phase(instance) == "active"


def test_extended_between_the_plan_and_the_backup(account: Account, janitor: Janitor) -> None:
    """The tags are read again before the backup too: none is made."""
    instance = account.launch()
    janitor.until_due()
    janitor.before("DescribeInstances", lambda: account.tag(instance, Expiration=LATER), number=2)
    assert janitor.run().result(instance) == "changed"
    assert (account.snapshots(instance), account.state(instance)) == ([], "stopped")


@pytest.mark.parametrize("moment", ["CreateSnapshots", "DescribeVolumes"])
def test_extended_between_the_backup_and_the_end(
    account: Account, janitor: Janitor, moment: str
) -> None:
    """Whatever is done between the two, the tags are read once more before the end."""
    instance = account.launch()
    janitor.until_due()
    account.snapshots_finish()
    janitor.after(moment, lambda: account.tag(instance, Expiration=LATER))
    ran = janitor.run()
    assert (ran.result(instance), account.state(instance)) == ("changed", "stopped")
    assert "TerminateInstances" not in {call.operation for call in account.calls}
    assert janitor.phase(instance) == "active"


def test_extended_while_its_backup_is_pending(account: Account, janitor: Janitor) -> None:
    """Between the run that begins the backup and the one that would end it."""
    instance = account.launch()
    janitor.until_backed_up()
    account.tag(instance, Expiration=LATER)
    janitor.run()
    assert (account.state(instance), janitor.phase(instance)) == ("stopped", "active")


def test_an_extended_one_lives_its_life_again(account: Account, janitor: Janitor) -> None:
    """A backup of the life before does not count: a new shut-off wants a new one."""
    instance = account.launch()
    janitor.until_backed_up()
    account.tag(instance, Expiration="2026-12-20")
    account.start(instance)
    janitor.run()
    account.at("2026-12-20T06:00")
    janitor.run()
    account.travel(days=7)
    assert janitor.step(instance).verbs == ("back_up", "terminate")
    janitor.run()
    assert len(account.snapshots(instance)) == 2
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"


# The owner protects it


def test_protected_before_it_expires(account: Account, janitor: Janitor) -> None:
    """S4: on its Expiration it is exempt."""
    instance = account.launch()
    janitor.until_expired()
    account.protect(instance)
    assert janitor.run().results == {}
    assert (account.state(instance), janitor.phase(instance)) == ("running", "exempt")


def test_protected_between_the_plan_and_the_stop(account: Account, janitor: Janitor) -> None:
    """Protection is read again just before the stop."""
    instance = account.launch()
    janitor.until_expired()
    janitor.before("DescribeInstances", lambda: account.protect(instance), number=2)
    ran = janitor.run()
    assert ran.result(instance) == "changed"
    assert "protected was False and is True" in ran.why(instance)
    assert account.state(instance) == "running"


@pytest.mark.parametrize("until", ["until_waiting", "until_due", "until_backed_up"])
def test_protected_while_it_waits(account: Account, janitor: Janitor, until: str) -> None:
    """Also when it is off, due or backed up already: it is exempt from the end."""
    instance = account.launch()
    getattr(janitor, until)()
    account.protect(instance)
    account.travel(days=30)
    assert janitor.run().results == {}
    assert (account.state(instance), janitor.phase(instance)) == ("stopped", "exempt")


def test_protected_between_the_plan_and_the_backup(account: Account, janitor: Janitor) -> None:
    """What is protected is not backed up either."""
    instance = account.launch()
    janitor.until_due()
    janitor.before("DescribeInstances", lambda: account.protect(instance), number=2)
    assert janitor.run().result(instance) == "changed"
    assert (account.snapshots(instance), janitor.phase(instance)) == ([], "exempt")


@pytest.mark.parametrize("moment", ["CreateSnapshots", "DescribeVolumes"])
def test_protected_between_the_backup_and_the_end(
    account: Account, janitor: Janitor, moment: str
) -> None:
    """Protection is read once more before the end: AWS is not even asked to terminate it."""
    instance = account.launch()
    janitor.until_due()
    account.snapshots_finish()
    janitor.after(moment, lambda: account.protect(instance))
    assert janitor.run().result(instance) == "changed"
    assert "TerminateInstances" not in {call.operation for call in account.calls}
    assert janitor.phase(instance) == "exempt"


def test_protected_at_the_last_moment(account: Account, janitor: Janitor) -> None:
    """Between the last reading and the end AWS itself refuses: blocked, and exempt from then on."""
    instance = account.launch()
    janitor.until_backed_up()
    janitor.before("TerminateInstances", lambda: account.protect(instance))
    ran = janitor.run()
    assert (ran.result(instance), account.state(instance)) == ("blocked", "stopped")
    assert (janitor.run().results, janitor.phase(instance)) == ({}, "exempt")


def test_protection_is_never_changed(account: Account, janitor: Janitor) -> None:
    """The janitor neither sets nor removes any, and starts nothing, whatever comes."""
    kept, other = account.launch(protected=True), account.launch(stop_protected=True)
    janitor.until_backed_up()
    janitor.run()
    forbidden = {"ModifyInstanceAttribute", "StartInstances", "RebootInstances"}
    assert not forbidden & {call.operation for call in account.calls}
    assert account.protected(kept)
    assert [account.state(i) for i in (kept, other)] == ["running", "running"]


# The owner turns it on, or deletes a tag


def test_turned_on_while_it_waits(account: Account, janitor: Janitor) -> None:
    """It stays on for the 7 days: who needs it longer moves its date."""
    instance = account.launch()
    janitor.until_waiting()
    account.travel(days=1)
    account.start(instance)
    assert (janitor.phase(instance), janitor.run().results) == ("waiting", {})
    assert account.state(instance) == "running"


def test_on_but_not_extended(account: Account, janitor: Janitor) -> None:
    """S7: still on after the 7 days, its Expiration not changed: backed up and terminated."""
    instance = account.launch()
    janitor.until_waiting()
    account.start(instance)
    account.travel(days=7)
    assert "it is on, but its Expiration was not changed" in janitor.step(instance).reason
    janitor.run()
    assert account.state(instance) == "running"
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert [snapshot.state for snapshot in account.snapshots(instance)] == ["completed"]


def test_on_but_not_extended_to_the_letter(account: Account, janitor: Janitor) -> None:
    """S7 with `backup.when = "stopped"`: what is on is terminated without a backup."""
    janitor.settings('backup.when = "stopped"')
    on, off = account.launch(), account.launch()
    janitor.until_waiting()
    account.start(on)
    account.travel(days=7)
    janitor.run()
    assert [account.state(i) for i in (on, off)] == ["shutting-down", "stopped"]
    assert (account.snapshots(on), len(account.snapshots(off))) == ([], 1)


def test_turned_on_between_the_plan_and_the_end(account: Account, janitor: Janitor) -> None:
    """The state is read again too: this time it is left alone, and told."""
    instance = account.launch()
    janitor.until_backed_up()
    janitor.before("DescribeInstances", lambda: account.start(instance), number=2)
    ran = janitor.run()
    assert (ran.result(instance), ran.why(instance)) == ("changed", "power was 'off' and is 'on'")
    assert account.state(instance) == "running"


def test_deleting_the_expiration_renews_nothing(account: Account, janitor: Janitor) -> None:
    """S3: while Discovered stands the date is Discovered + 14 days."""
    instance = account.launch()
    janitor.run()
    account.travel(days=10)
    account.untag(instance, "Expiration")
    assert (janitor.phase(instance), str(janitor.step(instance).next_on)) == (
        "expiring",
        "2026-12-06",
    )
    account.travel(days=4)
    janitor.run()
    assert account.state(instance) == "stopped"


def test_deleting_an_extension_takes_it_back(account: Account, janitor: Janitor) -> None:
    """The ledger remembers dates of what lost all its tags; one deleted alone is meant."""
    instance = account.launch()
    janitor.run()
    account.tag(instance, Expiration=LATER)
    janitor.run()
    account.travel(days=14)
    account.untag(instance, "Expiration")
    assert janitor.phase(instance) == "expired"


def test_deleting_the_mark_begins_the_wait_anew(account: Account, janitor: Janitor) -> None:
    """Without ShutOff nobody knows when it was shut off: 7 more days, never fewer."""
    instance = account.launch()
    janitor.until_due()
    account.untag(instance, "ShutOff")
    assert janitor.run().result(instance) == "done"
    assert account.tags(instance)["ShutOff"].startswith("2026-12-13")
    assert janitor.phase(instance) == "waiting"


@pytest.mark.parametrize("mark", ["2026-13-45", "soon", "2027-06-01", "2025-01-01"])
def test_a_mark_that_nobody_could_have_written(
    account: Account, janitor: Janitor, mark: str
) -> None:
    """ShutOff unreadable, in the future, or older than the instance: nothing ends by it."""
    instance = account.launch()
    janitor.until_due()
    account.tag(instance, ShutOff=mark)
    janitor.run()
    account.travel(minutes=10)
    janitor.run()
    assert (account.state(instance), janitor.phase(instance)) == ("stopped", "waiting")


# The owner types a date


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-12-20", "2026-12-20"),
        ("2026-12-20T18:00", "2026-12-20"),
        ("2026-12-20T23:30Z", "2026-12-20"),
        ("2026-12-20T23:30-05:00", "2026-12-21"),
        ("2026/12/20", "2026-12-20"),
        ("20 Dec 2026", "2026-12-20"),
        ("Dec 20 2026", "2026-12-20"),
        ("20-DEC-2026", "2026-12-20"),
        ("20 december 2026", "2026-12-20"),
        ("13/01/2027", "2027-01-13"),
        ("  2026-12-20 ", "2026-12-20"),
    ],
)
def test_a_date_as_people_type_it(account: Account, janitor: Janitor, typed: str, day: str) -> None:
    """Every accepted form moves the day on which it is shut off."""
    instance = account.launch()
    janitor.run()
    account.tag(instance, Expiration=typed)
    assert str(janitor.step(instance).next_on) == day
    account.at(f"{day}T00:00")
    account.travel(minutes=-1)
    janitor.run()
    assert account.state(instance) == "running"
    account.travel(days=1)
    janitor.run()
    assert account.state(instance) == "stopped"


def test_of_two_readings_the_later_counts(account: Account, janitor: Janitor) -> None:
    """12/01/2027 may be 12 January or 1 December: the later, and its owner hears of it."""
    instance = account.launch(tags={"Expiration": "12/01/2027"})
    janitor.run()
    account.at("2027-01-15T06:00")
    assert janitor.phase(instance) == "active"
    assert "two readings: the later, 2027-12-01, counts" in janitor.attention(instance)


def test_two_spellings_are_two_wishes(account: Account, janitor: Janitor) -> None:
    """`expiration` beside `Expiration`: the later counts, and it is flagged."""
    instance = account.launch()
    janitor.run()
    account.tag(instance, **{"expiration ": LATER})
    account.travel(days=14)
    assert janitor.run().results == {}
    assert janitor.phase(instance) == "active"
    assert f"2 Expiration tags differ: the latest, {LATER}" in janitor.attention(instance)


def test_a_far_date_is_honoured_and_flagged(account: Account, janitor: Janitor) -> None:
    """Further out than `extension.longest`: it counts, and a person hears of it."""
    instance = account.launch(tags={"Expiration": "2028-01-01"})
    janitor.until_expired()
    assert janitor.phase(instance) == "active"
    assert "more than 92 days away" in janitor.attention(instance)


# Tags that come and go by themselves


def test_stripped_tags_are_remembered(account: Account, janitor: Janitor) -> None:
    """A tool that strips tags renews nothing, and takes no extension away."""
    kept, plain = account.launch(), account.launch()
    janitor.run()
    account.tag(kept, Expiration=LATER)
    janitor.run()
    account.travel(days=10)
    for instance in (kept, plain):
        account.untag(instance, "Discovered", "Expiration")
    janitor.run()
    assert [account.tags(i)["Discovered"] for i in (kept, plain)] == ["2026-11-22"] * 2
    assert [account.tags(i)["Expiration"] for i in (kept, plain)] == [LATER, "2026-12-06"]


@pytest.mark.parametrize("discovered", ["2026-13-45", "", "2027-03-01"])
@pytest.mark.parametrize("known", [True, False])
def test_a_date_is_remembered_beside_a_discovered_that_does_not_count(
    account: Account, janitor: Janitor, discovered: str, *, known: bool
) -> None:
    """Somebody writes over the day and moves the date; a tool strips both: the date stands."""
    if known:
        instance = account.launch()
        janitor.run()
        account.tag(instance, Discovered=discovered, Expiration=LATER)
    else:
        instance = account.launch(tags={"Discovered": discovered, "Expiration": LATER})
    janitor.run()
    account.travel(days=10)
    account.untag(instance, "Discovered", "Expiration")
    janitor.run()
    assert account.tags(instance)["Expiration"] == LATER
    assert account.tags(instance)["Discovered"] == "2026-11-22"


def test_what_was_inherited_is_not_remembered(account: Account, janitor: Janitor) -> None:
    """Of one that is too full to be tagged: once all is stripped it gets the days of a new one."""
    copied = {"Discovered": "2026-10-01", "Expiration": "2026-11-24"}
    full = {f"key-{n}": "" for n in range(47)}
    instance = account.launch(tags={**copied, **full})
    account.tag_by_aws(instance, {"one-more": ""})
    janitor.run()
    account.untag(instance, *copied, *full)
    janitor.run()
    assert account.tags(instance)["Expiration"] == "2026-12-06"


def test_a_date_is_remembered_as_it_was_typed(account: Account, janitor: Janitor) -> None:
    """The first sighting says what every later look says, so it is written down once."""
    account.launch(tags={"Expiration": "6 Jan 2027"})
    for _ in range(3):
        janitor.run()
    known = [entry["expiration"] for entry in janitor.entries("sighting")]
    assert known == ["6 Jan 2027"]


def test_stripped_tags_without_a_ledger(account: Account, janitor: Janitor) -> None:
    """Where nobody remembers it is new: the error is on the side of its owner."""
    instance = account.launch()
    janitor.run()
    account.travel(days=10)
    account.untag(instance, "Discovered", "Expiration")
    janitor.forget()
    assert janitor.phase(instance) == "new"
    janitor.run()
    assert account.tags(instance)["Expiration"] == "2026-12-16"


def test_stripped_of_everything_it_waits_again(account: Account, janitor: Janitor) -> None:
    """With its ShutOff stripped too, an expired one is marked anew: 7 days more."""
    instance = account.launch()
    janitor.until_due()
    account.untag(instance, "Discovered", "Expiration", "ShutOff")
    janitor.run()
    assert account.tags(instance)["Expiration"] == "2026-12-06"
    assert account.tags(instance)["ShutOff"].startswith("2026-12-13")
    assert account.snapshots(instance) == []


def test_inherited_tags_are_not_its_own(account: Account, janitor: Janitor) -> None:
    """By "launch more like this" it bears a Discovered older than itself, so it is new."""
    parent = account.launch()
    janitor.until_due()
    copied = {k: v for k, v in account.tags(parent).items() if k != "JanitorNote"}
    child = account.launch(tags=copied)
    assert janitor.phase(child) == "new"
    janitor.run()
    assert account.tags(child)["Discovered"] == "2026-12-13"
    assert account.tags(child)["Expiration"] == "2026-12-27"
    assert (account.state(child), janitor.phase(child)) == ("running", "active")
    account.travel(minutes=10)
    janitor.run()
    assert [account.state(i) for i in (parent, child)] == ["shutting-down", "running"]


def test_an_inherited_date_may_lengthen_a_life(account: Account, janitor: Janitor) -> None:
    """Its owner copied the tags and edited the date: the later one is kept."""
    child = account.launch(tags={"Discovered": "2026-10-01", "Expiration": LATER})
    janitor.run()
    assert account.tags(child)["Discovered"] == "2026-11-22"
    assert account.tags(child)["Expiration"] == LATER


def test_a_restart_renews_nothing(account: Account, janitor: Janitor) -> None:
    """AWS resets LaunchTime at every start; its birth stays what it was."""
    instance = account.launch()
    janitor.run()
    account.travel(days=13)
    account.stop(instance)
    account.start(instance)
    assert janitor.run().result(instance) == "done"
    assert account.tags(instance)["Expiration"] == "2026-12-06"
    account.travel(days=1)
    janitor.run()
    assert account.state(instance) == "stopped"


# 50 tags


@pytest.mark.parametrize("own", [48, 49])
def test_no_room_for_the_first_tags(account: Account, janitor: Janitor, own: int) -> None:
    """Where a tag cannot be written it is reported and not advanced, not even shut off."""
    tags = {f"key-{n}": "" for n in range(own)}
    instance = account.launch(tags=tags | {"Name": ""})
    janitor.run()
    assert (account.state(instance), account.writes) == ("running", [])
    assert "AWS allows 50: remove one" in janitor.attention(instance)


def test_no_room_for_the_mark(account: Account, janitor: Janitor) -> None:
    """Expired with 50 tags: it stays on and is reported, until there is room."""
    instance = account.launch()
    janitor.until_expired()
    account.tag(instance, **{f"key-{n}": "" for n in range(47)})
    assert janitor.run().results == {}
    assert "AWS allows 50: remove one" in janitor.attention(instance)
    assert account.state(instance) == "running"
    account.untag(instance, "key-0", "key-1")
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "stopped"


def test_tags_of_aws_take_no_room(account: Account, janitor: Janitor) -> None:
    """`aws:` tags do not count among the 50."""
    tags = {f"key-{n}": "" for n in range(47)} | {"aws:cloudformation:stack-name": "demo"}
    instance = account.launch(tags=tags)
    assert janitor.run().result(instance) == "done"
    assert len(account.tags(instance)) == 51
