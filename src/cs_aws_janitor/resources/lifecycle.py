"""The mind of the janitor: what a resource is, what is to be done with it, and why. Pure.

Source: `aws-lifecycle.md` (rules S1 to S8 of the Customer Success AWS Test Account). The order
of the phases is the order of `_RULES`; the first that fits wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.resources import standing, tags
from cs_aws_janitor.resources.model import NOTHING, BackupState, Phase, Power, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.standing import Standing

CLEARED_IN = frozenset({Phase.ACTIVE, Phase.EXPIRING, Phase.NEW, Phase.UNNAMED})
PROTECTED_FROM = frozenset({Verb.SHUT_OFF, Verb.BACK_UP, Verb.TERMINATE})
# Of what could not be read, tags may be the very thing: nothing is written over them.
UNTAGGED = frozenset({Phase.UNKNOWN, Phase.UNREADABLE})
# Nothing is done to these whether protected or not: why, is the more useful word.
LEFT_ALONE = frozenset({Phase.UNKNOWN, Phase.HELD, Phase.UNREADABLE})


class Decision(NamedTuple):
    """What a resource is and what this run does with it.

    `verbs` are in the order of doing. `reason` is one sentence. `next_on` is the day on which
    something happens next if nobody does anything, in the policy's time zone. `writes` are the
    tags, key and value, that the verb TAG writes. `attention` says what a person should hear of.
    `new`: no Discovered of its own stands on it. `first_seen` is the day that its own one tells;
    None where it tells none.
    """

    phase: Phase
    verbs: tuple[Verb, ...] = ()
    reason: str = ""
    next_on: date | None = None
    expiration: datetime | None = None
    owner: str | None = None
    writes: Mapping[str, str] = NOTHING
    attention: tuple[str, ...] = ()
    new: bool = False
    first_seen: date | None = None

    @property
    def endangers(self) -> bool:
        """Whether protection must be known before this may be done."""
        return not PROTECTED_FROM.isdisjoint(self.verbs)


def decide(resource: Resource, policy: Policy, now: datetime) -> Decision:
    """Give `resource` its phase, verbs and reason at `now` (aware), by the rules of `policy`.

    Where `Decision.endangers` and protection was not read yet, read it and decide again. What
    is known to be protected is exempt.
    """
    seen = standing.read(resource, policy, now)
    decision = _first_that_fits(seen)
    if resource.protected and decision.phase not in LEFT_ALONE:
        decision = _exempt(seen, decision)
    return _finish(seen, decision)


def _first_that_fits(seen: Standing) -> Decision:
    for rule in _RULES:
        if found := rule(seen):
            return found
    return _active(seen)


def _unknown(seen: Standing) -> Decision | None:
    why = seen.resource.unread
    return Decision(Phase.UNKNOWN, reason=why, attention=(why,)) if why else None


def _held(seen: Standing) -> Decision | None:
    until = seen.policy.rollout.tag_only_until(seen.resource.kind)
    unreadable = (seen.unreadable,) if seen.unreadable else ()
    if seen.resource.follows:
        why = f"follows {seen.resource.follows}"
        return Decision(Phase.HELD, reason=why, attention=unreadable)
    if until and seen.today < until:
        why = f"only tagged until {until}"
        return Decision(Phase.HELD, reason=why, next_on=until, attention=unreadable)
    return None


def _unreadable(seen: Standing) -> Decision | None:
    why = seen.unreadable
    return Decision(Phase.UNREADABLE, reason=why, attention=(why,)) if why else None


def _due(seen: Standing) -> Decision | None:
    if seen.shut_off is None or seen.ends_at is None or seen.now < seen.ends_at:
        return None
    days = (seen.today - seen.shut_off_on).days if seen.shut_off_on else 0
    since = f"{seen.shut_off_since}, {days} day{'' if days == 1 else 's'} ago"
    turned_on = not (seen.resource.starts_itself or seen.resource.cannot_shut_off)
    if seen.resource.power is Power.ON and turned_on:
        since += "; it is on, but its Expiration was not changed"
    if stays := _stays(seen, since):
        return stays
    if not seen.wants_backup:
        return Decision(Phase.DUE, (Verb.TERMINATE,), f"{since}; no backup asked for", seen.today)
    if seen.resource.cannot_back_up:
        since += f"; {seen.resource.cannot_back_up}"
    if seen.resource.lost_with_it:
        since += f"; {seen.resource.lost_with_it}"
    if not seen.resource.parts:
        return Decision(Phase.DUE, (Verb.TERMINATE,), since, seen.today)
    return _backed_up(seen, since)


def _stays(seen: Standing, since: str) -> Decision | None:
    """What is due and does not end: for good, or until AWS would end it."""
    if seen.spared:
        why = f"{since}; {seen.resource.cannot_back_up}, and backup.when_impossible is hold"
        return Decision(Phase.DUE, reason=why, attention=(why,))
    if seen.resource.not_yet:
        return Decision(Phase.DUE, reason=f"{since}; {seen.resource.not_yet}", next_on=seen.today)
    return None


def _backed_up(seen: Standing, since: str) -> Decision:
    """S6: a backup first; terminated once it is complete."""
    verbs, backup = (Verb.BACK_UP, Verb.TERMINATE), seen.resource.backup
    if backup is None:
        return Decision(Phase.DUE, verbs, since, seen.today)
    ids = ", ".join(backup.ids)
    if backup.state is BackupState.FAILED:
        why = f"{since}; its backup failed: {backup.why}. It stays until that is mended"
        return Decision(Phase.BACKING_UP, reason=why, attention=(why,))
    if backup.state is BackupState.COMPLETE and not backup.missing:
        return Decision(Phase.DUE, (Verb.TERMINATE,), f"{since}; backed up as {ids}", seen.today)
    return Decision(Phase.BACKING_UP, verbs, f"{since}; waiting for its backup {ids}", seen.today)


def _waiting(seen: Standing) -> Decision | None:
    if seen.ends_at is None:
        return None
    ends_on = seen.policy.day_of(seen.ends_at)
    reason = f"{seen.shut_off_since}; terminated on {ends_on} unless extended"
    attention: tuple[str, ...] = ()
    impossible = seen.resource.cannot_back_up
    if seen.spared:
        reason = f"{seen.shut_off_since}; due on {ends_on}, and left alone then"
        attention = (f"{impossible}, and backup.when_impossible is hold",)
    elif impossible and seen.wants_backup:
        attention = (f"{impossible}: nothing will be left of it",)
    elif seen.resource.lost_with_it:
        reason += f"; {seen.resource.lost_with_it}"
    verbs: tuple[Verb, ...] = ()
    if _started_itself(seen):
        verbs = (Verb.SHUT_OFF,)
        reason += "; AWS has started it again, so it is shut off once more"
    if seen.put_off:
        reason += f"; {_not_told_in_time(seen)}"
    if seen.policy.notices.channels:
        verbs = (*verbs, Verb.NOTIFY)
    return Decision(Phase.WAITING, verbs, reason, ends_on, attention=attention)


def _not_told_in_time(seen: Standing) -> str:
    days = f"{seen.policy.notices.before_terminate.days} days before it is terminated"
    if seen.told_at is None:
        return f"its owner was not told yet, and is told {days}"
    return f"its owner was told on {seen.policy.day_of(seen.told_at)} only, and is told {days}"


def _started_itself(seen: Standing) -> bool:
    """Whether it is on by no person's doing, and can be shut off again; its clock is kept."""
    resource = seen.resource
    on = resource.starts_itself and resource.power is Power.ON
    return on and resource.cannot_shut_off is None


