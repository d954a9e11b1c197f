"""What a person does through a command: extend, keep, release. Tags, protection, one ledger line.

Source: S3 and S4; the order of the calls is the one in which a crash loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cs_aws_janitor.resources import standing, tags
from cs_aws_janitor.resources.model import Power
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared.errors import PARTLY, JanitorError, LedgerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.sweep import Rules, World

T = TypeVar("T")

_OFF = "it is off: start it yourself when you need it"


class HalfDoneError(JanitorError):
    """A person's word was carried out in part: a call was refused after others had taken effect."""

    exit_code = PARTLY


@dataclass(frozen=True, slots=True)
class Act:
    """A person's word on one resource: what was done, the old and the new value, and why.

    `called` is the resource's name, `hint` what is left for the person to do or to know.
    """

    resource: Resource
    called: str | None
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
    hands = _Hands(world, resource)
    hands.tag(writes)
    hands.untag(removed)
    given_back = hands.give_back()
    old = " | ".join(seen.marks.expirations) or (str(seen.expires_on) if seen.expires_on else None)
    hint = given_back or (_OFF if resource.power is Power.OFF else None)
    if seen.expires_on and until < seen.expires_on:
        hint = "that is earlier than before"
    act = Act(resource, tags.called(resource, keys), "extend", old, until.isoformat(), reason, hint)
    _record(rules, act)
    if rules.ledger:
        first_seen = seen.first_seen or rules.ledger.first_seen(resource, rules.policy)
        discovered = writes.get(keys.discovered) or first_seen.isoformat()
        rules.ledger.remember([(resource, discovered, until.isoformat())])
    return act


def keep(world: World, rules: Rules, resource: Resource, reason: str) -> Act:
    """Make `resource` permanent: protection first, then the tag that explains it (S4)."""
    keys = rules.policy.keys
    today = rules.policy.today(rules.now)
    writes = {
        keys.permanent: reason,
        keys.note: tags.note(f"Kept for good since {today}: {reason}"),
    }
    hands = _Hands(world, resource)
    hands.check_room(writes)
    hands.check_protection(on=True)
    hands.protect(on=True)
    hands.tag(writes)
    hands.untag(tags.spellings(resource.tags, keys.shut_off))
    hint = hands.give_back() or (_OFF if resource.power is Power.OFF else None)
    called = tags.called(resource, keys)
    act = Act(resource, called, "keep", None, reason, reason, hint)
    _record(rules, act)
    return act


def release(world: World, rules: Rules, resource: Resource) -> Act:
    """Take `keep` back. The tag goes first: a crash leaves it protected, and flagged for it.

    Raises RefusedError for what is not kept: its dates are not to begin anew.
    """
    keys = rules.policy.keys
    seen = standing.read(resource, rules.policy, rules.now)
    hands = _Hands(world, resource)
    if not (seen.marks.permanent or hands.protected()):
        raise RefusedError(f"{resource.id} is not kept", "There is nothing to take back")
    hands.check_protection(on=False)
    # An old mark would have it terminated at once: its 7 days are to begin anew.
    stale = tags.spellings(resource.tags, keys.shut_off)
    hint = f"it expires on {seen.expires_on}" if seen.expires_on else None
    hands.untag(tags.spellings(resource.tags, keys.permanent) + stale)
    hands.protect(on=False)
    # The note before said why it is kept, or what was to come before that.
    why = f"No longer kept since {rules.policy.today(rules.now)}{f'; {hint}' if hint else ''}."
    hands.tag({keys.note: tags.note(why)})
    if seen.expires_at and seen.expires_at <= rules.now:
        hint = f"its Expiration {seen.expires_on} has passed: the next run shuts it off"
    called = tags.called(resource, keys)
    act = Act(resource, called, "release", seen.marks.permanent, None, None, hint)
    _record(rules, act)
    return act


def give_back(world: World, rules: Rules, resource: Resource, hint: str) -> Act:
    """Give `resource` back what its shut-off took, and nothing else: its dates and marks stay."""
    said = _Hands(world, resource).give_back()
    called = tags.called(resource, rules.policy.keys)
    act = Act(resource, called, "restore", None, None, said, hint)
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


class _Hands:
    """The calls that carry out a person's word on one resource, one after the other."""

    def __init__(self, world: World, resource: Resource) -> None:
        self._resource = resource
        self._kind = world.kinds[resource.kind]
        self._client = world.clients(resource.place, self._kind.service)
        self._standing = set(resource.tags)
        self._begun = False

    def check_room(self, writes: Mapping[str, str]) -> None:
        """Raise RefusedError where AWS would not take `writes`."""
        try:
            tags.check_room(self._standing, writes)
        except tags.TagRefusedError as error:
            raise RefusedError(f"{self._resource.id} cannot be tagged: {error}") from error

    def tag(self, writes: Mapping[str, str]) -> None:
        """Write tags."""
        self.check_room(writes)
        what = self._resource
        self._call(lambda: self._kind.tag(self._client, what.place, [what.id], writes))

    def untag(self, keys: Sequence[str]) -> None:
        """Remove tags, where there are any."""
        if keys:
            what = self._resource
            self._call(lambda: self._kind.untag(self._client, what.place, [what.id], keys))
            self._standing -= set(keys)

    def protected(self) -> bool:
        """Whether its own protection is on; what cannot be read may well be."""
        read = self._kind.protected
        if read is None:
            return self._kind.protect is not None and self._resource.protected is not False
        answer = attempt(lambda: read(self._client, self._resource.id))
        return isinstance(answer, Refusal) or answer

    def check_protection(self, *, on: bool) -> None:
        """Raise RefusedError where AWS would not set it as things stand."""
        what = self._resource
        if self._kind.protect and what.cannot_protect and what.protected is not on:
            act = "kept" if on else "released"
            raise RefusedError(
                f"{what.id} cannot be {act} as it stands: {what.cannot_protect}",
                f"Start it first; `janitor extend {what.id} --days 14` gives it time meanwhile",
            )

    def protect(self, *, on: bool) -> None:
        """Set or take off the kind's own protection, where it has one that can be changed."""
        protect = self._kind.protect
        if protect and not self._resource.cannot_protect:  # then it is so already
            self._call(lambda: protect(self._client, self._resource.id, on))

    def give_back(self) -> str | None:
        """Give it back what its shut-off took beside the power; what was done, in words."""
        give = self._kind.give_back
        return self._call(lambda: give.give(self._client, self._resource)) if give else None

    def _call(self, call: Callable[[], T]) -> T:
        answer = attempt(call)
        if isinstance(answer, Refusal):
            what = f"{self._resource.id} in {self._resource.place.region}: {answer.sentence}"
            if self._begun:
                cure = "Calls before this one took effect; the same command carries on"
                raise HalfDoneError(what, cure)
            raise RefusedError(what)
        self._begun = True
        return answer


def _record(rules: Rules, act: Act) -> None:
    if rules.ledger is None:
        return
    resource = act.resource
    try:
        rules.ledger.act(
            {
                "at": rules.now.isoformat(),
                "act": act.name,
                "account": resource.place.account,
                "region": resource.place.region,
                "kind": resource.kind,
                "id": resource.id,
                "name": act.called,
                "old": act.old,
                "new": act.new,
                "reason": act.reason,
            }
        )
    except LedgerError as error:
        what = f"{resource.id}: {act.name} took effect, but {error.what}"
        raise HalfDoneError(what, error.cure) from error
