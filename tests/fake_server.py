"""What fakes of servers share: sockets that fail as real ones do, and a record of what came."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_httpserver import HTTPServer
from werkzeug import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug import Request

# Faults: before the request is looked at, but for `lost`: it is done, and the answer is lost.
RESET, LOST, SLOW, BROKEN, BUSY = "reset", "lost", "slow", "500", "429 0"
FINE = "fine"  # no fault: the one after it is for the next such request


@dataclass(slots=True)
class Fake:
    """A server that answers by `answer`, or by the next of its `faults` that fits.

    A fault is a part of `METHOD /path` and what happens: RESET, LOST, SLOW, BROKEN, FINE, or 429
    and the pause that is asked for.
    """

    faults: list[tuple[str, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    freed: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request) -> Response:
        """What the real one would answer."""
        raise NotImplementedError

    def asked(self, part: str) -> int:
        """How often something was asked for."""
        return sum(part in each for each in self.requests)

    def handle(self, request: Request) -> Response:
        """An answer, or the fault that is next."""
        what = f"{request.method} {request.path}"
        self.requests.append(what)
        fault = next((each for each in self.faults if each[0] in what), None)
        if fault is None:
            return self.answer(request)
        self.faults.remove(fault)
        happens = fault[1]
        if happens[0].isdecimal():
            code, _, wait = happens.partition(" ")
            return Response("oops", int(code), {"Retry-After": wait} if wait else {})
        if happens == FINE:
            return self.answer(request)
        if happens == SLOW:
            self.freed.wait(10)
        if happens == LOST:
            self.answer(request)
        request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response()


@contextmanager
def serving(fake: Fake) -> Iterator[str]:
    """The address at which `fake` answers, many at a time."""
    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile(".*")).respond_with_handler(fake.handle)
        yield server.url_for("").rstrip("/")
        fake.freed.set()
