"""What a kind of resource must say about itself: plain functions and a value.

`client` is botocore's client of the kind's service in the resource's place. What a kind cannot
do is None. Every function may raise what the SDK raises; nothing here is retried or guarded.
docs/adding-a-kind.md tells how one is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.model import Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from cs_aws_janitor.resources.model import Backup, Place, Resource
    from cs_aws_janitor.resources.permission_scopes import Scope
    from cs_aws_janitor.resources.prices import Pricing
    from cs_aws_janitor.resources.restore_plan import (
        Instead,
        Manifest,
        Marking,
        RestorePlan,
        Source,
        Start,
    )


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """A backup to be found or made: of what, for which ShutOff (aware), in which form.

    `tags` are written on what is made, beside the labels. It is kept `until` then; None is for
    ever.
    """

    resource: Resource
    shut_off: datetime
    form: str
    tags: Mapping[str, str]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Backups:
    """How a kind is backed up.

    `find` looks up, in as few calls as can be, the backups of many orders, by resource id.
    `begin` starts what `missing` names; it must not be repeated blindly: a repeat after an
    effect would make a second backup. `last_act`: AWS makes it as the last act of the resource,
    so `begin` ends the resource as well, and AWS ends it only once the backup is complete. What
    cannot be labelled by `begin`, as it does not show yet, `label` labels later, where it does.
    """

    find: Callable[[Any, Sequence[BackupOrder]], dict[str, Backup]]
    begin: Callable[[Any, BackupOrder, Sequence[str]], None]
    last_act: bool = False
    label: Callable[[Any, BackupOrder], bool] | None = None


def _nothing_described(_client: Any, _resources: Sequence[Resource]) -> None:
    return None


def _as_seen(_client: Any, resource: Resource, _described: None) -> dict[str, Any]:
    """What a listing has shown of it: enough to know later what it was."""
    return {"tags": dict(resource.tags), "traits": dict(resource.traits)}


@dataclass(frozen=True, slots=True)
class Remembering:
    """What the ledger keeps of a resource that is terminated, as JSON values: its manifest.

    `manifest` gathers it out of what `describe` has read of many resources at once, through a
    client that shows everything. `carry` keeps of an earlier manifest of the same resource what an
    end that broke off has taken since.
    """

    describe: Callable[[Any, Sequence[Resource]], Any] = _nothing_described
    manifest: Callable[[Any, Resource, Any], dict[str, Any]] = _as_seen
    carry: Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Restore:
    """How a kind comes back from its manifest and backup.

    `tags` are those that stood on it. `look` reads, through a client for each service, what
    still stands of all it needs; `plan` decides on that and is pure. `living` are those alive
    that were brought back from a manifest, by id the token each was launched with. `prepare`
    makes what is launched from, or finds it made; `begin` launches with the first of its tokens
    that is not spent, and launches no second with the same; `watch` tells how far the start has
    come. `finish` puts back what a launch cannot, and says what it could not; `tidy` removes
    what `prepare` made. Each may be repeated.
    """

    tags: Callable[[Mapping[str, Any]], Mapping[str, str]]
    look: Callable[[Callable[[str], Any], Manifest, Instead], Any]
    plan: Callable[[Manifest, Any, Instead, Marking], RestorePlan]
    living: Callable[[Any, Manifest], dict[str, str]]
    prepare: Callable[[Any, RestorePlan], Source]
    begin: Callable[[Any, RestorePlan, Source, Sequence[str]], str]
    watch: Callable[[Any, RestorePlan, str], Start]
    finish: Callable[[Any, RestorePlan, str], list[str]]
    tidy: Callable[[Any, RestorePlan], None]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """How a kind gives back, on a person's word, what its shut-off took beside the power.

    `taken` says in words what would be given back, or None where nothing was taken; it is pure.
    `give` does it and says what it did. It may be repeated; its record goes last of all.
    """

    taken: Callable[[Resource], str | None]
    give: Callable[[Any, Resource], str | None]


NOT_PRICED = "nothing is known of what it costs"
NOTHING_KEPT = "of this kind nothing is kept from which it could come back"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource and everything that can be done with it.

    `arns` are what its ARNs look like, with `{partition}`, `{region}`, `{account}` and `{id}`;
    `*` stands for what cannot be known. `ids` is the regular expression of ids that AWS chooses and
    that stand for one resource alone; None where people choose them.
    `discover` yields pages; `read` gives those of `ids` that exist, with the same facts.
    `examine` adds facts that a listing does not show, asked only of what will be acted on.
    `protected` reads the kind's own protection, where its listing does not show it; where there
    is none the Permanent tag exempts. `barriers` says in words what else would refuse a verb.
    `tag` and `untag` take up to `tags_at_once` ids, `shut_off` up to `stops_at_once` resources;
    `terminate` takes one. `before_shut_off`, which gets a client for each service, finds or
    begins what must be complete before what a shut-off would lose is lost. `give_back` is for a
    `shut_off` that takes more than the power. `restore` imports what brings back what was
    terminated, or says why that cannot be. `permissions` are IAM actions by duty; `scopes` narrow
    down those of them that permission_scopes.py does not know how to. `pricing` is what it is
    charged for, or says why nothing is estimated. `created_by` are the events of CloudTrail that
    make one; by none nobody is found. `notes` are what its page in docs/kinds tells beside its
    facts.
    """

    name: str
    title: str
    service: str
    arns: tuple[str, ...]
    ids: str | None
    permissions: Mapping[str, frozenset[str]]
    discover: Callable[[Any, Place], Iterator[list[Resource]]]
    read: Callable[[Any, Place, Sequence[str]], list[Resource]]
    tag: Callable[[Any, Place, Sequence[str], Mapping[str, str]], None]
    untag: Callable[[Any, Place, Sequence[str], Sequence[str]], None]
    terminate: Callable[[Any, Resource], None]
    examine: Callable[[Any, Sequence[Resource]], list[Resource]] | None = None
    protected: Callable[[Any, str], bool] | None = None
    protect: Callable[[Any, str, bool], None] | None = None
    barriers: Callable[[Any, Resource], list[str]] | None = None
    shut_off: Callable[[Any, Sequence[Resource]], None] | None = None
    before_shut_off: Callable[[Callable[[str], Any], BackupOrder], Backup | None] | None = None
    give_back: GiveBack | None = None
    tags_at_once: int = 1000
    stops_at_once: int = 100
    backups: Backups | None = None
    remembering: Remembering = Remembering()
    restore: Callable[[], Restore] | str = NOTHING_KEPT
    scopes: Mapping[tuple[str, str], tuple[Scope, ...]] = field(default_factory=dict)
    pricing: Pricing | str = NOT_PRICED
    created_by: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def verbs(self) -> frozenset[Verb]:
        """What can be done to a resource of this kind."""
        verbs = {Verb.TAG, Verb.CLEAR_MARK, Verb.NOTIFY, Verb.TERMINATE}
        if self.shut_off:
            verbs.add(Verb.SHUT_OFF)
        if self.backups:
            verbs.add(Verb.BACK_UP)
        return frozenset(verbs)
