"""A JSON object as text, piece by piece, so that a long list in it need not stand in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows that are JSON already, each on one line and in ASCII."""

    rows: Iterable[str]


def json_text(body: Mapping[str, Any]) -> Iterator[str]:
    """`body` in pieces: a line for each of its members, and for each row of a list.

    It is in ASCII: control characters stay harmless. A list may be any iterable of rows.
    """
    lead = "{"
    for key, value in body.items():
        yield f"{lead}\n {json.dumps(key)}: "
        yield from _rows(value) if _is_rows(value) else (json.dumps(value),)
        lead = ","
    yield f"{'{' if lead == '{' else ''}\n}}\n"


def _is_rows(value: Any) -> bool:
    return isinstance(value, Encoded | Iterable) and not isinstance(value, str | Mapping)


def _rows(rows: Encoded | Iterable[Any]) -> Iterator[str]:
    lead = "[\n  "
    for row in rows.rows if isinstance(rows, Encoded) else map(json.dumps, rows):
        yield lead + row
        lead = ",\n  "
    yield "[]" if lead.startswith("[") else "\n ]"
