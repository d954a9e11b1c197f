"""Who made what, as the ledger remembers it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Creator, Resource
from tests.resources.fakes import HERE, NOW, Kept

BORN = NOW - timedelta(days=1)
DATABASE = Resource(HERE, "rds_instance", "shop", born=BORN)
JD = Creator(NOW, "jd@example.com", "a session of the role Admin", "CreateDBInstance")


@pytest.mark.parametrize("told", [JD, Creator(NOW)])
def test_an_answer_is_remembered(told: Creator) -> None:
    """By the next ledger as well; also that there was nobody."""
    kept = Kept()
    first = Ledger(kept)
    assert first.creator(DATABASE) is None
    first.learn([(DATABASE, told)])
    assert first.creator(DATABASE) == Ledger(kept).creator(DATABASE) == told


def test_an_answer_is_of_that_one_alone() -> None:
    """Not of one that has taken its name since, nor of another kind or place."""
    ledger = Ledger(Kept())
    ledger.learn([(DATABASE, JD)])
    later = Resource(HERE, "rds_instance", "shop", born=NOW + timedelta(hours=1))
    assert ledger.creator(later) is None
    ledger.learn([(later, Creator(NOW + timedelta(hours=2), "mk"))])
    found = ledger.creator(later)
    assert found is not None
    assert found.login == "mk"
    assert ledger.creator(Resource(HERE, "rds_cluster", "shop", born=BORN)) is None


@pytest.mark.parametrize("entry", ['{"entry": "creator"}', '{"entry": "creator", "at": 1}'])
def test_what_cannot_be_read_is_no_answer(entry: str) -> None:
    """A damaged line is passed over."""
    where = '"account": "123456789012", "region": "eu-west-1", "kind": "rds_instance", "id": "shop"'
    ledger = Ledger(Kept([entry[:-1] + f", {where}}}\n"]))
    assert ledger.creator(DATABASE) is None
