"""The words for phases, verbs, places and times in what people read."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Power, Verb
from cs_aws_janitor.resources.plan import ONLY_MARKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.plan import Coverage, Plan, Step


MARK = "mark"  # what a shut-off is of what has no switch, or cannot be switched
BESIDES = "+"  # behind an amount: it is not all


def verbs(done: Sequence[Verb], *, only_marked: bool = False) -> str:
    """Verbs as people say them: `back up, terminate`. What is `only_marked` is not shut off."""
    said = (MARK if only_marked and v is Verb.SHUT_OFF else v.value.replace("_", " ") for v in done)
    return ", ".join(said)


def doing(step: Step) -> str:
    """The verbs of a step as people say them."""
    return verbs(step.verbs, only_marked=step.facts.get(ONLY_MARKED) is True)


def instant(at: datetime) -> str:
    """An instant with its zone."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname() or at.strftime('%z')}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 resource`, `2 resources`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def several_accounts(coverage: Iterable[Coverage]) -> bool:
    """Whether more than one account was to be looked at."""
    return len({row.place.account for row in coverage}) > 1


def summary(plan: Plan) -> str:
    """One line: how much was seen, in which phases, and what could not be seen."""
    seen = sum(row.resources for row in plan.coverage if not row.blind)
    lit = [row for row in plan.coverage if row.status == "ok"]
    where = counted(len({row.place for row in lit}), "region")
    if several_accounts(plan.coverage):
        where += f" of {counted(len({row.place.account for row in lit}), 'account')}"
    phases = ", ".join(f"{count} {phase}" for phase, count in plan.phases.items())
    line = f"{counted(seen, 'resource')} in {where}"
    line += f": {phases}." if phases else "."
    blind = len(plan.blind_spots)
    return f"{line} {counted(blind, 'blind spot')}." if blind else f"{line} No blind spots."


def costs(step: Step) -> tuple[str, str]:
    """Its estimate in two cells: what a month costs, and what it costs while shut off.

    What has no switch costs the same always: the second one stays empty.
    """
    cost = step.monthly_cost
    if cost is None:
        return "no estimate", ""
    more = BESIDES if cost.besides else " "
    off = "" if step.facts.get("power") == Power.NONE else f"{cost.while_off:,}{more}"
    return f"{cost.amount:,}{more}", off


def estimates(steps: Iterable[Step]) -> list[str]:
    """What the estimates of `steps` go by, and what is not in them; a line each."""
    known = [(step, step.monthly_cost) for step in steps if step.monthly_cost]
    lists = defaultdict(set)
    besides = defaultdict(set)
    for step, cost in known:
        lists[f"{cost.region} of {cost.as_of}"].add(step.place.region)
        if cost.besides:
            besides[cost.besides].add(step.kind)
    lines = []
    if known:
        by = "; ".join(f"{name}{_elsewhere(name, lists[name])}" for name in sorted(lists))
        lines.append(f"Costs are estimates of a month, by AWS's list prices: {by}.")
    if besides:
        left = ", ".join(f"{what} ({', '.join(sorted(besides[what]))})" for what in sorted(besides))
        lines.append(f"{BESIDES} means: and besides {left}.")
    return lines


def _elsewhere(prices: str, regions: set[str]) -> str:
    """The regions that were counted at the prices of another one."""
    others = sorted(region for region in regions if region not in prices)
    return f", also for {', '.join(others)}" if others else ""


def results(ended: Iterable[str]) -> str:
    """`3 done, 1 failed` out of single results."""
    counts: Mapping[str, int] = Counter(ended)
    return ", ".join(f"{count} {result}" for result, count in sorted(counts.items())) or "nothing"


def unshown(coverage: Sequence[Coverage]) -> list[str]:
    """A line each for the regions that a table of coverage leaves out: the empty, the disabled."""
    holding = {row.place for row in coverage if row.resources or row.blind}
    empty = [row for row in coverage if row.status == "ok" and row.place not in holding]
    off = [row for row in coverage if row.status == "disabled"]
    several = several_accounts(coverage)
    lines = []
    if empty:
        lines.append(f"Seen, and nothing there: {_regions(empty, several=several)}")
    if off:
        lines.append(f"Not enabled, so nothing to see: {_regions(off, several=several)}")
    return lines


def _regions(rows: Sequence[Coverage], *, several: bool) -> str:
    """Which, by name; of several accounts only how many, because they would fill the screen."""
    if several:
        accounts = counted(len({row.place.account for row in rows}), "account")
        return f"{counted(len({row.place for row in rows}), 'region')} of {accounts}"
    return ", ".join(sorted({row.place.region for row in rows}))
