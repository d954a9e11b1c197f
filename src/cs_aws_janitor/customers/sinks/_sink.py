"""What a sink of tasks must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cs_aws_janitor.shared.errors import JanitorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.customers.task import Delivery, Task


class SinkError(JanitorError):
    """A sink cannot be used at all: what is left for it stays due."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one task: `place` is where it stands now, `why` that it was refused."""

    key: str
    place: str = ""
    why: str | None = None


class Sink(Protocol):
    """Where people do their tasks.

    Both are generators, and each receipt is written to the ledger before the next task is taken
    up: a receipt is given once its task really stands there. A run that was cut off in between
    asks for the same task again, so both are safe to call twice with one key: nothing may be there
    a second time. What can only be done for all tasks at once gives its receipts afterwards. One
    task that is refused is a receipt that says why; SinkError means that nothing more is possible.

    A task that people have finished, and that comes again with another due date (a follow-up after
    a later contact), is to be done again.
    """

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Create each task, or change the one that bears its key already; a receipt for each."""

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Take each task back, as one that is not called for any more; a receipt for each."""
