"""Mails of playbooks to contacts, and tasks as mails to whoever has them.

A mail cannot be changed or taken back: what is withdrawn is only written down as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.sinks._people import UNKNOWN
from cs_aws_janitor.customers.sinks._receipts import receipt
from cs_aws_janitor.customers.sinks._sink import Receipt
from cs_aws_janitor.shared.notify import Message, NotSentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.customers.sinks._people import Directory
    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.shared.notify import Carrier


@dataclass(frozen=True, slots=True)
class MailSink:
    """Mails by `post`; the people of the team have their addresses in `directory`."""

    post: Carrier
    directory: Directory

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Send the mail of each task."""
        for task in tasks:
            yield receipt(task.key, partial(self._send, task))

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Nothing: a mail that has been sent stays sent."""
        yield from (Receipt(delivery.key, delivery.place) for delivery in deliveries)

    def _send(self, task: Task) -> str:
        to = task.to or self._address(task.assignee)
        cc = tuple(self._address(name) for name in task.cc)
        return self.post.send(Message(to, task.title, _text(task), _key(task), cc))

    def _address(self, name: str | None) -> str:
        if name is None:
            raise NotSentError("nobody has it, so nobody can be told")
        address = self.directory.email(name)
        if address is None:
            raise NotSentError(f"no address of {name!r} is known; {UNKNOWN}")
        return address


def _key(task: Task) -> str:
    """A task that is sent to somebody of the team again, since it has changed, is another mail."""
    return task.key if task.to else f"{task.key} {task.digest}"


def _text(task: Task) -> str:
    if task.to:
        return "\n\n".join(task.notes) + "\n"
    lines = (f"From {task.opens} to {task.due}", "", *(f"- {note}" for note in task.notes))
    return "\n".join(lines) + "\n"
