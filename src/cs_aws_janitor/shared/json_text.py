"""A JSON object as text, piece by piece, so that a long list in it need not stand in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

TOGETHER = 200  # rows
_BETWEEN = ",\n  "


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows that are JSON already, each on one line and in ASCII."""

    rows: Iterable[str]


def json_text(body: Mapping[str, Any]) -> Iterator[str]:
    """`body` in pieces: a line for each of its members; of a list, some lines together.

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
    left = iter(rows.rows if isinstance(rows, Encoded) else map(json.dumps, rows))
    lead = "[\n  "
    while some := _BETWEEN.join(islice(left, TOGETHER)):
        yield lead + some
        lead = _BETWEEN
    yield "[]" if lead.startswith("[") else "\n ]"
