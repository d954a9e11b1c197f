"""Calls at once: in one thread where none waits, and in as many as may be where all do."""

from __future__ import annotations

import threading
from threading import Barrier

import pytest

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.at_once import WAITED, at_once


def test_what_is_found_is_in_the_order_of_the_items() -> None:
    """Whoever was first."""

    def call(number: int) -> int:
        clock.pause(0.03 if number % 3 == 0 else 0.0)
        return number * number

    assert at_once(call, range(30), 4) == [number * number for number in range(30)]
    assert at_once(call, [], 4) == []


def test_where_nobody_waits_there_is_one_thread() -> None:
    """Many would only take turns."""
    threads = at_once(lambda _: threading.get_ident(), range(200), 8)
    assert len(set(threads)) == 1


def test_where_all_wait_there_are_as_many_as_may_be() -> None:
    """Each of the last calls waits until there are eight at once; there are never more."""
    together, inside, lock = Barrier(8), set[int](), threading.Lock()
    seen: list[int] = []

    def call(number: int) -> None:
        with lock:
            inside.add(number)
            seen.append(len(inside))
        if number >= 40:
            together.wait(timeout=20)
        else:
            clock.pause(3 * WAITED)
        with lock:
            inside.discard(number)

    at_once(call, range(48), 8)
    assert max(seen) == 8
    assert seen[0] == 1


def test_one_that_hangs_holds_up_no_other() -> None:
    """The first waits until all others were made."""
    others = threading.Semaphore(0)

    def call(number: int) -> bool:
        if number:
            others.release()
            return True
        return all(others.acquire(timeout=20) for _ in range(30))

    assert all(at_once(call, range(31), 2))


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_what_a_call_raises_is_raised(stop: type[BaseException]) -> None:
    """And no other call is begun, once it was."""
    made = []

    def call(number: int) -> None:
        made.append(number)
        if number == 5:
            raise stop(number)
        clock.pause(WAITED)

    with pytest.raises(stop, match="5"):
        at_once(call, range(1000), 4)
    assert len(made) < 20
