"""Calendar months are clamped at the month's end."""

from __future__ import annotations

from datetime import date

import pytest

from cs_aws_janitor.shared.months import months_later

# A day, so many months, and the day that many months later.
MONTHS = [
    ("2026-12-06", 1, "2027-01-06"),
    ("2026-12-06", 0, "2026-12-06"),
    ("2026-01-31", 1, "2026-02-28"),
    ("2028-01-31", 1, "2028-02-29"),
    ("2026-08-31", 6, "2027-02-28"),
    ("2027-08-31", 6, "2028-02-29"),
    ("2026-11-30", 13, "2027-12-30"),
    ("2026-12-31", 12, "2027-12-31"),
    ("2024-02-29", 12, "2025-02-28"),
]


@pytest.mark.parametrize(("day", "months", "later"), MONTHS)
def test_add_a_month_or_two(day: str, months: int, later: str) -> None:
    """S3: months are those of the calendar; where the day is not in it, its last day counts."""
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)
