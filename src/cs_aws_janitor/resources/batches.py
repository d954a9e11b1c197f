"""One bad id spoils nothing: send ids in batches, halve what is refused, one result per id."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Refusals = dict[str, Refusal]

T = TypeVar("T")

ENOUGH = 10
_NOT_ABOUT_AN_ID = frozenset({Sort.THROTTLED, Sort.UNREACHED})
_PERHAPS_ABOUT_AN_ID = frozenset({Sort.DENIED, Sort.FAILED})


def cut(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def send(ids: Sequence[str], size: int, call: Callable[[Sequence[str]], object]) -> Refusals:
    """Call with `ids` in batches of `size`; the refusals, by id, of those that were refused."""
    refused: Refusals = {}
    for batch in cut(ids, size):
        _send(batch, call, refused)
    return refused


def _send(batch: Sequence[str], call: Callable[[Sequence[str]], object], refused: Refusals) -> None:
    refusal = attempt(lambda: call(batch))
    if not isinstance(refusal, Refusal):
        return
    hopeless = refusal.sort in _NOT_ABOUT_AN_ID or _refused_enough(refused, refusal)
    if len(batch) == 1 or hopeless:
        refused.update(dict.fromkeys(batch, refusal))
        return
    middle = len(batch) // 2
    _send(batch[:middle], call, refused)
    _send(batch[middle:], call, refused)


def _refused_enough(refused: Refusals, refusal: Refusal) -> bool:
    """Whether so many ids were refused like this one by one that the rest will be as well."""
    if refusal.sort not in _PERHAPS_ABOUT_AN_ID:
        return False
    return sum(r.code == refusal.code for r in refused.values()) >= ENOUGH
