"""Many calls at once, as far as they are waited for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from cs_aws_janitor.shared import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

Item = TypeVar("Item")
Found = TypeVar("Found")

WAITED = 0.01  # seconds: in the time that a call takes longer than this, others can be made


def at_once(call: Callable[[Item], Found], items: Sequence[Item], most: int) -> list[Found]:
    """What `call` makes of each of `items`, in their order; in no more than `most` threads.

    It begins with one. Each that had to wait has another one join it, so that after three answers
    there are eight; where none is waited for, one thread is faster than many that take turns.
    Raises what a call raised.
    """
    crew = _Crew(call, items, most)
    with ThreadPoolExecutor(most) as pool:
        crew.join(pool)
        for member in crew.members:  # more may join meanwhile
            member.result()
    return [crew.found[number] for number in range(len(items))]


class _Crew(Generic[Item, Found]):
    """Those who make the calls, and what they found by the numbers of the items."""

    def __init__(self, call: Callable[[Item], Found], items: Sequence[Item], most: int) -> None:
        self.found: dict[int, Found] = {}
        self.members: list[Future[None]] = []
        self._call = call
        self._left = iter(enumerate(items))
        self._most = most
        self._lock = threading.Lock()

    def join(self, pool: ThreadPoolExecutor) -> None:
        """Have one more make calls, where there is room."""
        with self._lock:
            if len(self.members) < self._most:
                self.members.append(pool.submit(self._work, pool))

    def _work(self, pool: ThreadPoolExecutor) -> None:
        while item := self._next():
            began = clock.monotonic()
            self.found[item[0]] = self._call(item[1])
            if clock.monotonic() - began > WAITED:
                self.join(pool)

    def _next(self) -> tuple[int, Item] | None:
        with self._lock:
            return next(self._left, None)
