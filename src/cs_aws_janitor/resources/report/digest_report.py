"""A digest in words, as text and as HTML: what, why, until when, and the command that helps."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.channels import Message
from cs_aws_janitor.resources.digest import ALL, Topic
from cs_aws_janitor.resources.model import Phase
from cs_aws_janitor.resources.report import words
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.resources.digest import Digest, Notice
    from cs_aws_janitor.resources.policy import Policy

MOST = 50  # lines on one topic; a person who has more looks at the list
_HEADINGS = {
    Topic.ENDED: "Terminated",
    Topic.SHUT_OFF: "Shut off, and terminated soon",
    Topic.UNNAMED: "Shut off, because it says nothing of whose it is",
    Topic.EXPIRING: "Expiring",
    Topic.ATTENTION: "Look at this",
    Topic.UNSEEN: "Could not be seen",
}
_STYLE = "font-family:sans-serif;line-height:1.5;color:#1a1a1a;background:#fff"


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in words: which resource, what of it, and what to type; '' where nothing helps."""

    thing: str
    what: str
    command: str = ""


def message(digest: Digest, policy: Policy) -> Message:
    """The digest as it is sent."""
    return Message(subject(digest), text(digest, policy), html(digest, policy))


def subject(digest: Digest) -> str:
    """Whose it is and how much, in one line."""
    counts = (
        (len(_about(digest, Topic.SHUT_OFF, Topic.UNNAMED)), "shut off"),
        (len(_about(digest, Topic.ENDED)), "terminated"),
        (len(_about(digest, Topic.EXPIRING)), "expiring"),
        (len(_about(digest, Topic.ATTENTION, Topic.UNSEEN)), "to look at"),
    )
    whose = f" for {digest.person.initials}" if digest.person else ""
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    return safe(f"Janitor{whose}: {told}")


def _about(digest: Digest, *topics: Topic) -> Sequence[Notice]:
    return [notice for notice in digest.notices if notice.topic in topics]


def text(digest: Digest, policy: Policy) -> str:
    """All of it for a mail without HTML, a topic or a terminal."""
    lines = [subject(digest)]
    for heading, shown, more in _sections(digest, policy):
        lines += ["", heading]
        for line in shown:
            lines.append(f"- {line.thing}: {line.what}")
            lines += [f"    {line.command}"] if line.command else []
        lines += [f"- {more}"] if more else []
    return "\n".join(lines)


def html(digest: Digest, policy: Policy) -> str:
    """The same for a mail; whatever others have typed is inert in it."""
    parts = [f"<p>{escape(subject(digest))}</p>"]
    for heading, shown, more in _sections(digest, policy):
        items = [
            f"<li><b>{escape(line.thing)}</b>: {escape(line.what)}"
            + (f"<br><code>{escape(line.command)}</code>" if line.command else "")
            + "</li>"
            for line in shown
        ]
        items += [f"<li>{escape(more)}</li>"] if more else []
        parts.append(f"<h3>{escape(heading)}</h3><ul>{''.join(items)}</ul>")
    return f'<!doctype html><html lang="en"><body style="{_STYLE}">{"".join(parts)}</body></html>'


def _sections(digest: Digest, policy: Policy) -> Iterator[tuple[str, list[Line], str]]:
    """The heading, the lines, and what is said of those that are left out, of each topic."""
    for topic, group in groupby(digest.notices, key=lambda notice: notice.topic):
        notices = list(group)
        left = len(notices) - MOST
        more = f"and {words.counted(left, 'more resource')}: janitor plan, janitor list"
        shown = [_line(notice, policy) for notice in notices[:MOST]]
        yield _HEADINGS[topic], shown, more if left > 0 else ""


def _line(notice: Notice, policy: Policy) -> Line:
    step = notice.step
    place = f"{step.kind} in {step.place.region} of {step.place.account}"
    if step.id == ALL:
        return Line(place, safe(step.reason))
    called = f"{step.name} ({step.id}), {place}" if step.name else f"{step.id}, {place}"
    return Line(safe(called), safe(_what(notice, policy)), safe(_command(notice)))


def _what(notice: Notice, policy: Policy) -> str:
    step = notice.step
    if notice.topic is Topic.SHUT_OFF and step.phase is Phase.EXPIRED:
        return f"{step.reason}; it was shut off, and is terminated on {step.next_on}"
    if notice.topic is Topic.ENDED and notice.restorable and policy.backup.keep:
        return f"{step.reason}; it can be restored for {policy.backup.keep.days} days"
    return step.reason


def _command(notice: Notice) -> str:
    resource = shlex.quote(notice.step.id)
    match notice.topic:
        case Topic.ENDED:
            return f"janitor restore {resource}" if notice.restorable else ""
        case Topic.SHUT_OFF | Topic.EXPIRING:
            return f"janitor extend {resource} --days 14"
        case Topic.ATTENTION if notice.step.phase is Phase.EXEMPT:
            return f'janitor keep {resource} --reason "what it is for"'
        case Topic.ATTENTION if notice.step.phase is Phase.UNREADABLE:
            return f"janitor extend {resource} --days 14"
        case _:
            return f"janitor explain {resource}"
