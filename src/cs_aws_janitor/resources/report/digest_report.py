"""A digest in words: of each resource what, why, until when, and the command that helps."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.digest import ALL, Topic
from cs_aws_janitor.resources.letter import Letter, Line, Section
from cs_aws_janitor.resources.model import Phase
from cs_aws_janitor.resources.standing import is_of_stranger
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from cs_aws_janitor.resources.digest import Digest, Notice
    from cs_aws_janitor.resources.plan import Attention, Breach, Coverage, Step
    from cs_aws_janitor.resources.policy import Policy

_HEADINGS = {
    Topic.ENDED: "Terminated",
    Topic.SHUT_OFF: "Shut off, and terminated soon",
    Topic.UNNAMED: "Shut off, because it says nothing of whose it is",
    Topic.EXPIRING: "Expiring",
    Topic.ATTENTION: "Look at this",
    Topic.UNSEEN: "Could not be seen",
}


def letter(digest: Digest, policy: Policy, today: date) -> Letter:
    """The digest in words; what is sent on one day hangs together."""
    groups = groupby(digest.notices, key=lambda notice: notice.topic)
    sections = (
        Section(_HEADINGS[topic], tuple(_line(notice, policy) for notice in group))
        for topic, group in groups
    )
    return Letter(subject(digest), tuple(sections), today.isoformat())


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


def _line(notice: Notice, policy: Policy) -> Line:
    step = notice.step
    if step.id == ALL:
        return Line(where(step), safe(step.reason), about=(notice,))
    what, command = safe(_what(notice, policy)), safe(_command(notice))
    return Line(called(step), what, command, (notice,))


def called(step: Step | Attention) -> str:
    """What a resource is called in a letter, and where it is."""
    name = f"{step.name} ({step.id})" if step.name else step.id
    return safe(f"{name}, {where(step)}")


def where(row: Step | Attention | Breach | Coverage) -> str:
    """Of which kind it is, and where."""
    return f"{row.kind} in {row.place.region} of {row.place.account}"


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
        case Topic.ATTENTION if is_of_stranger(notice.step.reason):
            return f"janitor explain {resource}"  # what helps is a line in the file of owners
        case Topic.ATTENTION if notice.step.phase is Phase.EXEMPT:
            return f'janitor keep {resource} --reason "what it is for"'
        case Topic.ATTENTION if notice.step.phase is Phase.UNREADABLE:
            return f"janitor extend {resource} --days 14"
        case _:
            return f"janitor explain {resource}"
