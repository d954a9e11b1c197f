"""The rhythm of the daemon: on a grid that nothing moves."""

from __future__ import annotations

import pytest

from cs_aws_janitor.cli.daemon import Rhythm


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (1000.0, 1060.0),  # a run that took no time
        (1059.9, 1060.0),  # one that took nearly as long as the rhythm
        (1060.0, 1120.0),  # one that has just missed the next start
        (1185.0, 1240.0),  # one that has missed three
        (999.0, 1060.0),  # a clock that went back
    ],
)
def test_the_next_run_begins_on_the_grid_of_the_first(now: float, then: float) -> None:
    """A long run leaves out the starts that it has missed, and moves none of those to come."""
    assert Rhythm(60.0).next(1000.0, now) == then


def test_jitter_does_not_move_the_grid() -> None:
    """However late single runs begin, the hundredth is due when it was due from the beginning."""
    rhythm = Rhythm(60.0, jitter=30.0, chance=lambda: 0.5)
    due = 0.0
    for _ in range(100):
        assert rhythm.late() == 15.0
        due = rhythm.next(due, due + rhythm.late() + 20.0)
    assert due == 6000.0


def test_jitter_is_by_chance_and_within_its_bound() -> None:
    """Two daemons that are started together drift apart; without jitter nobody is late."""
    late = {Rhythm(3600.0, jitter=300.0).late() for _ in range(100)}
    assert len(late) > 1
    assert all(0.0 <= each < 300.0 for each in late)
    assert Rhythm(60.0).late() == 0.0
