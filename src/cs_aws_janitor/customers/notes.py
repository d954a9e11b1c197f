"""The words of a touchpoint: titles and notes with what is known of its customer filled in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.shared.months import months_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from cs_aws_janitor.customers.model import Customer

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def last_release(day: date, release_day: int) -> date:
    """The day of the last product release until `day`; they come each month on `release_day`."""
    release = day.replace(day=release_day)
    return release if release <= day else months_later(release, -1)


def next_release(day: date, release_day: int) -> date:
    """The day of the first product release after `day`."""
    return months_later(last_release(day, release_day), 1)


DATES: Mapping[str, Callable[[date, int], date]] = {
    "last_release": last_release,
    "next_release": next_release,
}
FACTS: Mapping[str, Callable[[Customer], object]] = {
    "customer": lambda customer: customer.name,
    "csm": lambda customer: customer.csm or "the CSM",
    "account_executive": lambda customer: customer.account_executive or "the account executive",
    "renews": lambda customer: customer.renews or "a day that is not known",
    "lost_reason": lambda customer: customer.lost_reason or "not known",
    "delay": lambda customer: customer.onboarding.delay or "not documented",
}
PLACEHOLDERS = (*DATES, *FACTS)


class _Form(NamedTuple):
    """A text with a `%s` in place of each fact that is still to be filled in; and these facts."""

    form: str
    facts: tuple[Callable[[Customer], object], ...]


def filled(
    texts: tuple[str, ...], customer: Customer, due: date, release_day: int
) -> tuple[str, ...]:
    """`texts` with their placeholders filled in, as of the day on which they are due."""
    dated, done = _dated(texts, due, release_day)
    if done:
        return done
    return tuple(
        [
            text.form % tuple([fact(customer) for fact in text.facts])
            if isinstance(text, _Form)
            else text
            for text in dated
        ]
    )


@lru_cache(maxsize=8192)  # many customers have the same texts on the same day
def _dated(
    texts: tuple[str, ...], due: date, release_day: int
) -> tuple[tuple[_Form | str, ...], tuple[str, ...]]:
    """`texts` with their dates filled in, and as they are where that is all."""

    def fill(found: re.Match[str]) -> str:
        date_of = DATES.get(found[1])
        return f"{date_of(due, release_day)}" if date_of else found[0]

    dated = tuple([_PLACEHOLDER.sub(fill, text) for text in texts])
    found = tuple(map(_form, dated))
    return found, dated if found == dated else ()


def _form(text: str) -> _Form | str:
    facts = tuple([FACTS[name] for name in _PLACEHOLDER.findall(text)])
    return _Form(_PLACEHOLDER.sub("%s", text.replace("%", "%%")), facts) if facts else text


def unknown_placeholders(texts: Iterable[str]) -> list[str]:
    """The placeholders in `texts` that nobody can fill."""
    found = [name for text in texts for name in _PLACEHOLDER.findall(text)]
    return [name for name in found if name not in PLACEHOLDERS]
