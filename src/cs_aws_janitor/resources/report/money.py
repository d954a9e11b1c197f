"""What a month costs as things stand, and what of that would be charged no more. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Power, Verb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from cs_aws_janitor.resources.plan import Step

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Sum:
    """What some steps' resources cost a month in USD, as an estimate.

    `partly` of them cost more than the estimate holds; `unknown` have none and count for nothing.
    """

    amount: Decimal
    resources: int
    partly: int
    unknown: int


def costs_now(step: Step) -> Decimal | None:
    """What its resource costs a month as it stands: running or off; None without an estimate."""
    cost = step.monthly_cost
    if cost is None:
        return None
    return cost.while_off if step.facts.get("power") == Power.OFF else cost.amount


def saved_by(step: Step, verbs: Collection[Verb]) -> Decimal:
    """What a month costs less once `verbs` are done; nothing where there is no estimate."""
    now = costs_now(step)
    if now is None or step.monthly_cost is None:
        return NOTHING
    if Verb.TERMINATE in verbs:
        return now
    return now - step.monthly_cost.while_off if Verb.SHUT_OFF in verbs else NOTHING


def total(steps: Iterable[Step]) -> Sum:
    """What the resources of `steps` cost a month as they stand."""
    those = list(steps)
    known = [cost for step in those if (cost := costs_now(step)) is not None]
    partly = sum(1 for step in those if step.monthly_cost and step.monthly_cost.besides)
    return Sum(sum(known, NOTHING), len(those), partly, len(those) - len(known))
