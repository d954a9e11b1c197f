"""When a touchpoint applies: facts of a customer beside what a playbook asks for.

A condition is `fact = value`, or a list of values of which one fits. Numbers are bounds:
`conversations = 2` holds from the second call or meeting of the onboarding on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.model import CAUSES, DEPLOYMENTS, REGIONS, ROLES, SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cs_aws_janitor.customers.model import Customer

    Fact = str | bool | None
    ReadFact = Callable[[Customer, date], Fact]

YES_OR_NO: tuple[bool, ...] = (False, True)


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact with certain values; no `values` mean any text."""

    read: ReadFact
    values: tuple[str | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A fact that a number bounds."""

    holds: Callable[[Customer, int, date], bool]


def _onboarding(customer: Customer, today: date) -> str:
    opened, closed = customer.onboarding.opened, customer.onboarding.closed
    if closed and closed <= today:
        return "closed"
    return "open" if opened and opened <= today else "none"


def _has(role: str) -> ReadFact:
    return lambda customer, _: bool(customer.person(role))


def _started_within(customer: Customer, days: int, today: date) -> bool:
    """Whether it began no longer ago than `days`, or has not begun yet."""
    return customer.started is None or customer.started >= today - timedelta(days=days)


CHOICES: Mapping[str, Choice] = {
    "segment": Choice(lambda customer, _: customer.segment, SEGMENTS),
    "region": Choice(lambda customer, _: customer.region, REGIONS),
    "deployment": Choice(lambda customer, _: customer.deployment, DEPLOYMENTS),
    "public_sector": Choice(lambda customer, _: customer.public_sector, YES_OR_NO),
    "stage": Choice(lambda customer, _: customer.stage),
    "renewed": Choice(lambda customer, _: customer.renewed, YES_OR_NO),
    "lost": Choice(lambda customer, _: bool(customer.lost_reason), YES_OR_NO),
    "onboarding": Choice(_onboarding, ("none", "open", "closed")),
    "delay": Choice(lambda customer, _: bool(customer.onboarding.delay), YES_OR_NO),
    "delay_cause": Choice(lambda customer, _: customer.onboarding.delay_cause, CAUSES),
    **{role: Choice(_has(role), YES_OR_NO) for role in ROLES},
}
BOUNDS: Mapping[str, Bound] = {
    "conversations": Bound(
        lambda customer, n, today: len(customer.onboarding_conversations(today)) >= n
    ),
    "started_within": Bound(_started_within),
    "value_from": Bound(lambda customer, n, _: (customer.annual_value or 0) >= n),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One fact, and the values of which it must have one; or its bound."""

    fact: str
    values: frozenset[str | bool] = frozenset()
    bound: int = 0

    def holds(self, customer: Customer, today: date) -> bool:
        """Whether it is so for `customer`."""
        if choice := CHOICES.get(self.fact):
            return choice.read(customer, today) in self.values
        return BOUNDS[self.fact].holds(customer, self.bound, today)
