"""HTTP, as much of it as a client of AWS speaks: one connection, many calls."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

    from bench.endpoint.account import Account

CONTROL = b"/-/"  # no path of AWS begins like this
AT_A_TIME = 100  # parts of an answer written at once: about 1 MB

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PHRASES = {200: "OK", 400: "Bad Request", 404: "Not Found", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Serving:
    """Serves `account`; each answer to a call comes `latency` seconds late."""

    account: Account
    latency: float = 0.0

    async def converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer the calls of one connection until it is closed."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                await self._answer(writer, head, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: StreamWriter, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path.startswith(CONTROL):
            status, told = self._control(path.removeprefix(CONTROL).decode())
            await _send(writer, status, [json.dumps(told).encode()])
            return
        status, parts = self.account.answer(head, body)
        if self.latency:
            await asyncio.sleep(self.latency)
        await _send(writer, status, parts)

    def _control(self, what: str) -> tuple[int, object]:
        if what == "reset":
            self.account.reset()
            return 200, {}
        if what == "statistics":
            return 200, self.account.statistics()
        return (200, self.account.truth) if what == "truth" else (404, {})


async def _send(writer: StreamWriter, status: int, parts: list[bytes]) -> None:
    length = sum(map(len, parts))
    head = f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: text/xml;charset=UTF-8\r\n"
    writer.write(f"{head}Content-Length: {length}\r\n\r\n".encode())
    for start in range(0, len(parts), AT_A_TIME):
        writer.write(b"".join(parts[start : start + AT_A_TIME]))
        await writer.drain()


async def serve(serving: Serving, port: int) -> None:
    """Serve on `port` of this machine alone until asked to end; its first line tells the port."""
    server = await asyncio.start_server(serving.converse, "127.0.0.1", port, backlog=512)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  whoever started it reads it
    await ended.wait()
    server.close()
