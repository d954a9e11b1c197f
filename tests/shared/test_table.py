"""Tables as plain text: as wide as they must be, and harmless."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cs_aws_janitor.shared.safe import safe
from cs_aws_janitor.shared.table import GAP, TOGETHER, Table, pieces, plain

CELLS = st.text(max_size=6) | st.sampled_from(["", "%s", "acme", "a\x1b[31m", "Zoë", "\u202e"])
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6)
HEADS = ("NAME", "COUNT", "WHY")


@given(ROWS)
def test_each_cell_stands_under_its_head(rows: list[tuple[str, str, str]]) -> None:
    """Law: harmless, filled up to the widest of its column, from the left or from the right."""
    lines = [HEADS, *(tuple(map(safe, row)) for row in rows)]
    name, count, why = (max(map(len, column)) for column in zip(*lines, strict=True))
    wanted = [GAP.join((a.ljust(name), b.rjust(count), c.ljust(why))).rstrip() for a, b, c in lines]
    text = plain(Table("Title", HEADS, rows, right=frozenset({"COUNT"})))
    assert text == "".join(f"{each}\n" for each in ("Title", *wanted))


def test_a_title_stands_alone_where_there_are_no_rows() -> None:
    """No heads over nothing, unless there is no title either."""
    assert plain(Table("Nothing waits.", HEADS, [])) == "Nothing waits.\n"
    assert plain(Table("", HEADS, [])) == "NAME  COUNT  WHY\n"


def test_a_long_table_comes_in_pieces() -> None:
    """Together they are the same."""
    rows = [[f"i-{number}", "x" * (number % 7)] for number in range(2 * TOGETHER + 5)]
    shown = Table("Many", ("ID", "WHAT"), rows)
    assert len(list(pieces(shown))) == 4
    assert "".join(pieces(shown)) == plain(shown)
    assert plain(shown).count("\n") == len(rows) + 2
