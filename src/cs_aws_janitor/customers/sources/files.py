"""Customers in a file: TOML, JSON or CSV, by its name."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.model import Problem
from cs_aws_janitor.customers.sources import _flat, _torn
from cs_aws_janitor.customers.sources._rows import field_of, read
from cs_aws_janitor.customers.sources._torn import KEY
from cs_aws_janitor.shared import toml_reading
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.sources._rows import Fault
    from cs_aws_janitor.shared.pathlike import Pathlike

JSON = f'Write {{"{KEY}": [{{"id": "…", "name": "…"}}]}}, or that list alone'


@dataclass(frozen=True, slots=True)
class FileSource:
    """The customers of one file; `shown_as` is what its problems call it."""

    path: Pathlike
    shown_as: str

    def read(self) -> Iterator[Customer | Problem]:
        """Every customer of the file, and what is wrong with the rows that give none.

        Raises RefusedError where the file is none that can be read at all.
        """
        readers = {".toml": self._toml, ".json": self._json, ".csv": self._csv}
        reader = readers.get(self.path.suffix.lower())
        if reader is None:
            what = f"{self.shown_as} is none of {', '.join(readers)}"
            raise RefusedError(what, "Customers are read from these")
        content = self._content()
        if not content.strip(b" \t\r\n\xef\xbb\xbf"):
            # As after an export that was cut off: it does not say that there are no customers.
            raise RefusedError(f"{self.shown_as} is empty", "Write it again, or name another file")
        yield from reader(content)

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            what = f"{self.shown_as} cannot be read: {error.strerror}"
            cure = "Name another with --customers, or as source under [customers]"
            raise RefusedError(what, cure) from None

    def _toml(self, content: bytes) -> Iterator[Customer | Problem]:
        try:
            document = toml_reading.loads(content)
        except toml_reading.NotTomlError as error:
            document = _torn.mended(content) or {}
            if not document:
                raise RefusedError(f"{self.shown_as}: {error}") from None
        yield from self._listed(document)

    def _json(self, content: bytes) -> Iterator[Customer | Problem]:
        try:
            document = json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise RefusedError(f"{self.shown_as} is not JSON: {error}", JSON) from None
        yield from self._listed({KEY: document} if isinstance(document, list) else document)

    def _listed(self, document: Any) -> Iterator[Customer | Problem]:
        rows = document.get(KEY) if isinstance(document, dict) else None
        if not isinstance(rows, list):
            cure = JSON if self.path.suffix.lower() == ".json" else f"Write [[{KEY}]] above each"
            raise RefusedError(f"{self.shown_as} has no list of customers", cure)
        for other in document:
            if other != KEY:
                why = f"unknown key {other!r}; only [[{KEY}]] is read"
                yield Problem(why, file=self.shown_as, field=other)
        yield from self._customers(_taken(rows), field_of)

    def _csv(self, content: bytes) -> Iterator[Customer | Problem]:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            what = f"{self.shown_as}, line {line}: it is not UTF-8"
            raise RefusedError(what, "Save the file as UTF-8") from None
        table = _flat.Table(text)
        try:
            table.read_head()
            if lacking := table.lacking():
                what = f"{self.shown_as} has no column {' and none '.join(lacking)}"
                raise RefusedError(what, "Its first row names the columns")
            for column, why in table.faults():
                yield Problem(why, file=self.shown_as, row=1, field=column)
            yield from self._customers(table.rows(), table.column)
        except csv.Error as error:
            why = f"from here on nothing can be read: {error}"
            yield Problem(why, file=self.shown_as, row=table.next_row)

    def _customers(
        self, rows: Iterable[tuple[int, object]], field: Callable[[Fault], str | None]
    ) -> Iterator[Customer | Problem]:
        seen: dict[str, int] = {}
        for number, row in rows:
            if isinstance(row, _torn.Torn):
                yield Problem(row.why, row.id, self.shown_as, number, row.field)
                continue
            found = read(row)
            if isinstance(found, list):
                name = row.get("id") if isinstance(row, dict) else None
                for fault in found:
                    yield Problem(
                        str(fault),
                        name if isinstance(name, str) else None,
                        self.shown_as,
                        number,
                        field(fault),
                    )
            elif (first := seen.setdefault(found.id, number)) != number:
                why = f"{found.id!r} is the id of row {first} already"
                yield Problem(why, found.id, self.shown_as, number, "id")
            else:
                yield found


def _taken(rows: list[object]) -> Iterator[tuple[int, object]]:
    """Each of `rows` with its number, and out of the list: what was read needs no memory more."""
    rows.reverse()
    for number in range(1, len(rows) + 1):
        yield number, rows.pop()
