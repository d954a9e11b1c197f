"""Dates as people type them: one row for every form that counts and every slip that does not.

Source: aws-lifecycle.md, "Reading a date that a person typed".
"""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cs_aws_janitor.resources import dates

if TYPE_CHECKING:
    from datetime import tzinfo

# A busy machine is no fault of ours.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

BERLIN = ZoneInfo("Europe/Berlin")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
CAIRO = ZoneInfo("Africa/Cairo")
HAVANA = ZoneInfo("America/Havana")

# What a person typed, and when that is in UTC, read where the zone is UTC.
READ = {
    # ISO dates and date-times
    "2026-12-06": "2026-12-06T00:00",
    "  2026-12-06\n": "2026-12-06T00:00",
    "2024-02-29": "2024-02-29T00:00",
    "2026-12-06T18:00": "2026-12-06T18:00",
    "2026-12-06T18:00:59": "2026-12-06T18:00:59",
    "2026-12-06T18:00:00.5": "2026-12-06T18:00:00.500000",
    "2026-12-06T18:00:00.123456": "2026-12-06T18:00:00.123456",
    "2026-12-06T18:00Z": "2026-12-06T18:00",
    "2026-12-06t18:00z": "2026-12-06T18:00",
    "2026-12-06T18:00+02:00": "2026-12-06T16:00",
    "2026-12-06T18:00+0200": "2026-12-06T16:00",
    "2026-12-06T18:00-08:00": "2026-12-07T02:00",
    "2026-12-06T00:00+14:00": "2026-12-05T10:00",
    "2026-12-06T23:59:59+05:45": "2026-12-06T18:14:59",
    # YYYY/MM/DD
    "2026/12/06": "2026-12-06T00:00",
    # the month in words
    "6 Dec 2026": "2026-12-06T00:00",
    "06 Dec 2026": "2026-12-06T00:00",
    "6 dec 2026": "2026-12-06T00:00",
    "6 DECEMBER 2026": "2026-12-06T00:00",
    "6   Dec\t2026": "2026-12-06T00:00",
    "Dec 6 2026": "2026-12-06T00:00",
    "december 06 2026": "2026-12-06T00:00",
    "Dec 6, 2026": "2026-12-06T00:00",
    "6-Dec-2026": "2026-12-06T00:00",
    "06-dec-2026": "2026-12-06T00:00",
    "30 Sept 2026": "2026-09-30T00:00",
    # slashes with one reading
    "13/01/2026": "2026-01-13T00:00",
    "01/13/2026": "2026-01-13T00:00",
    "31/1/2026": "2026-01-31T00:00",
    "12/12/2026": "2026-12-12T00:00",
    # the edges of what is a year
    "1970-01-01": "1970-01-01T00:00",
    "9998-12-31": "9998-12-31T00:00",
}

# Two readings: the later one counts.
AMBIGUOUS = {
    "12/01/2026": "2026-12-01",
    "01/12/2026": "2026-12-01",
    "1/2/2026": "2026-02-01",
    "02/01/2026": "2026-02-01",
    "11/12/2026": "2026-12-11",
}

UNREADABLE = [
    # not a date at all
    *("", " ", "never", "next friday", "tomorrow", "14", "+14d", "14 days", "1796515200", "none"),
    # half a date
    *("Dec 2026", "2026", "2026-12", "6 Dec", "12/2026", "18:00", "T18:00"),
    # a day that the calendar does not have
    *("2026-02-29", "2026-02-30", "2026-13-01", "2026-00-10", "2026-12-00", "2026-12-32"),
    *("31/02/2026", "02/30/2026", "0/5/2026", "5/0/2026", "13/13/2026", "31 Feb 2026"),
    # a time that the clock does not have
    *("2026-12-06T24:00", "2026-12-06T25:00", "2026-12-06T18:60", "2026-12-06T23:59:60"),
    *("2026-12-06T18:00+24:00", "2026-12-06T18:00+02:60", "2026-12-06T18", "2026-12-06T"),
    # nearly one of the forms: people's habits are many, and none is guessed
    *("2026-12-6", "2026-1-06", "2026/12/6", "2026.12.06", "2026 12 06", "20261206", "26-12-06"),
    *("2026-12-06 18:00", "2026-12-06T18:00 Z", "2026-12-06T18:00 CET", "2026-12-06Z"),
    *("2026-W49-7", "2026-340", "2026-12-06T18:00:00,5", "2026-12-06T18:00:00.1234567"),
    *("06.12.2026", "6.12.26", "06-12-2026", "12/01/26", "6 Dec 26", "6th Dec 2026"),
    *("6 Dez 2026", "6 Decem 2026", "6 D 2026", "6Dec2026", "6-Dec 2026", "Dec-6-2026"),
    *("Sunday 6 Dec 2026", "Dec 6 2026 18:00", "2026-12-06 or later", "until 2026-12-06"),
    # a year that is a slip of the keyboard, or a way to say never
    *("0026-12-06", "0001-01-01", "1969-12-31", "9999-12-31", "20226-12-06", "-2026-12-06"),
    # letters that only look like digits, dashes or blanks
    *("\uff12026-12-06", "2026\u201012\u201006", "\u0662026-12-06", "6\u00a0Dec 2026"),
]  # fmt: skip

