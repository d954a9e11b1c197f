"""Tables as plain text: aligned, never wrapped, so that they pipe and grep well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.safe import is_plain, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "
TOGETHER = 1000  # lines


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under `columns`, with a `title` that stands above them, alone where there are no rows.

    `right` names the columns that are aligned to the right. `sections` are the rows, by number,
    with which a part begins: a line may be drawn above them.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[str] = frozenset()
    sections: frozenset[int] = frozenset()

    def without(self, column: str) -> Table:
        """The same with one column less."""
        at = self.columns.index(column)
        rows = [(*row[:at], *row[at + 1 :]) for row in self.rows]
        return replace(self, columns=(*self.columns[:at], *self.columns[at + 1 :]), rows=rows)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """`rows` under `columns`, each as wide as its widest cell; everything made harmless."""
    return plain(Table("", columns, rows))


def plain(shown: Table) -> str:
    """`shown` as text without colour, each line ending in a newline."""
    return "".join(pieces(shown))


def pieces(shown: Table) -> Iterator[str]:
    """The same, some lines at a time: a long table need not stand in memory twice."""
    title = f"{shown.title}\n" if shown.title else ""
    yield title
    if title and not shown.rows:
        return
    columns = [_harmless(cells) for cells in zip(shown.columns, *shown.rows, strict=True)]
    line = GAP.join(
        f"%{'' if column in shown.right else '-'}{max(map(len, cells))}s"
        for column, cells in zip(shown.columns, columns, strict=True)
    )
    lines = map(str.rstrip, map(line.__mod__, zip(*columns, strict=True)))
    while some := list(islice(lines, TOGETHER)):
        yield "\n".join([*some, ""])


def _harmless(cells: Sequence[str]) -> Sequence[str]:
    """The cells of a column, made harmless; most often all of them are, which shows at once."""
    return cells if is_plain("".join(cells)) else [safe(cell) for cell in cells]
