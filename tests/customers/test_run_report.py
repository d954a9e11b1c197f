"""A run of customers in figures and in a sentence, whatever the size of the book."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.figures import Run, figures
from cs_aws_janitor.customers.model import Problem
from cs_aws_janitor.customers.report.run_report import summary
from cs_aws_janitor.customers.rounds import Book, Outcome, Round
from cs_aws_janitor.customers.schedule import Today
from cs_aws_janitor.shared.wording import SHOWN
from tests.customers.making import all_days, customer, day, every_playbook
from tests.customers.world import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 1, 20, 6, tzinfo=UTC)


def ended(*results: tuple[str, str | None]) -> tuple[Round, list[Outcome]]:
    """A day on which the steps of one customer ended so, and the rest well."""
    today = Today(day("2026-01-20"), all_days, {}, "file", "file")
    found = Round(Book(Listed([customer()])), every_playbook(), today, whole=True)
    done = [Outcome(step, "done") for step in found.steps()]
    pairs = zip(done, results, strict=False)
    wrong = [replace(one, result=result, why=why) for one, (result, why) in pairs]
    return found, [*wrong, *done[len(wrong) :]]


def by_key(
    found: Round | None, outcomes: Sequence[Outcome] = (), code: int = 0
) -> dict[str, float]:
    """The figures of a run, by their names."""
    return {each.key: each.value for each in figures(Run(code, NOW, 1.5, found, outcomes, 3))}


def test_figures_add_up() -> None:
    """Every task has one status, every step one verb or one trouble."""
    found, outcomes = ended(("failed", "no"), ("skipped", "time is up"))
    told = by_key(found, outcomes, 1)
    statuses = [value for key, value in told.items() if key.startswith("tasks_")]
    assert sum(statuses) == sum(found.counts.values()) > len(outcomes)
    assert told["deliveries_create"] == len(outcomes) - 2
    assert (told["failures"], told["skipped"], told["problems"]) == (1, 1, 3)
    assert (told["run_exit_code"], told["refused"], told["run_seconds"]) == (1, 0, 1.5)


def test_a_refused_run_claims_nothing() -> None:
    """It has seen nothing, so it does not say that there was nothing."""
    assert by_key(None, code=2) == {"run_exit_code": 2, "run_seconds": 1.5, "refused": 1}


def test_all_is_well() -> None:
    """Nothing is wrong, and nothing left."""
    told = summary(*ended(), ())
    assert (told.wrong, told.left, told.customers) == ((), None, 1)
    assert told.facts()["results"].keys() == {"done"}


def test_one_reason_is_told_once() -> None:
    """With the first task and how many more there are; rows that could not be read come first."""
    found, outcomes = ended(("failed", "no token"), ("failed", "no token"), ("failed", "busy"))
    first, _, third = (each.step.delivery.key for each in outcomes[:3])
    told = summary(found, outcomes, [Problem("it is missing", "b", "book.csv", 3, "name")])
    assert told.sentence() == (
        "3 troubles: book.csv, row 3, b, name: it is missing; "
        f"{first} and 1 more failed: no token; {third} failed: busy"
    )


def test_what_is_left_for_lack_of_time() -> None:
    """It is counted, and is no other trouble."""
    told = summary(*ended(("skipped", "time is up"), ("skipped", "time is up")), ())
    assert told.left == "time is up: left to the next run are 2 tasks"
    assert (told.wrong, told.sentence()) == ((), told.left)


def test_of_many_the_first_are_shown_and_the_rest_counted() -> None:
    """A message of an alarm has no room for thousands."""
    problems = [Problem("it is missing", row=row) for row in range(5000)]
    told = summary(*ended(), problems)
    assert told.sentence().endswith(f"; and {5000 - SHOWN:,} more")
    assert len(told.facts()["wrong"]) == SHOWN
