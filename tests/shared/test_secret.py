"""Secrets come from the environment or from a file, and what is wrong is told without them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.secret import secret

if TYPE_CHECKING:
    from pathlib import Path

KEY = "notify.slack.token_from"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the variable of a secret names."""
    monkeypatch.setenv("A_TOKEN_FILE", str(tmp_path / "token"))
    return tmp_path / "token"


def test_the_variable_comes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands around a secret is not of it."""
    file.write_text("  of the file\n", encoding="utf-8")
    assert secret(os.environ, "A_TOKEN", KEY) == "of the file"
    monkeypatch.setenv("A_TOKEN", " of the variable ")
    assert secret(os.environ, "A_TOKEN", KEY) == "of the variable"


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "cannot be read (No such file"), (b"\xff\xfe", "it is no text"), (b" \n", "is empty")],
)
def test_a_file_that_holds_none_is_told(file: Path, content: bytes | None, why: str) -> None:
    """With the name of the file and of the variable."""
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        secret(os.environ, "A_TOKEN", KEY)
    assert why in str(refused.value)
    assert f"{file}, which A_TOKEN_FILE names, " in str(refused.value)


def test_a_secret_that_is_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the setting that names the variable."""
    monkeypatch.delenv("A_TOKEN", raising=False)
    with pytest.raises(RefusedError, match=r"A_TOKEN is not set\. notify\.slack\.token"):
        secret(os.environ, "A_TOKEN", KEY)
