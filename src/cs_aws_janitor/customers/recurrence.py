"""The days of what comes again and again."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.playbook import PERIODS
from cs_aws_janitor.shared.months import months_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.customers.playbook import Window

    Nth = Callable[[int], date]

WEEK = timedelta(weeks=1)
SHORTEST, LONGEST = 28, 31  # days of a month


def occurrences(
    anchor: date, every: str, window: Window, span: tuple[date, date]
) -> Iterator[date]:
    """The last day whose window has opened by today, the next one, and all that open until a day.

    `span` is today and that day. Weeks begin on Monday and months on the first; quarters and years
    count from `anchor`. Of those before the last one that opened only these are not out of date,
    and come first: whose window is still open, as it is longer than the period.
    """
    today, until = span
    # A window may open ahead of its day.
    ahead = max(-window.first, 0) * (LONGEST if window.months else 1)
    nth, highest = _series(anchor, every, (today - anchor).days + ahead)

    def opens(number: int) -> date:
        return window.at(nth(number), window.first)

    opened = next((n for n in range(highest, -1, -1) if opens(n) <= today), None)
    if opened is not None:
        first = opened
        while first and window.at(nth(first - 1), window.last) >= today:
            first -= 1
        yield from map(nth, range(first, opened + 1))
    following = 0 if opened is None else opened + 1
    yield nth(following)
    for number in count(following + 1):
        if opens(number) > until:
            return
        yield nth(number)


def _series(anchor: date, every: str, days: int) -> tuple[Nth, int]:
    """The day of each number from 0, and a number that is not within `days` of the anchor."""
    days = max(days, 0)
    if every == "week":
        monday = anchor + timedelta(days=-anchor.weekday() % 7)
        return (lambda number: monday + number * WEEK), days // 7 + 1
    if every == "month":
        first = months_later(anchor.replace(day=1), int(anchor.day > 1))
        return (lambda number: months_later(first, number)), days // SHORTEST + 1
    months = PERIODS[every]
    return (lambda n: months_later(anchor, months * (n + 1))), days // (SHORTEST * months) + 1
