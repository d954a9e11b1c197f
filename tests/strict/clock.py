"""Time travel: the clock of the test, of moto and of the janitor are one, and waiting moves it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import time_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

_really_sleep = time.sleep
START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved, or until somebody waits."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self._lock = threading.Lock()
        self.waited = 0.0

    @property
    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    def travel(self, delta: timedelta) -> None:
        """Go on by `delta`."""
        with self._lock:
            self._traveller.shift(delta)

    def at(self, instant: datetime) -> None:
        """Go to `instant`; a time without zone is in UTC."""
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        self.travel(aware - self.now)

    def no_earlier_than(self, instant: datetime) -> None:
        """Catch up with somebody whose clock has gone on to `instant`."""
        if instant > self.now:
            self.at(instant)

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` does meanwhile: the time passes, and nobody waits for it."""
        with self._lock:
            self._traveller.shift(timedelta(seconds=seconds))
            self.waited += seconds
        _really_sleep(0)


@contextmanager
def travelling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A clock that starts at START."""
    with time_machine.travel(START, tick=False) as traveller:
        clock = Clock(traveller)
        monkeypatch.setattr(time, "sleep", clock.sleep)
        yield clock
