"""Mails by SMTP, with STARTTLS.

A mail bears a Message-ID that is made of its key: one that is sent again, because nobody knew
whether it had arrived, is the same mail to whatever tells mails apart by it.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.logs import log
from cs_aws_janitor.shared.notify import TIMEOUT, NotSentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cs_aws_janitor.shared.notify import Message

_WIRE = SMTP.clone(cte_type="7bit")  # what every server takes
_OK = 250
_BUSY = 421  # the server closes the connection
_TAKEN = {_OK, 251}


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in at the server."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Post:
    """A server that takes mails from `sender`; without `tls` they cross the network as they are."""

    server: str
    port: int
    sender: str
    now: Callable[[], datetime]
    login: Login | None = None
    tls: ssl.SSLContext | None = field(default_factory=ssl.create_default_context)
    timeout: float = TIMEOUT

    def send(self, message: Message) -> str:
        """Send a mail; its Message-ID. Raises NotSentError where it was not sent, or may not be."""
        mail = self._mail(message)
        with self._connected() as smtp:
            try:
                self._hand_over(smtp, message, mail.as_bytes())
            except smtplib.SMTPResponseException as error:
                raise _refused(error.smtp_code, error.smtp_error) from None
            except (OSError, smtplib.SMTPException) as error:
                what = f"the mail server gives no answer ({type(error).__name__})"
                raise NotSentError(what, uncertain=True, lasting=True) from None
            # What goes wrong from here on changes nothing: the server has taken the mail.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        return str(mail["Message-ID"])

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        where = f"the mail server {self.server}, port {self.port},"
        with ExitStack() as open_ones:
            try:
                smtp = smtplib.SMTP(self.server, self.port, timeout=self.timeout)
                open_ones.callback(smtp.close)
                self._introduce(smtp)
            except smtplib.SMTPAuthenticationError:
                what = f"{where} refuses user or password"
                raise NotSentError(what, "Check both", lasting=True) from None
            except smtplib.SMTPNotSupportedError as error:
                raise NotSentError(f"{where} cannot do it: {error}", lasting=True) from None
            except (OSError, smtplib.SMTPException) as error:
                what = f"{where} cannot be reached ({type(error).__name__})"
                raise NotSentError(what, lasting=True) from None
            yield smtp

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        if self.tls:
            smtp.starttls(context=self.tls)
        if self.login:
            smtp.login(self.login.user, self.login.password)

    def _hand_over(self, smtp: smtplib.SMTP, message: Message, content: bytes) -> None:
        """The mail, to its recipient at least: before that is sure, nobody gets it."""
        smtp.ehlo_or_helo_if_needed()
        _expect({_OK}, smtp.mail(self.sender))
        _expect(_TAKEN, smtp.rcpt(message.to))
        for address in message.cc:
            code, words = smtp.rcpt(address)
            if code not in _TAKEN:
                log.warning("mail.copy_refused", to=address, why=f"{code} {_text(words)}")
        _expect({_OK}, smtp.data(content))

    def _mail(self, message: Message) -> EmailMessage:
        for address in (message.to, *message.cc):
            if not address.isascii() or not address.isprintable():
                raise NotSentError(f"the address {address!r} cannot be used", "Write it in ASCII")
        mail = EmailMessage(_WIRE)
        mail["From"] = self.sender
        mail["To"] = message.to
        if message.cc:
            mail["Cc"] = ", ".join(message.cc)
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = format_datetime(self.now())
        mail["Message-ID"] = message_id(message.key, self.sender)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a mail: the same for ever, and without names of customers."""
    digest = blake2b(key.encode(), digest_size=16).hexdigest()
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def _expect(codes: set[int], answer: tuple[int, bytes]) -> None:
    code, words = answer
    if code not in codes:
        raise smtplib.SMTPResponseException(code, words)


def _refused(code: int, words: bytes | str) -> NotSentError:
    what = f"the mail server refuses it: {code} {_text(words)}"
    return NotSentError(what, lasting=code == _BUSY)


def _text(words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:200]
