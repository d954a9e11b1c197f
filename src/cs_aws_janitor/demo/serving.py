"""The sample account behind a socket of this machine, for the janitor in another process."""

from __future__ import annotations

import shlex
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from cs_aws_janitor.demo.shelter import CREDENTIALS
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "127.0.0.1"  # never a wider one: whoever reaches it may do anything with it
# What would lead another shell past the sample account.
IN_THE_WAY = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "http_proxy", "HTTP_PROXY")


def listen(port: int) -> socket.socket:
    """A socket that listens on `port` of this machine; 0 for a free one. To be closed.

    Raises RefusedError where the port cannot be had.
    """
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise RefusedError(
            f"port {port} of {HOST} cannot be had ({error.strerror})",
            "Name another one, or leave --port out for a free one",
        ) from error


@contextmanager
def serving(listening: socket.socket) -> Iterator[tuple[str, threading.Thread]]:
    """Answer calls to AWS that come in by `listening`; the address, and the thread that answers."""
    server = make_server(
        HOST,
        listening.getsockname()[1],
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=MotoRequestHandler,
        fd=listening.fileno(),
    )
    thread = threading.Thread(target=server.serve_forever, name="demo", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}", thread
    finally:
        server.shutdown()
        thread.join()


def to_paste(address: str, config: Path) -> list[str]:
    """The lines for another shell: from then on its `janitor` works on the sample account."""
    where = {"AWS_ENDPOINT_URL": address, "JANITOR_CONFIG": str(config)}
    return [
        f"unset {' '.join(IN_THE_WAY)}",
        f"export {_assigned(where)}",
        f"export {_assigned(CREDENTIALS)}",
    ]


def _assigned(variables: dict[str, str]) -> str:
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
