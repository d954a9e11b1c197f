"""The order of things: survey, decide, plan; and then, for a run, carry out.

A look streams: what is not acted on is counted and forgotten, page by page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import digest, plan, tags
from cs_aws_janitor.resources.explaining import Outlook, coming
from cs_aws_janitor.resources.inspection import Inspector, exempted, recall, remembered
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Phase, Resource, Verb
from cs_aws_janitor.resources.plan import Attention, Coverage, Plan
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.survey import go_on, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.lifecycle import Decision
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.prices import Estimate
    from cs_aws_janitor.resources.survey import Clients, Page

    Sighted = tuple[Resource, str, str | None]  # with its Discovered and its Expiration

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

    `estimate` says what a resource costs a month; nothing is decided by that.
    """

    policy: Policy
    now: datetime
    ledger: Ledger | None = None
    estimate: Callable[[Resource], Estimate | None] = _no_estimate


@dataclass(slots=True)
class _Group:
    """What one kind in one place comes to. `taken` are the ids that a page has shown already."""

    place: Place
    kind: Kind
    clients: Clients
    rules: Rules
    wish: Wish
    steps: list[Step] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)
    phases: Counter[str] = field(default_factory=Counter)
    candidates: list[Resource] = field(default_factory=list)
    seen: list[Sighted] = field(default_factory=list)
    outlooks: list[Outlook] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def take(self, resources: Iterable[Resource]) -> None:
        """Decide on a page; set aside what needs a closer look.

        Between two pages things move: what an earlier one has shown is not taken twice.
        """
        policy, now = self.rules.policy, self.rules.now
        for listed in resources:
            if listed.id in self.taken:
                continue
            self.taken.add(listed.id)
            resource = remembered(self.rules.ledger, listed, policy)
            if self.kind.protected is None:  # then there is no further call to tell it
                resource = exempted(resource, self.kind, policy.keys)
            decision = decide(resource, policy, now)
            if decision.endangers or self.wish.protection or self._in_danger_soon(resource):
                self.candidates.append(resource)
            else:
                self._keep(resource, decision)

    def tag_only(self, resources: Iterable[Resource]) -> None:
        """Decide on these, and keep only what is owed to their tags."""
        keys = self.rules.policy.keys
        for seen in resources:
            resource = recall(self.rules.ledger, seen, keys)
            decision = decide(resource, self.rules.policy, self.rules.now)
            self.phases[decision.phase.value] += 1
            if Verb.TAG in decision.verbs:
                owed = plan.step(resource, decision, keys)
                self.steps.append(replace(owed, verbs=(Verb.TAG,)))

    def look_closer(self) -> None:
        """Read what the candidates still need, and decide on them again."""
        if not self.candidates:
            return
        client = self.clients(self.place, self.kind.service)
        rules, halted = self.rules, self.wish.halted
        inspector = Inspector(self.kind, client, rules.policy, rules.now, rules.ledger, halted)
        for resource, decision in inspector.decide(self.candidates):
            self._keep(resource, decision)
        self.candidates.clear()

    def _keep(self, resource: Resource, decision: Decision) -> None:
        if self.wish.owners and (decision.owner or "").lower() not in self.wish.owners:
            return
        self.phases[decision.phase.value] += 1
        made = None
        if decision.verbs or self.wish.everything:
            made = self._untold(self._step(resource, decision))
            if made.verbs or self.wish.everything:
                self.steps.append(made)
        if self.wish.until is not None:
            self._look_ahead(made, resource, decision)
        if decision.attention:
            self._warn(resource, decision)
        if self.wish.sightings and decision.phase not in {Phase.UNREADABLE, Phase.UNKNOWN}:
            self._sight(resource, decision)

    def _in_danger_soon(self, resource: Resource) -> bool:
        until = self.wish.until
        return until is not None and decide(resource, self.rules.policy, until).endangers

    def _look_ahead(self, made: Step | None, resource: Resource, decision: Decision) -> None:
        """Keep what comes of it, where something does; of a step that is to be done in any case."""
        ahead = tuple(coming(resource, decision, self.rules))
        if made or ahead:
            self.outlooks.append(Outlook(made or self._step(resource, decision), ahead))

    def _step(self, resource: Resource, decision: Decision) -> Step:
        rules = self.rules
        return plan.step(resource, decision, rules.policy.keys, rules.estimate(resource))

    def _warn(self, resource: Resource, decision: Decision) -> None:
        name = tags.called(resource, self.rules.policy.keys)
        where = (resource.place, resource.kind, resource.id, name, decision.phase)
        self.attention += (
            Attention(*where, reason, decision.owner) for reason in decision.attention
        )

    def _untold(self, made: Step) -> Step:
        """`made` without the notice, where its owner was told already."""
        rules = self.rules
        if Verb.NOTIFY not in made.verbs or rules.ledger is None:
            return made
        event = digest.event_of(rules.policy, made, rules.now)
        if not rules.ledger.told(made, event, rules.policy.notices.channels):
            return made
        return replace(made, verbs=tuple(v for v in made.verbs if v is not Verb.NOTIFY))

    def _sight(self, resource: Resource, decision: Decision) -> None:
        """Set aside what stands on it, for the ledger.

        A Discovered that is no date tells nothing, but the Expiration beside it is a person's.
        """
        ledger, policy = self.rules.ledger, self.rules.policy
        if ledger is None or decision.new:
            return
        marks = tags.read(resource.tags, policy.keys)
        discovered = (decision.first_seen or ledger.first_seen(resource, policy)).isoformat()
        expiration = marks.expirations[0] if marks.expirations else None
        if len(marks.expirations) > 1 and decision.expiration:
            expiration = decision.expiration.isoformat()  # of two spellings, what counts
        sighted = Resource(
            resource.place,
            resource.kind,
            resource.id,
            follows=resource.follows,
            own_name=resource.own_name,
        )
        if ledger.is_news(sighted, discovered, expiration):
            self.seen.append((sighted, discovered, expiration))


