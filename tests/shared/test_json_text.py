"""JSON in pieces: what is printed of it is one object, a line for every row."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cs_aws_janitor.shared.json_text import TOGETHER, Encoded, json_text

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
rows = st.lists(st.dictionaries(st.text(max_size=3), scalars, max_size=3), max_size=4)


@given(st.dictionaries(st.text(max_size=5), scalars | rows | st.dictionaries(st.text(), scalars)))
def test_it_is_the_object(body: dict[str, Any]) -> None:
    """Law: however it is cut into pieces; in ASCII, and a list may give its rows only once."""
    lazy = {k: iter(value) if isinstance(value, list) else value for k, value in body.items()}
    text = "".join(json_text(lazy))
    assert json.loads(text) == body
    assert text.isascii()


def test_every_row_has_a_line() -> None:
    """It can be searched line by line, and one that is added is one line of a diff."""
    text = "".join(json_text({"version": 1, "steps": [{"id": "a"}, {"id": "b"}], "none": []}))
    assert text.splitlines() == [
        "{",
        ' "version": 1,',
        ' "steps": [',
        '  {"id": "a"},',
        '  {"id": "b"}',
        " ],",
        ' "none": []',
        "}",
    ]


@given(rows)
def test_rows_may_be_json_already(given_rows: list[dict[str, Any]]) -> None:
    """Law: then they stand as they are, and all of it is the same."""
    encoded = Encoded(json.dumps(row) for row in given_rows)
    assert "".join(json_text({"rows": encoded})) == "".join(json_text({"rows": given_rows}))


def test_little_is_held() -> None:
    """Rows are asked for when their turn has come, some at a time."""
    asked: list[int] = []

    def steps() -> Any:
        for number in range(3 * TOGETHER):
            asked.append(number)
            yield number

    pieces = json_text({"steps": steps()})
    while not asked:
        next(pieces)
    assert len(asked) == TOGETHER
