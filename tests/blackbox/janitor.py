"""The installed command as whoever starts it sees it: its words, its exit code, what it wrote."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import select
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.strict.rules import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.strict.aws import Account
    from tests.strict.server import Endpoint
    from tests.strict.world import Exchange

LONGEST = 60.0  # seconds of real time for one run
COMMAND = (sys.executable, "-m", "cs_aws_janitor")
SETTINGS = """\
accounts = ["123456789012"]
regions = ["eu-west-1"]
kinds = ["ec2_instance"]
ledger.path = "ledger.jsonl"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a run ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        """What it printed, read as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def refusal(self) -> str:
        """The one line of a refusal; nothing else was said."""
        assert (self.code, self.out) == (2, ""), self
        assert self.err.startswith("janitor: "), self
        assert self.err.count("\n") == 1, self
        return self.err.removeprefix("janitor: ").strip()

    @property
    def misuse(self) -> str:
        """What is wrong with the words of the command line."""
        assert (self.code, self.out) == (2, ""), self
        assert self.err.startswith("Usage: janitor "), self
        return self.err.partition("Error: ")[2].strip()


class Janitor:
    """Runs the command in a folder with settings, against the account behind `endpoint`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.settings = SETTINGS

    @property
    def account(self) -> Account:
        """Where it looks and acts."""
        return self.endpoint.account

    @property
    def home(self) -> Path:
        """The folder it is started in."""
        return self.endpoint.home

    @property
    def settings(self) -> str:
        """What stands in its janitor.toml."""
        return (self.home / "janitor.toml").read_text(encoding="utf-8")

    @settings.setter
    def settings(self, text: str) -> None:
        (self.home / "janitor.toml").write_text(text, encoding="utf-8")

    def __call__(self, *words: str, **variables: str) -> Said:
        """Run it to its end."""
        return ended(self.start(*words, **variables))

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start it, and leave the rest to the test."""
        return self.endpoint.start(*words, **variables)

    def shell(self, line: str) -> Said:
        """Run a line of bash in which `janitor` is the command."""
        return ended(self.script(f'janitor() {{ {" ".join(COMMAND)} "$@"; }}\n{line}'))

    def script(self, text: str) -> subprocess.Popen[str]:
        """Start a script of bash, and leave the rest to the test."""
        pipes = (subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE)
        return self._open(("bash", "-c", text), pipes)

    def on_terminal(
        self,
        *words: str,
        answers: Sequence[str | Callable[[], str]] = (),
        width: int = 200,
        piped: bool = False,
    ) -> Said:
        """Run it on a terminal, where `answers` are typed, or found out, one at each question.

        What the terminal shows is `out`; where standard output is `piped`, it is `err`.
        """
        terminal, inside = pty.openpty()
        size = {"TERM": "xterm-256color", "COLUMNS": str(width)}
        streams = (inside, subprocess.PIPE if piped else inside, inside)
        process = self._open((*COMMAND, *words), streams, size)
        os.close(inside)
        shown = _typed(terminal, list(answers))
        os.close(terminal)
        if not piped:
            return Said(process.wait(), shown, "")
        said = ended(process)
        return Said(said.code, said.out, shown)

    def _open(
        self,
        words: Sequence[str],
        streams: tuple[int, int, int],
        variables: dict[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603  our own command, from a test
            words,
            env=self.endpoint.environment | (variables or {}),
            cwd=self.home,
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            text=True,
        )


def ended(process: subprocess.Popen[str]) -> Said:
    """What a run has said once it is over; none ends in a traceback."""
    # No timeout of subprocess: it would sleep, and so move the clock of the account.
    watch = threading.Timer(LONGEST, process.kill)
    watch.start()
    try:
        out, err = process.communicate()
    finally:
        watch.cancel()
    said = Said(process.returncode, out or "", err or "")
    assert "Traceback" not in said.err, said.err
    return said


def _typed(terminal: int, answers: list[str | Callable[[], str]]) -> str:
    """What a terminal shows until its run ends."""
    shown = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], LONGEST)
        try:
            more = os.read(terminal, 65536) if ready else b""
        except OSError:  # how a terminal ends on Linux
            more = b""
        if not more:
            return shown.decode().replace("\r\n", "\n")
        shown += more
        if answers and shown.endswith(b": "):
            answer = answers.pop(0)
            os.write(terminal, f"{answer if isinstance(answer, str) else answer()}\n".encode())


@contextmanager
def held_at(operation: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """AWS takes its time for `operation`: it says when it was asked, and waits for the word."""
    asked, go_on = threading.Event(), threading.Event()

    def hold(exchange: Exchange) -> None:
        if exchange.request.operation == operation:
            asked.set()
            go_on.wait(LONGEST)

    CHECKS.append(hold)
    try:
        yield asked, go_on
    finally:
        go_on.set()
        CHECKS.remove(hold)
