"""SNS and SES against real sockets: what is sent, what is repeated, and what is only told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.config import Config

from cs_aws_janitor.resources.channels import NOBODY, Mail, Topic
from cs_aws_janitor.resources.letter import Letter, Line, Section
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.sending import WAITS
from tests.post_server import RESET, SILENCE, Office, office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.resources.channels import Channel

pytestmark = pytest.mark.usefixtures("quiet")

ARN = "arn:aws:sns:eu-west-1:123456789012:janitor"
JD = Person("jd", email="jd@example.com")
TITLE = "Janitor for jd: 1 expiring ☃"
LETTER = Letter(TITLE, (Section("Expiring", (Line("ü", "soon", "janitor extend ü"),)),))


def sent(channel: Channel, person: Person | None = JD, letter: Letter = LETTER) -> list[str | None]:
    """Why each message was not sent; None for one that was."""
    return [each.why for each in channel.send(person, letter)]


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
    assert sent(channel) == [None]
    (taken,) = post.sent
    assert taken["text"] == f"{TITLE}\n\nExpiring\n- ü: soon\n    janitor extend ü"
    if channel.name == "email":
        assert (taken["from"], taken["to"]) == ("janitor@example.com", ["jd@example.com"])
        assert taken["subject"] == TITLE
        assert "<li><b>ü</b>: soon<br><code>janitor extend ü</code></li>" in taken["html"]
    else:
        assert (taken["topic"], taken["to"]) == (ARN, "jd")
        assert taken["subject"] == "Janitor for jd: 1 expiring ?"  # SNS takes ASCII alone


def test_a_long_digest_is_sent_in_parts(channel: Channel, post: Office) -> None:
    """Each says which part it is of how many, and no line is missing or there twice."""
    lines = tuple(Line(f"i-{n:05}", "ü" * 100) for n in range(3000))
    long = Letter("Janitor for jd: 3000 expiring " + "x" * 80, (Section("Expiring", lines),))
    count = len(sent(channel, letter=long))
    assert count == len(post.sent) > 1
    for number, each in enumerate(post.sent, 1):
        assert each["subject"].endswith(f" ({number} of {count})")
        assert "\nExpiring\n" in each["text"]
        assert len(each["subject"]) <= 100 or channel.name == "email"
    found = [word for each in post.sent for word in re.findall(r"i-\d{5}", each["text"])]
    assert found == [line.thing for line in lines]


def test_after_a_part_that_was_refused_nothing_is_sent(channel: Channel, post: Office) -> None:
    """What was taken is told as such, and what was not with its reason."""
    lines = tuple(Line(f"i-{n:05}", "ü" * 100) for n in range(3000))
    post.next = [200, 500]
    taken, refused = sent(channel, letter=Letter("x", (Section("Expiring", lines),)))
    assert (taken, bool(refused), post.asked) == (None, True, 2)


def test_too_many_requests_are_waited_for(
    channel: Channel, post: Office, waited: list[float]
) -> None:
    """As long as the answer asks for, else longer each time; and the digest is sent once."""
    post.next, post.asks = [429, 429], "7"
    assert sent(channel) == [None]
    assert (waited, len(post.sent)) == ([7.0, 7.0], 1)
    post.next, post.asks = [429], "tomorrow"
    assert sent(channel) == [None]
    assert waited[2:] == [WAITS[0]]


def test_nobody_waits_for_ever(channel: Channel, post: Office, waited: list[float]) -> None:
    """What is refused again and again is told, and nothing was sent."""
    post.next, post.asks = [429] * 9, "86400"
    (why,) = sent(channel)
    assert "throttled: " in (why or "")
    assert (waited, post.sent) == ([60.0] * len(WAITS), [])


@pytest.mark.parametrize("trouble", [500, 403, RESET, SILENCE])
def test_what_may_have_come_through_is_not_repeated(
    channel: Channel, post: Office, waited: list[float], trouble: int | str
) -> None:
    """An error, a reset and a silence are told after one request."""
    post.next = [trouble]
    assert all(sent(channel))
    assert (post.asked, post.sent, waited) == (1, [], [])


def test_a_mail_needs_an_address(post: Office) -> None:
    """Whom no mail reaches is not asked for; a topic reaches whoever listens."""
    mail = Mail(client("sesv2", post), "janitor@example.com", lambda _: None)
    topic = Topic(client("sns", post), ARN, lambda _: None)
    people = (JD, Person("mk"), None)
    assert [mail.reaches(each) for each in people] == [True, False, False]
    assert [topic.reaches(each) for each in people] == [True, True, True]
    assert [mail.to(each) for each in people] == ["jd@example.com", "mk", "nobody who is known"]
    assert topic.to(None) == f"{ARN}, owner -"
    assert sent(mail, None) == [NOBODY]
    assert sent(topic, None) == [None]
    assert [each["to"] for each in post.sent] == ["-"]
