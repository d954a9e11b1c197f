"""The book that `make scale` measures with is one that the janitor reads whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.customers import FIRST, TODAY, Line, book
from cs_aws_janitor.customers.model import Customer
from cs_aws_janitor.customers.sources.files import FileSource

if TYPE_CHECKING:
    from pathlib import Path


def test_every_customer_of_the_book_is_read(tmp_path: Path) -> None:
    """No row has a problem, and each customer began within the years that are meant."""
    path = tmp_path / "book.json"
    path.write_text(json.dumps(book(200)), encoding="utf-8")
    found = list(FileSource(path, "book.json").read())
    assert len(found) == 200
    for each in found:
        assert isinstance(each, Customer), each
        assert each.started
        assert FIRST <= each.started <= TODAY
        assert each.contacts


def test_the_book_is_the_same_every_time() -> None:
    """Two measurements are of the same customers."""
    assert book(20) == book(20)


def test_a_target_is_met_up_to_its_number() -> None:
    """A ratio of just the target is met, one beyond is not."""
    assert Line("x", 60.0, 1.0, 60.0, 60).met
    assert not Line("x", 61.0, 1.0, 61.0, 60).met
