"""Calendar months, as people count them."""

from __future__ import annotations

import calendar
from datetime import date


def months_later(day: date, months: int) -> date:
    """`day` moved by calendar months, clamped at the month's end (31 August + 6 = 28 February)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    # The length of a month is looked up only where it can matter.
    last = day.day if day.day < 29 else calendar.monthrange(year, month + 1)[1]  # noqa: PLR2004
    return date(year, month + 1, min(day.day, last))
