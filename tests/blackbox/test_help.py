"""Help: fast, with a line to type for every command, and completion from the shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cs_aws_janitor
from cs_aws_janitor import __version__
from cs_aws_janitor.cli import COMMANDS

PACKAGE = Path(cs_aws_janitor.__file__).parent.parent
SCRIPT = shutil.which("janitor", path=str(Path(sys.executable).parent))
HEAVY = re.compile(r"\| +(boto3|botocore|moto|pydantic|rich|structlog)$", re.MULTILINE)


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with `words`; no AWS is within reach."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE), **variables}
    command = [sys.executable, *words]
    return subprocess.run(  # noqa: S603  our own words
        command, env=environ, capture_output=True, text=True, check=False
    )


def janitor(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return run("-m", "cs_aws_janitor", *words, **variables)


def test_the_group_shows_every_command() -> None:
    """`--help` and `-h` say the same; without a word the same is shown, with exit code 2."""
    shown = janitor("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Usage: janitor [OPTIONS] COMMAND [ARGS]...\n")
    listed = shown.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "] == [
        *COMMANDS
    ]
    assert janitor("-h").stdout == shown.stdout
    bare = janitor()
    assert (bare.returncode, bare.stderr) == (2, shown.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """And its help waits for nothing heavy."""
    shown = run("-X", "importtime", "-m", "cs_aws_janitor", command, "--help")
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"Usage: janitor {command} ")
    assert f"\n  janitor {command}" in shown.stdout
    assert HEAVY.findall(shown.stderr) == []


def test_help_imports_nothing_heavy() -> None:
    """Neither boto3 nor pydantic, nor whatever else is only needed to work."""
    shown = run("-X", "importtime", "-m", "cs_aws_janitor", "--help")
    assert "| click" in shown.stderr
    assert HEAVY.findall(shown.stderr) == []


def test_the_version() -> None:
    """`--version` names the command and its version."""
    assert janitor("--version").stdout == f"janitor, version {__version__}\n"


def test_the_shell_completes() -> None:
    """The script for bash and zsh is printed, and offers commands and options."""
    for shell in ("bash", "zsh"):
        script = janitor(_JANITOR_COMPLETE=f"{shell}_source")
        assert (script.returncode, "_janitor_completion" in script.stdout) == (0, True)
    words = {"_JANITOR_COMPLETE": "bash_complete", "COMP_CWORD": "1", "COMP_WORDS": "janitor ex"}
    assert janitor(**words).stdout.split() == ["plain,explain", "plain,extend"]
    words |= {"COMP_CWORD": "2", "COMP_WORDS": "janitor plan --fo"}
    assert janitor(**words).stdout.split() == ["plain,--format"]


@pytest.mark.skipif(SCRIPT is None, reason="the package is not installed here")
def test_the_installed_script_is_the_same_command() -> None:
    """What an installation puts on the path says what `python -m` says."""
    shown = subprocess.run(  # noqa: S603  our own script
        [str(SCRIPT), "plan", "--help"], capture_output=True, text=True, check=False
    )
    assert (shown.returncode, shown.stdout) == (0, janitor("plan", "--help").stdout)
