"""Where in a TOML file something stands."""

from __future__ import annotations

import pytest

from cs_aws_janitor.shared.toml_reading import NotTomlError, lines, loads

DOCUMENT = b"""\
# a comment
title = "x"

[touchpoint.welcome]
notes = [
  "one",
  "two",
]
days = 0

[[customer]]
id = "a"
[[customer]]
text = \"\"\"
# no comment
days = 1
\"\"\"
when = {csm = true}
"""

# A path, and the line on which it is first written.
PLACES: list[tuple[tuple[str | int, ...], int]] = [
    (("title",), 2),
    (("touchpoint",), 4),
    (("touchpoint", "welcome"), 4),
    (("touchpoint", "welcome", "notes"), 5),
    (("touchpoint", "welcome", "notes", 1), 5),
    (("touchpoint", "welcome", "days"), 9),
    (("customer", 0, "id"), 12),
    (("customer", 1), 13),
    (("customer", 1, "text"), 14),
    (("customer", 1, "when", "csm"), 18),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_the_line_of_a_path(path: tuple[str | int, ...], line: int) -> None:
    """Every key is found on the line where its statement begins."""
    assert lines(DOCUMENT, [path]) == {path: line}


def test_what_is_not_there_has_no_line() -> None:
    """A path that nobody wrote is not found."""
    assert lines(DOCUMENT, [("customer", 2), ("title", "x")]) == {}


def test_what_is_not_toml_is_told_with_its_place() -> None:
    """The line, the column and the text of it."""
    with pytest.raises(NotTomlError, match=r"^line 2, column 5: .* in 'b ='; "):
        loads(b"a = 1\nb = \n")
