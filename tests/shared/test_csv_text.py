"""Rows as CSV: what others wrote is text, what we counted is a number."""

from __future__ import annotations

from cs_aws_janitor.shared.csv_text import csv_text


def test_numbers_stay_numbers_and_formulas_become_text() -> None:
    """A cell of text that a spreadsheet would calculate is quoted; a negative number is none."""
    row = {"days": -1, "share": -0.5, "name": "-1+1", "words": ["=a", "b"], "none": None}
    assert csv_text(list(row), [row]) == "days,share,name,words,none\n-1,-0.5,'-1+1,'=a b,\n"
