"""A whole run in a few facts and sentences: for logs, alarms, and whoever started a function."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.outcome import CLEAN
from cs_aws_janitor.resources.report.words import counted
from cs_aws_janitor.shared.wording import SHOWN, troubles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a run. `left` says why it was halted; `wrong` has a line for each trouble.

    `resources` and `phases` are of what was seen, `results` of the steps.
    """

    resources: int = 0
    phases: Mapping[str, int] = field(default_factory=dict)
    results: Mapping[str, int] = field(default_factory=dict)
    blind_spots: int = 0
    breaches: int = 0
    left: str | None = None
    wrong: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """As JSON values, of a size that does not grow with the account."""
        return {
            "version": 1,
            "resources": self.resources,
            "phases": dict(self.phases),
            "results": dict(self.results),
            "blind_spots": self.blind_spots,
            "breaches": self.breaches,
            "left": self.left,
            "wrong": list(self.wrong[:SHOWN]),
        }

    def sentence(self) -> str:
        """Why somebody should look at it: how much went wrong, and the first of it."""
        return troubles(self.wrong, self.left)


def summary(plan: Plan, ended: Sequence[Outcome], halted: str | None = None) -> Summary:
    """The summary of what was seen, planned and `ended`; `halted` says why it was cut short."""
    return Summary(
        resources=sum(row.resources for row in plan.coverage if not row.blind),
        phases=dict(plan.phases),
        results=dict(sorted(Counter(each.result.value for each in ended).items())),
        blind_spots=len(plan.blind_spots),
        breaches=len(plan.breaches),
        left=_left(plan, ended, halted),
        wrong=tuple(_wrong(plan, ended)),
    )


def _wrong(plan: Plan, ended: Sequence[Outcome]) -> Iterator[str]:
    for breach in plan.breaches:
        yield f"{breach.kind} in {_at(breach.place)} is left alone: {breach.why}"
    for row in plan.blind_spots:
        yield f"{row.kind} in {_at(row.place)} was not seen: {row.why}"
    for each in ended:
        if each.result not in CLEAN:
            step = each.step
            yield f"{step.id} in {_at(step.place)} {each.result}: {each.why}"
    if unknown := plan.phases.get("unknown", 0):
        yield f"of {counted(unknown, 'resource')} not all could be read"


def _left(plan: Plan, ended: Sequence[Outcome], halted: str | None) -> str | None:
    """What a run that was halted has left to the next one."""
    if halted is None:
        return None
    steps = sum(halted in (each.why or "") for each in ended)
    listings = sum(halted in (row.why or "") for row in plan.blind_spots)
    unread = sum(halted in row.reason for row in plan.attention)
    if not steps + listings + unread:
        return None
    what = f"{counted(steps, 'step')}, {counted(listings, 'listing')}"
    return f"{halted}: left to the next run are {what}, {counted(unread, 'closer look')}"


def _at(place: Place) -> str:
    return f"{place.region} of {place.account}"