def _expired(seen: Standing) -> Decision | None:
    if seen.expires_at is None or seen.now < seen.expires_at:
        return None
    reason = f"Expiration {seen.expires_on} has come"
    if seen.resource.power is Power.OFF:
        reason += "; it is off already, so it is only marked"
    elif seen.resource.power is not Power.NONE and seen.resource.cannot_shut_off:
        reason += f"; {seen.resource.cannot_shut_off}, so it is only marked"
    if seen.resource.lost_with_it:
        reason += f"; {seen.resource.lost_with_it}"
    return Decision(
        Phase.EXPIRED,
        (Verb.SHUT_OFF,),
        reason,
        seen.policy.day_of(seen.now + seen.policy.waits),
    )


def _unnamed(seen: Standing) -> Decision | None:
    if seen.named or seen.resource.power is not Power.ON or not seen.past_grace:
        return None
    if seen.resource.cannot_shut_off:
        why = f"{seen.unnamed_because}; {seen.resource.cannot_shut_off}"
        return Decision(Phase.UNNAMED, reason=why, attention=(why,), next_on=seen.expires_on)
    return Decision(Phase.UNNAMED, (Verb.SHUT_OFF,), seen.unnamed_because, seen.expires_on)


def _new(seen: Standing) -> Decision | None:
    if not seen.new:
        return None
    reason = f"first seen on {seen.discovered_on}"
    if seen.discovered_on != seen.today:
        reason += "; its tags were removed and are written again"
    return Decision(Phase.NEW, (), reason, seen.next_on)


