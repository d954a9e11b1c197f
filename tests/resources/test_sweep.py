"""A look at everything: nothing that was listed is lost on the way to the plan."""

from __future__ import annotations

import pytest

from cs_aws_janitor.resources.sweep import Wish
from tests.resources.fakes import ACTIVE, DUE, EXPIRED, NEW, House, Shelf

pytestmark = pytest.mark.usefixtures("quiet")


def test_many_candidates_are_all_planned() -> None:
    """However many need a closer look: each is counted, and has its step."""
    shelf = Shelf()
    ids = shelf.fill(2500, EXPIRED)
    plan = House(shelf).plan()
    assert dict(plan.phases) == {"expired": 2500}
    assert [step.id for step in plan.steps] == sorted(ids)
    assert len(shelf.calls("protected")) == 2500


def test_backups_of_all_that_is_due_are_looked_up_once() -> None:
    """And not for each part of them."""
    shelf = Shelf()
    shelf.fill(2500, DUE)
    House(shelf).plan()
    assert [len(ids) for ids in shelf.calls("find")] == [2500]


def test_what_is_left_alone_is_counted_and_not_kept() -> None:
    """Steps are made of what is acted on."""
    shelf = Shelf()
    shelf.fill(50, ACTIVE)
    new = shelf.put("new", NEW)
    plan = House(shelf).plan()
    assert dict(plan.phases) == {"active": 50, "new": 1}
    assert [step.id for step in plan.steps] == [new]


def test_halted_while_it_looks_closer() -> None:
    """Of whom protection was not read yet nothing is known, and nothing is planned."""
    shelf = Shelf()
    shelf.fill(50, EXPIRED)
    halted = lambda: "the time is up" if len(shelf.calls("protected")) >= 10 else None  # noqa: E731
    plan = House(shelf).plan(Wish(halted=halted))
    assert 10 <= plan.phases["expired"] == len(plan.steps) < 20
    assert plan.phases["unknown"] == 50 - len(plan.steps)
    assert {row.reason for row in plan.attention} == {"could not be read: not done: the time is up"}
