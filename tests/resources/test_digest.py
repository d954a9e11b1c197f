"""What owners are told: one digest for each of them, a line for each resource, nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cs_aws_janitor.resources import digest, owners
from cs_aws_janitor.resources.digest import ALL, Notice, Topic
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.plan import Attention, Coverage, Plan, Step
from cs_aws_janitor.resources.policy import Policy

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE, THERE = Place("000000000001", "eu-west-1"), Place("000000000002", "eu-west-1")
JD, MK, OPS = (
    Person("jd"),
    Person("mk", email="mk@example.com"),
    Person("ops", email="o@example.com"),
)
TEAM = owners.of([JD, MK, OPS], "ops")


def step(thing: str, phase: Phase, *verbs: Verb, **more: Any) -> Step:
    """A step that was planned."""
    given: dict[str, Any] = {
        "place": HERE,
        "owner": "jd",
        "expiration": NOW + timedelta(days=3),
    } | more
    return Step(
        kind="box",
        id=thing,
        name=None,
        phase=phase,
        verbs=verbs,
        reason="why",
        next_on=None,
        **given,
    )


def plan(*steps: Step, **more: Any) -> Plan:
    """A plan of these."""
    return Plan(NOW, NOW, "UTC", steps=steps, **more)


EXPIRING = step("b-1", Phase.EXPIRING, Verb.NOTIFY)
WAITING = step("b-2", Phase.WAITING, Verb.NOTIFY)


def test_the_plan_tells_what_is_coming() -> None:
    """What expires by the day that has come, what was shut off as such, and nothing else."""
    due = digest.due(plan(EXPIRING, WAITING, step("b-3", Phase.NEW, Verb.TAG)), Policy(), NOW, [])
    assert due == [
        Notice(Topic.EXPIRING, 3, EXPIRING),
        Notice(Topic.SHUT_OFF, digest.SHUT_OFF, WAITING),
    ]


def test_nothing_is_told_twice_in_one_run() -> None:
    """What the run did comes before what the plan foresaw of the same."""
    done = Notice(Topic.SHUT_OFF, digest.SHUT_OFF, replace(WAITING, phase=Phase.EXPIRED))
    looked = plan(WAITING, coverage=(Coverage(HERE, "box", "ok", 1),))
    assert digest.due(looked, Policy(), NOW, [done]) == [done]


def test_what_was_done_elsewhere_is_told_by_whoever_looks_there() -> None:
    """Two runs that share a ledger do not tell the same."""
    done = Notice(Topic.ENDED, digest.ENDED, step("b-7", Phase.DUE, place=THERE))
    looked = plan(coverage=(Coverage(HERE, "box", "ok", 1),))
    assert digest.due(looked, Policy(), NOW, [done]) == []


def test_what_people_should_mend_is_told_by_its_words() -> None:
    """Another sentence is told anew; one that counts days is told once for its phase."""
    where = (HERE, "box", "b-1", "jd-x")
    rows = (
        Attention(*where, Phase.UNREADABLE, "'soon' is not a date", "jd"),
        Attention(*where, Phase.UNREADABLE, "'never' is not a date", "jd"),
        Attention(*where, Phase.BACKING_UP, "shut off 8 days ago; its backup failed", "jd"),
    )
    due = digest.due(plan(attention=rows), Policy(), NOW, [])
    assert [(notice.event, notice.step.owner) for notice in due] == [
        ("'soon' is not a date", "jd"),
        ("'never' is not a date", "jd"),
        ("backing-up", "jd"),
    ]


def test_a_blind_spot_is_told_once_a_week() -> None:
    """It belongs to nobody, so the fallback hears of it; a new week tells it again."""
    blind = Coverage(HERE, "box", "denied", 0, "no permission")
    (notice,) = digest.due(
        plan(coverage=(blind, Coverage(THERE, "box", "ok", 3))), Policy(), NOW, []
    )
    assert (notice.topic, notice.step.id, notice.step.owner) == (Topic.UNSEEN, ALL, None)
    assert (notice.event, notice.step.reason) == ("denied 2026-W49", "no permission")


def test_each_owner_has_one_digest() -> None:
    """Over all accounts, the gravest first; what is a stranger's goes to the fallback."""
    elsewhere = step("b-0", Phase.EXPIRING, Verb.NOTIFY, place=THERE)
    stranger = step("b-9", Phase.EXPIRING, Verb.NOTIFY, owner="zz")
    due = digest.due(plan(EXPIRING, elsewhere, stranger, WAITING), Policy(), NOW, [])
    told = digest.digests(due, TEAM, lambda _: True)
    assert [(each.person, [n.step.id for n in each.notices]) for each in told] == [
        (JD, ["b-2", "b-1", "b-0"]),
        (OPS, ["b-9"]),
    ]


def test_who_cannot_be_reached_is_stood_in_for() -> None:
    """By the fallback; and where nobody can be reached the digest is nobody's, and not lost."""
    due = digest.due(plan(EXPIRING), Policy(), NOW, [])
    (told,) = digest.digests(due, TEAM, lambda person: person.email is not None)
    assert told.person == OPS
    (told,) = digest.digests(due, owners.of([]), lambda _: True)
    assert (told.person, len(told.notices)) == (None, 1)


def test_the_day_that_has_come() -> None:
    """The smallest of the days before that is not passed; without an Expiration none."""
    policy = Policy(notify_before=(7, 3, 1))
    days = {
        left: digest.days_before(
            policy, replace(EXPIRING, expiration=NOW + timedelta(days=left)), NOW
        )
        for left in (8, 7, 6, 3, 2, 1, 0)
    }
    assert days == {8: 8, 7: 7, 6: 7, 3: 3, 2: 3, 1: 1, 0: 1}
    assert digest.days_before(policy, replace(EXPIRING, expiration=None), NOW) == 0
