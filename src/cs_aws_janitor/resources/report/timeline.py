"""What happens to whose resources in the days to come, if nobody does anything before. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.explaining import Coming
from cs_aws_janitor.resources.model import Phase, Verb
from cs_aws_janitor.resources.report import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal

    from cs_aws_janitor.resources.explaining import Outlook
    from cs_aws_janitor.resources.plan import Step

DAYS = 30
# Shut off by the next run for another reason than an Expiration, of which alone an outlook tells.
_AT_ONCE = frozenset({Phase.UNNAMED, Phase.WAITING})
_OFF_BY_THEN = "it is marked, or shut off if it was started again"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to the resource of `step`."""

    step: Step
    coming: Coming


@dataclass(frozen=True, slots=True)
class Owned:
    """What happens to the resources of one owner (None: nobody is known), day by day.

    `freed` is what a month costs less after all of it, in USD, as an estimate.
    """

    owner: str | None
    events: Sequence[Event]
    freed: Decimal

    def on(self, verb: Verb) -> Counter[date]:
        """How often `verb` happens on each day."""
        return Counter(e.coming.on for e in self.events if e.coming.verb is verb)


def timeline(outlooks: Iterable[Outlook], today: date) -> list[Owned]:
    """Each owner to whose resources something happens from `today` on within 30 days, by name."""
    end = today + timedelta(days=DAYS)
    events = defaultdict(list)
    for outlook in outlooks:
        for each in _whole(outlook, today):
            if each.on < end:
                events[outlook.step.owner].append(Event(outlook.step, each))
    names = sorted(events, key=lambda owner: (owner is None, (owner or "").lower(), owner or ""))
    return [_owned(owner, events[owner]) for owner in names]


def _whole(outlook: Outlook, today: date) -> list[Coming]:
    step, found = outlook.step, [*outlook.coming]
    if Verb.SHUT_OFF not in step.verbs or step.phase not in _AT_ONCE:
        return found
    later = [replace(c, what=_OFF_BY_THEN) if c.verb is Verb.SHUT_OFF else c for c in found]
    return [Coming(today, Verb.SHUT_OFF, "it is shut off"), *later]


def _owned(owner: str | None, events: list[Event]) -> Owned:
    events.sort(key=lambda e: (e.coming.on, e.step.place, e.step.kind, e.step.id))
    verbs = defaultdict(set)
    steps = {}
    for event in events:
        key = (event.step.place, event.step.kind, event.step.id)
        steps[key] = event.step
        verbs[key].add(event.coming.verb)
    freed = (money.saved_by(step, verbs[key]) for key, step in steps.items())
    return Owned(owner, events, sum(freed, money.NOTHING))
