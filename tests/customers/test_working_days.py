"""Weekends and public holidays, per country and subdivision."""

from __future__ import annotations

import holidays
import pytest

from cs_aws_janitor.customers.working_days import WorkingDays, known
from tests.customers.making import day

# Country, day, and whether one works there.
DAYS = [
    ("", "2026-01-01", True),  # a Thursday; nothing is known of holidays
    ("", "2026-01-03", False),
    ("DE", "2026-01-01", False),
    ("DE", "2026-01-02", True),
    ("DE", "2026-01-03", False),
    ("DE", "2026-01-06", True),
    ("DE-BY", "2026-01-06", False),
    ("US", "2026-07-03", False),
    ("GB", "2026-07-03", True),
    ("JP", "2026-02-11", False),
    ("BD", "2026-01-09", False),  # a Friday
    ("BD", "2026-01-11", True),  # a Sunday
]


@pytest.mark.parametrize(("country", "on", "works"), DAYS)
def test_days(country: str, on: str, works: bool) -> None:  # noqa: FBT001  a row of the table
    """Each country has its own weekend and its own holidays."""
    assert WorkingDays()(country, day(on)) is works


@pytest.mark.parametrize("country", ["DE", "DE-BY", "US-CA", "JP"])
def test_known_countries(country: str) -> None:
    """Codes of ISO 3166, with and without a subdivision."""
    assert known(country)


def test_every_country_is_known() -> None:
    """With all of its parts, as the package lists them."""
    for code, parts in holidays.list_supported_countries().items():
        assert all(map(known, (code, *(f"{code}-{part}" for part in parts))))


@pytest.mark.parametrize("country", ["XX", "DE-XX", "Germany", "de", "D", "", "HolidayBase"])
def test_what_is_no_country(country: str) -> None:
    """A code that nobody knows has no holidays to mind."""
    assert not known(country)
