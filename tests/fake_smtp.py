"""A mail server on a socket: STARTTLS, a login, mails, and faults at any command (RFC 5321)."""

from __future__ import annotations

import base64
import ipaddress
import socketserver
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "127.0.0.1"
USER, PASSWORD = "janitor", "of a test"
HANG_UP, LOSE = "hang up", "lose"  # before a command, or after it was carried out


@dataclass(slots=True)
class FakeSmtp:
    """What came in: `mails` are recipients and text; `faults` a command and what happens at it."""

    tls: ssl.SSLContext | None = None
    mails: list[tuple[list[str], str]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def fault(self, line: str) -> str | None:
        """What happens at a command, once."""
        for fault in self.faults:
            if line.lower().startswith(fault[0].lower()):
                self.faults.remove(fault)
                return fault[1]
        return None


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Answer commands until the end."""
        fake: FakeSmtp = self.server.fake  # type: ignore[attr-defined]
        self.secure = self.known = False
        self.recipients: list[str] = []
        self._say("220 here")
        for line in iter(self._line, ""):
            fake.commands.append(line.partition(" ")[0].lower())
            happens = fake.fault(line)
            if happens == HANG_UP:
                return
            if happens and happens != LOSE:
                self._say(happens)
                continue
            answer = self._answer(fake, line)
            if happens == LOSE:
                return
            self._say(answer)
            if line == "STARTTLS" and fake.tls:
                self.request = fake.tls.wrap_socket(self.request, server_side=True)
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                self.secure = True

    def _answer(self, fake: FakeSmtp, line: str) -> str:
        word = line.partition(":")[0].partition(" ")[0].upper()
        if word == "EHLO":
            can = "AUTH PLAIN" if self.secure or not fake.tls else "STARTTLS"
            return f"250-here\r\n250 {can}"
        if word in {"STARTTLS", "QUIT"}:
            return "220 go on" if word == "STARTTLS" else "221 bye"
        if word == "AUTH":
            _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
            self.known = (user, password) == (USER, PASSWORD)
            return "235 welcome" if self.known else "535 no"
        if fake.tls and not self.known:
            return "530 log in first"
        if word == "RCPT":
            self.recipients.append(line.partition("<")[2].rstrip(">"))
        if word == "DATA":
            self._say("354 go on")
            lines = iter(self._line, ".")
            text = "".join(f"{each.removeprefix('.')}\n" for each in lines)
            fake.mails.append((self.recipients, text))
        return "250 ok"

    def finish(self) -> None:
        """Close what TLS has opened as well."""
        with suppress(OSError):
            super().finish()
        self.request.close()

    def _line(self) -> str:
        line = self.rfile.readline().decode("ascii")
        assert line.endswith("\r\n") or not line
        return line.removesuffix("\r\n")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


@contextmanager
def taking_mails(fake: FakeSmtp) -> Iterator[int]:
    """The port at which `fake` answers."""
    with socketserver.ThreadingTCPServer((HOST, 0), _Talk) as server:
        server.daemon_threads = True
        server.fake = fake  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@cache
def _certificate() -> bytes:
    """A key and a certificate for HOST that nobody but who is given it trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2120))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()) + made.public_bytes(pem)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server, and of a client that trusts it."""
    path = folder / "server.pem"
    path.write_bytes(_certificate())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)
