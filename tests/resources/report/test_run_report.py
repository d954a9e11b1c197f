"""A run in a few sentences: what an alarm shows, whatever the size of the account."""

from __future__ import annotations

from datetime import UTC, datetime

from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.plan import Attention, Breach, Coverage, Plan, Step
from cs_aws_janitor.resources.report.run_report import summary
from cs_aws_janitor.shared.wording import SHOWN

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE, THERE = Place("123456789012", "eu-west-1"), Place("123456789012", "us-east-1")


def ended(number: int, result: Result, why: str | None = None) -> Outcome:
    """How one of many steps ended."""
    step = Step(HERE, "box", f"b-{number}", None, None, Phase.NEW, (Verb.TAG,), "", None)
    return Outcome(step, result, NOW, why)


def plan(*coverage: Coverage, breaches: tuple[Breach, ...] = ()) -> Plan:
    """A plan that has seen this."""
    return Plan(NOW, NOW, "UTC", coverage, phases={"new": 3}, breaches=breaches)


def test_all_is_well() -> None:
    """Nothing is wrong, and nothing left."""
    told = summary(plan(Coverage(HERE, "box", "ok", 3)), [ended(1, Result.DONE)])
    assert (told.wrong, told.left) == ((), None)
    assert told.facts()["results"] == {"done": 1}
    assert told.facts()["resources"] == 3


def test_each_trouble_has_a_line_that_names_it() -> None:
    """Limits, blind spots and steps, with their place and why."""
    dark = Coverage(THERE, "box", "denied", 0, "no permission")
    breach = Breach(HERE, "box", Verb.TERMINATE, "30 would be hit")
    told = summary(plan(dark, breaches=(breach,)), [ended(7, Result.BLOCKED, "stop protection")])
    assert told.sentence() == (
        "3 troubles: box in eu-west-1 of 123456789012 is left alone: 30 would be hit; "
        "box in us-east-1 of 123456789012 was not seen: no permission; "
        "b-7 in eu-west-1 of 123456789012 blocked: stop protection"
    )


def test_of_many_the_first_are_shown_and_the_rest_counted() -> None:
    """A message of an alarm has no room for thousands."""
    told = summary(plan(), [ended(n, Result.FAILED, "no") for n in range(5000)])
    assert told.sentence().startswith("5,000 troubles: b-0 in ")
    assert told.sentence().endswith(f"; and {5000 - SHOWN:,} more")
    assert len(told.facts()["wrong"]) == SHOWN


def test_what_is_left_for_lack_of_time() -> None:
    """Steps, listings and closer looks are counted apart; other troubles are none of them."""
    dark = Coverage(THERE, "box", "failed", 0, "time is up")
    unread = Attention(HERE, "box", "b-3", None, Phase.UNKNOWN, "could not be read: time is up")
    seen = Plan(NOW, NOW, "UTC", (dark,), attention=(unread,))
    outcomes = [ended(1, Result.FAILED, "not done: time is up"), ended(2, Result.FAILED, "no")]
    told = summary(seen, outcomes, "time is up")
    assert told.left == ("time is up: left to the next run are 1 step, 1 listing, 1 closer look")


def test_time_that_runs_out_at_the_very_end_leaves_nothing() -> None:
    """All was done before."""
    assert summary(plan(), [ended(1, Result.DONE)], "time is up").left is None