@dataclass(frozen=True, slots=True)
class Look:
    """A plan, and the tags seen standing, which a run has the ledger remember.

    `outlooks` say what comes of each resource, where that was wished for; `phases` count those of
    each account.
    """

    plan: Plan
    seen: Sequence[Sighted] = ()
    outlooks: Sequence[Outlook] = ()
    phases: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def look(world: World, rules: Rules, wish: Wish | None = None) -> Look:
    """See everything in `world` and decide by `rules`. Makes no write call of any kind."""
    wish = wish or Wish()
    before = rules.ledger.counts(rules.now) if rules.ledger else {}
    kinds = list(world.kinds.values())
    groups = {
        (place, kind.name): _Group(place, kind, world.clients, rules, wish)
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
    outlooks = [outlook for group in groups.values() for outlook in group.outlooks]
    phases: dict[str, Counter[str]] = defaultdict(Counter)
    for group in groups.values():
        phases[group.place.account].update(group.phases)
    return Look(guarded, seen, outlooks, phases)


def first_sight(world: World, rules: Rules, ids: Sequence[str]) -> Plan:
    """What is owed to resources that have just come up: their tags, and nothing else.

    What is shut off counts against limits, of which only a look at everything can tell: that is
    left to the next one, and so is whatever was not seen here.
    """
    coverage, groups = list(world.dark), []
    for place in world.places:
        for kind in world.kinds.values():
            group = _Group(place, kind, world.clients, rules, Wish())
            found = attempt(partial(kind.read, world.clients(place, kind.service), place, ids))
            if isinstance(found, Refusal):
                coverage.append(Coverage(place, kind.name, "failed", 0, found.sentence))
                continue
            coverage.append(Coverage(place, kind.name, "ok", len(found)))
            group.tag_only(found)
            groups.append(group)
    return _gathered(rules, coverage, groups)


def _gathered(rules: Rules, coverage: list[Coverage], groups: Sequence[_Group]) -> Plan:
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
