"""The page of commands is what the commands say of themselves."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_up_to_date() -> None:
    """docs/commands.md is what `make docs` would write now."""
    writer = load(DOCS / "commands.py")
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == writer.page(), "run `make docs`"


def load(path: Path) -> ModuleType:
    """A script beside the pages, as a module."""
    spec = importlib.util.spec_from_file_location("docs_commands", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
