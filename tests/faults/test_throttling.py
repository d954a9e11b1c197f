"""AWS answers that there are too many requests: the run goes on, slower, and says how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.crowds import Crowd, raining
from tests.faults.janitor import called

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account


def test_a_run_completes_with_every_third_call_refused(account: Account, tmp_path: Path) -> None:
    """Every step is done, no law is broken, the count is right; `make faults` takes 2,000."""
    assert Crowd(80).run_through_rain(account, tmp_path) == []


def test_a_person_is_told_how_often_it_was_throttled(account: Account, tmp_path: Path) -> None:
    """One line under the table, and only where there is something to tell."""
    Crowd(20).gather(account, tmp_path)
    with raining() as shower:
        told = called("run", "--yes").out
    times = f"{shower.hits} times" if shower.hits > 1 else "1 time"
    last = f"Throttled: {times} AWS answered that there were too many requests."
    assert told.splitlines()[-1] == last
    assert "Throttled" not in called("run", "--yes").out
