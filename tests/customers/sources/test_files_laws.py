"""Whatever stands in a file of customers: customers, problems with their place, or a refusal."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from cs_aws_janitor.customers.model import Customer, Problem
from cs_aws_janitor.shared.errors import RefusedError
from tests.customers.making import every_playbook, planned
from tests.customers.sources.test_files import CELLS, _as_json, read

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["2026-01-15", "0001-01-01", "9999-12-31", "DE", "5-Negotiating"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_in_any_field_of_json(data: st.DataObject) -> None:
    """One field of a whole record is anything at all; the record after it is read."""
    row = _as_json()
    field = data.draw(st.sampled_from([*row, "other"]))
    row[field] = data.draw(ANYTHING)
    _is_told("book.json", json.dumps([row, {"id": "after", "name": "After"}]).encode())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_text_in_any_cell(data: st.DataObject) -> None:
    """The same in a cell of a table."""
    cells = dict(CELLS)
    field = data.draw(st.sampled_from([*cells]))
    cells[field] = data.draw(st.text(max_size=12)).replace('"', '""')
    row = ",".join(f'"{cell}"' for cell in cells.values())
    _is_told("book.csv", f"{','.join(cells)}\n{row}\nafter,After\n".encode("utf-8", "replace"))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["book.toml", "book.json", "book.csv"]), st.binary(max_size=60))
def test_any_bytes(name: str, content: bytes) -> None:
    """Nothing but a refusal comes of what is no file of customers."""
    with suppress(RefusedError):
        _read(name, content)


def _is_told(name: str, content: bytes) -> None:
    """The record after it is read; each problem has its place, and what was read can be planned."""
    found = _read(name, content)
    assert "after" in [each.id for each in found if isinstance(each, Customer)]
    for each in found:
        if isinstance(each, Problem):
            assert each.row is not None
            assert "\n" not in str(each).strip()
        else:
            planned(each, every_playbook(), "2026-01-20")


def _read(name: str, content: bytes) -> list[Customer | Problem]:
    with TemporaryDirectory() as folder:
        return read(Path(folder), name, content)
