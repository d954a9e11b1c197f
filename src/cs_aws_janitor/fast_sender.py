"""Sends reads of instances by Python's own HTTP client, and all else as botocore does.

Why: a busy plan asks thousands of times for one attribute of one instance, and urllib3 with what
botocore puts around it takes three times as long over each; a page of 10 MB it reads in crumbs.
"""

from __future__ import annotations

import os
import ssl
from collections import deque
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from botocore.session import Session

# Whatever is sent here may be sent twice.
READS = ("Action=DescribeInstanceAttribute&", "Action=DescribeInstances&")
REACHED_IN, ANSWERED_IN = 10.0, 60.0  # seconds, as those of every client


def send_reads_fast(client: Any, session: Session) -> None:
    """Have `client`, made by `session`, send `READS` by a `FastSender`.

    Where a proxy or certificates of one's own are set, botocore alone knows how to use them.
    """
    endpoint = client._endpoint  # noqa: SLF001  there is no other way to it
    special = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    if not special and not get_environ_proxies(endpoint.host):
        endpoint.http_session = FastSender(endpoint.http_session, endpoint.host)


class FastSender:
    """Stands in the place of `ordinary`, by which botocore sends to the URL `host`.

    Where anything goes wrong on the way, `ordinary` sends it again and tells what there is to be
    told: it alone knows of errors. Once an answer took longer than `patience`, in seconds, it
    sends everything, or each would be waited for twice. Safe among threads.
    """

    def __init__(self, ordinary: Any, host: str, patience: float = ANSWERED_IN) -> None:
        self._ordinary = ordinary
        self._host = host
        self._patience = patience
        self._in_vain = False
        self._idle: deque[HTTPConnection] = deque()

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """The answer to `request`, whatever it says. Raises what botocore's own sender raises."""
        body = request.body
        if self._in_vain or not isinstance(body, str) or not body.startswith(READS):
            return self._sent_ordinarily(request)
        connection = self._connection()
        try:
            answer = self._exchange(connection, request, body)
        except (OSError, HTTPException) as error:
            connection.close()
            if isinstance(error, TimeoutError):
                self._in_vain = True
            return self._sent_ordinarily(request)
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close every connection, as botocore asks for with its client."""
        while self._idle:
            self._idle.pop().close()
        self._ordinary.close()

    def _connection(self) -> HTTPConnection:
        """One that is free; opened only when something is sent by it, and again where it closed."""
        try:
            return self._idle.pop()  # between a look and this another thread may take the last
        except IndexError:
            parts = urlsplit(self._host)
        if parts.scheme == "https":
            return _InOneSecurely(parts.netloc, timeout=REACHED_IN, context=_trust())
        return _InOne(parts.netloc, timeout=REACHED_IN)

    def _exchange(
        self, connection: HTTPConnection, request: AWSPreparedRequest, body: str
    ) -> AWSResponse:
        if connection.sock is None:
            connection.connect()
            opened: Any = connection.sock  # mypy takes it to be None still
            opened.settimeout(self._patience)
        headers: Any = request.headers  # botocore's stubs take its own headers and Python's for one
        path = urlsplit(request.url).path or "/"
        connection.request(request.method, path, body, headers)
        answer = connection.getresponse()
        received: Any = answer.headers
        return AWSResponse(request.url, answer.status, received, _Read(answer.read()))

    def _sent_ordinarily(self, request: AWSPreparedRequest) -> AWSResponse:
        answer: AWSResponse = self._ordinary.send(request)
        return answer


class _InOne(HTTPConnection):
    """Sends the head of a request together with its body, which every read has.

    Apart they are two packets and two calls of the system, which cost more than all else in it.
    """

    _head = b""

    def send(self, data: Any) -> None:
        if not self._head:
            self._head = data
            return
        head, self._head = self._head, b""
        super().send(head + data)


class _InOneSecurely(_InOne, HTTPSConnection):
    """The same by TLS."""


@dataclass(frozen=True, slots=True)
class _Read:
    """The body of an answer, as botocore takes it."""

    body: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.body


@cache
def _trust() -> ssl.SSLContext:
    """Whom botocore trusts by default; it takes a while to read."""
    return ssl.create_default_context(cafile=get_cert_path(True))  # noqa: FBT003  its name for default
