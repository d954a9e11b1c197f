"""The shapes of command-line.md: what every printed JSON object must hold. Additions are free."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

PHASES = (
    "exempt held new un-named active expiring expired waiting due backing-up unreadable unknown"
).split()
VERBS = "tag shut_off back_up terminate clear_mark notify".split()
STATUSES = "ok denied disabled failed".split()
RESULTS = "done failed blocked changed skipped".split()


def instant(value: str) -> bool:
    """An ISO date-time with a zone."""
    return datetime.fromisoformat(value).tzinfo is not None


def day(value: str) -> bool:
    """An ISO date."""
    return date.fromisoformat(value).isoformat() == value


def amount(value: str) -> bool:
    """Money, in full precision."""
    return re.fullmatch(r"\d+\.\d{2}", value) is not None


def verbs(value: list[str]) -> bool:
    """Verbs, each once."""
    return len(set(value)) == len(value) and set(value) <= set(VERBS)


def account(value: str) -> bool:
    """The id of an account."""
    return re.fullmatch(r"\d{12}", value) is not None


PLACE = {"account": account, "region": str, "kind": str}
COVERAGE = {**PLACE, "status": STATUSES.__contains__, "resources": int, "why": (None, str)}
ATTENTION = {
    **PLACE,
    "id": str,
    "name": (None, str),
    "phase": PHASES.__contains__,
    "reason": str,
}
STEP = {
    **PLACE,
    "id": str,
    "name": (None, str),
    "owner": (None, str),
    "phase": PHASES.__contains__,
    "verbs": verbs,
    "reason": str,
    "next_on": (None, day),
    "monthly_cost": (None, {"amount": amount, "currency": str}),
}
LOOK = {
    "version": (1).__eq__,
    "made_at": instant,
    "as_of": instant,
    "timezone": str,
    "coverage": [COVERAGE],
    "attention": [ATTENTION],
    "phases": dict,
}
PLAN = {**LOOK, "steps": [STEP]}
OUTCOMES = {"outcomes": [{**STEP, "result": RESULTS.__contains__, "why": (None, str)}]}
ACTS = {
    "version": (1).__eq__,
    "acts": [{**PLACE, "id": str, "act": str, "old": (None, str), "new": (None, str)}],
}


def misfits(value: Any, shape: Any, at: str = "$") -> list[str]:
    """Where `value` is not of `shape`; empty where it fits.

    A shape is a type, a test, a table of keys, a list of one shape, or several of which one fits.
    """
    match shape:
        case None:
            good = value is None
        case dict():
            if not isinstance(value, dict):
                return [f"{at} is no object"]
            missing = [f"{at}.{key} is missing" for key in shape if key not in value]
            known = [key for key in shape if key in value]
            return missing + [m for k in known for m in misfits(value[k], shape[k], f"{at}.{k}")]
        case [one]:
            if not isinstance(value, list):
                return [f"{at} is no list"]
            return [m for n, each in enumerate(value) for m in misfits(each, one, f"{at}[{n}]")]
        case tuple():
            good = any(not misfits(value, one, at) for one in shape)
        case type():
            good = type(value) is shape
        case _:
            good = bool(shape(value))
    return [] if good else [f"{at} is {value!r}"]
