"""SNS and SES against real sockets: what is sent, what is repeated, and what is only told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.config import Config

from cs_aws_janitor.resources.channels import NOBODY, Mail, Message, Topic
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.sending import WAITS
from tests.post_server import RESET, SILENCE, Office, office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.resources.channels import Channel

pytestmark = pytest.mark.usefixtures("quiet")

ARN = "arn:aws:sns:eu-west-1:123456789012:janitor"
JD = Person("jd", email="jd@example.com")
MESSAGE = Message("Janitor for jd: 1 expiring ☃", "text ü", "<p>ü</p>")


@pytest.fixture(name="post")
def post_() -> Iterator[Office]:
    """Where everything is sent to."""
    with office() as opened:
        yield opened


@pytest.fixture(params=["sns", "email"])
def channel(request: pytest.FixtureRequest, post: Office, waited: list[float]) -> Channel:
    """Each of the channels."""
    if request.param == "sns":
        return Topic(client("sns", post), ARN, waited.append)
    return Mail(client("sesv2", post), "janitor@example.com", waited.append)


@pytest.fixture
def waited() -> list[float]:
    """The seconds that were waited."""
    return []


def client(service: str, post: Office) -> Any:
    """A client that asks once and waits for half a second, as `wiring` makes them but for that."""
    session = botocore.session.get_session()
    session.set_credentials("AKIA", "secret")
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=0.5)
    make: Callable[..., Any] = session.create_client
    return make(service, region_name="eu-west-1", endpoint_url=post.url, config=config)


def test_a_digest_is_sent_whole(channel: Channel, post: Office) -> None:
    """Its subject and its text arrive; a mail has HTML besides, a topic whose it is."""
    assert channel.send(JD, MESSAGE) is None
    (sent,) = post.sent
    assert sent["text"] == "text ü"
    if channel.name == "email":
        assert (sent["from"], sent["to"]) == ("janitor@example.com", ["jd@example.com"])
        assert (sent["subject"], sent["html"]) == (MESSAGE.subject, "<p>ü</p>")
    else:
        assert (sent["topic"], sent["to"]) == (ARN, "jd")
        assert sent["subject"] == "Janitor for jd: 1 expiring ?"  # SNS takes ASCII alone


def test_too_many_requests_are_waited_for(
    channel: Channel, post: Office, waited: list[float]
) -> None:
    """As long as the answer asks for, else longer each time; and the digest is sent once."""
    post.next, post.asks = [429, 429], "7"
    assert channel.send(JD, MESSAGE) is None
    assert (waited, len(post.sent)) == ([7.0, 7.0], 1)
    post.next, post.asks = [429], "tomorrow"
    assert channel.send(JD, MESSAGE) is None
    assert waited[2:] == [WAITS[0]]


def test_nobody_waits_for_ever(channel: Channel, post: Office, waited: list[float]) -> None:
    """What is refused again and again is told, and nothing was sent."""
    post.next, post.asks = [429] * 9, "86400"
    assert "throttled: " in (channel.send(JD, MESSAGE) or "")
    assert (waited, post.sent) == ([60.0] * len(WAITS), [])


@pytest.mark.parametrize("trouble", [500, 403, RESET, SILENCE])
def test_what_may_have_come_through_is_not_repeated(
    channel: Channel, post: Office, waited: list[float], trouble: int | str
) -> None:
    """An error, a reset and a silence are told after one request."""
    post.next = [trouble]
    assert channel.send(JD, MESSAGE)
    assert (post.asked, post.sent, waited) == (1, [], [])


def test_a_mail_needs_an_address(post: Office) -> None:
    """Whom no mail reaches is not asked for; a topic reaches whoever listens."""
    mail = Mail(client("sesv2", post), "janitor@example.com", lambda _: None)
    topic = Topic(client("sns", post), ARN, lambda _: None)
    assert [mail.reaches(JD), mail.reaches(Person("mk")), topic.reaches(Person("mk"))] == [
        True,
        False,
        True,
    ]
    assert mail.send(None, MESSAGE) == NOBODY
    assert topic.send(None, MESSAGE) is None
    assert [sent["to"] for sent in post.sent] == ["-"]
