"""What a kind of resource must say about itself: plain functions and a value.

`client` is botocore's client of the kind's service in the resource's place. What a kind cannot
do is None. Every function may raise what the SDK raises; nothing here is retried or guarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.model import Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.model import Backup, Place, Resource
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

    `tags` are written on what is made, beside the labels.
    """

    resource: Resource
    shut_off: datetime
    form: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Backups:
    """How a kind is backed up.

    `find` looks up, in as few calls as can be, the backups of many orders, by resource id.
    `begin` starts what `missing` names; it must not be repeated blindly: a repeat after an
    effect would make a second backup. `manifest` gathers what a restore needs, as JSON values,
    out of what `describe` has read of many resources at once.
    """

    find: Callable[[Any, Sequence[BackupOrder]], dict[str, Backup]]
    begin: Callable[[Any, BackupOrder, Sequence[str]], None]
    describe: Callable[[Any, Sequence[Resource]], Any]
    manifest: Callable[[Any, Resource, Any], dict[str, Any]]


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


NOTHING_KEPT = "of this kind nothing is kept from which it could come back"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource and everything that can be done with it.

    `discover` yields pages; `read` gives those of `ids` that exist, with the same facts.
    `examine` adds facts that a listing does not show, asked only of what will be acted on.
    `protected` reads the kind's own protection; without it the Permanent tag exempts.
    `barriers` says in words what else would refuse a verb. `tag`, `untag` and `shut_off` take
    batches with equal values; `terminate` takes one. `restore` brings back what was terminated,
    or says why that cannot be. `permissions` are IAM actions by duty.
    """

    name: str
    title: str
    service: str
    permissions: Mapping[str, frozenset[str]]
    discover: Callable[[Any, Place], Iterator[list[Resource]]]
    read: Callable[[Any, Place, Sequence[str]], list[Resource]]
    tag: Callable[[Any, Sequence[str], Mapping[str, str]], None]
    untag: Callable[[Any, Sequence[str], Sequence[str]], None]
    terminate: Callable[[Any, Resource], None]
    examine: Callable[[Any, Sequence[Resource]], list[Resource]] | None = None
    protected: Callable[[Any, str], bool] | None = None
    protect: Callable[[Any, str, bool], None] | None = None
    barriers: Callable[[Any, Resource], list[str]] | None = None
    shut_off: Callable[[Any, Sequence[str]], None] | None = None
    backups: Backups | None = None
    restore: Restore | str = NOTHING_KEPT

    @property
    def verbs(self) -> frozenset[Verb]:
        """What can be done to a resource of this kind."""
        verbs = {Verb.TAG, Verb.CLEAR_MARK, Verb.NOTIFY, Verb.TERMINATE}
        if self.shut_off:
            verbs.add(Verb.SHUT_OFF)
        if self.backups:
            verbs.add(Verb.BACK_UP)
        return frozenset(verbs)
