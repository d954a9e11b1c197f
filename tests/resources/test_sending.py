"""Mails of the second wing by SES, against a real socket: what is sent, repeated, or told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.sinks._people import Directory
from cs_aws_janitor.customers.sinks._sink import SinkError
from cs_aws_janitor.customers.sinks.mail import MailSink
from cs_aws_janitor.resources.sending import WAITS, Ses
from cs_aws_janitor.shared.notify import Message, NotSentError
from tests.customers.sinks.test_files import TASK
from tests.post_server import RESET, SILENCE, Office, office
from tests.resources.test_channels import client

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("quiet")

MAIL = Message("ann@acme.example", "Hello\n Acme ü", "text ü", "key", ("jo@example.com",))


@pytest.fixture(name="post")
def post_() -> Iterator[Office]:
    """Where everything is sent to."""
    with office() as opened:
        yield opened


def ses(post: Office, waited: list[float]) -> Ses:
    """What sends there; pauses are only noted."""
    return Ses(client("sesv2", post), "cs@example.com", waited.append)


def test_a_mail_is_sent_whole(post: Office) -> None:
    """From the generic sender, with its copies; what it is called there is given back."""
    assert ses(post, []).send(MAIL) == "m-1"
    (sent,) = post.sent
    assert (sent["from"], sent["to"]) == ("cs@example.com", ["ann@acme.example"])
    assert (sent["cc"], sent["subject"], sent["text"]) == (
        ["jo@example.com"],
        "Hello Acme ü",
        "text ü",
    )


def test_what_is_throttled_is_sent_when_ses_says_so(post: Office) -> None:
    """And only then: it did not come through before."""
    waited: list[float] = []
    post.next, post.asks = [429], "7"
    assert ses(post, waited).send(MAIL) == "m-1"
    assert (waited, len(post.sent)) == ([7.0], 1)


@pytest.mark.parametrize("broken", [RESET, SILENCE])
def test_what_may_have_come_through_is_not_repeated(post: Office, broken: str) -> None:
    """Nobody knows, so it is not sent twice by one run; others wait for the next one."""
    post.next = [broken]
    with pytest.raises(NotSentError) as told:
        ses(post, []).send(MAIL)
    assert (told.value.uncertain, told.value.lasting, post.asked) == (True, True, 1)


def test_what_ses_does_not_take(post: Office) -> None:
    """Why, in its own words; where nothing would be taken the sink says so once for all."""
    post.next = [403]
    sink = MailSink(ses(post, []), Directory(emails={"Jo": "jo@example.com"}))
    with pytest.raises(SinkError, match=r"SES does not send it \(denied: SendEmail: "):
        list(sink.put([TASK, TASK]))
    assert post.asked == 1
    post.next = [429] * (len(WAITS) + 1)
    with pytest.raises(NotSentError, match="SES does not send it"):
        ses(post, []).send(MAIL)
