"""The ways by which a letter reaches people: topics of SNS and mails of SES; Slack is another.

A call that may have come through is not repeated, so that nobody is told twice; one that was
throttled is, when AWS says so. What could not be sent stays due.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from cs_aws_janitor.resources.letter import Letter, Line, Room, parts
from cs_aws_janitor.resources.refusals import Refusal
from cs_aws_janitor.resources.report import letter_report
from cs_aws_janitor.resources.sending import Mailed, send_mail, sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.digest import Notice
    from cs_aws_janitor.resources.owners import Person
    from cs_aws_janitor.shared.clock import Pause

NOBODY = "there is nobody to send it to: set owners.fallback to somebody with an address"
UNKNOWN = "nobody who is known"
SUBJECT = 100  # characters that SNS takes
PUBLISHED = 250_000  # bytes: SNS takes 256 KiB, its attributes included
# bytes of HTML: SES takes 40 MB, but readers of mail cut what is longer than 102 KB or so
MAILED = 90_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one message: the notices `about` which it was, or `why` it was not sent."""

    about: tuple[Notice, ...] = ()
    why: str | None = None


class Channel(Protocol):
    """One way to reach people. `name` is what the ledger remembers a notice by."""

    @property
    def name(self) -> str:
        """What it is called in the ledger."""
        ...

    def reaches(self, person: Person | None) -> bool:
        """Whether it can reach `person`; None is whoever listens where nobody is known."""
        ...

    def to(self, person: Person | None) -> str:
        """Who gets what is for `person`, in words."""
        ...

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        """Send it, in as many messages as it takes; after one that was not sent no other is."""
        ...


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of SNS: all letters go there, each with the `owner` as an attribute to filter by."""

    client: Any
    arn: str
    pause: Pause
    name: str = "sns"

    def reaches(self, person: Person | None) -> bool:  # noqa: ARG002  whoever listens to the topic
        """Everybody: who listens to the topic is not known here."""
        return True

    def to(self, person: Person | None) -> str:
        """The topic."""
        return f"{self.arn}, owner {_owner(person)}"

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        """Publish it."""
        owner = {"DataType": "String", "StringValue": _owner(person)}
        for part in parts(letter, _OF_TOPIC):
            title = _short(part).encode("ascii", "replace").decode()
            given = {
                "TopicArn": self.arn,
                "Subject": title,
                "Message": letter_report.text(part),
                "MessageAttributes": {"owner": owner},
            }
            answer = sent(partial(self.client.publish, **given), self.pause)
            yield (one := _became(part, answer))
            if one.why:
                return


@dataclass(frozen=True, slots=True)
class Mail:
    """Mails by SES from an address that it has verified."""

    client: Any
    sender: str
    pause: Pause
    name: str = "email"

    def reaches(self, person: Person | None) -> bool:
        """Those who have an address."""
        return person is not None and person.email is not None

    def to(self, person: Person | None) -> str:
        """Their address."""
        return (person and (person.email or person.initials)) or UNKNOWN

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        """Send it as text and HTML."""
        if person is None or person.email is None:
            yield Sent(why=NOBODY)
            return
        for part in parts(letter, _OF_MAIL):
            forms = {"Text": letter_report.text(part), "Html": letter_report.html(part)}
            mail = Mailed(self.sender, (person.email,), part.title, forms)
            yield (one := _became(part, send_mail(self.client, mail, self.pause)))
            if one.why:
                return


def _owner(person: Person | None) -> str:
    return person.initials if person else "-"


def _short(part: Letter) -> str:
    """Its title in so many characters as SNS takes; of which part it is is not cut off."""
    number = part.title.removeprefix(part.subject)
    return f"{part.subject[: SUBJECT - len(number)]}{number}"


def _bytes_of_text(line: Line) -> int:
    return len(letter_report.text_of(line).encode()) + 1


def _bytes_of_html(line: Line) -> int:
    return len(letter_report.html_of(line).encode())


_OF_TOPIC = Room(PUBLISHED, _bytes_of_text)
_OF_MAIL = Room(MAILED, _bytes_of_html)


def _became(part: Letter, answer: object) -> Sent:
    return Sent(why=answer.sentence) if isinstance(answer, Refusal) else Sent(part.about)
