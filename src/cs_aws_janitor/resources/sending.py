"""How anything is sent by AWS: once, but for what was throttled, which is sent when AWS says so.

A call that may have come through is not repeated, so that nobody is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt
from cs_aws_janitor.shared.notify import LONGEST_WAIT, NotSentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cs_aws_janitor.shared.clock import Pause
    from cs_aws_janitor.shared.notify import Message

T = TypeVar("T")

WAITS = (1.0, 4.0, 16.0)  # seconds, after each answer that there were too many requests
_LASTING = frozenset({Sort.DENIED, Sort.THROTTLED, Sort.UNREACHED})  # others fare no better


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mail of SES: from whom, to whom, and its text by the form it has (`Text`, `Html`)."""

    sender: str
    to: tuple[str, ...]
    subject: str
    words: Mapping[str, str]
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ses:
    """Mails by SES from an address that it has verified. `client` asks once (`sesv2`)."""

    client: Any
    sender: str
    pause: Pause

    def send(self, message: Message) -> str:
        """Send it as text; its id in SES. Raises NotSentError."""
        words, subject = {"Text": message.text}, " ".join(message.subject.split())
        mail = Mailed(self.sender, (message.to,), subject, words, message.cc)
        answer = send_mail(self.client, mail, self.pause)
        if not isinstance(answer, Refusal):
            return str(answer["MessageId"])
        what = f"SES does not send it ({answer.sentence})"
        lost = answer.sort is Sort.UNREACHED
        raise NotSentError(what, uncertain=lost, lasting=answer.sort in _LASTING)


def send_mail(client: Any, mail: Mailed, pause: Pause) -> Mapping[str, Any] | Refusal:
    """Have SES send it: its answer, or why not."""
    body = {form: _utf8(text) for form, text in mail.words.items()}
    content = {"Simple": {"Subject": _utf8(mail.subject), "Body": body}}
    to = {"ToAddresses": list(mail.to)} | ({"CcAddresses": list(mail.cc)} if mail.cc else {})
    return sent(
        lambda: client.send_email(FromEmailAddress=mail.sender, Destination=to, Content=content),
        pause,
    )


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def sent(call: Callable[[], T], pause: Pause) -> T | Refusal:
    """What `call` gives, once AWS has taken it; else its refusal."""
    answer = attempt(call)
    for wait in WAITS:
        if not isinstance(answer, Refusal) or answer.sort is not Sort.THROTTLED:
            break
        pause(_asked_for(answer) or wait)
        answer = attempt(call)
    return answer


def _asked_for(refusal: Refusal) -> float | None:
    """The seconds after which AWS wants to be asked again, where it says so."""
    told = getattr(refusal.error, "response", {}).get("ResponseMetadata", {})
    seconds = told.get("HTTPHeaders", {}).get("retry-after", "")
    return min(float(seconds), LONGEST_WAIT) if seconds.isdecimal() else None
