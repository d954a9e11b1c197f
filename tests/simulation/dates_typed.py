"""Dates as people type them into a tag."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%b %d %Y", "%d-%b-%Y", "%B %d %Y", "%Y-%m-%dT18:00")
MORE = ("%Y-%m-%dT06:00:00Z", "%Y-%m-%dT23:30+02:00", "%m/%d/%Y")
UNREADABLE = (
    "never",
    "next friday",
    "14",
    "Dec 2026",
    "",
    "2026-13-45",
    "soon™",
    "ask jd",
    "２０２６-12-06",  # noqa: RUF001  digits that are none
    "2026-12-06 or later",
    "+30",
)


def typed(dice: Random, day: date) -> str:
    """`day` in one of the forms that can be read."""
    return day.strftime(dice.choice(FORMS + MORE))


def later(dice: Random, today: date) -> date:
    """A reasonable later day."""
    return today + timedelta(days=dice.choice((3, 7, 14, 14, 30, 30, 60)))


def odd(dice: Random, today: date) -> str:
    """A date that a careless or hostile person writes: past, far away, or none at all."""
    days = dice.choice((-400, -30, -7, -1, 0, 1, 90, 400))
    return dice.choice((typed(dice, today + timedelta(days=days)), dice.choice(UNREADABLE)))
