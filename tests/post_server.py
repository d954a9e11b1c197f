"""SNS and SES behind a real socket: what was sent to whom, and whatever it is told to answer."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHED = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
    "<PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"
)
REFUSED = (
    "<ErrorResponse><Error><Code>{}</Code><Message>You may not</Message></Error></ErrorResponse>"
)
CODES = {429: "TooManyRequestsException", 500: "InternalFailure", 403: "AccessDeniedException"}
RESET, SILENCE = "reset", "silence"
LONGEST = {True: 40 * 1000**2, False: 256 * 1024}  # bytes of a mail, and of a message of a topic


@dataclass
class Office:
    """What was `sent`, and what it answers `next`: a status, RESET or SILENCE; else it takes it.

    `asks` is the Retry-After beside a 429. `waits`: nobody is left without an answer for ever.
    """

    sent: list[dict[str, Any]] = field(default_factory=list)
    next: list[int | str] = field(default_factory=list)
    asks: str | None = None
    asked: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self) -> list[str]:
        """The text of each message that was taken."""
        return [each["text"] for each in self.sent]


class _Counter(BaseHTTPRequestHandler):
    """Where messages are handed in."""

    office: Office

    def do_POST(self) -> None:
        """Take a message, or do what comes next."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.office.asked += 1
        what = self.office.next.pop(0) if self.office.next else 200
        if what == RESET:
            # With no time to linger the connection is reset and not closed.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif what == SILENCE:
            self.office.over.wait(30)
        elif isinstance(what, int):
            self._answer(what, mail=self.path.startswith("/v2/"), body=body)

    def _answer(self, status: int, *, mail: bool, body: str) -> None:
        letter = _mail(json.loads(body)) if mail else _published(body)
        size = len((letter["text"] + (letter.get("html") or "")).encode())
        if status == 200 and size > LONGEST[mail]:
            status = 413
        if status == 200:
            self.office.sent.append(letter)
        code = CODES.get(status, "")
        answer = json.dumps({"MessageId": "m-1"}) if mail else PUBLISHED
        refused = json.dumps({"message": "You may not"}) if mail else REFUSED.format(code)
        text = (answer if status == 200 else refused).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if mail else "text/xml")
        self.send_header("x-amzn-ErrorType", code)
        self.send_header("Content-Length", str(len(text)))
        if status == 429 and self.office.asks:
            self.send_header("Retry-After", self.office.asks)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _mail(body: dict[str, Any]) -> dict[str, Any]:
    simple = body["Content"]["Simple"]
    return {
        "from": body["FromEmailAddress"],
        "to": body["Destination"]["ToAddresses"],
        "subject": simple["Subject"]["Data"],
        "text": simple["Body"]["Text"]["Data"],
        "html": simple["Body"].get("Html", {}).get("Data"),
        "cc": body["Destination"].get("CcAddresses", []),
    }


def _published(body: str) -> dict[str, Any]:
    form = {key: values[0] for key, values in parse_qs(body).items()}
    owner = form["MessageAttributes.entry.1.Value.StringValue"]
    found = {"to": owner, "topic": form["TopicArn"]}
    return found | {"subject": form["Subject"], "text": form["Message"]}


class _Building(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Who hung up was not told to stay."""


@contextmanager
def office() -> Iterator[Office]:
    """An office that is open for as long as it is needed."""
    opened = Office()
    server = _Building(("127.0.0.1", 0), type("Counter", (_Counter,), {"office": opened}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    opened.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield opened
    finally:
        opened.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
