"""The words of the demo: only what is news, and nothing that a plan or an outcome did not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cs_aws_janitor.demo.people import Said
from cs_aws_janitor.demo.story import Day
from cs_aws_janitor.demo.telling import Line, Teller
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.plan import Attention, Plan, Step

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
PLACE = Place("123456789012", "eu-west-1")
EMPTY = Plan(NOW, NOW, "UTC")


def step(name: str | None, phase: Phase, *verbs: Verb, reason: str = "because") -> Step:
    """A step on a resource of this name, whose id is `i-NAME`."""
    expires = NOW + timedelta(days=7)
    return Step(PLACE, "ec2_instance", f"i-{name}", name, None, phase, verbs, reason, None, expires)


def done(made: Step) -> Outcome:
    """`made`, carried out."""
    return Outcome(made, Result.DONE, NOW, None, made.verbs)


def test_a_day_on_which_nothing_happens_is_not_told() -> None:
    """An empty run is no news."""
    assert Teller().told(Day(NOW.date(), [], EMPTY, [])) == []


def test_people_come_first() -> None:
    """Whatever the janitor does on a day, it does after they have acted."""
    made = done(step("jd-a", Phase.EXPIRED, Verb.SHUT_OFF))
    assert Teller().told(Day(NOW.date(), [Said("jd", "writes a date")], EMPTY, [made])) == [
        Line("jd", "writes a date", "person"),
        Line("janitor", "shuts off jd-a: because", "shut_off"),
    ]


def test_what_is_alike_is_told_together() -> None:
    """One line for one deed with one reason, in the order in which a run does them."""
    ended = [
        done(step("jd-a", Phase.DUE, Verb.BACK_UP, Verb.TERMINATE)),
        done(step("jd-b", Phase.EXPIRED, Verb.SHUT_OFF)),
        done(step("jd-c", Phase.EXPIRED, Verb.SHUT_OFF)),
    ]
    backups = {"i-jd-a": ["snap-1", "snap-2"]}
    lines = Teller().told(Day(NOW.date(), [], EMPTY, ended, backups=backups))
    assert [line.what for line in lines] == [
        "shuts off jd-b, jd-c: because",
        "backs up and terminates jd-a: because; 2 snapshots",
    ]


def test_what_cannot_stop_is_not_said_to_be_shut_off() -> None:
    """It runs on in AWS, whatever the mark on it says."""
    ended = [done(step("jd-a", Phase.EXPIRED, Verb.SHUT_OFF))]
    day = Day(NOW.date(), [], EMPTY, ended, marked=frozenset({"i-jd-a"}))
    assert [line.what for line in Teller().told(day)] == ["marks jd-a: because"]


def test_what_is_new_is_told_with_its_date() -> None:
    """The date is what its owner wants to know."""
    day = Day(NOW.date(), [], EMPTY, [done(step("jd-a", Phase.NEW, Verb.TAG))])
    assert [line.what for line in Teller().told(day)] == ["tags jd-a: new, Expiration 2026-11-29"]


def test_a_second_notice_is_no_news() -> None:
    """Owners are told several times before one Expiration; of another one it is news again."""
    teller = Teller()
    made = step("jd-a", Phase.EXPIRING, Verb.NOTIFY)
    day = Day(NOW.date(), [], EMPTY, [done(made)])
    assert [line.tone for line in teller.told(day)] == ["notify"]
    assert teller.told(day) == []
    planned = Plan(NOW, NOW, "UTC", steps=(made,))
    assert teller.told(Day(NOW.date(), [], planned)) == []


def test_what_is_flagged_on_every_run_is_told_once() -> None:
    """Until there is something else to say of it."""
    teller, told = Teller(), []
    for reason in ("no date", "no date", "no name"):
        row = Attention(PLACE, "ec2_instance", "i-1", None, Phase.UNREADABLE, reason)
        plan = Plan(NOW, NOW, "UTC", attention=(row,))
        told += [line.what for line in teller.told(Day(NOW.date(), [], plan, []))]
    assert told == ["flags i-1: no date", "flags i-1: no name"]


def test_a_failure_would_be_told() -> None:
    """The demo hides nothing."""
    failed = Outcome(step("jd-a", Phase.EXPIRED, Verb.SHUT_OFF), Result.FAILED, NOW, "denied")
    assert Teller().told(Day(NOW.date(), [], EMPTY, [failed])) == [
        Line("janitor", "fails at jd-a: denied", "failed")
    ]


def test_a_plan_is_told_as_what_would_be_done() -> None:
    """Of what is only planned nothing is said to be done; what has no name is called by its id."""
    steps = (
        step(None, Phase.UNNAMED, Verb.TAG, Verb.SHUT_OFF),
        step("jd-a", Phase.ACTIVE),
    )
    assert Teller().told(Day(NOW.date(), [], Plan(NOW, NOW, "UTC", steps=steps))) == [
        Line("plan", "would tag and shut off i-None: because", "shut_off")
    ]
