"""The words of a touchpoint: titles and notes with what is known of its customer filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.months import months_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from cs_aws_janitor.customers.model import Customer

    Fill = Callable[[Customer, date, int], object]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def last_release(day: date, release_day: int) -> date:
    """The day of the last product release until `day`; they come each month on `release_day`."""
    release = day.replace(day=release_day)
    return release if release <= day else months_later(release, -1)


def next_release(day: date, release_day: int) -> date:
    """The day of the first product release after `day`."""
    return months_later(last_release(day, release_day), 1)


PLACEHOLDERS: Mapping[str, Fill] = {
    "customer": lambda customer, _due, _day: customer.name,
    "csm": lambda customer, _due, _day: customer.csm or "the CSM",
    "account_executive": lambda c, _due, _day: c.account_executive or "the account executive",
    "renews": lambda customer, _due, _day: customer.renews or "a day that is not known",
    "lost_reason": lambda customer, _due, _day: customer.lost_reason or "not known",
    "delay": lambda customer, _due, _day: customer.onboarding.delay or "not documented",
    "last_release": lambda _, due, day: last_release(due, day),
    "next_release": lambda _, due, day: next_release(due, day),
}


def filled(text: str, customer: Customer, due: date, release_day: int) -> str:
    """`text` with its placeholders filled in, as of the day on which it is due."""
    if "{" not in text:
        return text
    return _PLACEHOLDER.sub(
        lambda found: str(PLACEHOLDERS[found[1]](customer, due, release_day)), text
    )


def unknown_placeholders(texts: Iterable[str]) -> list[str]:
    """The placeholders in `texts` that nobody can fill."""
    found = [name for text in texts for name in _PLACEHOLDER.findall(text)]
    return [name for name in found if name not in PLACEHOLDERS]