def _expiring(seen: Standing) -> Decision | None:
    days_left = seen.days_left
    if days_left is None or days_left > max(seen.policy.notify_before, default=-1):
        return None
    days = "1 day" if days_left == 1 else f"{days_left} days"
    reason = f"expires on {seen.expires_on}, in {days}"
    return Decision(Phase.EXPIRING, (Verb.NOTIFY,), reason, seen.next_on)


def _active(seen: Standing) -> Decision:
    return Decision(Phase.ACTIVE, (), f"expires on {seen.expires_on!s}", seen.next_on)


_RULES: tuple[Callable[[Standing], Decision | None], ...] = (
    _unknown,
    _held,
    _unreadable,
    _due,
    _waiting,
    _expired,
    _unnamed,
    _new,
    _expiring,
)


def _exempt(seen: Standing, decision: Decision) -> Decision:
    """S4: what is protected is neither shut off, nor backed up, nor terminated."""
    explained = seen.marks.permanent
    attention = []
    if not explained:
        attention.append(
            f"it is protected, but no {seen.policy.keys.permanent} tag says why it is permanent"
        )
    if decision.phase is Phase.UNNAMED:
        attention.append(f"it is protected, but {seen.unnamed_because}")
    reason = f"protected: {explained}" if explained else "protected against termination"
    return Decision(Phase.EXEMPT, reason=reason, attention=tuple(attention))


def _finish(seen: Standing, decision: Decision) -> Decision:
    """Add what holds in every phase: tags where due, a stale mark taken off, what to tell."""
    verbs, writes = _with_tags(seen, decision)
    attention = (*decision.attention, *seen.attention)
    if seen.grace_ends_on and decision.phase in CLEARED_IN:
        attention = (_in_grace(seen), *attention)
    if seen.marks.permanent and seen.resource.protected is False:
        permanent = f"{seen.policy.keys.permanent} {seen.marks.permanent!r}"
        attention = (f"{permanent} does not count: it is not protected", *attention)
    reason = decision.reason
    if decision.endangers and seen.resource.stack:
        reason += f"; it belongs to {seen.resource.stack}"
    if verbs and (no_room := _no_room(seen, verbs, writes, decision.phase)):
        # Where a tag cannot be written the resource is reported and not advanced.
        verbs, writes = (), NOTHING
        attention = (no_room, *attention)
    return Decision(
        decision.phase,
        verbs,
        reason,
        decision.next_on,
        seen.expires_at,
        seen.owner,
        writes,
        attention,
        seen.new,
        seen.first_seen,
    )


def _in_grace(seen: Standing) -> str:
    """What becomes of an un-named one, while somebody can still name it; the same every day."""
    unless = "unless that is mended, or it is protected"
    return f"{seen.unnamed_because}; it is shut off on {seen.grace_ends_on}, {unless}"


def _with_tags(seen: Standing, decision: Decision) -> tuple[tuple[Verb, ...], Mapping[str, str]]:
    """The verbs of `decision` with what is due to the tags, and the tags to be written."""
    verbs = decision.verbs
    # In every other phase the mark counts, is about to be written afresh, or is left alone.
    if (seen.stale_mark and decision.phase in CLEARED_IN) or _back_in_use(seen, decision):
        verbs = (Verb.CLEAR_MARK, *verbs)
    if not seen.writes or decision.phase in UNTAGGED:
        return verbs, NOTHING
    return (Verb.TAG, *verbs), seen.writes


def _back_in_use(seen: Standing, decision: Decision) -> bool:
    """Whether it bears the mark of a time when nobody used it: left once more, it gets its days.

    Of what has no switch, such as a volume, being attached is the only use that can be seen.
    """
    if decision.phase is not Phase.HELD or seen.marks.shut_off is None:
        return False
    return seen.resource.follows is not None and seen.resource.power is Power.NONE


def _no_room(
    seen: Standing, verbs: tuple[Verb, ...], writes: Mapping[str, str], phase: Phase
) -> str | None:
    """Why the tags that these `verbs` need cannot be written, or None."""
    keys = seen.policy.keys
    needed = dict(writes)
    if Verb.SHUT_OFF in verbs and phase in {Phase.UNNAMED, Phase.EXPIRED}:
        needed[keys.note] = ""
        if phase is Phase.EXPIRED:
            needed[keys.shut_off] = ""
    if not needed:
        return None
    try:
        tags.check_room(seen.resource.tags, needed)
    except tags.TagRefusedError as refused:
        return str(refused)
    return None
