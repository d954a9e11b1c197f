"""Dates that people type into a tag: read strictly, never guessed.

Rules: aws-lifecycle.md, "Reading a date that a person typed".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

YEARS = range(1970, 9999)  # outside of these a year is a slip of the keyboard

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = {name: n for n, full in enumerate(_MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[Tt]((?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,6})?)?)([Zz]|[+-]\d{2}:?[0-5]\d)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{2})/(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:\s+([A-Za-z]+)\s+|-([A-Za-z]+)-)(\d{4})")
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\s+(\d{1,2}),?\s+(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class UnreadableDateError(ValueError):
    """The text is not one of the accepted forms of a date. Nothing may be decided from it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An instant (aware) read from text. `ambiguous`: two readings fit, the later one counts."""

    at: datetime
    ambiguous: bool = False


@lru_cache(maxsize=4096)  # a fleet has many tags and few days
def read(text: str, zone: tzinfo) -> Reading:
    """Read a date or date-time; without a zone of its own it is read in `zone`.

    A date means 00:00 of that day. Raises UnreadableDateError for everything else.
    """
    text = text.strip()
    if not text.isascii():
        raise UnreadableDateError(text)
    try:
        reading = _read(text, zone)
    except ValueError as error:
        raise UnreadableDateError(text) from error
    if reading.at.year not in YEARS:
        raise UnreadableDateError(text)
    return reading


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant (aware) from which `day` counts in `zone`."""
    return datetime.combine(day, time(), tzinfo=zone)


def _read(text: str, zone: tzinfo) -> Reading:
    if found := _ISO.fullmatch(text):
        return Reading(_iso(*found.groups(), zone=zone))
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), _month(found[2] or found[3]), int(found[4])
    elif found := _MONTH_FIRST.fullmatch(text):
        month, day, year = _month(found[1]), int(found[2]), int(found[3])
    elif found := _SLASHED.fullmatch(text):
        return _slashed(*map(int, found.groups()), zone=zone)
    else:
        raise UnreadableDateError(text)
    return Reading(midnight(date(year, month, day), zone))


def _iso(day: str, clock: str | None, offset: str | None, *, zone: tzinfo) -> datetime:
    if clock is None:
        return midnight(date.fromisoformat(day), zone)
    at = datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _slashed(first: int, second: int, year: int, *, zone: tzinfo) -> Reading:
    readings = set()
    for month, day in ((first, second), (second, first)):
        if month <= len(_MONTHS):
            readings.add(date(year, month, day))
    return Reading(midnight(max(readings), zone), ambiguous=len(readings) > 1)


def _month(word: str) -> int:
    try:
        return _MONTH[word.lower()]
    except KeyError:
        raise UnreadableDateError(word) from None
