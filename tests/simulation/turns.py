"""One thing after the other, so that a seed makes the same again on any machine.

In which order threads come is thrown by nobody's dice: which of two regions met the one fault of
a day, and all that followed from it, would be another one on every replay. That they may come in
any order is shown by the stories, and by the life `regions` of `make faults`, where nothing waits
for its turn.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SUBMIT = "submit"


@contextmanager
def one_after_the_other() -> Iterator[None]:
    """Let what is handed to a pool of threads be done at once, by whoever hands it over."""
    standing = vars(ThreadPoolExecutor)[_SUBMIT]
    setattr(ThreadPoolExecutor, _SUBMIT, _at_once)
    try:
        yield
    finally:
        setattr(ThreadPoolExecutor, _SUBMIT, standing)


def _at_once(
    _: ThreadPoolExecutor, work: Callable[..., Any], /, *given: Any, **named: Any
) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(work(*given, **named))
    except BaseException as error:  # noqa: BLE001  as a pool does; a kill is told by the future, too
        future.set_exception(error)
    return future
