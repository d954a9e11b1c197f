"""One simulation from its seed to its figures, in a process of its own."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.simulation.people import crowd
from tests.simulation.rendering import remembered
from tests.simulation.town import Town, settings_of
from tests.simulation.turns import one_after_the_other
from tests.strict.aws import open_account
from tests.strict.disk import in_memory

if TYPE_CHECKING:
    from tests.simulation.figures import Figures

really = time.perf_counter  # the clock on the wall; that of the account travels


def simulate(seed: int, days: int, people: int) -> Figures:
    """One year, or as many days as are asked for; nothing of the machine is within reach.

    It says after each month how far it has come.
    """
    started = really()

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with (
        tempfile.TemporaryDirectory(dir=in_memory()) as folder,
        pytest.MonkeyPatch.context() as patch,
        open_account(Path(folder), patch) as account,
        remembered(),
        one_after_the_other(),
    ):
        town = Town(account, Path(folder), crowd(people), seed, terms=settings_of(seed))
        figures = town.live(days, say)
    figures.took = really() - started
    return figures
