"""Every kind survives a fault at any call of its life; `make faults` tries them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources.kinds import KINDS
from tests.faults.kind_lives import LIVES_OF_KINDS, beside
from tests.faults.lives import LIVES
from tests.faults.trials import sampled
from tests.faults.worlds import warm_up

if TYPE_CHECKING:
    from tests.faults.lives import Life

A_FEW = 1  # of each sort in each run
WHOLE = [life for life in LIVES_OF_KINDS if life.ends]


def test_every_kind_has_lives() -> None:
    """One that is written has them by its test, and lives to its end."""
    assert {life.kind for life in (*LIVES, *WHOLE)} == set(KINDS)


def test_what_is_backed_up_shows_its_backups() -> None:
    """Its test says how a person sees them: otherwise nobody could judge what it leaves."""
    assert all(hasattr(beside(life.kind), "kept") for life in WHOLE if KINDS[life.kind].backups)


@pytest.mark.parametrize("life", WHOLE, ids=lambda life: life.name)
def test_a_few_faults_in_each_run_of_a_life(life: Life) -> None:
    """Denied, throttled, cut off, or its process dead: it comes to the same end, by all laws."""
    warm_up(life)
    tried = sampled(life, A_FEW)
    assert {each.name: each.wrong for each in tried if each.wrong} == {}
    disturbed = [each for each in tried if not each.name.endswith(":undisturbed")]
    assert len(disturbed) > len(life.runs)
