"""A whole run of customers in a few facts and a sentence: for logs, alarms, and who started it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.rounds import DONE, SKIPPED
from cs_aws_janitor.shared.wording import SHOWN, troubles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.customers.rounds import Outcome, Round


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a run. `left` says why it was halted; `wrong` has a line for each trouble.

    `tasks` are counted by their status before the run, `results` of its steps.
    """

    customers: int
    tasks: Mapping[str, int]
    results: Mapping[str, int]
    flags: int = 0
    problems: int = 0
    left: str | None = None
    wrong: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """As JSON values, of a size that does not grow with the customers."""
        return {
            "version": 1,
            "customers": self.customers,
            "tasks": dict(self.tasks),
            "results": dict(self.results),
            "flags": self.flags,
            "problems": self.problems,
            "left": self.left,
            "wrong": list(self.wrong[:SHOWN]),
        }

    def sentence(self) -> str:
        """Why somebody should look at it: how much went wrong, and the first of it."""
        return troubles(self.wrong, self.left)


def summary(found: Round, ended: Sequence[Outcome], problems: Iterable[object]) -> Summary:
    """The summary of what the day asked for and how it ended; `problems` is what was not read."""
    unread = [str(each) for each in problems]
    left = next((each.why for each in ended if each.result == SKIPPED), None)
    results = Counter(each.result for each in ended)
    if left:
        left = f"{left}: left to the next run are {results[SKIPPED]:,} tasks"
    return Summary(
        len(found.book.ids),
        dict(found.counts),
        dict(sorted(results.items())),
        len(found.flags),
        len(unread),
        left,
        (*unread, *_refused(ended)),
    )


def _refused(ended: Iterable[Outcome]) -> Iterator[str]:
    """A line for each reason, with the first task that was refused for it, and how many were."""
    keys: dict[str, list[str]] = {}
    for each in ended:
        if each.result not in {DONE, SKIPPED}:
            keys.setdefault(str(each.why), []).append(each.step.delivery.key)
    for why, (first, *others) in keys.items():
        more = f" and {len(others):,} more" if others else ""
        yield f"{first}{more} failed: {why}"
