"""extend, keep, release and explain: what a person does to, and asks of, a resource by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.blackbox.shapes import ACTS, STEP, misfits

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

ARN = "arn:aws:ec2:eu-west-1:123456789012:instance/"
TAGGED = {"Discovered": "2026-11-22", "Expiration": "2026-12-06"}


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("--days 14", "2026-12-20"),
        ("--months 2", "2027-02-06"),
        ("--until 31-Jan-2027", "2027-01-31"),
        ("--days 92 --beyond", "2027-03-08"),
    ],
)
def test_extend_counts_from_the_expiration(janitor: Janitor, words: str, day: str) -> None:
    """Days, calendar months, or a date; beyond the longest only on an explicit word."""
    instance = janitor.account.launch("jd-runner", tags=TAGGED)
    said = janitor("extend", instance, *words.split())
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{instance} (jd-runner): Expiration moved from 2026-12-06 to {day}\n"
    assert janitor.account.tags(instance)["Expiration"] == day


@pytest.mark.parametrize("discovered", ["soon", "2025-01-01"])
def test_an_extension_outlives_a_tool_that_strips_tags(janitor: Janitor, discovered: str) -> None:
    """Whatever stood there as Discovered, the ledger remembers the date that was asked for."""
    tags = TAGGED | {"Discovered": discovered}
    instance = janitor.account.launch("jd-runner", tags=tags)
    assert janitor("extend", instance, "--until", "2026-12-24").code == 0
    janitor.account.untag(instance, *tags)
    janitor("run", "--yes")
    assert janitor.account.tags(instance)["Expiration"] == "2026-12-24"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--days 3 --months 2", "Give one of --days, --months and --until."),
        ("--days 0", "Invalid value for '--days': 0 is not in the range"),
        ("--until never", "Invalid value for --until: 'never' is not a date"),
        ("--until 12/01/2027", "Invalid value for --until: '12/01/2027' has two readings; write "),
        ("--until 2026-11-22", "2026-11-22 is not in the future. Give a later day"),
        ("--until 2027-02-23", "2027-02-23 is more than 92 days away (extension.longest)"),
    ],
)
def test_extend_refuses(janitor: Janitor, words: str, why: str) -> None:
    """Two wishes at once, a date that is none or two, the past, too far: nothing is written."""
    instance = janitor.account.launch("jd-runner", tags=TAGGED)
    said = janitor("extend", instance, *words.split())
    told = said.misuse if "Usage" in said.err else said.refusal
    assert told.startswith(why)
    assert janitor.account.writes == []


def test_of_several_all_are_found_first(janitor: Janitor) -> None:
    """One that does not exist keeps all as they were; one named twice is one."""
    one, two = janitor.account.launch("jd-one"), janitor.account.launch("ab-12345678")
    missing = "i-0123456789abcdef0"
    refusal = janitor("extend", one, missing, "jd-one", "--days", "3").refusal
    assert refusal.startswith(f"no resource '{missing}' was found.")
    assert janitor.account.writes == []
    named = (one, "jd-one", ARN + one, "ab-12345678")
    said = janitor("extend", *named, "--days", "3", "--format", "json")
    assert (said.code, misfits(said.json, ACTS)) == (0, [])
    assert [act["id"] for act in said.json["acts"]] == [one, two]


def test_what_is_refused_for_one_is_done_for_the_others(janitor: Janitor) -> None:
    """What took effect is told, and what did not: exit code 1; where nothing did: 2."""
    account = janitor.account
    free, full = account.launch("jd-free"), account.launch("jd-full")
    account.tag(full, **{f"tag {number}": "x" for number in range(49)})
    said = janitor("keep", full, free, "--reason", "demo")
    assert (said.code, said.out) == (1, f"{free} (jd-free): protected, and kept for good: demo\n")
    assert said.err == (
        f"janitor: {full} cannot be tagged: it bears 50 tags and AWS allows 50: remove one to "
        "have it tagged\n"
    )
    assert (account.protected(free), account.protected(full)) == (True, False)
    account.deny("ec2:CreateTags", of=full)
    account.untag(full, "tag 1", "tag 2", "tag 3")
    half = janitor("keep", full, "--reason", "demo")
    assert half.code == 1
    assert half.err.endswith("Calls before this one took effect; the same command carries on\n")
    assert janitor("extend", full, "--days", "1").refusal.startswith(f"{full} in eu-west-1: denied")


def test_extend_undoes_a_shut_off(janitor: Janitor) -> None:
    """The mark goes, one spelling of the date stays, and it says who starts it; nothing else."""
    account = janitor.account
    instance = account.launch("jd-runner", tags={**TAGGED, "expiration ": "7 Dec 2026"})
    account.at("2026-12-08T06:00")
    assert janitor("run", "--yes").code == 0
    assert "ShutOff" in account.tags(instance)
    said = janitor("extend", "jd-runner", "--days", "5", "--reason", "for ACME")
    assert said.out == (
        f"{instance} (jd-runner): Expiration moved from 2026-12-06 | 7 Dec 2026 to 2026-12-13; "
        "it is off: start it yourself when you need it\n"
    )
    assert account.tags(instance) == {
        "Name": "jd-runner",
        "Discovered": "2026-11-22",
        "Expiration": "2026-12-13",
        "JanitorNote": "Extended on 2026-12-08 to 2026-12-13. Reason: for ACME",
    }
    assert account.state(instance) == "stopped"
    assert janitor("plan", "--format", "json").json["phases"] == {"expiring": 1}


def test_extend_remembers_what_was_stripped(janitor: Janitor) -> None:
    """Whoever takes both tags off gets no new life by extending: the ledger knows the old one."""
    account = janitor.account
    instance = account.launch("jd-runner")
    assert janitor("run", "--yes").code == 0
    account.travel(days=10)
    account.untag(instance, "Discovered", "Expiration")
    said = janitor("extend", instance, "--days", "1")
    assert said.out.endswith(": Expiration moved from 2026-12-06 to 2026-12-07\n")
    assert account.tags(instance)["Discovered"] == "2026-11-22"


def test_months_end_where_the_month_ends(janitor: Janitor) -> None:
    """31 January and one month is the end of February; an earlier date than before is told."""
    janitor.account.at("2027-01-20T06:00")
    tags = {"Discovered": "2027-01-20", "Expiration": "2027-01-31"}
    instance = janitor.account.launch("jd-runner", tags=tags)
    assert janitor("extend", instance, "--months", "1").out.endswith("to 2027-02-28\n")
    said = janitor("extend", instance, "--until", "2027-02-01")
    assert said.out.endswith("from 2027-02-28 to 2027-02-01; that is earlier than before\n")


def test_what_is_kept_is_left_alone_until_it_is_released(janitor: Janitor) -> None:
    """Protection and a tag that says why; a run passes by; then the ordinary life goes on."""
    account = janitor.account
    instance = account.launch("jd-runner", tags=TAGGED)
    assert "Missing option '--reason'." in janitor("keep", instance).misuse
    assert "it says nothing" in janitor("keep", instance, "--reason", " \x1b").misuse
    assert "a tag takes 256" in janitor("keep", instance, "--reason", "x" * 257).misuse
    assert account.writes == []
    kept = janitor("keep", "jd-runner", "--reason", "weekly EMEA demo")
    assert kept.out == f"{instance} (jd-runner): protected, and kept for good: weekly EMEA demo\n"
    assert account.protected(instance)
    assert account.tags(instance)["Permanent"] == "weekly EMEA demo"

    account.at("2026-12-20T06:00")
    account.clear_calls()
    ran = janitor("run", "--yes", "--format", "json")
    assert (ran.code, ran.json["outcomes"], ran.json["phases"]) == (0, [], {"exempt": 1})
    assert (account.state(instance), account.writes) == ("running", [])

    released = janitor("release", instance, "--format", "json")
    assert misfits(released.json, ACTS) == []
    hint = "its Expiration 2026-12-06 has passed: the next run shuts it off"
    assert released.json["acts"][0]["hint"] == hint
    assert not account.protected(instance)
    assert {"Permanent", "ShutOff"}.isdisjoint(account.tags(instance))
    assert janitor("run", "--yes").code == 0
    assert account.state(instance) == "stopped"
    told = janitor("history", instance, "--format", "csv").rows
    assert [row["by"] for row in told] == ["keep", "release", "run"]


def test_a_name_that_two_bear_lists_both(janitor: Janitor) -> None:
    """Nothing is done to either until one is named by its id."""
    ids = [janitor.account.launch("jd-twin") for _ in range(2)]
    refusal = janitor("release", "jd-twin").refusal
    assert refusal.startswith("'jd-twin' is the name of i-")
    assert all(f"{each} (EC2 instance) in eu-west-1" in refusal for each in ids)
    assert refusal.endswith(". Give the id of one")
    assert janitor.account.writes == []


def test_explain_answers_why_mine(janitor: Janitor) -> None:
    """The phase, the rule, every date to come, what would change it; by id, ARN or name."""
    instance = janitor.account.launch("jd-runner")
    said = janitor("explain", ARN + instance)
    assert said.code == 0
    assert "It is new: first seen on 2026-11-22.\n" in said.out
    assert "The next run will: tag.\n" in said.out
    coming = said.out.partition("What comes:\n")[2].partition("\n\n")[0].split("\n")
    assert [line.split()[0] for line in coming] == [
        "2026-11-29",
        "2026-12-03",
        "2026-12-05",
        "2026-12-06",
        "2026-12-13",
    ]
    assert coming[-2:] == [
        "  2026-12-06  it is shut off",
        "  2026-12-13  it is backed up and terminated",
    ]
    assert f"  janitor extend {instance} --days 14   to keep it longer\n" in said.out
    late = janitor("explain", "jd-runner", "--as-of", "2026-12-24", "--format", "json").json
    assert misfits(late, STEP) == []
    assert "was found" in janitor("explain", f"{ARN}jd-runner").refusal  # a name is no ARN
    assert janitor.account.writes == []
