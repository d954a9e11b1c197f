"""Mails, spoken by SMTP over sockets: authentication, copies, refusals, and lost answers."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.sinks._people import Directory
from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.customers.sinks.mail import MailSink
from cs_aws_janitor.customers.task import delivered
from cs_aws_janitor.shared.email import Login, Post, message_id
from tests.customers.sinks.test_files import TASK
from tests.customers.world import NOW
from tests.fake_smtp import (
    HANG_UP,
    HOST,
    LOSE,
    PASSWORD,
    USER,
    FakeSmtp,
    contexts,
    taking_mails,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

PEOPLE = Directory(emails={"Jo": "jo@example.com"})
SENDER = "success@example.com"
MAIL = TASK._replace(key=f"{TASK.key}/ann@acme.example", to="ann@acme.example", cc=("Jo",))


@dataclass(slots=True)
class World:
    """A server, and a post that may use it."""

    server: FakeSmtp
    post: Post

    @property
    def sink(self) -> MailSink:
        """The sink of that post."""
        return MailSink(self.post, PEOPLE)

    def mail(self, number: int) -> EmailMessage:
        """A mail that came in, as a mail program reads it."""
        return message_from_string(self.server.mails[number][1], policy=default)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A server that takes mails from who has logged in under TLS."""
    here, there = contexts(tmp_path)
    server = FakeSmtp(here)
    with taking_mails(server) as port:
        login = Login(USER, PASSWORD)
        yield World(server, Post(HOST, port, SENDER, lambda: NOW, login, there, timeout=2))


def test_a_mail_to_a_contact_with_the_csm_in_cc(world: World) -> None:
    """From the generic sender; its text are the notes."""
    (receipt,) = world.sink.put([MAIL])
    ((recipients, _),) = world.server.mails
    mail = world.mail(0)
    assert recipients == ["ann@acme.example", "jo@example.com"]
    assert (mail["From"], mail["To"], mail["Cc"]) == (SENDER, recipients[0], recipients[1])
    assert (mail["Subject"], mail["Auto-Submitted"]) == (MAIL.title, "auto-generated")
    assert mail["Date"].datetime == NOW
    assert mail.get_content() == "Introduce yourself\n\nSay how to obtain support\n"
    assert (
        receipt
        == Receipt(MAIL.key, mail["Message-ID"])
        == Receipt(MAIL.key, message_id(MAIL.key, SENDER))
    )


def test_words_of_all_languages_and_no_header_of_others(world: World) -> None:
    """A line break in a name is a space, dots and long lines arrive as they are."""
    notes = ("Grüße an 渋谷", ".\n.. dots", "x" * 3000)
    list(world.sink.put([MAIL._replace(title="Hé\r\nBcc: all@example.com", notes=notes)]))
    assert world.mail(0)["Subject"] == "Hé Bcc: all@example.com"
    assert world.mail(0)["Bcc"] is None
    assert world.mail(0).get_content() == "\n\n".join(notes) + "\n"


def test_a_task_goes_to_whoever_has_it(world: World) -> None:
    """With its days; once more after a change, as another mail."""
    list(world.sink.put([TASK, TASK._replace(title="Other")]))
    assert world.server.mails[0][0] == ["jo@example.com"]
    assert world.mail(0).get_content().startswith("From 2026-01-15 to 2026-01-16\n\n- Introduce")
    assert world.mail(0)["Message-ID"] != world.mail(1)["Message-ID"]


@pytest.mark.parametrize(("change", "why"), [
    ({"cc": ("Mo",)}, ("no address of 'Mo' is known; name them in [customers.people] of the "
                      "settings")),
    ({"to": None, "cc": (), "assignee": None}, "nobody has it, so nobody can be told"),
    ({"to": "änn@acme.example"}, ("the address 'änn@acme.example' cannot be used. Write it in "
                                 "ASCII")),
])  # fmt: skip
def test_nobody_to_write_to(world: World, change: dict[str, object], why: str) -> None:
    """That mail says so and stays due; the next one goes on."""
    refused, done = world.sink.put([MAIL._replace(**change), MAIL])  # type: ignore[arg-type]
    assert (refused.why, done.why) == (why, None)
    assert len(world.server.mails) == 1


