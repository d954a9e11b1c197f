"""How the daemon fares, in a file: for whoever watches it without asking it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

RUNNING, WAITING, ENDED = "running", "waiting", "ended"


@dataclass(slots=True)
class Health:
    """Keeps `file`, if any, true: at the start and at the end of each run, and at the very end.

    It is JSON: the state, the process, since when it is up, the last run with its exit code, and
    when the next one begins. Instants are in UTC.
    """

    file: Path | None
    since: datetime = field(default_factory=clock.now)
    _runs: int = 0
    _began: datetime | None = None
    _ended: datetime | None = None
    _code: int | None = None

    def begins(self) -> None:
        """A run begins."""
        self._runs += 1
        self._began, self._ended, self._code = clock.now(), None, None
        self._write(RUNNING)

    def ends(self, code: int) -> None:
        """It has ended with this exit code."""
        self._ended, self._code = clock.now(), code

    def waits(self, seconds: float) -> None:
        """The next one begins in so many seconds."""
        self._write(WAITING, clock.now() + timedelta(seconds=round(seconds)))

    def over(self) -> None:
        """No other will begin."""
        self._write(ENDED)

    def _write(self, state: str, next_: datetime | None = None) -> None:
        from cs_aws_janitor.cli import printing, replacing
        from cs_aws_janitor.shared.errors import RefusedError

        if self.file is None:
            return
        instants = {
            "since": self.since,
            "run_began": self._began,
            "run_ended": self._ended,
            "next": next_,
        }
        told = {
            "state": state,
            "pid": os.getpid(),
            "runs": self._runs,
            "exit_code": self._code,
            **{key: at.isoformat() if at else None for key, at in instants.items()},
        }
        try:
            replacing.replace(self.file, f"{json.dumps(told)}\n")
        except RefusedError as error:
            printing.show_error(str(error))  # a full disk is no reason to look after nothing
