"""Running for ever, from start to start without drift; and ending in order on a signal."""

from __future__ import annotations

import gc
import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
FINISHING = b"\njanitor: finishing what is in hand; once more to break off\n"


def repeat(once: Callable[[], int], seconds: float) -> int:
    """Call `once` every `seconds` until SIGTERM or SIGINT; the exit code of the last call.

    A signal during a call lets the call finish; a second one interrupts it.
    """
    with in_order() as stop:
        started, code = clock.monotonic(), once()
        while not stop.is_set():
            gc.collect()  # the sessions of a run hold each other, and would stay for many more
            started = _next(started, seconds)
            if not stop.wait(max(0.0, started - clock.monotonic())):
                code = once()
        return code


@contextmanager
def in_order() -> Iterator[threading.Event]:
    """Note a first signal, so that what is in hand can be finished; a second one breaks it off.

    Where signals are minded already, they stay with whoever minds them.
    """
    stop = threading.Event()
    own = threading.current_thread() is threading.main_thread()
    if not own or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stop
        return
    before = {number: signal.signal(number, _stopper(stop)) for number in SIGNALS}
    try:
        yield stop
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
        with suppress(OSError):
            os.write(2, FINISHING)  # what else prints may be in the middle of it

    return handle
