"""Digests in Slack against real sockets: in threads or whole, once each, split and never cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources.digest import Notice, Topic
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.letter import Letter, Line, Section
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.slack_channel import NOBODY, Bot, Hook
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.slack import Slack
from cs_aws_janitor.shared.slack_hook import Webhook
from tests.fake_server import BROKEN, FINE, LOST, RESET, SLOW, serving
from tests.fake_slack import CHANNEL, ELSEWHERE, HOOK, TOKEN, FakeSlack, said
from tests.resources.fakes import Kept
from tests.resources.test_digest import EXPIRING, WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 1, 15, 6, tzinfo=UTC)
JO, MK = Person("jo", slack="U1"), Person("mk")
ONE, OTHER = Notice(Topic.EXPIRING, 3, EXPIRING), Notice(Topic.SHUT_OFF, "shut_off", WAITING)
SEND = "chat.postMessage"
TROUBLE = [BROKEN, RESET, SLOW]


def digest(*notices: Notice, thing: str = "b-1", day: str = "2026-01-15") -> Letter:
    """A digest with a line for each notice."""
    lines = tuple(Line(thing, "soon", "janitor extend b-1", (each,)) for each in notices)
    return Letter("Janitor for jo: 1 expiring", (Section("Expiring", lines),), day)


@dataclass
class World:
    """A workspace, where it answers, what the ledger keeps, and the pauses that were made."""

    server: FakeSlack
    url: str
    kept: Kept = field(default_factory=Kept)
    pauses: list[float] = field(default_factory=list)

    def bot(self, channel: str | None = CHANNEL, token: str = TOKEN, hours: int = 0) -> Bot:
        """The bot of a run, so many hours later."""
        slack = Slack(self.url, token, self.pauses.append, timeout=0.5)
        return Bot(lambda: slack, channel, Ledger(self.kept), NOW + timedelta(hours=hours))

    def hook(self, path: str = HOOK) -> Hook:
        """The webhook of a run."""
        return Hook(lambda: Webhook(self.url + path, self.pauses.append, timeout=0.5))


@pytest.fixture
def world() -> Iterator[World]:
    """A workspace without messages."""
    server = FakeSlack()
    with serving(server) as url:
        yield World(server, url)


def sent(channel: Bot | Hook, letter: Letter, person: Person | None = JO) -> list[Notice | str]:
    """The notices that were told, and why it broke off."""
    found: list[Notice | str] = []
    for each in channel.send(person, letter):
        found += [*each.about, *([each.why] if each.why else [])]
    return found


def test_a_digest_is_a_thread(world: World) -> None:
    """Its head says how much there is of what, its lines answer it; each has text to stand in."""
    assert sent(world.bot(), digest(ONE)) == [ONE]
    head, reply = world.server.messages
    assert (head["channel"], reply["channel"], reply["thread_ts"]) == ("DU1", "DU1", head["ts"])
    assert said(head) == (
        "Janitor for jo: 1 expiring\n*Expiring*: 1\n"
        "What each of them is about stands in the thread."
    )
    assert said(reply) == (
        "Janitor for jo: 1 expiring\nExpiring\n• *b-1*: soon\n`janitor extend b-1`"
    )
    assert (head["text"], reply["reply_broadcast"]) == ("Janitor for jo: 1 expiring", False)
    assert reply["text"].endswith("Expiring\n- b-1: soon\n    janitor extend b-1")
    assert [block["type"] for block in reply["blocks"]] == ["context", "header", "section"]


def test_one_day_hangs_together(world: World) -> None:
    """A later run of that day answers the same head, and shows it; the next day has its own."""
    sent(world.bot(), digest(ONE))
    assert sent(world.bot(hours=1), digest(OTHER)) == [OTHER]
    head, _, later = world.server.messages
    assert (later["thread_ts"], later["reply_broadcast"]) == (head["ts"], True)
    sent(world.bot(hours=24), digest(ONE, day="2026-01-16"))
    assert len(world.server.heads) == 2


def test_whoever_has_no_id_is_told_in_the_channel(world: World) -> None:
    """In a thread for each; without a channel only those with an id are reached."""
    bot = world.bot()
    for person in (MK, None, MK):
        assert sent(bot, digest(ONE), person) == [ONE]
    assert {message["channel"] for message in world.server.messages} == {CHANNEL}
    assert len(world.server.heads) == 2
    assert [bot.to(person) for person in (JO, MK, None)] == ["U1", CHANNEL, CHANNEL]
    lone = world.bot(channel=None)
    assert [lone.reaches(person) for person in (JO, MK, None)] == [True, False, False]
    assert sent(lone, digest(ONE), MK) == [NOBODY]


def test_what_others_have_typed_pings_nobody(world: World) -> None:
    """Mentions, links and marks are text; nothing that looks like a link is made one."""
    hostile = "<!channel> <@U2> & *b* `x` https://evil.example"
    shown = "&lt;!channel&gt; &lt;@U2&gt; &amp; *b* `x` https://evil.example"
    for channel in (world.bot(), world.hook()):
        assert sent(channel, digest(ONE, thing=hostile)) == [ONE]
        message = world.server.messages[-1]
        assert f"• {shown}: soon" in said(message)
        for text in (said(message), message["text"]):
            assert "<" not in text
        (paragraph,) = (b for b in message["blocks"] if b["type"] == "section")
        assert paragraph["text"]["verbatim"] is True
        assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("way", ["bot", "hook"])
def test_what_is_too_long_is_split_and_not_cut(world: World, way: str) -> None:
    """Slack takes every message, and each line stands in one of them whole."""
    many = [f"<{n:04}>" + "&" * 150 for n in range(200)]
    lines = tuple(Line(each, "soon", about=(ONE,)) for each in many)
    topics = tuple(Section(f"Topic {n}", lines[n * 5 : n * 5 + 5]) for n in range(40))
    letter = Letter("Janitor for jo: much", topics, "2026-01-15")
    assert len(sent(world.bot() if way == "bot" else world.hook(), letter)) == 200
    whole = "\n".join(said(message) for message in world.server.messages)
    texts = "\n".join(message["text"] for message in world.server.messages)
    for n in range(200):
        shown = f"&lt;{n:04}&gt;" + "&amp;" * 150
        assert whole.count(shown) == texts.count(shown) == 1


def test_many_short_topics_are_split_as_well(world: World) -> None:
    """Slack takes fifty blocks of one message, and a topic is two of them at least."""
    topics = tuple(Section(f"Topic {n}", (Line("b-1", "soon", about=(ONE,)),)) for n in range(60))
    assert sent(world.hook(), Letter("Janitor", topics)) == [ONE] * 60
    assert [len(m["blocks"]) for m in world.server.messages] == [31] * 4


def test_a_line_that_fills_several_paragraphs_is_whole(world: World) -> None:
    """Longer than Slack takes for a paragraph, it stands in two, with no escape torn."""
    assert sent(world.hook(), digest(ONE, thing="a&" * 900)) == [ONE]
    (message,) = world.server.messages
    paragraphs = [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"]
    assert len(paragraphs) == 2
    assert "".join(paragraphs).startswith("- " + "a&amp;" * 900 + ": soon")


def test_a_webhook_sends_it_whole(world: World) -> None:
    """One message, to whoever reads its channel."""
    hook = world.hook()
    assert hook.reaches(None)
    assert sent(hook, digest(ONE, OTHER), None) == [ONE, OTHER]
    (message,) = world.server.messages
    assert said(message).startswith("Janitor for jo: 1 expiring\nExpiring\n• *b-1*: soon")


@pytest.mark.parametrize(("way", "at"), [("bot", SEND), ("bot", "open"), ("hook", HOOK)])
def test_a_pause_is_kept(world: World, way: str, at: str) -> None:
    """429: it is sent after as long as Slack asks for, once."""
    world.server.faults = [(at, "429 30"), (at, "429 7")]
    assert sent(world.bot() if way == "bot" else world.hook(), digest(ONE)) == [ONE]
    assert (world.pauses, len(world.server.messages)) == ([30, 7], 2 if way == "bot" else 1)


@pytest.mark.parametrize("wait", ["3600", "soon"])
def test_nobody_waits_for_hours(world: World, wait: str) -> None:
    """It stays due, and so does all that is for others: they are not asked for."""
    world.server.faults = [(SEND, f"429 {wait}")]
    bot, why = world.bot(), "Slack asks for too long a pause. Run again later"
    assert sent(bot, digest(ONE)) == [why]
    assert sent(bot, digest(OTHER), MK) == [why]
    assert (world.pauses, world.server.messages, world.server.asked(SEND)) == ([], [], 1)


@pytest.mark.parametrize("happens", TROUBLE)
@pytest.mark.parametrize("way", ["bot", "hook"])
def test_what_may_have_come_through_is_not_repeated(world: World, way: str, happens: str) -> None:
    """The run tells it; the next run sends it, and then it is there once."""
    at = SEND if way == "bot" else HOOK
    world.server.faults = [(at, happens)]
    (why,) = sent(world.bot() if way == "bot" else world.hook(), digest(ONE))
    assert isinstance(why, str)
    assert why.startswith(("Slack answers 500 to", "Slack gives no answer to"))
    assert "of-a-test" not in why
    assert (world.server.asked(at), world.server.messages) == (1, [])
    assert sent(world.bot() if way == "bot" else world.hook(), digest(ONE)) == [ONE]


@pytest.mark.parametrize("before", [0, 1])
def test_a_message_whose_answer_was_lost_is_found(world: World, before: int) -> None:
    """The head among the messages, a reply in its thread: neither is sent again."""
    world.server.faults = [(SEND, FINE)] * before + [(SEND, LOST)]
    assert sent(world.bot(), digest(ONE)) == [ONE]
    assert (len(world.server.messages), world.server.asked(SEND)) == (2, 2)
    assert len(world.server.heads) == 1


def test_a_lost_answer_that_cannot_be_looked_after_is_told(world: World) -> None:
    """Where the bot may not read what is there, the message counts as not sent."""
    world.server.faults = [(SEND, LOST), *[("history", BROKEN)] * 4]
    (why,) = sent(world.bot(), digest(ONE))
    assert str(why).startswith("Slack gives no answer to chat.postMessage")


@pytest.mark.parametrize("happens", TROUBLE)
def test_of_a_thread_that_was_torn_the_rest_follows(world: World, happens: str) -> None:
    """What was sent is told; the next run answers the same head with what is left."""
    lines = [Line(f"b-{n}", "x" * 4000, about=(notice,)) for n, notice in ((1, ONE), (2, OTHER))]
    lines += [Line("b-3", "x" * 4000)]
    letter = Letter("Janitor for jo: 2", (Section("Expiring", tuple(lines)),), "2026-01-15")
    world.server.faults = [(SEND, FINE), (SEND, FINE), (SEND, happens)]
    told = sent(world.bot(), letter)
    assert told[:-1] == [ONE, OTHER]
    assert isinstance(told[-1], str)
    assert sent(world.bot(hours=1), digest(OTHER)) == [OTHER]
    assert len(world.server.heads) == 1
    assert len(world.server.thread(world.server.heads[0]["ts"])) == 3


def test_what_is_brief_stands_at_the_head(world: World) -> None:
    """It is not said again in the thread, and is told once the head is there."""
    brief = Section("As it stands", (Line("3 resources", "3 active", about=(ONE,)),), brief=True)
    rest = Section("Ends", (Line("b-2", "soon", about=(OTHER,)),))
    letter = Letter("Janitor: 2026-W03", (brief, rest), "2026-W03")
    world.server.faults = [(SEND, FINE), (SEND, BROKEN)]
    assert sent(world.bot(), letter)[0] == ONE
    assert sent(world.bot(), letter) == [ONE, OTHER]
    head, reply = world.server.messages
    assert "*As it stands*\n• *3 resources*: 3 active\n*Ends*: 1" in said(head)
    assert "As it stands" not in said(reply)
    assert "3 active" in head["text"]


@pytest.mark.parametrize(("channel", "person", "why"), [
    (ELSEWHERE, None, ("Slack refuses chat.postMessage: not_in_channel."
                       " Invite the bot into the channel, and name that by its id")),
    (CHANNEL, Person("xx", slack="U9"), "Slack refuses conversations.open: user_not_found"),
])  # fmt: skip
def test_one_that_is_refused_leaves_the_others(
    world: World, channel: str, person: Person | None, why: str
) -> None:
    """What is wrong with one conversation is told of that; the next is written to."""
    bot = world.bot(channel)
    assert sent(bot, digest(ONE), person) == [why]
    assert sent(bot, digest(ONE), JO) == [ONE]


def test_a_token_that_is_not_valid_is_tried_once(world: World) -> None:
    """The line about it does not hold the token."""
    bot = world.bot(token="xoxb-wrong")  # noqa: S106  of no workspace
    for person in (JO, MK):
        (why,) = sent(bot, digest(ONE), person)
        assert why == "Slack refuses conversations.open: invalid_auth. Renew its token"
    assert len(world.server.requests) == 1


def test_a_webhook_that_is_gone_says_so(world: World) -> None:
    """With Slack's word for it, and without the address; it is tried once."""
    hook, why = world.hook(f"{HOOK}x"), "Slack refuses the webhook: no_service"
    for _ in range(2):
        assert sent(hook, digest(ONE)) == [f"{why}. Make another webhook"]
    assert len(world.server.requests) == 1


def test_what_is_missing_to_connect_is_told_when_it_is_sent() -> None:
    """A plan needs no token: it is asked for once there is something to send."""

    def connect() -> Slack:
        raise RefusedError("the variable T is not set", "Set it")

    bot = Bot(connect, CHANNEL, Ledger(Kept()), NOW)
    assert sent(bot, digest(ONE)) == ["the variable T is not set. Set it"]
