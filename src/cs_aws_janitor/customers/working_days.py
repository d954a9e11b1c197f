"""Weekends and public holidays of countries and their subdivisions, by the package `holidays`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import holidays
from holidays.registry import EntityLoader

if TYPE_CHECKING:
    from datetime import date

WEEKEND = frozenset({5, 6})


class WorkingDays:
    """Who works on which days where. Calendars are made when they are first needed."""

    def __init__(self) -> None:
        self._free: dict[tuple[str, int], frozenset[date]] = {}
        self._weekends: dict[str, frozenset[int]] = {"": WEEKEND}

    def __call__(self, country: str, day: date) -> bool:
        """Whether `day` is a working day in `country`; '' has weekends only."""
        weekend = self._weekends.get(country)
        if weekend is None:
            weekend = self._weekends[country] = _weekend(country)
        if day.weekday() in weekend:
            return False
        if not country:
            return True
        free = self._free.get((country, day.year))
        if free is None:
            free = self._free[country, day.year] = _holidays(country, day.year)
        return day not in free


@cache
def known(country: str) -> bool:
    """Whether the holidays of a code such as `DE` or `DE-BY` are known."""
    code, _, part = country.partition("-")
    # No list of countries with their parts is asked for: it loads the calendars of all of them.
    supported = code in EntityLoader.get_country_codes()
    return supported and (not part or part in getattr(holidays, code).subdivisions)


def _holidays(country: str, year: int) -> frozenset[date]:
    code, _, part = country.partition("-")
    return frozenset(holidays.country_holidays(code, subdiv=part or None, years=year))


def _weekend(country: str) -> frozenset[int]:
    code, _, part = country.partition("-")
    return frozenset(holidays.country_holidays(code, subdiv=part or None).weekend)
