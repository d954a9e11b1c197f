"""Keeps to AWS's pace once AWS has said that there are too many requests, and not before.

EC2 has a token bucket for each action, region and account, whose sizes and refills are those of
"Request throttling for the Amazon EC2 API" in its documentation. As long as the bucket holds,
nobody waits. Once a call was refused the bucket is empty, and to ask faster than it refills only
makes more refusals, each of which is a call of its own. Other services document no such numbers;
those of EC2 are kept to for them, too.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_aws_janitor.shared.clock import Pause

READS, WRITES = 20.0, 5.0  # calls a second
TAGS = 10.0
RESOURCES = 20.0  # instances a second, beside the calls that name them
HEADROOM = 0.95  # of the refill: somebody else asks now and then, too

_READING = re.compile(r"Describe|Get|List")
_CALLS = {"CreateTags": TAGS, "DeleteTags": TAGS}
_BY_RESOURCE = frozenset({"StopInstances", "TerminateInstances"})
_INSTANCE = re.compile(rb"(?:^|&)InstanceId\.\d+=")


@dataclass(slots=True)
class _Gate:
    """Where the calls of one action pass: freely, or one by one once it is `paced`."""

    operation: str
    pause: Pause
    paced: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def pass_through(self, body: bytes) -> None:
        if self.paced:
            with self.turn:  # whoever comes next waits for this one, too
                self.pause(self._seconds(body) / HEADROOM)

    def _seconds(self, body: bytes) -> float:
        """For how long the bucket fills for what one call takes out of it."""
        read = _READING.match(self.operation)
        one = 1 / _CALLS.get(self.operation, READS if read else WRITES)
        if self.operation not in _BY_RESOURCE:
            return one
        return max(one, len(_INSTANCE.findall(body)) / RESOURCES)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of one service in one region of one account, whichever of its clients asks."""

    pause: Pause
    gates: dict[str, _Gate] = field(default_factory=dict)

    def keep(self, client: Any) -> None:
        """Have every call of `client`, also a repeated one, keep to this pace."""
        client.meta.events.register_first("before-send", self._wait)

    def slow_down(self, operation: str) -> None:
        """AWS has refused a call of `operation` because there were too many."""
        self._gate(operation).paced = True

    def _wait(self, event_name: str, request: Any, **_: object) -> None:
        body = request.body or b""
        gate = self._gate(event_name.rpartition(".")[2])
        gate.pass_through(body if isinstance(body, bytes) else str(body).encode())

    def _gate(self, operation: str) -> _Gate:
        return self.gates.setdefault(operation, _Gate(operation, self.pause))
