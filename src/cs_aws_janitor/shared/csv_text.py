"""Rows as CSV, for spreadsheets: hostile cells cannot become formulas."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.shared.safe import cell, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """`rows` under a header of `columns`; a list becomes words with a space between."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return text.getvalue()


def _cell(value: Any) -> str:
    # Days may be negative, and a number is no formula.
    return str(value) if isinstance(value, int | float) else cell(safe(_text(value)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(str(each) for each in value)
    return str(value)
