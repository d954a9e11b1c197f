"""The fake AWS as a process of its own, and what it says of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.endpoint import truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.endpoint.truth import Truth
    from bench.scenarios import World

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A fake AWS on `port` of this machine, with so many accounts that are all alike."""

    port: int
    accounts: int = 1

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Make its fleet what it was at first, and forget what was asked."""
        self._ask("reset")

    def truth(self) -> list[Truth]:
        """What a right plan says of each of its regions, account by account."""
        return truth.read(self._ask("truth")) * self.accounts

    def statistics(self) -> dict[str, Any]:
        """What was asked of it since the last reset."""
        told: dict[str, Any] = self._ask("statistics")
        return told

    def _ask(self, what: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request("GET", f"/-/{what}")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def endpoint(world: World) -> Iterator[Endpoint]:
    """Start it, wait until its fleet is made, and end it at last."""
    command = [sys.executable, "-m", "bench.endpoint", *_options(world)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the endpoint did not start")
            yield Endpoint(int(line), world.accounts)
        finally:
            process.terminate()


def _options(world: World) -> list[str]:
    size = world.size
    options = {
        "--instances": size.instances,
        "--regions": size.regions,
        "--mix": size.mix,
        "--seed": size.seed,
        "--latency-ms": world.latency_ms,
    }
    pairs = [str(word) for pair in options.items() for word in pair]
    return [*pairs, "--throttle"] if world.throttle else pairs
