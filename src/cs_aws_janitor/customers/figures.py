"""What a run of customers comes to, in figures. Pure.

A figure more is one more row here, and stands in the log line by that alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.rounds import DONE, FAILED, SKIPPED
from cs_aws_janitor.customers.steps import VERBS
from cs_aws_janitor.customers.task import STATUSES
from cs_aws_janitor.shared.errors import REFUSED
from cs_aws_janitor.shared.metrics import Figure, always

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cs_aws_janitor.customers.rounds import Outcome, Round


@dataclass(frozen=True, slots=True)
class Run:
    """One run that has ended: at which instant (aware), after how many seconds, with which code.

    `found` is what the day asked for, None where it was refused before that; `why` says why.
    `problems` counts the rows and playbooks that could not be read.
    """

    code: int
    at: datetime
    seconds: float
    found: Round | None = None
    ended: Sequence[Outcome] = ()
    problems: int = 0
    why: str | None = None


def figures(run: Run) -> list[Figure]:
    """Every figure of `run`; those of what was seen and done are missing where it was refused."""
    found = always(run.code, run.seconds, refused=run.code == REFUSED)
    return [*found, *_seen(run.found, run.problems), *_done(run)] if run.found else found


def _seen(found: Round, problems: int) -> Iterator[Figure]:
    yield Figure("customers", "Customers that could be read.", len(found.book.ids))
    for status in STATUSES:
        count = found.counts[status]
        yield Figure("tasks", "Tasks before the run, by status.", count, by="status", of=status)
    yield Figure("flags", "Things that a person should mind.", len(found.flags))
    yield Figure("problems", "Rows and playbooks that could not be read.", problems)


def _done(run: Run) -> Iterator[Figure]:
    done = Counter(outcome.step.verb for outcome in run.ended if outcome.result == DONE)
    for verb in VERBS:
        yield Figure("deliveries", "Tasks delivered, by verb.", done[verb], by="verb", of=verb)
    results = Counter(outcome.result for outcome in run.ended)
    yield Figure("failures", "Tasks that were refused and stay due.", results[FAILED])
    yield Figure("skipped", "Tasks that were left to the next run.", results[SKIPPED])
