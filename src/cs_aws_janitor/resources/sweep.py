"""The order of things: survey, decide, plan; and then, for a run, carry out.

A look streams: what is not acted on is counted and forgotten, page by page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import plan
from cs_aws_janitor.resources.group import Group
from cs_aws_janitor.resources.plan import Coverage, Plan
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.survey import go_on, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.explaining import Outlook
    from cs_aws_janitor.resources.group import Sighted
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.model import Creator, Place, Resource
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.prices import Estimate
    from cs_aws_janitor.resources.survey import Clients, Page
    from cs_aws_janitor.resources.trail import Trail

CLOSER_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class World:
    """What can be looked at: the places, the kinds, a way to ask, and what is known to be dark."""

    places: Sequence[Place]
    kinds: Mapping[str, Kind]
    clients: Clients
    dark: Sequence[Coverage] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """How to look. `owners`, in lower case: only theirs. `everything`: also what is left alone.

    `protection`: read it for everything. `until` (aware): also say what comes of each, for which
    protection is read of what would be in danger by then. `sightings`: also gather the tags seen
    standing, for the ledger. `covered` is told of each place and kind once seen. `halted` says why
    to look no further, or None: what was not seen by then is a blind spot or unknown.
    """

    owners: frozenset[str] = frozenset()
    everything: bool = False
    protection: bool = False
    until: datetime | None = None
    sightings: bool = False
    covered: Callable[[Coverage], None] | None = None
    halted: Callable[[], str | None] = go_on


def _no_estimate(_resource: Resource) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Rules:
    """What is decided by: the policy, the instant (aware), and what the ledger remembers.

    `estimate` says what a resource costs a month; nothing is decided by that. `trail` is asked who
    made what is new, where it may be.
    """

    policy: Policy
    now: datetime
    ledger: Ledger | None = None
    estimate: Callable[[Resource], Estimate | None] = _no_estimate
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A plan, and what a run has the ledger remember: tags seen standing, and who `created` what.

    `outlooks` say what comes of each resource, where that was wished for; `phases` count those of
    each account.
    """

    plan: Plan
    seen: Sequence[Sighted] = ()
    created: Sequence[tuple[Resource, Creator]] = ()
    outlooks: Sequence[Outlook] = ()
    phases: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def look(world: World, rules: Rules, wish: Wish | None = None) -> Look:
    """See everything in `world` and decide by `rules`. Makes no write call of any kind."""
    wish = wish or Wish()
    before = rules.ledger.counts(rules.now) if rules.ledger else {}
    kinds = list(world.kinds.values())
    groups = {
        (place, kind.name): Group(place, kind, world.clients, rules, wish)
        for place in world.places
        for kind in kinds
    }
    coverage = list(world.dark)

    def take(page: Page) -> None:
        groups[page.place, page.kind.name].take(page.resources)

    pool = ThreadPoolExecutor(CLOSER_AT_ONCE, thread_name_prefix="closer")
    try:
        closer = []
        for row in survey(world.places, kinds, world.clients, take, wish.halted):
            coverage.append(row)
            if wish.covered:
                wish.covered(row)
            if row.blind:
                # A partial listing proves nothing: what it had shown is left alone this time.
                del groups[row.place, row.kind]
            else:
                closer.append(pool.submit(groups[row.place, row.kind].look_closer))
        for future in closer:
            future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # who breaks it off waits for no answer
    gathered = _gathered(rules, coverage, list(groups.values()))
    guarded = plan.guarded(gathered, rules.policy.limits, before)
    seen = [sighted for group in groups.values() for sighted in group.seen]
    created = [each for group in groups.values() for each in group.created]
    outlooks = [outlook for group in groups.values() for outlook in group.outlooks]
    phases: dict[str, Counter[str]] = defaultdict(Counter)
    for group in groups.values():
        phases[group.place.account].update(group.phases)
    return Look(guarded, seen, created, outlooks, phases)


def first_sight(world: World, rules: Rules, ids: Sequence[str]) -> Plan:
    """What is owed to resources that have just come up: their tags, and nothing else.

    What is shut off counts against limits, of which only a look at everything can tell: that is
    left to the next one, and so is whatever was not seen here.
    """
    coverage, groups = list(world.dark), []
    for place in world.places:
        for kind in world.kinds.values():
            group = Group(place, kind, world.clients, rules, Wish())
            found = attempt(partial(kind.read, world.clients(place, kind.service), place, ids))
            if isinstance(found, Refusal):
                coverage.append(Coverage(place, kind.name, "failed", 0, found.sentence))
                continue
            coverage.append(Coverage(place, kind.name, "ok", len(found)))
            group.tag_only(found)
            groups.append(group)
    return _gathered(rules, coverage, groups)


def _gathered(rules: Rules, coverage: list[Coverage], groups: Sequence[Group]) -> Plan:
    steps = plan.ordered(step for group in groups for step in group.steps)
    phases: Counter[str] = Counter()
    for group in groups:
        phases.update(group.phases)
    attention = [row for group in groups for row in group.attention]
    return Plan(
        made_at=rules.now,
        as_of=rules.now,
        timezone=str(rules.policy.timezone),
        coverage=tuple(sorted(coverage, key=lambda row: (row.place, row.kind))),
        steps=tuple(steps),
        attention=tuple(sorted(attention, key=lambda row: (row.place, row.kind, row.id))),
        phases=dict(sorted(phases.items())),
    )
