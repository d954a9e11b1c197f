"""AWS Lambda on this machine: its real runtime client on an unpacked zip, and the API it asks."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from time_machine import escape_hatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LONGEST = 60.0  # seconds of real time for one invocation
HANDLER = "cs_aws_janitor.lambda_handler.handler"


@dataclass
class Runtime:
    """The runtime API: what is invoked next, and what came of it."""

    events: queue.SimpleQueue[tuple[object, float]] = field(default_factory=queue.SimpleQueue)
    ended: queue.SimpleQueue[tuple[str, Any]] = field(default_factory=queue.SimpleQueue)

    def invoke(self, event: object, seconds: float = 900) -> Any:
        """What the function gives back; raises FailedError for an error, with all it told."""
        self.events.put((event, seconds))
        how, told = self.ended.get(timeout=LONGEST)
        if how != "response":
            raise FailedError(told["errorType"], told["errorMessage"])
        return told


class FailedError(Exception):
    """The invocation ended with an error, as alarms and dead-letter queues see it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


def _api(runtime: Runtime) -> type[BaseHTTPRequestHandler]:
    class Api(BaseHTTPRequestHandler):
        """Answers as "Using the Lambda runtime API" in the documentation of AWS says."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            event, seconds = runtime.events.get()
            deadline = escape_hatch.time.time() + seconds
            headers = {
                "Lambda-Runtime-Aws-Request-Id": "8f5c2a",
                "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:j",
                "Content-Type": "application/json",
            }
            self._answer(200, json.dumps(event).encode(), headers)

        def do_POST(self) -> None:
            told = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(202, b'{"status": "OK"}', {})
            runtime.ended.put((self.path.rpartition("/")[2], json.loads(told)))

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing of it."""

    return Api


@contextmanager
def serving(task: Path, brought: Path, environ: Mapping[str, str]) -> Iterator[Runtime]:
    """A function whose zip lies unpacked in `task`, beside what the runtime brings.

    Python starts without its own packages (`-S`), so that it finds what those two hold and no more.
    """
    runtime = Runtime()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _api(runtime))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    named = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "cs-aws-janitor",
        "LAMBDA_TASK_ROOT": str(task),
        "PYTHONPATH": os.pathsep.join([str(task), str(brought)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "_HANDLER": HANDLER,
    }
    process = subprocess.Popen(  # noqa: S603  our own zip, from a test
        [sys.executable, "-S", "-m", "awslambdaric", HANDLER],
        cwd=task,
        env={**environ, **named},
        stdin=subprocess.DEVNULL,
    )
    try:
        yield runtime
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
