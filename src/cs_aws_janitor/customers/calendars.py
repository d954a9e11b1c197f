"""Working days as due dates ask for them: the next one, or the last one before. Pure.

Thousands of windows end on the same few days, so each day of a country is looked at once.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    IsWorkday = Callable[[str, date], bool]

DAY = timedelta(days=1)
written = cache(date.isoformat)  # days are few, and tasks many


class Calendar(dict[date, date]):
    """The first working day from each day on, in one country; found as it is asked for."""

    def __init__(self, country: str, is_workday: IsWorkday) -> None:
        super().__init__()
        self._country = country
        self._is_workday = is_workday

    def __missing__(self, day: date) -> date:
        """Look for it."""
        found = day
        while not self._is_workday(self._country, found):
            found += DAY
        self[day] = found
        return found

    def settled(self, first: date, last: date, due: date) -> tuple[date, date]:
        """The day on which a window opens, and the working day on which it is due.

        That is the next one until the end of the window, or else the last one before.
        """
        on = self[due]
        if on > last:
            on = self.before(due)
        return min(on, first), on

    def before(self, day: date) -> date:
        """The last working day until `day`."""
        while self[day] != day:
            day -= DAY
        return day


class Calendars(dict[str, Calendar]):
    """The calendar of each country."""

    def __init__(self, is_workday: IsWorkday) -> None:
        super().__init__()
        self._is_workday = is_workday

    def __missing__(self, country: str) -> Calendar:
        """Begin it."""
        found = self[country] = Calendar(country, self._is_workday)
        return found
