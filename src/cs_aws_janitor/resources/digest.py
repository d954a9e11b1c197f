"""What owners are told: one digest for each of them and run, a line for each resource. Pure.

What a notice is about, and when it is told anew, is decided here; `report.digest_report` chooses
the words, `delivering` sends them, and the ledger remembers what was sent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Phase, Verb
from cs_aws_janitor.resources.plan import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from cs_aws_janitor.resources.owners import Owners, Person
    from cs_aws_janitor.resources.plan import Attention, Coverage, Plan
    from cs_aws_janitor.resources.policy import Policy

    Event = int | str  # days before the Expiration, or what happened
    Told = Callable[[Step, Event], bool]

SHUT_OFF, UNNAMED, ENDED = "shut_off", "un-named", "terminate"
ALL = "*"  # in the place of an id: everything of one kind in one place
# Their reasons change from day to day: they are told once for the phase, not for each sentence.
_CHANGING = frozenset({Phase.UNKNOWN, Phase.WAITING, Phase.DUE, Phase.BACKING_UP})


class Topic(IntEnum):
    """What a notice is about, in the order of a digest."""

    ENDED = 1
    SHUT_OFF = 2
    UNNAMED = 3
    EXPIRING = 4
    ATTENTION = 5
    UNSEEN = 6
    WEEK = 7


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that an owner is told of one resource: once for each `event` and Expiration.

    `restorable`: it is gone, and `janitor restore` brings it back.
    """

    topic: Topic
    event: Event
    step: Step
    restorable: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """All that one person is told of one run; None where nobody is known to be told."""

    person: Person | None
    notices: tuple[Notice, ...]


def event_of(policy: Policy, step: Step, now: datetime) -> Event:
    """What the verb NOTIFY of `step` tells: its shut-off, or which day before its end has come."""
    return SHUT_OFF if step.phase is Phase.WAITING else days_before(policy, step, now)


def days_before(policy: Policy, step: Step, now: datetime) -> int:
    """Which of the days in `notify.before` has come: the smallest that is not yet passed."""
    if step.expiration is None:
        return 0
    left = (policy.day_of(step.expiration) - policy.today(now)).days
    return min((days for days in policy.notify_before if days >= left), default=left)


def due(plan: Plan, policy: Policy, now: datetime, done: Iterable[Notice]) -> list[Notice]:
    """What is to be told: what was `done`, what is about to happen, and what people should mend.

    Each once: of what was shut off in this run the plan before it tells nothing. What was done
    where the plan did not look is told by whoever looks there, who holds the lock of that place.
    """
    here = {row.place for row in plan.coverage}
    ours = (notice for notice in done if notice.step.place in here)
    found: dict[object, Notice] = {}
    for notice in (*ours, *_coming(plan, policy, now), *_wrong(plan, now)):
        step = notice.step
        key = (step.place, step.kind, step.id, step.expiration, notice.event)
        found.setdefault(key, notice)
    return list(found.values())


def digests(
    notices: Iterable[Notice], owners: Owners, reached: Callable[[Person], bool]
) -> list[Digest]:
    """`notices` by who is told of them, where only some people can be `reached`."""
    theirs: dict[Person | None, list[Notice]] = defaultdict(list)
    for notice in notices:
        account = notice.step.place.account
        theirs[owners.told_of(notice.step.owner, account, reached)].append(notice)
    whole = [Digest(person, tuple(sorted(each, key=_place))) for person, each in theirs.items()]
    return sorted(whole, key=lambda digest: digest.person.initials if digest.person else "")


def _place(notice: Notice) -> tuple[object, ...]:
    step = notice.step
    return notice.topic, step.expiration is None, step.expiration, step.place, step.kind, step.id


def _coming(plan: Plan, policy: Policy, now: datetime) -> Iterator[Notice]:
    for step in plan.steps:
        if Verb.NOTIFY in step.verbs:
            topic = Topic.SHUT_OFF if step.phase is Phase.WAITING else Topic.EXPIRING
            yield Notice(topic, event_of(policy, step, now), step)


def _wrong(plan: Plan, now: datetime) -> Iterator[Notice]:
    for row in plan.attention:
        event = row.phase.value if row.phase in _CHANGING else row.reason
        yield Notice(Topic.ATTENTION, event, _of_attention(row))
    week = f"{now:%G-W%V}"  # what stays unseen is told again, but not in every run
    for blind in plan.blind_spots:
        yield Notice(Topic.UNSEEN, f"{blind.status} {week}", _of_blind_spot(blind))


def _of_attention(row: Attention) -> Step:
    where = (row.place, row.kind, row.id, row.name, row.owner, row.phase)
    return Step(*where, (Verb.NOTIFY,), row.reason, None)


def _of_blind_spot(row: Coverage) -> Step:
    why = row.why or row.status
    return Step(row.place, row.kind, ALL, None, None, Phase.UNKNOWN, (Verb.NOTIFY,), why, None)
