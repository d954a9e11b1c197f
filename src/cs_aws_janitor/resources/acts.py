"""What a person does through a command: extend, keep, release. Tags, protection, one ledger line.

Source: S3 and S4; the order of the calls is the one in which a crash loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import standing, tags
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.sweep import Rules, World


@dataclass(frozen=True, slots=True)
class Act:
    """A person's word on one resource: what was done, the old and the new value, and why."""

    resource: Resource
    name: str
    old: str | None
    new: str | None
    reason: str | None = None
    hint: str | None = None


def extend(world: World, rules: Rules, resource: Resource, until: date, reason: str | None) -> Act:
    """Move the Expiration of `resource` to `until`, and undo a ShutOff mark.

    The Expiration is written first: from then on a mark that still stands is stale.
    """
    keys = rules.policy.keys
    seen = standing.read(resource, rules.policy, rules.now)
    today, why = rules.policy.today(rules.now), f" Reason: {reason}" if reason else ""
    writes = {
        keys.expiration: until.isoformat(),
        keys.note: tags.note(f"Extended on {today} to {until}.{why}"),
    }
    if not tags.spellings(resource.tags, keys.discovered):
        writes[keys.discovered] = (seen.discovered_on or today).isoformat()
    removed = [key for key in tags.spellings(resource.tags, keys.expiration) if key not in writes]
    removed += tags.spellings(resource.tags, keys.shut_off)
    _tag(world, resource, writes)
    _untag(world, resource, removed)
    old = " | ".join(seen.marks.expirations) or (str(seen.expires_on) if seen.expires_on else None)
    hint = None
    if seen.marks.shut_off:
        hint = "it is still shut off: start it yourself when you need it"
    act = Act(resource, "extend", old, until.isoformat(), reason, hint)
    _record(rules, act)
    if rules.ledger:
        discovered = writes.get(keys.discovered) or seen.marks.discovered or today.isoformat()
        rules.ledger.remember([(resource, discovered, until.isoformat())])
    return act


def keep(world: World, rules: Rules, resource: Resource, reason: str) -> Act:
    """Make `resource` permanent: protection first, then the tag that explains it (S4)."""
    keys = rules.policy.keys
    if world.kinds[resource.kind].protect:
        _protect(world, resource, on=True)
    writes = {keys.permanent: tags.note(reason)}
    marks = tags.spellings(resource.tags, keys.shut_off)
    _tag(world, resource, writes)
    _untag(world, resource, marks)
    hint = "it is shut off: start it yourself when you need it" if marks else None
    act = Act(resource, "keep", None, reason, reason, hint)
    _record(rules, act)
    return act


def release(world: World, rules: Rules, resource: Resource) -> Act:
    """Take `keep` back. The tag goes first: a crash leaves it protected, and flagged for it."""
    keys = rules.policy.keys
    seen = standing.read(resource, rules.policy, rules.now)
    # An old mark would have it terminated at once: its 7 days are to begin anew.
    stale = tags.spellings(resource.tags, keys.shut_off)
    _untag(world, resource, tags.spellings(resource.tags, keys.permanent) + stale)
    if world.kinds[resource.kind].protect:
        _protect(world, resource, on=False)
    hint = f"it expires on {seen.expires_on}" if seen.expires_on else None
    if seen.expires_at and seen.expires_at <= rules.now:
        hint = f"its Expiration {seen.expires_on} has passed: the next run shuts it off"
    act = Act(resource, "release", seen.marks.permanent, None, None, hint)
    _record(rules, act)
    return act


def check_span(rules: Rules, until: datetime, *, beyond: bool) -> None:
    """Raise RefusedError for an Expiration that is past or beyond `extension.longest`."""
    longest = rules.policy.longest_extension
    if until <= rules.now:
        raise RefusedError(f"{rules.policy.day_of(until)} is not in the future", "Give a later day")
    if until - rules.now > longest and not beyond:
        raise RefusedError(
            f"{rules.policy.day_of(until)} is more than {longest.days} days away "
            "(extension.longest)",
            "Give an earlier day, or --beyond if it must be; `janitor keep` makes it permanent",
        )


def _client(world: World, resource: Resource) -> tuple[Kind, Any]:
    kind = world.kinds[resource.kind]
    return kind, world.clients(resource.place, kind.service)


def _tag(world: World, resource: Resource, writes: dict[str, str]) -> None:
    kind, client = _client(world, resource)
    try:
        tags.check_room(resource.tags, writes)
    except tags.TagRefusedError as error:
        raise RefusedError(f"{resource.id} cannot be tagged: {error}") from error
    _call(resource, lambda: kind.tag(client, [resource.id], writes))


def _untag(world: World, resource: Resource, keys: list[str]) -> None:
    kind, client = _client(world, resource)
    if keys:
        _call(resource, lambda: kind.untag(client, [resource.id], keys))


def _protect(world: World, resource: Resource, *, on: bool) -> None:
    kind, client = _client(world, resource)
    protect = kind.protect
    if protect:
        _call(resource, lambda: protect(client, resource.id, on))


def _call(resource: Resource, call: Callable[[], object]) -> None:
    answer = attempt(call)
    if isinstance(answer, Refusal):
        raise RefusedError(
            f"{resource.id} in {resource.place.region}: {answer.sentence}",
            "Nothing after this call was done; the same command carries on",
        )


def _record(rules: Rules, act: Act) -> None:
    if rules.ledger is None:
        return
    resource = act.resource
    rules.ledger.act(
        {
            "at": rules.now.isoformat(),
            "act": act.name,
            "account": resource.place.account,
            "region": resource.place.region,
            "kind": resource.kind,
            "id": resource.id,
            "name": tags.read(resource.tags, rules.policy.keys).name,
            "old": act.old,
            "new": act.new,
            "reason": act.reason,
        }
    )
