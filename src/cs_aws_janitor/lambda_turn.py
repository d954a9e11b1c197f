"""One invocation of the function: the time that it has, its settings, and what it raises."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cs_aws_janitor import wiring
from cs_aws_janitor.lambda_events import EventError
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.settings import load_distant
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import PARTLY, JanitorError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.settings import S3Place, Settings
    from cs_aws_janitor.wiring import Aws

MARGIN, LEAST = 60.0, 1.0  # seconds: what was begun comes to its end in them
SHARE = 1 / 3  # of the time there is: where that is short, the margin is no more
OVER = "the time limit of the function has come near"


class UncleanError(JanitorError):
    """The run came to its end, and something in it was refused, failed, unseen or left."""

    exit_code = PARTLY


class Context(Protocol):
    """What the runtime says of one invocation."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """How long it may last yet."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One invocation: who it is, and the time it has. `margin` is in seconds."""

    context: Context
    margin: float

    @classmethod
    def of(cls, context: Context) -> Turn:
        """The turn that begins now."""
        there_is = context.get_remaining_time_in_millis() / 1000
        return cls(context, max(LEAST, min(MARGIN, there_is * SHARE)))

    @property
    def name(self) -> str:
        """What another run is told of who holds the lock."""
        return f"{self.context.function_name}, request {self.context.aws_request_id}"

    def over(self) -> str | None:
        """Why nothing more may be begun, once the time limit is near."""
        return OVER if self._left < 0 else None

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the time there is: what would take longer stays due."""
        clock.pause(self.at_most(seconds))

    def at_most(self, seconds: float) -> float:
        """So many seconds, or fewer where the time limit is nearer."""
        return min(seconds, max(self._left, 0.0))

    @property
    def _left(self) -> float:
        """The seconds in which something may still be begun."""
        return self.context.get_remaining_time_in_millis() / 1000 - self.margin


def root() -> Path:
    """The folder of the unpacked zip."""
    return Path(os.environ.get("LAMBDA_TASK_ROOT", "."))


def enter(turn: Turn) -> tuple[Aws, Settings]:
    """Find out who is calling, and read the settings; nobody waits beyond the time of `turn`."""
    aws = wiring.connect()
    aws.pause = turn.pause
    return aws, load_distant(os.environ, root(), aws.at_home, KINDS)


def begin(turn: Turn) -> tuple[Aws, Settings]:
    """The same for the first wing, whose ledger must be in S3."""
    aws, settings = enter(turn)
    ledger_of(settings)
    return aws, settings


def ledger_of(settings: Settings) -> S3Place:
    """Where the ledger is. Raises RefusedError for one in a file: a function keeps none."""
    if settings.ledger.s3 is None:
        raise RefusedError(
            "a function keeps no file, and the settings have no ledger in S3",
            'Set s3 = "s3://bucket/prefix" under [ledger]',
        )
    return settings.ledger.s3


def kinds_of(settings: Settings, wanted: tuple[str, ...] = ()) -> Mapping[str, Kind]:
    """The kinds that an event names, else those of the settings."""
    for name in wanted:
        if name not in KINDS:
            there_are = f"There are: {', '.join(KINDS)}"
            raise EventError(f"the event names no kind with {name!r}", there_are)
    return {name: KINDS[name] for name in wanted or settings.kinds or tuple(KINDS)}
