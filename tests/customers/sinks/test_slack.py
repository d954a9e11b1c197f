"""Tasks as messages in Slack, spoken to over sockets: once each, whatever the network does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.sinks._people import Directory
from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.customers.sinks.slack import SlackSink
from cs_aws_janitor.customers.task import delivered
from cs_aws_janitor.shared.slack import Slack
from tests.customers.making import day
from tests.customers.sinks.test_files import TASK
from tests.fake_server import BROKEN, BUSY, LOST, RESET, SLOW, serving
from tests.fake_slack import TOKEN, FakeSlack

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = Directory(emails={"Jo": "jo@example.com", "Mo": "mo@example.com"}, members={"Al": "U2"})
READS = ["users.lookupByEmail", "conversations.open", "conversations.history"]


@dataclass(slots=True)
class World:
    """A workspace, where it answers, and the pauses that were made."""

    server: FakeSlack
    url: str
    pauses: list[float] = field(default_factory=list)

    def sink(self, token: str = TOKEN) -> SlackSink:
        """The sink as a new process makes it."""
        return SlackSink(Slack(self.url, token, self.pauses.append, timeout=0.5), PEOPLE)


@pytest.fixture
def world() -> Iterator[World]:
    """A workspace without messages."""
    server = FakeSlack()
    with serving(server) as url:
        yield World(server, url)


def test_a_task_is_a_message_to_whoever_has_it(world: World) -> None:
    """Found by email or listed by ID; with its days and notes, and no mention of anybody."""
    second = TASK._replace(key="a/b/c/d", title="<!channel> A & B", assignee="Al")
    receipts = list(world.sink().put([TASK, second]))
    first, other = world.server.messages
    assert [each.place for each in receipts] == [f"DU1/{first['ts']}", f"DU2/{other['ts']}"]
    assert first["text"] == (
        "*Welcome: Acme GmbH*\nFrom 2026-01-15 to 2026-01-16\n"
        "• Introduce yourself\n• Say how to obtain support"
    )
    assert other["text"].startswith("*&lt;!channel&gt; A &amp; B*\n")
    assert first["metadata"]["event_payload"] == {"key": TASK.key, "version": TASK.digest}


def test_what_was_sent_is_not_sent_again(world: World) -> None:
    """It is found on whatever page of the conversation, beside what others have written."""
    own = [TASK._replace(key=f"a/b/c/{n}") for n in range(5)]
    first = list(world.sink().put(own))
    world.server.messages.append({"channel": "DU1", "ts": "1768600000.1", "text": "thanks"})
    assert list(world.sink().put(own)) == first
    assert world.server.asked("chat.postMessage") == 5
    assert world.server.asked("chat.update") == 0


def test_a_change_changes_the_message(world: World) -> None:
    """The same message shows another date; no second one."""
    (before,) = world.sink().put([TASK])
    (after,) = world.sink().put([TASK._replace(opens=day("2026-02-20"), due=day("2026-02-20"))])
    (message,) = world.server.messages
    assert after == before
    assert "From 2026-02-20 to 2026-02-20" in message["text"]


def test_what_is_withdrawn_is_struck_out_and_may_come_again(world: World) -> None:
    """The message says so; when the task comes again, it is as it was."""
    (put,) = world.sink().put([TASK])
    (message,) = world.server.messages
    text = message["text"]
    taken = replace(delivered(TASK, put.place), withdrawn=True)
    assert list(world.sink().withdraw([taken])) == [put]
    assert message["text"] == "~Welcome: Acme GmbH~\nNot called for any more."
    assert list(world.sink().put([TASK])) == [put]
    assert (message["text"], len(world.server.messages)) == (text, 1)


def test_a_message_that_was_deleted_is_taken_back(world: World) -> None:
    """What is not there any more needs no striking out."""
    gone = delivered(TASK, "DU1/1768500001.000100")
    assert list(world.sink().withdraw([gone])) == [Receipt(TASK.key)]


@pytest.mark.parametrize(("assignee", "why"), [
    (None, "nobody has it, so nobody can be told"),
    ("Mo", ("nobody in Slack has the address mo@example.com; "
           "name them in [customers.people] of the settings")),
    ("Sy", "no address of 'Sy' is known; name them in [customers.people] of the settings"),
])  # fmt: skip
def test_nobody_to_tell(world: World, assignee: str | None, why: str) -> None:
    """That task says so and stays due; the next one goes on."""
    refused, done = world.sink().put([TASK._replace(assignee=assignee, key="a/b/c/d"), TASK])
    assert (refused.why, done.why) == (why, None)


def test_a_token_that_is_not_valid(world: World) -> None:
    """It ends at once, in one line without the token."""
    with pytest.raises(SinkError) as raised:
        list(world.sink("xoxb-wrong").put([TASK, TASK]))
    assert str(raised.value) == "Slack refuses users.lookupByEmail: invalid_auth. Renew its token"
    assert len(world.server.requests) == 1


@pytest.mark.parametrize("happens", [BUSY, BROKEN, RESET, SLOW])
@pytest.mark.parametrize("at", READS)
def test_what_only_reads_is_asked_again(world: World, at: str, happens: str) -> None:
    """Looking for a person, or for messages, outlives one fault of any sort."""
    world.server.faults = [(at, happens)]
    assert [receipt.why for receipt in world.sink().put([TASK])] == [None]
    assert len(world.server.messages) == 1


def test_a_pause_is_kept(world: World) -> None:
    """429: nothing was sent, so it is sent after the pause that Slack asks for."""
    world.server.faults = [("chat.postMessage", "429 30")]
    assert [receipt.why for receipt in world.sink().put([TASK])] == [None]
    assert (len(world.server.messages), world.pauses) == (1, [30])


@pytest.mark.parametrize("wait", ["3600", "soon"])
def test_a_pause_of_hours_is_not_waited_for(world: World, wait: str) -> None:
    """All that is left stays due until the next run."""
    world.server.faults = [("chat.postMessage", f"429 {wait}")]
    with pytest.raises(SinkError, match="Slack asks for too long a pause"):
        list(world.sink().put([TASK]))
    assert (world.server.messages, world.pauses) == ([], [])


def test_a_message_whose_answer_was_lost(world: World) -> None:
    """It is looked for instead of sent again, and found."""
    world.server.faults = [("chat.postMessage", LOST)]
    (receipt,) = world.sink().put([TASK])
    (message,) = world.server.messages
    assert receipt == Receipt(TASK.key, f"DU1/{message['ts']}")
    assert world.server.asked("chat.postMessage") == 1


@pytest.mark.parametrize("happens", [RESET, SLOW])
def test_a_message_that_did_not_arrive(world: World, happens: str) -> None:
    """It is not sent blindly: the next run looks, and there is one message."""
    world.server.faults = [("chat.postMessage", happens)]
    with pytest.raises(SinkError, match=r"Slack gives no answer to chat\.postMessage"):
        list(world.sink().put([TASK]))
    assert world.server.asked("chat.postMessage") == 1
    assert [receipt.why for receipt in world.sink().put([TASK])] == [None]
    assert len(world.server.messages) == 1


def test_a_fault_while_sending_refuses_one_task(world: World) -> None:
    """500: that task stays due and says so, the next one is sent."""
    world.server.faults = [("chat.postMessage", BROKEN)]
    refused, done = world.sink().put([TASK, TASK._replace(key="a/b/c/d")])
    assert (refused.why, done.why) == ("Slack answers 500 to chat.postMessage", None)
