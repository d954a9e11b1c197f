"""Where in a TOML file something stands."""

from __future__ import annotations

import pytest

from cs_aws_janitor.shared.toml_lines import line_of, lines
from cs_aws_janitor.shared.toml_reading import NotTomlError, loads

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
[customer.onboarding] # [x]
opened = 1
[[customer.contact]]
name = "A"
[[customer.contact]]
name.first = "B"
[[customer]]
[[customer.contact]]
labels = ["=", # no end
  "]"]
[touchpoint."a.b"]
days = 2
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
    (("customer", 1, "onboarding", "opened"), 20),
    (("customer", 1, "contact", 0, "name"), 22),
    (("customer", 1, "contact", 1, "name", "first"), 24),
    (("customer", 2), 25),
    (("customer", 2, "contact", 0, "labels", 1), 27),
    (("touchpoint", "a.b", "days"), 30),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_the_line_of_a_path(path: tuple[str | int, ...], line: int) -> None:
    """Every key is found on the line where its statement begins."""
    assert lines(DOCUMENT, [path]) == {path: line}


def test_what_is_not_there_has_no_line() -> None:
    """A path that nobody wrote is not found."""
    assert lines(DOCUMENT, [("customer", 3), ("title", "x"), ("customer", 2, "id")]) == {}


def test_what_is_missing_is_told_where_it_should_be() -> None:
    """On the line of the table that lacks it."""
    assert line_of(DOCUMENT, ("customer", 1, "id")) == 13
    assert line_of(DOCUMENT, ("owners",)) is None


def test_a_long_document_takes_no_longer_than_its_length() -> None:
    """Ten thousand accounts, and a fault in the last of them."""
    rows = "".join(f'  {{id = "{number}"}},\n' for number in range(10_000))
    assert lines(f"accounts = [\n{rows}]\nkinds = 1\n".encode(), [("kinds",)]) == {
        ("kinds",): 10003
    }


def test_what_is_not_toml_is_told_with_its_place() -> None:
    """The line, the column and the text of it."""
    with pytest.raises(NotTomlError, match=r"^line 2, column 5: .* in 'b ='; "):
        loads(b"a = 1\nb = \n")


def test_a_comment_that_ends_as_a_list_would() -> None:
    """It is a comment, and the statement before it is whole."""
    document = b"a = 1 # x,\r\n[b]\r\nc = 2\r\n"
    assert lines(document, [("b",), ("b", "c")]) == {("b",): 2, ("b", "c"): 3}
