"""Durations and time zones, read strictly: "14d", "Europe/Berlin"."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.shared.wording import meant, shown

FOREVER = "forever"
LONGEST = timedelta(days=3650)
UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
DURATION = re.compile(r"([0-9]{1,9})([wdhm])")


def duration(value: object) -> timedelta:
    """A number and a unit, such as "14d", "12h", "30m" or "2w"; at most ten years."""
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        cure = 'write a number and one of w, d, h, m in quotes, such as "14d"'
        raise fault(f"{shown(value)} is not a duration", cure)
    if int(found[1]) > LONGEST / UNITS[found[2]]:
        cure = f'write "{LONGEST.days}d" at the most'
        raise fault(f"{shown(value)} is longer than ten years", cure)
    return int(found[1]) * UNITS[found[2]]


def positive(duration: timedelta) -> timedelta:
    """A duration that is more than nothing."""
    if not duration:
        raise fault("it is zero", "write more than nothing")
    return duration


def whole_days(duration: timedelta) -> timedelta:
    """A duration that a tag, which bears a date, can express."""
    if duration % UNITS["d"]:
        what = f"{shown(duration_text(duration))} is not a number of whole days"
        raise fault(what, 'tags bear dates, so write days or weeks, such as "1d"')
    return duration


def keep(value: object) -> timedelta | None:
    """Whole days, or "forever", which is None."""
    return None if value == FOREVER else whole_days(positive(duration(value)))


def duration_text(duration: timedelta | None) -> str:
    """A duration as the settings spell it, in the largest of days, hours and minutes."""
    if duration is None:
        return FOREVER
    unit = next((u for u in "dh" if duration and not duration % UNITS[u]), "m")
    return f"{duration // UNITS[unit]}{unit}"


def zone(value: object) -> tzinfo:
    """A time zone by its IANA name."""
    if not isinstance(value, str):
        raise fault(f"{shown(value)} is not a time zone", 'write one such as "Europe/Berlin"')
    # Known without the time zone database, which not every machine has.
    if value == "UTC":
        return UTC
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        other = 'write one such as "Europe/Berlin"' if known else "install the package tzdata"
        cure = meant(value, known, other)
        raise fault(f"{shown(value)} is not a known time zone", cure) from None
