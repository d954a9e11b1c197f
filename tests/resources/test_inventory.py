"""A listing that is suddenly nearly empty is not believed (aws-lifecycle.md, Guard rails)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources import plan
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.plan import Coverage, Plan, Step
from cs_aws_janitor.resources.policy import Limits
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
PLACE = Place("123456789012", "eu-west-1")
KIND = "ec2_instance"


def seen(resources: int, status: str = "ok") -> Coverage:
    """A listing that has shown so many resources."""
    return Coverage(PLACE, KIND, status, resources)


def doing(*verbs: Verb) -> Step:
    """A step with these verbs."""
    return Step(PLACE, KIND, "i-1", None, None, Phase.DUE, verbs, "", None)


def ledger(path: Path, now: datetime = NOW) -> Ledger:
    """A ledger in a file, whose clock stands at `now`."""
    return Ledger(File(path / "ledger.jsonl"), now=lambda: now)


@pytest.mark.parametrize(
    ("last", "now", "stopped"),
    [(100, 19, True), (100, 0, True), (100, 20, False), (100, 100, False), (0, 5, False)],
)
def test_too_little_stops_that_kind_there(last: int, now: int, *, stopped: bool) -> None:
    """Less than a fifth of the last complete listing is not believed."""
    found = plan.shrunken([seen(now)], {(PLACE, KIND): last})
    assert bool(found) is stopped
    assert not stopped or f"only {now} seen, the last complete listing had {last}" in found[0].why


def test_what_could_not_be_seen_is_told_as_that() -> None:
    """A blind spot is no gap: it is in the table of what was seen."""
    assert plan.shrunken([seen(0, "denied")], {(PLACE, KIND): 100}) == ()


def test_a_gap_on_a_quiet_day_is_told_and_is_no_measure(tmp_path: Path) -> None:
    """Nothing is to be destroyed that hour; what comes due the next day is held all the same."""
    hour, day = NOW + timedelta(hours=1), NOW + timedelta(days=1)
    ledger(tmp_path).count([seen(60)])
    quiet = plan.guarded(
        Plan(hour, hour, "UTC", (seen(11),)), Limits(), ledger(tmp_path).counts(hour)
    )
    assert [breach.why for breach in quiet.breaches] == [
        "only 11 seen, the last complete listing had 60"
    ]
    ledger(tmp_path, hour).count(quiet.believed)
    due = Plan(day, day, "UTC", (seen(11),), (doing(Verb.TERMINATE),))
    held = plan.guarded(due, Limits(), ledger(tmp_path).counts(day))
    assert plan.allowed(held) == ()


def test_the_steps_of_that_place_are_left_out() -> None:
    """What is not believed is left alone altogether, and is no measure for the next listing."""
    steps = (doing(Verb.TERMINATE),)
    stopped = plan.shrunken([seen(3)], {(PLACE, KIND): 100})
    made = Plan(NOW, NOW, "UTC", (seen(3),), steps, breaches=stopped)
    assert plan.allowed(made) == ()
    assert made.believed == ()


def test_a_complete_listing_is_remembered(tmp_path: Path) -> None:
    """The next run, in another process, measures by it."""
    ledger(tmp_path).count([seen(100)])
    assert ledger(tmp_path).counts(NOW) == {(PLACE, KIND): 100}


@pytest.mark.parametrize("row", [seen(100, "failed"), seen(100, "denied"), seen(9)])
def test_a_partial_or_small_listing_is_no_measure(tmp_path: Path, row: Coverage) -> None:
    """What broke off, and what is so small that it may well go in a day, is not remembered."""
    ledger(tmp_path).count([row])
    assert ledger(tmp_path).counts(NOW) == {}


def test_a_gap_that_lasts_is_the_truth(tmp_path: Path) -> None:
    """After two days without a listing like the last one, what is seen is believed."""
    ledger(tmp_path).count([seen(100)])
    assert ledger(tmp_path).counts(NOW + timedelta(days=2))
    assert not ledger(tmp_path).counts(NOW + timedelta(days=2, seconds=1))


def test_the_same_count_is_written_once_a_day(tmp_path: Path) -> None:
    """An hourly run does not fill the ledger with what it holds already."""
    for hour in range(30):
        ledger(tmp_path, NOW + timedelta(hours=hour)).count([seen(100)])
    assert len(list(ledger(tmp_path).entries())) == 1 + 1
