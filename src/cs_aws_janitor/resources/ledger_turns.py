"""Appends of many threads, written together: what comes while one is written is the next.

Nobody's append returns before its own lines are kept, so that nothing is lost by waiting; yet
sixteen threads that record their outcomes make one write, or one object in S3, and not sixteen.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Turns:
    """Calls `write` by one thread at a time, with the texts of all who wait for their turn."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._ended = threading.Condition()
        self._writing = False
        self._waiting: list[tuple[str, Future[None]]] = []

    def append(self, text: str) -> None:
        """Have `text` written; return when it is kept. Raises what `write` raises."""
        kept: Future[None] = Future()
        together: Sequence[tuple[str, Future[None]]] = ()
        with self._ended:
            self._waiting.append((text, kept))
            self._ended.wait_for(lambda: kept.done() or not self._writing)
            if not kept.done():
                self._writing = True
                together, self._waiting = self._waiting, []
        if together:
            self._write_all(together)
        kept.result()

    def _write_all(self, together: Sequence[tuple[str, Future[None]]]) -> None:
        failure: LedgerError | None = LedgerError("the ledger was interrupted", "Run it again")
        try:
            self._write("".join(text for text, _ in together))
            failure = None
        except LedgerError as error:
            failure = error
        finally:
            # Also when Ctrl-C breaks in: whoever waits must hear of it.
            with self._ended:
                for _, kept in together:
                    kept.set_exception(failure) if failure else kept.set_result(None)
                self._writing = False
                self._ended.notify_all()
