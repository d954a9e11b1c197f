"""The readable intention: steps, what they rest on, and the limits they must not pass. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import tags
from cs_aws_janitor.resources.model import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from cs_aws_janitor.resources.lifecycle import Decision
    from cs_aws_janitor.resources.model import Phase, Place, Resource
    from cs_aws_janitor.resources.policy import Limits, TagKeys
    from cs_aws_janitor.resources.prices import Estimate

LIMITED = (Verb.SHUT_OFF, Verb.TERMINATE)
BETWEEN = " | "  # two spellings of one tag, as one fact
ONLY_MARKED = "only_marked"  # the fact that its shut-off is no more than a mark
SHRUNKEN = 0.2  # a listing with less than this share of the last one is not believed


@dataclass(frozen=True, slots=True)
class Step:
    """What will be done to one resource, why, and the facts that this rests on.

    `facts` are compared again before anything is done; `writes` are the tags of the verb TAG.
    `monthly_cost` is an estimate, or None where there is none.
    """

    place: Place
    kind: str
    id: str
    name: str | None
    owner: str | None
    phase: Phase
    verbs: tuple[Verb, ...]
    reason: str
    next_on: date | None
    expiration: datetime | None = None
    monthly_cost: Estimate | None = None
    facts: Mapping[str, str | bool | None] = field(default_factory=dict)
    writes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing about one resource that a person should hear of."""

    place: Place
    kind: str
    id: str
    name: str | None
    phase: Phase
    reason: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What could be seen of one kind in one place. `status`: ok, denied, disabled or failed."""

    place: Place
    kind: str
    status: str
    resources: int = 0
    why: str | None = None

    @property
    def blind(self) -> bool:
        """Whether something may be there that could not be seen."""
        return self.status in {"denied", "failed"}


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that the plan would pass: that kind is left alone in that place."""

    place: Place
    kind: str
    verb: Verb
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run would do. `as_of` is the instant for which it was decided (aware)."""

    made_at: datetime
    as_of: datetime
    timezone: str
    coverage: tuple[Coverage, ...] = ()
    steps: tuple[Step, ...] = ()
    attention: tuple[Attention, ...] = ()
    phases: Mapping[str, int] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()

    @property
    def blind_spots(self) -> tuple[Coverage, ...]:
        """The places whose resources could not be seen."""
        return tuple(row for row in self.coverage if row.blind)

    @property
    def believed(self) -> tuple[Coverage, ...]:
        """The listings that passed every guard rail: what the next ones are measured by."""
        doubted = {(breach.place, breach.kind) for breach in self.breaches}
        return tuple(row for row in self.coverage if (row.place, row.kind) not in doubted)


def step(
    resource: Resource, decision: Decision, keys: TagKeys, monthly_cost: Estimate | None = None
) -> Step:
    """The step that carries out `decision` on `resource`."""
    return Step(
        place=resource.place,
        kind=resource.kind,
        id=resource.id,
        name=tags.called(resource, keys),
        owner=decision.owner,
        phase=decision.phase,
        verbs=decision.verbs,
        reason=decision.reason,
        next_on=decision.next_on,
        expiration=decision.expiration,
        monthly_cost=monthly_cost,
        facts=facts(resource, keys),
        writes=decision.writes,
    )


def facts(resource: Resource, keys: TagKeys) -> dict[str, str | bool | None]:
    """What a decision about `resource` rests on and what may have changed since."""
    marks = tags.read(resource.tags, keys)
    return {
        "name": marks.name,
        "discovered": marks.discovered,
        "expiration": BETWEEN.join(marks.expirations) if marks.expirations else None,
        "shut_off": marks.shut_off,
        "permanent": marks.permanent,
        "power": resource.power.value,
        "follows": resource.follows,
        "protected": resource.protected,
        ONLY_MARKED: resource.only_marked,
    }


def changes(planned: Step, resource: Resource, keys: TagKeys) -> list[str]:
    """What differs, in words, between the facts of `planned` and `resource` as it is now.

    A fact that was not read on either side does not count as changed; what its other facts tell
    already is there for words alone.
    """
    now = facts(resource, keys)
    unread = {ONLY_MARKED}
    if None in {now["protected"], planned.facts.get("protected")}:
        unread.add("protected")
    return [
        f"{fact} was {planned.facts.get(fact)!r} and is {value!r}"
        for fact, value in now.items()
        if fact not in unread and planned.facts.get(fact) != value
    ]


def after(done: Step, writes: Mapping[str, str | None], keys: TagKeys) -> Step:
    """`done` with the facts that our own `writes` made; a value of None is a removed tag."""
    fact_of = {
        keys.discovered: "discovered",
        keys.expiration: "expiration",
        keys.shut_off: "shut_off",
    }
    own = {fact_of[key]: value for key, value in writes.items() if key in fact_of}
    return replace(done, facts={**done.facts, **own})


def breaches(
    steps: Iterable[Step], coverage: Iterable[Coverage], limits: Limits
) -> tuple[Breach, ...]:
    """The limits that `steps` would pass, per account, region, kind and verb."""
    wanted = Counter((s.place, s.kind, verb) for s in steps for verb in s.verbs if verb in LIMITED)
    seen = {(row.place, row.kind): row.resources for row in coverage}
    found = []
    for (place, kind, verb), count in sorted(wanted.items()):
        limit = limits.shut_off if verb is Verb.SHUT_OFF else limits.terminate
        total = seen.get((place, kind), 0)
        why = None
        if count > limit.count:
            why = f"{count} would be hit, limits.{verb}.count allows {limit.count}"
        elif total >= limits.share_from and count / total > limit.share:
            why = f"{count} of {total} would be hit, limits.{verb}.share allows {limit.share:.0%}"
        if why:
            found.append(Breach(place, kind, verb, why))
    return tuple(found)


def shrunken(
    coverage: Iterable[Coverage], before: Mapping[tuple[Place, str], int]
) -> tuple[Breach, ...]:
    """The places of which suddenly so little is seen that nothing may be destroyed there.

    `before` holds how much the last complete listing had shown. A listing that is nearly empty
    without an error is more likely a fault of its answer than a hundred terminations by hand. It
    is told on a day without anything to destroy as well: a person should hear of it, and it must
    not become what the next one is measured by.
    """
    found = []
    for row in coverage:
        last = before.get((row.place, row.kind), 0)
        if row.status == "ok" and row.resources < SHRUNKEN * last:
            why = f"only {row.resources} seen, the last complete listing had {last}"
            found.append(Breach(row.place, row.kind, Verb.TERMINATE, why))
    return tuple(found)


def guarded(plan: Plan, limits: Limits, before: Mapping[tuple[Place, str], int]) -> Plan:
    """`plan` with the breaches of `limits`, and of what was seen `before`, as they are now."""
    passed = breaches(plan.steps, plan.coverage, limits)
    return replace(plan, breaches=passed + shrunken(plan.coverage, before))


def allowed(plan: Plan) -> tuple[Step, ...]:
    """The steps of `plan` but for those of a kind that would pass a limit in its place."""
    stopped = {(breach.place, breach.kind) for breach in plan.breaches}
    return tuple(s for s in plan.steps if (s.place, s.kind) not in stopped)


def ordered(steps: Iterable[Step]) -> Sequence[Step]:
    """`steps` by place, kind and id, so that two plans of one account read the same."""
    return sorted(steps, key=lambda s: (s.place, s.kind, s.id))
