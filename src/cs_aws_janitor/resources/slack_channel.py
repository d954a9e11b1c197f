"""Letters in Slack: by a bot to people and a channel, in threads; or whole, by a webhook.

With a bot all that one person is told on one day hangs together: the first letter of the day opens
a thread with how much there is, its lines are replies in it, and so are those of every later
letter of that day, of which the first reply is shown beside the thread as well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from cs_aws_janitor.resources.channels import UNKNOWN, Sent
from cs_aws_janitor.resources.letter import parts
from cs_aws_janitor.resources.report import slack_report
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.notify import NotSentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cs_aws_janitor.resources.letter import Letter
    from cs_aws_janitor.resources.owners import Person
    from cs_aws_janitor.shared.slack import Slack
    from cs_aws_janitor.shared.slack_hook import Webhook
    from cs_aws_janitor.shared.slack_words import Words

NAME = "slack"
NOBODY = (
    "there is nobody to send it to: set notify.slack.channel, or owners.fallback to somebody"
    " whose id in Slack is known"
)
BACK = timedelta(hours=1)  # by which the clock of this machine may be ahead of Slack's


class Threads(Protocol):
    """Where it is remembered with which message a thread begins; a ledger does."""

    def thread(self, conversation: str, name: str) -> str | None:
        """The message, as Slack names it; None where there is none yet."""
        ...

    def keep_thread(self, conversation: str, name: str, begins: str) -> None:
        """Remember it."""
        ...


class _Wire:
    """What ends with the first trouble that every other message would have as well."""

    def __init__(self) -> None:
        self._down: str | None = None

    def carry(self, sending: Iterator[Sent]) -> Iterator[Sent]:
        """What `sending` gives, and why it broke off; once it is down nothing is tried any more."""
        if self._down:
            yield Sent(why=self._down)
            return
        try:
            yield from sending
        except NotSentError as error:
            self._down = str(error) if error.lasting else None
            yield Sent(why=str(error))
        except RefusedError as error:  # a secret or the library is missing
            self._down = str(error)
            yield Sent(why=self._down)


class Bot:
    """Letters by a bot: to whoever has a member id in Slack, and to its `channel` for others.

    `connect` is asked for Slack once there is something to send: what it needs may be missing.
    `now` is the instant of the run.
    """

    name = NAME

    def __init__(
        self, connect: Callable[[], Slack], channel: str | None, threads: Threads, now: datetime
    ) -> None:
        self._connect = connect
        self._channel = channel
        self._threads = threads
        self._now = now
        self._wire = _Wire()
        self._slack: Slack | None = None
        self._direct: dict[str, str] = {}

    def reaches(self, person: Person | None) -> bool:
        """Everybody where there is a channel, else those whose member id is known."""
        return self._channel is not None or (person is not None and person.slack is not None)

    def to(self, person: Person | None) -> str:
        """The member, or the channel."""
        return (person and person.slack) or self._channel or UNKNOWN

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        """Open the thread that it belongs to, where there is none, and answer in it."""
        return self._wire.carry(self._send(person, letter))

    def _send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        if not self.reaches(person):
            yield Sent(why=NOBODY)
            return
        slack = self._slack = self._slack or self._connect()
        conversation = self._conversation(slack, person)
        name = f"{letter.thread} {person.initials if person else '-'}"
        begins = known = self._threads.thread(conversation, name)
        if begins is None:
            begins = self._post(slack, conversation, slack_report.head(letter))
            self._threads.keep_thread(conversation, name, begins)
        head, rest = _split(letter)
        yield Sent(head.about)
        for part in parts(rest, slack_report.ROOM):
            aloud = known is not None and part.part[0] == 1
            self._post(slack, conversation, slack_report.reply(part, begins, aloud=aloud))
            yield Sent(part.about)

    def _conversation(self, slack: Slack, person: Person | None) -> str:
        if person is None or person.slack is None:
            return self._channel or ""
        if person.slack not in self._direct:
            self._direct[person.slack] = slack.direct(person.slack)
        return self._direct[person.slack]

    def _post(self, slack: Slack, conversation: str, words: Words) -> str:
        key = uuid4().hex  # parts of one run may write to one channel at the same time
        return slack.send(conversation, words, key, self._now - BACK)


class Hook:
    """Letters by a webhook: each of them whole, into the channel that it is for."""

    name = NAME

    def __init__(self, connect: Callable[[], Webhook]) -> None:
        self._connect = connect
        self._wire = _Wire()
        self._webhook: Webhook | None = None

    def reaches(self, person: Person | None) -> bool:  # noqa: ARG002  whoever reads the channel
        """Everybody: who reads the channel is not known here."""
        return True

    def to(self, person: Person | None) -> str:  # noqa: ARG002  as above
        """The channel of the webhook."""
        return "the channel of the webhook"

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:  # noqa: ARG002
        """Send it in as many messages as it takes."""
        return self._wire.carry(self._send(letter))

    def _send(self, letter: Letter) -> Iterator[Sent]:
        webhook = self._webhook = self._webhook or self._connect()
        for part in parts(letter, slack_report.ROOM):
            webhook.send(slack_report.whole(part))
            yield Sent(part.about)


def _split(letter: Letter) -> tuple[Letter, Letter]:
    """What stands at the head of a thread, and what is answered to it."""
    brief = tuple(each for each in letter.sections if each.brief)
    rest = tuple(each for each in letter.sections if not each.brief)
    return replace(letter, sections=brief), replace(letter, sections=rest)
