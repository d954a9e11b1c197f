"""What happens in the middle of a run: the process is killed, another one starts, people act."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.handlers import BUILTIN_HANDLERS

from tests.strict.calls import READS
from tests.strict.faults import Fault
from tests.strict.wire import PERSON, DiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from tests.simulation.janitor import Janitor
    from tests.strict.wire import Request

NOBODY = 2**22 + 1  # more than any process id that Linux gives


class Kill(Fault):
    """The process is killed at its writing call `number`: before it, or right after it.

    What it would still have written into its ledger, and that it would have given its lock back,
    is undone by `clear_up`: a killed process does neither.
    """

    def __init__(self, janitor: Janitor, number: int, *, afterwards: bool) -> None:
        super().__init__("*", self._die, afterwards=afterwards)
        self.dead = False
        self._janitor = janitor
        self._left = number
        self._lock = ""
        self._size = 0

    def strikes(self, request: Request, *, afterwards: bool) -> bool:
        """Whether the process is dead when it makes this call."""
        if request.operation.startswith(READS):
            return False
        if not self.dead and afterwards is self.afterwards:
            self._left -= 1
            self.dead = self._left <= 0
            if self.dead:
                self._note()
        return self.dead

    def clear_up(self, dice: Random) -> None:
        """Leave lock and ledger as the dead leave them."""
        if not self.dead:
            return
        size = self._janitor.ledger.stat().st_size
        # It may have died in the middle of a line.
        os.truncate(self._janitor.ledger, dice.randint(self._size, size))
        self._janitor.lock.write_text(self._left_lock(dice))

    def _left_lock(self, dice: Random) -> str:
        """The lock of a process of which it cannot be seen that it is gone, or of one that can."""
        if dice.random() < 0.5:
            return self._lock
        return json.dumps({**json.loads(self._lock), "pid": NOBODY})

    def _note(self) -> None:
        self._lock = self._janitor.lock.read_text()
        ledger = self._janitor.ledger
        self._size = ledger.stat().st_size if ledger.exists() else 0

    def _die(self, _: Request) -> Any:
        return DiedError()


@dataclass
class Interlude:
    """Something that happens once, just before call number `number` of a run to one region."""

    operation: str
    region: str | None
    number: int
    act: Callable[[], object]
    happened: bool = False
    _seen: Counter[str] = field(default_factory=Counter)

    def come(self, operation: str, region: str) -> None:
        """One more call."""
        if self.happened or operation != self.operation or self.region not in {None, region}:
            return
        self._seen[operation] += 1
        if self._seen[operation] == self.number:
            self.happened = True
            self.act()


INTERLUDES: list[Interlude] = []


def _before_call(model: Any, context: Mapping[str, Any], **_: object) -> None:
    if PERSON in (context["client_config"].user_agent_extra or ""):
        return
    for interlude in INTERLUDES:
        interlude.come(model.name, str(context["client_region"]))


BUILTIN_HANDLERS.append(("before-parameter-build", _before_call))


@contextmanager
def interrupted_by(*interludes: Interlude) -> Iterator[None]:
    """Let these come during the calls of the block. They hold up no other thread."""
    INTERLUDES.extend(interludes)
    try:
        yield
    finally:
        INTERLUDES.clear()
