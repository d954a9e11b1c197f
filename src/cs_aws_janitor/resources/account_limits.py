"""Limits of an account that is looked after in parts: they hold for all parts together.

Each part says before its first step how much it is about to shut off and to terminate. Whoever
would bring the account over a limit leaves that kind alone; nobody does some of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.plan import LIMITED, Breach, allowed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.resources.policy import Limits
    from cs_aws_janitor.resources.run_folder import RunFolder

    Told = dict[str, dict[str, int]]  # by "kind verb", then by region: how many


def within(plan: Plan, place: Place, limits: Limits, folder: RunFolder) -> Plan:
    """`plan` of one place, with the breaches of what its account may come to in all its places."""
    steps = allowed(plan)
    wanted = Counter((s.kind, verb) for s in steps for verb in s.verbs if verb in LIMITED)
    if not wanted:
        return plan
    passed: list[Breach] = []

    def tell(standing: Any) -> Told | None:
        told: Told = {name: dict(regions) for name, regions in (standing or {}).items()}
        passed[:] = _passed(told, wanted, place, limits)
        stopped = {breach.kind for breach in passed}
        mine = {at: count for at, count in wanted.items() if at[0] not in stopped}
        for at, count in mine.items():
            regions = told.setdefault(_name(at), {})
            # A part that is tried again is about to do what is left of the same.
            regions[place.region] = max(count, regions.get(place.region, 0))
        return told if mine else None

    folder.change(f"limits/{place.account}.json", tell)
    return replace(plan, breaches=(*plan.breaches, *passed))


def _passed(
    told: Mapping[str, Mapping[str, int]],
    wanted: Mapping[tuple[str, Verb], int],
    place: Place,
    limits: Limits,
) -> Sequence[Breach]:
    passed = []
    for (kind, verb), count in sorted(wanted.items()):
        limit = limits.shut_off if verb is Verb.SHUT_OFF else limits.terminate
        regions = told.get(_name((kind, verb)), {})
        others = sum(n for region, n in regions.items() if region != place.region)
        if others + count > limit.count:
            why = f"{others + count} would be hit in all regions of {place.account} together"
            why += f", limits.{verb}.count allows {limit.count}"
            passed.append(Breach(place, kind, verb, why))
    return passed


def _name(at: tuple[str, Verb]) -> str:
    kind, verb = at
    return f"{kind} {verb}"
