"""How what was typed is shown again in a line that says what is wrong with it."""

from __future__ import annotations

import json
import re
from datetime import date, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST = 60
SHOWN = 10  # lines of what went wrong
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def shown(value: object) -> str:
    """`value` as it stands in the file, cut to fit a line."""
    if isinstance(value, str):
        return _cut(f"'{value}'" if value.isprintable() else json.dumps(value))
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    # Python reads longer integers than it prints.
    if isinstance(value, int) and abs(value) > 10**LONGEST:
        return "so large a number"
    if isinstance(value, int | float):
        return f"{value}"
    if isinstance(value, date | time):
        return value.isoformat()
    return "a table" if isinstance(value, dict) else "a list"


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one of `known` that was probably meant, whatever its case."""
    from difflib import get_close_matches  # noqa: PLC0415  most words are known

    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else None


def meant(word: str, known: Iterable[str], otherwise: str) -> str:
    """The cure for an unknown word: the nearest known one, else `otherwise`."""
    near = nearest(word, known)
    return f"did you mean '{near}'?" if near else otherwise


def troubles(wrong: Sequence[str], left: str | None = None) -> str:
    """What went wrong in a run: how much, and the first of it; `left` says what it has not done."""
    if not wrong:
        return left or ""
    lines = "; ".join(wrong[:SHOWN])
    more = len(wrong) - SHOWN
    lines += f"; and {more:,} more" if more > 0 else ""
    lead = f"{left}. " if left else ""
    return f"{lead}{len(wrong):,} trouble{'' if len(wrong) == 1 else 's'}: {lines}"


def dotted(path: Iterable[str | int]) -> str:
    """A place in the file as a person would write it: `accounts[0].id`, `tags."a b"`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if _BARE_KEY.fullmatch(step) else _cut(json.dumps(step))
            text += f".{key}" if text else key
    return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
