"""Running for ever, from start to start without drift; and ending in order on a signal."""

from __future__ import annotations

import gc
import os
import random
import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from cs_aws_janitor.cli.health import Health

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
FINISHING = b"\njanitor: finishing what is in hand; once more to break off\n"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When runs begin: every so many seconds, each but the first by up to `jitter` seconds later.

    They are counted from the first, and not from each other: neither a long run nor a late one
    moves those to come. `chance` is from 0 to 1.
    """

    every: float
    jitter: float = 0.0
    chance: Callable[[], float] = random.random

    def next(self, begun: float, now: float) -> float:
        """The next start that was not missed `now`, after one that was due at `begun`."""
        missed = max(0.0, now - begun) // self.every
        return begun + (missed + 1) * self.every

    def late(self) -> float:
        """By how much one begins later, so that many daemons do not ask AWS all at once."""
        return self.jitter * self.chance()


def repeat(once: Callable[[], int], rhythm: Rhythm, health: Health) -> int:
    """Call `once` in this rhythm until SIGTERM, SIGINT or SIGHUP; the exit code of the last call.

    A signal during a call lets what is in hand finish; a second one interrupts it.
    """

    def run() -> int:
        health.begins()
        code = once()
        health.ends(code)
        return code

    with in_order() as stop:
        begun = clock.monotonic()
        try:
            code = run()
            while not stop.is_set():
                gc.collect()  # the sessions of a run hold each other, and would stay for many more
                begun = rhythm.next(begun, clock.monotonic())
                wait = max(0.0, begun + rhythm.late() - clock.monotonic())
                health.waits(wait)
                if not stop.wait(wait):
                    code = run()
        finally:
            health.over()
        return code


@contextmanager
def in_order() -> Iterator[threading.Event]:
    """Note a first signal, so that what is in hand can be finished; a second one breaks it off.

    Where signals are minded already, what is given is the event of whoever minds them.
    """
    minder = signal.getsignal(signal.SIGTERM)
    if isinstance(minder, _Minder):
        yield minder.stop
        return
    minder = _Minder()
    if threading.current_thread() is not threading.main_thread():
        yield minder.stop
        return
    # What whoever started us has ignored, as nohup does with SIGHUP, stays ignored.
    minded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, minder) for number in minded}
    try:
        yield minder.stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Minder:
    """Takes a signal as the wish to end in order, and the next as the wish to end at once."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if self.stop.is_set():
            raise KeyboardInterrupt
        self.stop.set()
        with suppress(OSError):
            os.write(2, FINISHING)  # what else prints may be in the middle of it
