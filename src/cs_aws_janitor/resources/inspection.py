"""Facts that a listing does not show, read only of what is about to be acted on.

Source: aws-lifecycle.md: protection "only for what would be shut off, backed up or terminated".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import standing, tags
from cs_aws_janitor.resources.kinds._kind import BackupOrder
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt, halt
from cs_aws_janitor.shared.at_once import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.lifecycle import Decision
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.policy import Policy, TagKeys

AT_ONCE = 8  # single reads in one place: EC2's bucket refills 20 a second

Decided = tuple["Resource", "Decision"]


@dataclass(frozen=True, slots=True)
class Inspector:
    """Reads more of one kind in one place, by `policy` at `now` (aware).

    What cannot be read makes the resource `unknown`: it raises nothing. So does what was not read
    yet when `halted` said why to stop.
    """

    kind: Kind
    client: Any
    policy: Policy
    now: datetime
    ledger: Ledger | None = None
    halted: Callable[[], str | None] = lambda: None

    def decide(self, resources: Sequence[Resource]) -> list[Decided]:
        """Decide on `resources`, reading what each decision still needs."""
        known = [remembered(self.ledger, r, self.policy) for r in resources]
        seen = self.with_backups(self.with_protection(self.examined(known)))
        return [(resource, decide(resource, self.policy, self.now)) for resource in seen]

    def examined(self, resources: Sequence[Resource]) -> list[Resource]:
        """`resources` with the facts that their kind asks for in batches.

        Where that is denied each is tried by itself: not all of them may need the call.
        """
        if self.kind.examine is None or not resources:
            return list(resources)
        examine = self.kind.examine
        seen = attempt(lambda: examine(self.client, resources))
        if not isinstance(seen, Refusal):
            return seen
        if seen.sort is Sort.DENIED and len(resources) > 1:
            return [each for resource in resources for each in self.examined([resource])]
        return _unread(resources, seen)

    def with_protection(self, resources: Sequence[Resource]) -> list[Resource]:
        """`resources` with `protected` read, one call each where the kind has protection."""
        if self.kind.protected is None:
            return [exempted(r, self.kind, self.policy.keys) for r in resources]
        return at_once(self._protected, resources, AT_ONCE)

    def with_backups(self, resources: Sequence[Resource]) -> list[Resource]:
        """`resources` with the backups that stand for those that are due."""
        orders = {o.resource.id: o for r in resources if (o := self.order(r))}
        if not orders or self.kind.backups is None:
            return list(resources)
        find = self.kind.backups.find
        found = attempt(lambda: find(self.client, list(orders.values())))
        if isinstance(found, Refusal):
            unread = {r.id: r for r in _unread([o.resource for o in orders.values()], found)}
            return [unread.get(r.id, r) for r in resources]
        return [replace(r, backup=found.get(r.id)) if r.id in orders else r for r in resources]

    def order(self, resource: Resource) -> BackupOrder | None:
        """The backup that is due for `resource`; None where none is due or none can be had."""
        if resource.unread or resource.protected or resource.follows or not resource.parts:
            return None
        seen = standing.read(resource, self.policy, self.now)
        if seen.shut_off is None or seen.ends_at is None or self.now < seen.ends_at:
            return None
        form, labels = self.policy.backup.form, self.backup_tags(resource)
        return BackupOrder(resource, seen.shut_off.astimezone(UTC), form, labels, self._kept_until)

    @property
    def _kept_until(self) -> date | None:
        """The day on which a backup made now expires; None where it is kept for ever."""
        keep = self.policy.backup.keep
        return None if keep is None else self.policy.day_of(self.now + keep)

    def _protected(self, resource: Resource) -> Resource:
        read = self.kind.protected
        if resource.unread or read is None:
            return resource
        why = self.halted()
        protected = halt(why) if why else attempt(lambda: read(self.client, resource.id))
        if isinstance(protected, Refusal):
            return _unread([resource], protected)[0]
        return replace(resource, protected=protected)

    def backup_tags(self, resource: Resource) -> dict[str, str]:
        """The resource's own tags, and a life of its own for the backup (`backup.keep`)."""
        keys, until = self.policy.keys, self._kept_until
        dropped = {keys.discovered, keys.expiration, keys.shut_off, keys.note, keys.permanent}
        unwanted = {key.lower() for key in dropped}
        copied = {
            key: value
            for key, value in resource.tags.items()
            if key.strip().lower() not in unwanted and not key.lower().startswith(tags.RESERVED)
        }
        own = {keys.discovered: self.policy.today(self.now).isoformat()}
        if until is None:
            own[keys.permanent] = "backup.keep is forever"
        else:
            own[keys.expiration] = until.isoformat()
        called = tags.called(resource, keys)
        if called and not tags.spellings(copied, keys.name):
            own[keys.name] = called  # what it has it from may be gone by then
        room = tags.MOST_TAGS - tags.LABELS - len(own)
        return {**dict(list(copied.items())[:room]), **own}


def exempted(resource: Resource, kind: Kind, keys: TagKeys) -> Resource:
    """`resource` with the protection that no further call is needed for.

    Where its kind has no protection the Permanent tag exempts (aws-lifecycle.md, Tags). Where a
    listing shows the protection of all, one that it was not shown of is unread.
    """
    if resource.protected is not None or resource.unread:
        return resource
    if kind.protect is None:
        return replace(resource, protected=tags.read(resource.tags, keys).permanent is not None)
    return replace(resource, unread="could not be read: AWS did not show its protection")


def remembered(ledger: Ledger | None, resource: Resource, policy: Policy) -> Resource:
    """`resource` with all that a decision asks of what `ledger` remembers of it."""
    resource = recall(ledger, resource, policy)
    if ledger is None or not policy.notices.required:
        return resource
    if not _stands(resource, policy.keys.shut_off):
        return resource
    return replace(resource, told=ledger.told_of_shut_off(resource))


def recall(ledger: Ledger | None, resource: Resource, policy: Policy) -> Resource:
    """`resource` with what `ledger` remembers of it, where its tags do not tell it."""
    if ledger is None:
        return resource
    keys = policy.keys
    if policy.owners.cloudtrail:
        resource = replace(resource, creator=ledger.creator(resource))
    if _stands(resource, keys.discovered) and _named(resource, keys):
        return resource
    sighting = ledger.sighting(resource.place, resource.kind, resource.id)
    return replace(resource, sighting=sighting) if sighting else resource


def _stands(resource: Resource, key: str) -> bool:
    return key in resource.tags or bool(tags.spellings(resource.tags, key))


def _named(resource: Resource, keys: TagKeys) -> bool:
    return bool(resource.own_name) or _stands(resource, keys.name)


def _unread(resources: Sequence[Resource], refusal: Refusal) -> list[Resource]:
    why = f"could not be read: {refusal.sentence}"
    return [replace(resource, unread=why) for resource in resources]
