"""What one kind in one place comes to: its resources decided on, page by page, and looked into."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import dates, digest, plan, tags
from cs_aws_janitor.resources.inspection import Inspector, exempted, recall, remembered
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Phase, Resource, Verb
from cs_aws_janitor.resources.plan import Attention
from cs_aws_janitor.resources.policy import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cs_aws_janitor.resources.explaining import Outlook
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.lifecycle import Decision
    from cs_aws_janitor.resources.model import Creator, Place
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.survey import Clients
    from cs_aws_janitor.resources.sweep import Rules, Wish

    Sighted = tuple[Resource, str, str | None]  # with its Discovered and its Expiration


@dataclass(slots=True)
class Group:
    """What one kind in one place comes to. `taken` are the ids that a page has shown already."""

    place: Place
    kind: Kind
    clients: Clients
    rules: Rules
    wish: Wish
    steps: list[Step] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)
    phases: Counter[str] = field(default_factory=Counter)
    untraced: list[tuple[Resource, datetime]] = field(default_factory=list)
    created: list[tuple[Resource, Creator]] = field(default_factory=list)
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
            since = self._to_be_traced(resource, decision)
            if since:
                self.untraced.append((resource, since))
            else:
                self._sort(resource, decision)

    def _sort(self, resource: Resource, decision: Decision) -> None:
        if decision.endangers or self.wish.protection or self._in_danger_soon(resource):
            self.candidates.append(resource)
        else:
            self._keep(resource, decision)

    def _to_be_traced(self, resource: Resource, decision: Decision) -> datetime | None:
        """Since when it has been there, where CloudTrail is to be asked who made it; or None.

        Not only of what is new: it may have been tagged as it came up, or by a run that was not
        answered.
        """
        rules, born = self.rules, resource.born
        if rules.trail is None or not self.wish.sightings or not self.kind.created_by:
            return None
        known = resource.creator or rules.policy.owners.find(decision.owner)
        if known or resource.follows or decision.phase is Phase.UNKNOWN:
            return None
        since = born or rules.now
        if born is None and decision.first_seen:  # it came on that day, at the latest
            since = dates.midnight(decision.first_seen + DAY, UTC)
        return since if rules.trail.reaches(self.place, since) else None

    def trace(self) -> None:
        """Ask who made those of which nobody is known, and decide on them again."""
        rules, trail = self.rules, self.rules.trail
        if trail is None:
            return
        for resource, since in self.untraced:
            made_by = trail.creator(resource, since, self.kind.created_by, self.wish.halted)
            known = replace(resource, creator=made_by)
            if made_by:
                self.created.append((known, made_by))
            self._sort(known, decide(known, rules.policy, rules.now))
        self.untraced.clear()

    def tag_only(self, resources: Iterable[Resource]) -> None:
        """Decide on these, and keep only what is owed to their tags."""
        keys = self.rules.policy.keys
        for seen in resources:
            resource = recall(self.rules.ledger, seen, self.rules.policy)
            decision = decide(resource, self.rules.policy, self.rules.now)
            self.phases[decision.phase.value] += 1
            if Verb.TAG in decision.verbs:
                owed = plan.step(resource, decision, keys)
                self.steps.append(replace(owed, verbs=(Verb.TAG,)))

    def look_closer(self) -> None:
        """Read what the candidates still need, and decide on them again."""
        self.trace()
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
        from cs_aws_janitor.resources.explaining import Outlook, coming  # noqa: PLC0415  few ask

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
