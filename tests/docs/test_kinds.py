"""The pages of the kinds are what the kinds say of themselves."""

from __future__ import annotations

import pytest

from cs_aws_janitor.resources.kinds import KINDS
from tests.docs.test_commands import DOCS, load

WRITER = load(DOCS / "kinds.py")
PAGES: dict[str, str] = WRITER.pages()


def test_every_kind_has_its_page_and_nothing_else_has() -> None:
    """docs/kinds holds them and an index."""
    assert set(PAGES) == {WRITER.INDEX, *KINDS}
    assert {path.stem for path in (DOCS / "kinds").iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_up_to_date(name: str) -> None:
    """It is what `make docs` would write now."""
    path = DOCS / "kinds" / f"{name}.md"
    assert path.read_text(encoding="utf-8") == PAGES[name], "run `make docs`"


@pytest.mark.parametrize("name", KINDS)
def test_the_page_answers_what_people_ask(name: str) -> None:
    """Whether it is shut off, backed up, kept, brought back, what to mind; no answer is empty."""
    rows = [line.split(" | ") for line in PAGES[name].splitlines() if line.startswith("| ")]
    assert [row for row in rows if not row[-1].strip(" |")] == []
    for asked in ("Shut off", "Backed up", "Permanent by", "Back by `janitor restore`"):
        assert f"| {asked} | " in PAGES[name]
    assert "## To mind" in PAGES[name]
