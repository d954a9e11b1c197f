"""The command as it is typed, in this process."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """What one run of the command said, and its exit code."""

    code: int
    out: str
    err: str


def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`command(...)("restore", id)` is `janitor restore id`."""

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["janitor", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Said(int(str(ended.value.code)), said.out, said.err)

    return run
