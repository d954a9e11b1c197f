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
    from collections.abc import Callable


class Turns:
    """Calls `write` by one thread at a time, with the texts of all who wait for their turn."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._turn = threading.Lock()
        self._gate = threading.Lock()
        self._waiting: list[tuple[str, Future[None]]] = []

    def append(self, text: str) -> None:
        """Have `text` written; return when it is kept. Raises what `write` raises."""
        kept: Future[None] = Future()
        with self._gate:
            self._waiting.append((text, kept))
        with self._turn:
            if not kept.done():
                self._write_all()
        kept.result()

    def _write_all(self) -> None:
        with self._gate:
            together, self._waiting = self._waiting, []
        failure: LedgerError | None = LedgerError("the ledger was interrupted", "Run it again")
        try:
            self._write("".join(text for text, _ in together))
            failure = None
        except LedgerError as error:
            failure = error
        finally:
            # Also when Ctrl-C breaks in: whoever waits must hear of it.
            for _, kept in together:
                if failure is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(failure)
