"""The same strict AWS behind a real socket, for runs of the installed command."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

import cs_aws_janitor
from tests.strict.aws import environment
from tests.strict.calls import Call
from tests.strict.door import DOOR
from tests.strict.wire import Answer, DiedError, DroppedError, Parts, encode, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.strict.aws import Account

LONGEST = 60.0  # seconds of real time for one run
PACKAGE = Path(cs_aws_janitor.__file__).parent.parent
TRAVEL = Path(__file__).parent / "travel"  # lies on the path of the command: it sets its clock


class StrictServer(ThreadedMotoServer):
    """moto's server with the door before it."""

    def _server_entry(self) -> None:
        app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            self._ip_address,
            self._port,
            _Strict(app),
            threaded=True,
            request_handler=MotoRequestHandler,
        )
        self._server_ready_event.set()
        self._server.serve_forever()


class _Strict:
    """The door, as a WSGI application before another one."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/moto-api"):
            return list(self._app(environ, start_response))
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        if len(body) < length:  # who asked was killed before all of it was sent: nobody asked
            return _hang_up(environ)
        request = read(Parts(_headers(environ), body, _rest_name(environ)))

        def forward(form: Mapping[str, str] | None) -> Answer:
            return self._forward(environ, body if form is None else encode(form))

        with DOOR.lock:
            DOOR.calls.append(
                Call(request.service, request.operation, request.region, dict(request.form))
            )
        _catch_up(environ.get("HTTP_X_AMZ_DATE"))
        try:
            given = DOOR.pass_through(request, forward)
        except (DroppedError, DiedError):
            return _hang_up(environ)
        return Response(given.body, given.status, dict(given.headers))(environ, start_response)

    def _forward(self, environ: Mapping[str, Any], body: bytes) -> Answer:
        sent = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        response = Response.from_app(self._app, sent)
        return Answer(response.status_code, dict(response.headers), response.get_data())


def _hang_up(environ: Mapping[str, Any]) -> list[bytes]:
    with suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return []


def _catch_up(date: str | None) -> None:
    """The command's clock goes on while it waits, and its requests tell the time."""
    if DOOR.clock is not None and date is not None:
        sent = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        DOOR.clock.no_earlier_than(sent)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    named = {k.removeprefix("HTTP_"): v for k, v in environ.items() if k.startswith("HTTP_")}
    named["CONTENT-TYPE"] = environ.get("CONTENT_TYPE", "")
    return {key.replace("_", "-").lower(): str(value) for key, value in named.items()}


def _rest_name(environ: Mapping[str, Any]) -> str:
    """The REST protocols name no operation; the method tells at least a read from a write."""
    verb = {"GET": "Get", "HEAD": "Head"}.get(environ["REQUEST_METHOD"], "Put")
    return f"{verb} {environ['PATH_INFO']}"


class Endpoint:
    """Where the installed command finds AWS. What it meets there is set on `account`."""

    def __init__(self, account: Account, url: str, home: Path) -> None:
        self.account = account
        self.url = url
        self.home = home

    @property
    def environment(self) -> dict[str, str]:
        """All variables of a run of the command; its clock stands where the account's does."""
        paths = [str(TRAVEL), str(PACKAGE)]
        return {
            **environment(self.home),
            "AWS_ENDPOINT_URL": self.url,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(paths),
            "TRAVEL_TO": self.account.now.isoformat(),
        }

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `janitor` with these arguments to its end."""
        with self.start(*arguments, **variables) as process:
            # No timeout of subprocess: it would sleep, and so move the clock of the account.
            watch = threading.Timer(LONGEST, process.kill)
            watch.start()
            try:
                out, err = process.communicate()
            finally:
                watch.cancel()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `janitor`, and leave the rest to the test."""
        return self.python("-m", "cs_aws_janitor", *arguments, **variables)

    def python(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start Python in the place of the command."""
        return subprocess.Popen(  # noqa: S603  our own command, from a test
            [sys.executable, *arguments],
            env=self.environment | variables,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def serving() -> Iterator[str]:
    """A server for the whole run of the tests; its address."""
    server = StrictServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