# Where a date begins: what was typed, the zone of the policy, the instant in UTC.
ZONES = [
    ("2026-12-06", BERLIN, "2026-12-05T23:00"),
    ("2026-07-06", BERLIN, "2026-07-05T22:00"),
    ("2026-12-06", LOS_ANGELES, "2026-12-06T08:00"),
    ("2026-12-06", KIRITIMATI, "2026-12-05T10:00"),
    ("6 Dec 2026", KIRITIMATI, "2026-12-05T10:00"),
    ("12/01/2026", BERLIN, "2026-11-30T23:00"),
    ("2026-12-06T18:00", BERLIN, "2026-12-06T17:00"),
    ("2026-12-06T18:00Z", BERLIN, "2026-12-06T18:00"),
    ("2026-12-06T18:00-08:00", BERLIN, "2026-12-07T02:00"),
    # the days on which the clocks change: they begin before that
    ("2026-03-29", BERLIN, "2026-03-28T23:00"),
    ("2026-10-25", BERLIN, "2026-10-24T22:00"),
    ("2026-03-08", LOS_ANGELES, "2026-03-08T08:00"),
    ("2026-11-01", LOS_ANGELES, "2026-11-01T07:00"),
    # a day without midnight begins when the clock jumps; one with two begins at the first
    ("2026-04-24", CAIRO, "2026-04-23T22:00"),
    ("2026-03-08", HAVANA, "2026-03-08T05:00"),
    ("2026-11-01", HAVANA, "2026-11-01T04:00"),
]


def utc(text: str) -> datetime:
    """The instant that `text` says, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("typed", "means"), READ.items())
def test_a_form_that_is_accepted(typed: str, means: str) -> None:
    """ISO, year first, the month in words or a day past the 12th: one reading, and it counts."""
    assert dates.read(typed, UTC) == dates.Reading(utc(means))


@pytest.mark.parametrize(("typed", "later"), AMBIGUOUS.items())
def test_of_two_readings_the_later_counts(typed: str, later: str) -> None:
    """Where day and month may be either way around, the later day counts and it is said."""
    assert dates.read(typed, UTC) == dates.Reading(utc(later), ambiguous=True)


@pytest.mark.parametrize("typed", UNREADABLE)
def test_anything_else_is_never_guessed(typed: str) -> None:
    """What is not exactly one of the forms is not a date."""
    with pytest.raises(dates.UnreadableDateError):
        dates.read(typed, UTC)


@pytest.mark.parametrize(("typed", "zone", "means"), ZONES)
def test_without_a_zone_it_is_read_in_that_of_the_policy(
    typed: str, zone: tzinfo, means: str
) -> None:
    """A date means 00:00 of that day in `timezone`; a zone of its own comes before that."""
    at = dates.read(typed, zone).at
    assert at.astimezone(UTC) == utc(means)
    assert typed.startswith(("6 ", "12/", "2026-12-06T")) or f"{at:%Y-%m-%d}" == typed


@pytest.mark.parametrize("zone", [UTC, BERLIN, LOS_ANGELES, KIRITIMATI, CAIRO, HAVANA], ids=str)
@patient
@given(day=st.dates(date(1970, 1, 1), date(9998, 12, 31)))
@example(date(2026, 4, 24))
@example(date(2026, 3, 29))
def test_every_day_reads_back_as_itself(zone: tzinfo, day: date) -> None:
    """Law: however a day is spelled, it is that day in the zone, and no two days begin together."""
    spellings = ["%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%B %d %Y", "%d-%b-%Y"]
    read = {dates.read(f"{day:{form}}".zfill(10), zone).at for form in spellings if day.year > 999}
    assert read == {dates.midnight(day, zone)}
    assert {at.astimezone(zone).date() for at in read} == {day}
    assert dates.midnight(day - timedelta(1), zone).astimezone(UTC) < min(read).astimezone(UTC)


@patient
@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30)),  # noqa: DTZ001  the zone is drawn too
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_what_the_janitor_writes_it_can_read(naive: datetime, zone: tzinfo) -> None:
    """Law: an instant in ISO form reads back as the same instant, in whatever zone it is read."""
    at = naive.replace(tzinfo=zone)
    assert dates.read(at.isoformat(), BERLIN) == dates.Reading(at)


NEARLY = st.text(string.digits + "-/.:+ TZ,", max_size=28)
IN_WORDS = st.lists(
    st.sampled_from(["Dec", "6", "2026", "-", " ", "/", "T", "18:00", "Z", "+02:00", "\t", "12"])
).map("".join)


@patient
@given(st.text() | NEARLY | IN_WORDS)
def test_whatever_is_typed_is_a_date_or_is_not_one(typed: str) -> None:
    """Law: any text is an instant of a plausible year, or an UnreadableDateError; nothing else."""
    try:
        reading = dates.read(typed, BERLIN)
    except dates.UnreadableDateError:
        return
    assert reading.at.tzinfo is not None
    assert reading.at.year in dates.YEARS
    assert any(letter.isdigit() for letter in typed)
