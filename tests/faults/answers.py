"""Answers of AWS that lack a member, or bear something else in its place."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.handlers import BUILTIN_HANDLERS

from tests.strict.wire import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Path = tuple[str | int, ...]

MISSING = object()
ASIDE = {"ResponseMetadata"}  # no word of AWS, but of botocore
ODD: dict[str, Callable[[Any], Any]] = {
    "missing": lambda _: MISSING,
    "nothing": lambda _: None,
    "empty": lambda value: type(value)() if isinstance(value, str | list | dict) else "",
    "words": lambda _: "\x1b[31m next friday \u202e\ud800",
    "another": lambda value: [value] if isinstance(value, dict) else {"Value": value},
}


@dataclass
class Mangling:
    """One member of one answer is spoilt in one of the manners of ODD.

    It is that of the `call`th answer to `operation` (any, where none is named), and the `member`th
    of those whose way ends with `last`; counted on from the first where there are not so many.
    `spoilt` says what it was; empty where it did not come to it.
    """

    manner: str
    call: int = 0
    member: int = 0
    operation: str = ""
    last: Path = ()
    spoilt: str = ""
    _answers: int = field(default=0, repr=False)

    def come(self, operation: str, answer: dict[str, Any]) -> None:
        """One more answer arrives."""
        if self.operation not in {"", operation}:
            return
        self._answers += 1
        paths = [
            path for path in members(answer) if path[len(path) - len(self.last) :] == self.last
        ]
        if self._answers - 1 == self.call and paths:
            path = paths[self.member % len(paths)]
            spoil(answer, path, ODD[self.manner])
            self.spoilt = f"{operation}: {'.'.join(map(str, path))} is {self.manner}"


def members(answer: Any, above: Path = ()) -> Iterator[Path]:
    """The ways to all members of an answer."""
    named: Any = ()
    if isinstance(answer, dict):
        named = answer.items()
    elif isinstance(answer, list):
        named = enumerate(answer)
    for key, value in named:
        if key not in ASIDE:
            yield (*above, key)
            yield from members(value, (*above, key))


def spoil(answer: Any, path: Path, how: Callable[[Any], Any]) -> None:
    """Put something else in the place of what stands at `path`."""
    *above, last = path
    for key in above:
        answer = answer[key]
    odd = how(answer[last])
    if odd is MISSING:
        del answer[last]
    else:
        answer[last] = odd


STANDING: list[Mangling] = []


def _after_call(parsed: Any, model: Any, context: Mapping[str, Any], **_: object) -> None:
    if PERSON not in (context["client_config"].user_agent_extra or ""):
        for mangling in STANDING:
            mangling.come(model.name, parsed)


BUILTIN_HANDLERS.append(("after-call", _after_call))


@contextmanager
def spoiling(mangling: Mangling) -> Iterator[None]:
    """Let it come during the calls of the block."""
    STANDING.append(mangling)
    try:
        yield
    finally:
        STANDING.clear()
