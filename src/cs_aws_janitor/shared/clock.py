"""The only reader of the clock. It is read once per run; `now` is a parameter everywhere else."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Pause = Callable[[float], None]


def now() -> datetime:
    """The present instant in UTC, to the second: what is written is what is compared."""
    return datetime.now(UTC).replace(microsecond=0)


def pause(seconds: float) -> None:
    """Wait: for a state in AWS to settle, or between two runs of the daemon."""
    time.sleep(seconds)


def monotonic() -> float:
    """Seconds of a clock that nobody sets back: for how long something lasts."""
    return time.monotonic()
