"""Entries of a ledger: JSON lines that are only ever added, and read back however torn.

A line that cannot be read is passed over and told, for the last one may be torn by a crash.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Entry = dict[str, Any]


class Store(Protocol):
    """Where the lines of a ledger are kept."""

    def append(self, text: str) -> None:
        """Add whole lines, or none; return when they are durable. Raises LedgerError.

        No lines at all prove that lines could be added.
        """

    def lines(self) -> Iterator[str]:
        """Every line, oldest first. Raises LedgerError."""


def text(entries: Iterable[Entry]) -> str:
    """`entries` as whole lines; dates and instants as ISO 8601."""
    return "".join(f"{json.dumps(entry, default=_json)}\n" for entry in entries)


def read(store: Store, torn: list[str]) -> Iterator[Entry]:
    """Every readable entry, oldest first; `torn` is given a line for each of the others."""
    for number, line in enumerate(store.lines(), 1):
        if not line.strip():
            continue
        entry = _parse(line)
        if entry is None:
            torn.append(f"line {number} is torn and was passed over")
        else:
            yield entry


def _parse(line: str) -> Entry | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("entry"), str) else None


def _json(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
