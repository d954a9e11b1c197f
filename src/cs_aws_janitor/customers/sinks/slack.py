"""Tasks as messages in Slack to whoever has them, each with its key in the metadata.

Before the first message to a person, what the bot has sent them is read, so that a run that was
cut off sends nothing again. Whoever had a task before keeps the message that they got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.sinks._people import UNKNOWN
from cs_aws_janitor.customers.sinks._receipts import receipt
from cs_aws_janitor.shared.notify import NotSentError
from cs_aws_janitor.shared.slack_words import Words, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.customers.sinks._people import Directory
    from cs_aws_janitor.customers.sinks._sink import Receipt
    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.shared.slack import Sent, Slack

WITHDRAWN = "withdrawn"
BACK = timedelta(days=92)  # how long before its window a task that moved may have been sent


@dataclass(frozen=True, slots=True)
class SlackSink:
    """Messages of the bot of `slack` to the people in `directory`."""

    slack: Slack
    directory: Directory

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Send the message of each task, or change the one that bears its key."""
        if tasks:
            first = min(task.opens for task in tasks) - BACK
            desk = _Desk(self.slack, self.directory, datetime.combine(first, time(), UTC))
            for task in tasks:
                yield receipt(task.key, partial(desk.put, task))

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Strike out the message of each task; one that is gone is taken back."""
        for delivery in deliveries:
            yield receipt(delivery.key, partial(self._withdraw, delivery))

    def _withdraw(self, delivery: Delivery) -> str:
        channel, _, at = delivery.place.partition("/")
        text = f"~{plain(delivery.title)}~\nNot called for any more."
        words = Words(text, version=WITHDRAWN)
        there = self.slack.change((channel, at), words, delivery.key)
        return delivery.place if there else ""


class _Desk:
    """Who is who, and what they got since then, each asked for once in a batch."""

    def __init__(self, slack: Slack, directory: Directory, since: datetime) -> None:
        self._slack = slack
        self._directory = directory
        self._since = since
        self._channels: dict[str, str] = {}
        self._sent: dict[str, dict[str, Sent]] = {}

    def put(self, task: Task) -> str:
        """Where the message of `task` is now."""
        channel = self._channel(task.assignee)
        if channel not in self._sent:
            self._sent[channel] = self._slack.sent(channel, self._since)
        before = self._sent[channel].get(task.key)
        if before is None:
            sent = self._slack.send(channel, _words(task), task.key, self._since)
            return f"{channel}/{sent}"
        if before.version != task.digest:
            where = (channel, before.at)
            if not self._slack.change(where, _words(task), task.key):
                raise NotSentError("its message in Slack cannot be changed")
        return f"{channel}/{before.at}"

    def _channel(self, assignee: str | None) -> str:
        if assignee is None:
            raise NotSentError("nobody has it, so nobody can be told")
        if assignee not in self._channels:
            self._channels[assignee] = self._slack.direct(self._member(assignee))
        return self._channels[assignee]

    def _member(self, name: str) -> str:
        if member := self._directory.members.get(name):
            return member
        email = self._directory.email(name)
        if email is None:
            raise NotSentError(f"no address of {name!r} is known; {UNKNOWN}")
        member = self._slack.member(email)
        if member is None:
            raise NotSentError(f"nobody in Slack has the address {email}; {UNKNOWN}")
        return member


def _words(task: Task) -> Words:
    lines = [f"*{plain(task.title)}*", f"From {task.opens} to {task.due}"]
    if task.to:
        cc = f", cc {', '.join(map(plain, task.cc))}" if task.cc else ""
        lines.append(f"A mail to {plain(task.to)}{cc}")
    text = "\n".join((*lines, *(f"• {plain(note)}" for note in task.notes)))
    return Words(text, version=task.digest)
