"""A message to a person, whichever way it goes, and what can keep it from being sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cs_aws_janitor.shared.errors import JanitorError

LONGEST_WAIT = 60  # seconds at most that a server may ask for before it is asked again
TIMEOUT = 20  # seconds until a server that says nothing counts as gone


@dataclass(frozen=True, slots=True)
class Message:
    """Words for one person. `key` is the same whenever the same message is sent again."""

    to: str
    subject: str
    text: str
    key: str
    cc: tuple[str, ...] = ()


class Carrier(Protocol):
    """What takes messages to people."""

    def send(self, message: Message) -> str:
        """Send it; by what it can be told there. Raises NotSentError."""


class NotSentError(JanitorError):
    """A message was not sent, or nobody knows.

    `uncertain`: it may have arrived all the same. `lasting`: others will not be sent either, as
    where a token is not valid or a server does not answer.
    """

    def __init__(
        self, what: str, cure: str = "", *, uncertain: bool = False, lasting: bool = False
    ) -> None:
        super().__init__(what, cure)
        self.uncertain = uncertain
        self.lasting = lasting
