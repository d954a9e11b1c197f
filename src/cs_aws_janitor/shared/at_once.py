"""Many calls at once, as far as they are waited for."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Found = TypeVar("Found")

WAITED = 0.01  # seconds: in the time that a call takes longer than this, others can be made


def at_once(call: Callable[[Item], Found], items: Sequence[Item], most: int) -> list[Found]:
    """What `call` makes of each of `items`, in their order; in no more than `most` threads.

    It begins with one, and one more joins each time that calls took longer than `WAITED`: where
    answers come at once, one thread is faster than many that take turns. Raises what a call
    raised; then, or where it is broken off, no further call is begun.
    """
    if not items:
        return []
    crew = _Crew(call, items)
    with ThreadPoolExecutor(most) as pool:
        members, made = [pool.submit(crew.work)], 0
        try:
            while (looked := wait(members, WAITED, FIRST_EXCEPTION)).not_done:
                for member in looked.done:
                    member.result()
                if len(crew.found) - made < len(members) < most:
                    members.append(pool.submit(crew.work))
                made = len(crew.found)
            for member in members:
                member.result()
        finally:
            crew.stop()
    return [crew.found[number] for number in range(len(items))]


class _Crew(Generic[Item, Found]):
    """Those who make the calls, and what they found by the numbers of the items."""

    def __init__(self, call: Callable[[Item], Found], items: Sequence[Item]) -> None:
        self.found: dict[int, Found] = {}
        self._call = call
        self._left: Iterator[tuple[int, Item]] = iter(enumerate(items))
        self._lock = threading.Lock()

    def work(self) -> None:
        """Make one call after the other, as long as there are any left."""
        while item := self._next():
            self.found[item[0]] = self._call(item[1])

    def stop(self) -> None:
        """Begin no further call."""
        with self._lock:
            self._left = iter(())

    def _next(self) -> tuple[int, Item] | None:
        with self._lock:
            return next(self._left, None)
