"""Reads of instances take a short way, all else botocore's own; what goes wrong is sent again."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ClientError

from cs_aws_janitor import sessions
from cs_aws_janitor.fast_sender import FastSender
from cs_aws_janitor.resources.kinds.ec2_instance import protected
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.wiring import Aws

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = "Action=DescribeInstanceAttribute&Version=2016-11-15&InstanceId=i-1"
UNPROTECTED = (
    "<DescribeInstanceAttributeResponse><instanceId>i-1</instanceId><disableApiTermination>"
    "<value>false</value></disableApiTermination></DescribeInstanceAttributeResponse>"
)
THROTTLED = (
    "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slowly</Message></Error>"
    "</Errors><RequestID>r-1</RequestID></Response>"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that gives `answers` by turns, as bytes to the letter, and the last one for ever.

    `asked` are the bodies it was sent, `paths` where to, `connections` the ports they came from.
    """

    answers: list[bytes]
    port: int
    asked: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


def http(body: str, status: int = 200, headers: str = "") -> bytes:
    """An answer as it goes over the wire."""
    return f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@contextmanager
def serving(*answers: bytes) -> Iterator[Served]:
    """A server on this machine."""
    given = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            served.asked.append(self.rfile.read(length).decode())
            served.paths.append(self.path)
            served.connections.append(self.client_address[1])
            answer = given.pop(0) if len(given) > 1 else given[0]
            self.wfile.write(answer)
            self.close_connection = not answer.startswith(b"HTTP/1.1 ") or b"close" in answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served = Served(given, server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()


@dataclass(slots=True)
class Ordinary:
    """What botocore would send with: it notes what comes, and answers everything alike."""

    sent: list[object] = field(default_factory=list)
    closed: bool = False

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Note the body of `request`."""
        self.sent.append(request.body)
        nothing: Any = {}
        return AWSResponse(request.url, 299, nothing, None)

    def close(self) -> None:
        """Note it, too."""
        self.closed = True


def request(url: str, body: Any = READ, path: str = "/") -> AWSPreparedRequest:
    """A request as botocore hands it to what sends it."""
    headers: Any = HeadersDict({"User-Agent": b"me", "Content-Length": str(len(body or ""))})
    return AWSPreparedRequest("POST", f"{url}{path}", headers, body, stream_output=False)


def test_a_read_is_sent_and_its_answer_given() -> None:
    """Status, headers and body arrive as they are; the connection is kept for the next."""
    ordinary = Ordinary()
    with serving(http("one", 200, "X-A: b\r\n"), http("two", 503)) as served:
        sender = FastSender(ordinary, served.url)
        one = sender.send(request(served.url))
        two = sender.send(request(served.url, path="/aws/"))
        sender.close()
    assert served.paths == ["/", "/aws/"]
    assert (one.status_code, one.headers["x-a"], one.content) == (200, "b", b"one")
    assert (two.status_code, two.content) == (503, b"two")
    assert served.asked == [READ, READ]
    assert len(set(served.connections)) == 1
    assert (ordinary.sent, ordinary.closed) == ([], True)


@pytest.mark.parametrize(
    "body",
    [
        "Action=DescribeSnapshots&Version=2016-11-15",
        "Action=ModifyInstanceAttribute&InstanceId=i-1",
        "Action=TerminateInstances&x=Action=DescribeInstanceAttribute&",
        b"Action=DescribeInstanceAttribute&",
        None,
    ],
)
def test_all_else_is_sent_as_botocore_does(body: object) -> None:
    """Above all what changes something: this way may send twice."""
    ordinary = Ordinary()
    with serving(http("one")) as served:
        assert FastSender(ordinary, served.url).send(request(served.url, body)).status_code == 299
    assert (served.asked, ordinary.sent) == ([], [body])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 X\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhalf",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n9\r\nhalf",
        b"Log in to this network",
    ],
    ids=["none", "half", "half of a chunk", "no HTTP"],
)
def test_what_breaks_off_is_sent_again_as_botocore_does(answer: bytes) -> None:
    """Half an answer is none, and the next read is sent over another connection."""
    ordinary = Ordinary()
    with serving(answer, http("two")) as served:
        sender = FastSender(ordinary, served.url)
        one, two = sender.send(request(served.url)), sender.send(request(served.url))
        sender.close()
    assert (one.status_code, ordinary.sent) == (299, [READ])
    assert (two.status_code, two.content) == (200, b"two")
    assert len(set(served.connections)) == 2


def test_what_is_waited_for_in_vain_is_not_waited_for_twice() -> None:
    """Once an answer has not come in time, botocore sends everything, and waits as it does."""
    ordinary = Ordinary()
    with serving(http("one"), b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nhalf") as served:
        sender = FastSender(ordinary, served.url, patience=0.2)
        statuses = [sender.send(request(served.url)).status_code for _ in range(3)]
        sender.close()
    assert statuses == [200, 299, 299]
    assert len(served.asked) == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_where_nobody_answers_botocore_tells_it(scheme: str) -> None:
    """Nor is anybody believed who does not show a certificate."""
    ordinary = Ordinary()
    with serving(http("one")) as served:
        url = f"https://127.0.0.1:{served.port}" if scheme == "https" else "http://127.0.0.1:1"
        assert FastSender(ordinary, url).send(request(url)).status_code == 299
    assert (served.asked, ordinary.sent) == ([], [READ])


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of EC2 at a URL, in an environment that asks for nothing out of the ordinary."""
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")

    def client(url: str, **extra: str) -> tuple[Aws, Any]:
        for name, value in {"AWS_ENDPOINT_URL": url, **extra}.items():
            monkeypatch.setenv(name, value)
        aws = Aws(sessions.quick(), "123456789012", "aws", pause=lambda _: None)
        return aws, aws.clients(Place("123456789012", "eu-west-1"), "ec2")

    return client


def sender_of(client: Any) -> object:
    """What its endpoint sends with."""
    return client._endpoint.http_session  # noqa: SLF001  there is no other way to it


def test_a_client_reads_by_it_and_hears_of_refusals(at: Any) -> None:
    """A throttled read is counted and repeated, as on the ordinary way; handlers see each."""
    heard: list[object] = []
    with serving(http(THROTTLED, 503), http(UNPROTECTED)) as served:
        aws, client = at(served.url)
        client.meta.events.register("before-send", lambda request, **_: heard.append(request.url))
        assert isinstance(sender_of(client), FastSender)
        assert protected(client, "i-1") is False
        client.close()
    assert (aws.throttled, len(served.asked), len(heard)) == (1, 2, 2)


def test_what_aws_refuses_is_refused(at: Any) -> None:
    """With its code, and asked once."""
    denied = THROTTLED.replace("RequestLimitExceeded", "UnauthorizedOperation")
    with serving(http(denied, 403)) as served:
        _, client = at(served.url)
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            protected(client, "i-1")
        client.close()
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "special",
    [
        {"REQUESTS_CA_BUNDLE": "/certificates.pem"},
        {"AWS_CA_BUNDLE": "/certificates.pem"},
        {"http_proxy": "http://127.0.0.1:1"},
    ],
    ids=lambda special: next(iter(special)),
)
def test_a_proxy_or_certificates_of_ones_own_are_left_to_botocore(at: Any, special: Any) -> None:
    """It alone knows all the ways in which they are set."""
    _, client = at("http://somewhere.example", **special)
    assert not isinstance(sender_of(client), FastSender)


def test_a_whole_client_and_other_services_send_as_botocore_does(at: Any) -> None:
    """The short way is for what is read a thousand times."""
    aws, _ = at("http://127.0.0.1:1")
    place = Place("123456789012", "eu-west-1")
    for client in (aws.clients(place, "ec2", whole=True), aws.clients(place, "sts")):
        assert not isinstance(sender_of(client), FastSender)
