"""The ways by which a digest reaches people: topics of SNS and mails of SES.

A call that may have come through is not repeated, so that nobody is told twice; one that was
throttled is, when AWS says so. What could not be sent stays due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cs_aws_janitor.resources.refusals import Refusal
from cs_aws_janitor.resources.sending import Mailed, send_mail, sent

if TYPE_CHECKING:
    from cs_aws_janitor.resources.owners import Person
    from cs_aws_janitor.shared.clock import Pause

NOBODY = "there is nobody to send it to: set owners.fallback to somebody with an address"
SUBJECT = 100  # characters that SNS takes


@dataclass(frozen=True, slots=True)
class Message:
    """One digest in words: a line that sums it up, and all of it as text and as HTML."""

    subject: str
    text: str
    html: str


class Channel(Protocol):
    """One way to reach people. `name` is what the ledger remembers a notice by."""

    @property
    def name(self) -> str:
        """What it is called in the ledger."""
        ...

    def reaches(self, person: Person) -> bool:
        """Whether it can reach `person`."""
        ...

    def send(self, person: Person | None, message: Message) -> str | None:
        """Send it, to whoever listens where `person` is None; why it was not sent, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of SNS: all digests go there, each with the `owner` as an attribute to filter by."""

    client: Any
    arn: str
    pause: Pause
    name: str = "sns"

    def reaches(self, person: Person) -> bool:  # noqa: ARG002  whoever listens to the topic
        """Everybody: who listens to the topic is not known here."""
        return True

    def send(self, person: Person | None, message: Message) -> str | None:
        """Publish it."""
        words = message.subject.encode("ascii", "replace").decode()
        owner = {"DataType": "String", "StringValue": person.initials if person else "-"}
        return _why_not(
            sent(
                lambda: self.client.publish(
                    TopicArn=self.arn,
                    Subject=words[:SUBJECT],
                    Message=message.text,
                    MessageAttributes={"owner": owner},
                ),
                self.pause,
            )
        )


@dataclass(frozen=True, slots=True)
class Mail:
    """Mails by SES from an address that it has verified."""

    client: Any
    sender: str
    pause: Pause
    name: str = "email"

    def reaches(self, person: Person) -> bool:
        """Those who have an address."""
        return person.email is not None

    def send(self, person: Person | None, message: Message) -> str | None:
        """Send it as text and HTML."""
        if person is None or person.email is None:
            return NOBODY
        words = {"Text": message.text, "Html": message.html}
        mail = Mailed(self.sender, (person.email,), message.subject, words)
        return _why_not(send_mail(self.client, mail, self.pause))


def _why_not(answer: object) -> str | None:
    return answer.sentence if isinstance(answer, Refusal) else None
