"""What in deploy/ follows from the code is what the code says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_every_file_is_up_to_date() -> None:
    """Each is what `make docs` would write now."""
    spec = importlib.util.spec_from_file_location("deploy_write", DEPLOY / "write.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.pages().items():
        assert (DEPLOY / name).read_text(encoding="utf-8") == text, f"{name}: run `make docs`"
