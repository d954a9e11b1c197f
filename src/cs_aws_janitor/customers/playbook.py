"""A playbook: which touchpoints a customer has, as data.

Source: customer-lifecycle.md; the shipped ones stand in `config/playbooks/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.shared.months import months_later

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cs_aws_janitor.customers.conditions import Condition
    from cs_aws_janitor.customers.model import Customer

NOW = "now"
CUSTOMER, ASSIGNEE = "customer", "assignee"
PER = (CUSTOMER, ASSIGNEE)
QUARTER = "quarter"
PERIODS: Mapping[str, int] = {QUARTER: 3, "year": 12}  # months, from the anchor on
CALENDAR = ("week", "month")  # from Monday, from the first of the month
EVERY = (*CALENDAR, *PERIODS)


def _conversation(number: int) -> Callable[[Customer, date], date | None]:
    def find(customer: Customer, today: date) -> date | None:
        held = customer.onboarding_conversations(today)
        return held[number - 1] if len(held) >= number else None

    return find


ANCHORS: Mapping[str, Callable[[Customer, date], date | None]] = {
    "started": lambda customer, _: customer.started,
    "contracted": lambda customer, _: customer.contracted,
    "subscribed": lambda customer, _: customer.subscribed,
    "renews": lambda customer, _: customer.renews,
    "renewal-opportunity": lambda customer, _: customer.renewal_opportunity,
    "opened": lambda customer, _: customer.onboarding.opened,
    "closed": lambda customer, _: customer.onboarding.closed,
    "first-conversation": _conversation(1),
    "second-conversation": _conversation(2),
    "last-contact": lambda customer, today: customer.last_contact(today),
    NOW: lambda _, today: today,
}
# They move while their touchpoint stays the same one, so its key is dated by something else.
MOVING = frozenset({"last-contact", NOW})


_days = cache(timedelta)


class Window(NamedTuple):
    """From the `first` to the `last` day, or calendar month, after an anchor; due on `due`."""

    first: int
    last: int
    due: int
    months: bool = False

    def at(self, anchor: date, number: int) -> date:
        """The day so far after `anchor`; months are clamped at their end."""
        if self.months:
            return months_later(anchor, number)
        return anchor + _days(number)


@dataclass(frozen=True, slots=True)
class Mail:
    """A touchpoint that is a mail to every contact with the label `to`, and to the roles in cc."""

    to: str
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One touchpoint of a playbook.

    `after` is one of ANCHORS. It applies where all of `when` holds, and is to be done until one
    of `until` does.
    `assignee` are roles, of which the first that somebody has counts. `before` names a touchpoint
    ahead of which it is due. `per` assignee: one task for all customers of a person. `flag` is
    said of the customer as long as the touchpoint is open. `fills`: there is something to be
    filled in in its words.
    """

    name: str
    title: str
    after: str
    window: Window
    assignee: tuple[str, ...]
    every: str | None = None
    quarterly_from: int | None = None
    when: tuple[Condition, ...] = ()
    until: tuple[Condition, ...] = ()
    before: str | None = None
    per: str = CUSTOMER
    mail: Mail | None = None
    flag: str | None = None
    sink: str | None = None
    notes: tuple[str, ...] = ()
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Playbook:
    """A named list of touchpoints; `release_day` is the day of the month of product releases."""

    name: str
    title: str
    release_day: int
    touchpoints: tuple[Touchpoint, ...]

    def touchpoint(self, name: str) -> Touchpoint:
        """The one of that name."""
        return next(each for each in self.touchpoints if each.name == name)
