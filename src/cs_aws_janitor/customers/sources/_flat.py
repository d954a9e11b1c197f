"""Customers in a flat table: `licences.sold` is a field of a field, `contact.1.email` of a list."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.sources._rows import BEYOND, LISTS, field_of, known_columns
from cs_aws_janitor.shared.wording import meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.customers.sources._rows import Fault

SEPARATORS = ",;\t"
NEEDED = ("id", "name")
WORDS = "labels"  # a list of words in one cell, with ; between


class Table:
    """CSV with a header. Columns that nobody knows are left out; empty cells say nothing."""

    def __init__(self, text: str) -> None:
        # Spreadsheets of half of Europe write semicolons.
        separator = max(SEPARATORS, key=text.partition("\n")[0].count)
        # Strictly: a quote that is never closed would swallow all rows behind it.
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        self._columns: list[str] = []
        self._known: set[str] = set()
        self._numbers: dict[str, list[str]] = {}
        self.next_row = 1

    def read_head(self) -> None:
        """Read the names of the columns, once and before the rows. Raises csv.Error."""
        self._columns = [column.strip() for column in next(self._reader, [])]
        self.next_row = 2
        patterns = list(known_columns())
        self._known = {c for c in self._columns if any(p.fullmatch(c) for p in patterns)}

    def lacking(self) -> list[str]:
        """The columns without which no row can be a customer, and that are not there."""
        return [column for column in NEEDED if column not in self._columns]

    def faults(self) -> Iterator[tuple[str, str]]:
        """The columns that nobody knows, and what may have been meant; those that come twice."""
        for number, column in enumerate(self._columns):
            if column in self._columns[:number]:
                yield column, f"the column {column!r} stands there twice; remove one of the two"
            elif column not in self._known:
                cure = meant(column, self._names(), "remove it")
                yield column, f"unknown column {column!r}; {cure}"

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row as TOML would have it, and its number in a spreadsheet. Raises csv.Error."""
        for number, cells in enumerate(self._reader, 2):
            self.next_row = number + 1
            filled = {c: cell.strip() for c, cell in zip(self._columns, cells, strict=False)}
            row = self._nested({c: cell for c, cell in filled.items() if cell and c in self._known})
            if any(cells[len(self._columns) :]):
                row[BEYOND] = cells[len(self._columns) :]
            if row:
                yield number, row

    def column(self, fault: Fault) -> str | None:
        """The column in which `fault` of the row that was read last stands."""
        match fault.where:
            case ["…"]:
                return None
            case [str(name), int(number), *rest] if name in self._numbers:
                return ".".join((name, self._numbers[name][number], *map(str, rest)))
            case [str(), *_]:
                return ".".join(map(str, fault.where))
        return field_of(fault)

    def _nested(self, cells: dict[str, str]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        lists: dict[str, dict[str, dict[str, Any]]] = {}
        for column, cell in cells.items():
            name, *rest = column.split(".")
            if name in LISTS:
                entry = lists.setdefault(name, {}).setdefault(rest[0], {})
                put_at(entry, rest[1:], cell)
            else:
                put_at(row, [name, *rest], cell)
        self._numbers = {name: sorted(entries, key=int) for name, entries in lists.items()}
        for name, numbers in self._numbers.items():
            row[name] = [lists[name][number] for number in numbers]
        return row

    def _names(self) -> list[str]:
        return [p.pattern.replace("\\", "").replace("d+", "1") for p in known_columns()]


def put_at(table: dict[str, Any], path: list[str], cell: Any) -> None:
    """Put a cell where its column says: `["licences", "sold"]` is a key of a table."""
    *above, key = path
    for step in above:
        table = table.setdefault(step, {})
    table[key] = [word.strip() for word in str(cell).split(";")] if key == WORDS else cell
