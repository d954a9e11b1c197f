"""A listing that is suddenly nearly empty is not believed (aws-lifecycle.md, Guard rails)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources import plan
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.ledger_file import File
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.plan import Coverage, Plan, Step

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
    ("last", "now", "verb", "stopped"),
    [
        (100, 19, Verb.TERMINATE, True),
        (100, 19, Verb.SHUT_OFF, True),
        (100, 19, Verb.BACK_UP, True),
        (100, 0, Verb.SHUT_OFF, True),
        (100, 20, Verb.TERMINATE, False),
        (100, 19, Verb.TAG, False),
        (0, 5, Verb.TERMINATE, False),
    ],
)
def test_too_little_stops_what_is_grave(last: int, now: int, verb: Verb, *, stopped: bool) -> None:
    """Less than a fifth of the last complete listing stops destruction; tagging alone goes on."""
    found = plan.shrunken([doing(verb)], [seen(now)], {(PLACE, KIND): last})
    assert bool(found) is stopped
    assert not stopped or f"only {now} seen, the last complete listing had {last}" in found[0].why


def test_the_steps_of_that_place_are_left_out() -> None:
    """What is not believed is left alone altogether, and is no measure for the next listing."""
    steps = (doing(Verb.TERMINATE),)
    stopped = plan.shrunken(steps, [seen(3)], {(PLACE, KIND): 100})
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