def test_a_recipient_that_is_refused(world: World) -> None:
    """Nobody gets the mail, so that its copy is not sent again with every run."""
    world.server.faults = [("rcpt TO:<ann", "550 no such mailbox")]
    refused, done = world.sink.put([MAIL, MAIL])
    assert (refused.why, done.why) == ("the mail server refuses it: 550 no such mailbox", None)
    assert len(world.server.mails) == 1


def test_a_copy_that_is_refused(world: World) -> None:
    """The mail is sent all the same."""
    world.server.faults = [("rcpt TO:<jo", "550 no such mailbox")]
    assert [receipt.why for receipt in world.sink.put([MAIL])] == [None]
    assert world.server.mails[0][0] == ["ann@acme.example"]


def test_a_server_that_has_no_time_now(world: World) -> None:
    """451: the mail stays due; 421: all of them do."""
    world.server.faults = [("mail", "451 later")]
    (refused,) = world.sink.put([MAIL])
    assert refused.why == "the mail server refuses it: 451 later"
    world.server.faults = [("mail", "421 too many")]
    with pytest.raises(SinkError, match="421 too many"):
        list(world.sink.put([MAIL, MAIL]))
    assert world.server.mails == []


@pytest.mark.parametrize("at", ["ehlo", "STARTTLS", "AUTH", "mail", "rcpt", "data"])
def test_a_connection_that_breaks(world: World, at: str) -> None:
    """Nothing was sent; the next run sends it."""
    world.server.faults = [(at, HANG_UP)] * (2 if at == "ehlo" else 1)
    with pytest.raises(SinkError, match="mail server"):
        list(world.sink.put([MAIL]))
    world.server.faults = []
    assert [receipt.why for receipt in world.sink.put([MAIL])] == [None]
    assert len(world.server.mails) == 1


def test_an_answer_that_was_lost(world: World) -> None:
    """The mail may have arrived: sent by the next run, it bears the same Message-ID."""
    world.server.faults = [("data", LOSE)]
    with pytest.raises(SinkError, match="gives no answer"):
        list(world.sink.put([MAIL]))
    list(world.sink.put([MAIL]))
    assert world.mail(0)["Message-ID"] == world.mail(1)["Message-ID"]


@pytest.mark.parametrize("happens", [HANG_UP, "500 what"])
def test_a_farewell_that_fails(world: World, happens: str) -> None:
    """The mail was taken before: it is sent, and not sent again."""
    world.server.faults = [("quit", happens)]
    assert [receipt.why for receipt in world.sink.put([MAIL])] == [None]
    assert world.server.faults == []
    assert len(world.server.mails) == 1


def test_a_password_that_is_wrong(world: World) -> None:
    """It ends at once, in one line without the password."""
    world.post = replace(world.post, login=Login(USER, "s3cret"))
    with pytest.raises(SinkError) as raised:
        list(world.sink.put([MAIL]))
    where = f"the mail server {HOST}, port {world.post.port},"
    assert str(raised.value) == f"{where} refuses user or password. Check both"
    assert "s3cret" not in repr(world.post)


def test_no_word_before_the_server_is_known(world: World) -> None:
    """A certificate that is not trusted, or no STARTTLS: neither password nor mail is sent."""
    trusting = world.post
    world.post = replace(trusting, tls=ssl.create_default_context())
    with pytest.raises(SinkError, match=r"cannot be reached \(SSLCertVerificationError\)"):
        list(world.sink.put([MAIL]))
    world.server.tls, world.post = None, trusting
    with pytest.raises(SinkError, match="cannot do it: STARTTLS"):
        list(world.sink.put([MAIL]))
    assert not {"auth", "mail"} & set(world.server.commands)


def test_a_mail_that_is_withdrawn_stays_sent(world: World) -> None:
    """Nobody hears of it."""
    assert list(world.sink.withdraw([delivered(MAIL, "<1@x>")])) == [Receipt(MAIL.key, "<1@x>")]
    assert world.server.commands == []
