"""Running for ever: from start to start without drift, ending in order on a signal."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def repeat(once: Callable[[], int], seconds: float) -> int:
    """Call `once` every `seconds` until SIGTERM or SIGINT; the exit code of the last call.

    A signal during a call lets the call finish; a second one interrupts it.
    """
    stop = threading.Event()
    before = {
        number: signal.signal(number, _stopper(stop)) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        started, code = clock.monotonic(), once()
        while not stop.is_set():
            started = _next(started, seconds)
            if not stop.wait(max(0.0, started - clock.monotonic())):
                code = once()
        return code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _next(started: float, seconds: float) -> float:
    """The next start on the grid of `seconds`; starts that a long run missed are left out."""
    missed = (clock.monotonic() - started) // seconds
    return started + (missed + 1) * seconds


def _stopper(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    return handle
