"""Why mine? One resource: its phase, the rule behind it, what comes when, what would change it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import dates, standing, tags
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Phase, Power, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cs_aws_janitor.resources.lifecycle import Decision
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.prices import Estimate
    from cs_aws_janitor.resources.standing import Standing
    from cs_aws_janitor.resources.sweep import Rules

_RULES = {
    Phase.EXEMPT: "S4: what is protected is permanent",
    Phase.HELD: "what something else manages, or what is only tagged yet, is left alone",
    Phase.NEW: "S2, S3: what is new is tagged once with Discovered and Expiration",
    Phase.UNNAMED: "S1: what has no name is shut off and tagged",
    Phase.ACTIVE: "S3: it may stay until its Expiration",
    Phase.EXPIRING: "S3: its Expiration is near",
    Phase.EXPIRED: "S5: on its Expiration it is shut off, where that can be, and marked",
    Phase.WAITING: "S5: after the shut-off, or the mark, it is left for some days",
    Phase.DUE: "S6, S7: after these days it is backed up, where that can be, and terminated",
    Phase.BACKING_UP: "S6: it is terminated when its backup is complete",
    Phase.UNREADABLE: "a date that cannot be read is never guessed; nothing is done",
    Phase.UNKNOWN: "where a fact could not be read nothing destructive is done",
}


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that happens on a day if nobody does anything before: the verb, and in words."""

    on: date
    verb: Verb
    what: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes of the resource of one step."""

    step: Step
    coming: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say of one resource. `barriers` are what would refuse a verb in AWS.

    `cost` is the estimate of a month, or None where there is none.
    """

    resource: Resource
    decision: Decision
    rule: str
    coming: Sequence[Coming]
    cures: Sequence[str]
    barriers: Sequence[str]
    cost: Estimate | None = None


def explain(
    resource: Resource, decision: Decision, rules: Rules, barriers: Sequence[str] = ()
) -> Explanation:
    """Put into facts why `resource` is what it is; pure but for what was read before."""
    return Explanation(
        resource,
        decision,
        _RULES[decision.phase],
        coming(resource, decision, rules),
        _cures(resource, decision, rules),
        barriers,
        rules.estimate(resource),
    )


def coming(resource: Resource, decision: Decision, rules: Rules) -> list[Coming]:
    """The dates to come, found by deciding again at the moments at which something changes.

    What comes is told of `resource` as the next run leaves it, which writes its tags first, and
    tells its owner of a shut-off.
    """
    resource = replace(resource, tags={**resource.tags, **decision.writes})
    seen = _told(standing.read(resource, rules.policy, rules.now))
    if resource.follows or resource.protected or resource.unread or seen.unreadable:
        return []
    found = [*_notices(seen), *(_shut_off(seen) if seen.shut_off is None else _end(seen))]
    return sorted(found, key=lambda c: c.on)


def _told(seen: Standing) -> Standing:
    """`seen` once its owner has been told of its shut-off, before which it does not end."""
    if seen.shut_off is None or seen.expires_at is None or seen.told_at:
        return seen
    told = {**seen.resource.told, seen.expires_at.isoformat(): seen.now}
    return seen._replace(resource=replace(seen.resource, told=told))


def _notices(seen: Standing) -> list[Coming]:
    if seen.expires_at is None or seen.shut_off is not None:
        return []
    told = [seen.expires_at - timedelta(days=days) for days in seen.policy.notify_before]
    return [
        Coming(seen.policy.day_of(at), Verb.NOTIFY, "its owner is told")
        for at in told
        if at > seen.now
    ]


def _shut_off(seen: Standing) -> list[Coming]:
    if seen.expires_at is None:
        return []
    expired = max(seen.expires_at, _begins(seen))
    if decide(seen.resource, seen.policy, expired).phase is not Phase.EXPIRED:
        return []
    ends = seen.policy.day_of(expired + seen.policy.waits)
    marked = seen.resource.power is Power.NONE or seen.resource.cannot_shut_off
    what = "it is marked" if marked else "it is shut off"
    shut = Coming(seen.policy.day_of(expired), Verb.SHUT_OFF, what)
    if seen.spared:
        return [shut]
    return [shut, Coming(ends, Verb.TERMINATE, _ending(seen, backed_up=bool(seen.resource.parts)))]


def _end(seen: Standing) -> list[Coming]:
    ends = max(seen.ends_at or seen.now, _begins(seen))
    resource = seen.resource
    verbs = decide(replace(resource, not_yet=None), seen.policy, ends).verbs
    if Verb.TERMINATE not in verbs:
        return []
    what = _ending(seen, backed_up=Verb.BACK_UP in verbs)
    # What is only on its way to be off has long arrived by then.
    if resource.not_yet and (resource.power is Power.OFF or ends <= seen.now):
        what += f"; {resource.not_yet}"
    return [Coming(seen.policy.day_of(ends), Verb.TERMINATE, what)]


def _begins(seen: Standing) -> datetime:
    """From when on more than tagging is done: now, or the first such day of a rollout."""
    until = seen.policy.rollout.tag_only_until(seen.resource.kind)
    return max(seen.now, dates.midnight(until, seen.policy.timezone)) if until else seen.now


def _ending(seen: Standing, *, backed_up: bool) -> str:
    lost = f"; {seen.resource.lost_with_it}" if seen.resource.lost_with_it else ""
    return f"it is {'backed up and ' if backed_up else ''}terminated{lost}"


def _cures(resource: Resource, decision: Decision, rules: Rules) -> list[str]:
    if decision.phase is Phase.HELD and resource.follows:
        return [f"Change or remove {resource.follows}: the resource follows it"]
    keep = f'janitor keep {resource.id} --reason "…"'
    if decision.phase is Phase.EXEMPT:
        release = f"janitor release {resource.id}   to give up its protection"
        explained = tags.read(resource.tags, rules.policy.keys).permanent
        return [release] if explained else [f"{keep}   to say why it is permanent", release]
    if decision.phase is Phase.UNREADABLE:
        later = rules.policy.day_of(rules.now + rules.policy.expire_after)
        return [f"janitor extend {resource.id} --until {later}   to write a date that can be read"]
    extend = f"janitor extend {resource.id} --days 14   to keep it longer"
    once = ", once it is started" if resource.cannot_protect else ""
    return [extend, f"{keep}   to keep it for good{once}"]
