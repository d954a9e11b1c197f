"""The page of prices is what the kinds are charged for."""

from __future__ import annotations

from cs_aws_janitor.resources.kinds import KINDS
from tests.docs.test_commands import DOCS, load


def test_the_page_is_up_to_date() -> None:
    """docs/prices.md is what `make docs` would write now, with every kind."""
    page: str = load(DOCS / "prices.py").page()
    assert (DOCS / "prices.md").read_text(encoding="utf-8") == page, "run `make docs`"
    for kind in KINDS.values():
        assert f"\n## {kind.title}\n" in page
