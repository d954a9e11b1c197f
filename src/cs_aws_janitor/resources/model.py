"""What was seen in AWS, and what can be done with it. Facts only: no opinion lives here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

NOTHING: Mapping[str, str] = MappingProxyType({})
NEVER: Mapping[str, datetime] = MappingProxyType({})


def _nothing() -> Mapping[str, str]:
    return NOTHING  # dataclasses take no mapping as a default, not even one that cannot change


def _never() -> Mapping[str, datetime]:
    return NEVER


class Verb(StrEnum):
    """What the janitor can do to a resource, in the order in which it does it."""

    TAG = "tag"
    CLEAR_MARK = "clear_mark"
    SHUT_OFF = "shut_off"
    BACK_UP = "back_up"
    TERMINATE = "terminate"
    NOTIFY = "notify"


class Phase(StrEnum):
    """What a resource is, from its tags and its state in AWS alone."""

    EXEMPT = "exempt"
    HELD = "held"
    NEW = "new"
    UNNAMED = "un-named"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WAITING = "waiting"
    DUE = "due"
    BACKING_UP = "backing-up"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"


class Power(StrEnum):
    """Whether a resource runs. `NONE`: a kind that has no switch, such as a volume."""

    ON = "on"
    OFF = "off"
    MOVING = "moving"
    NONE = "none"


class BackupState(StrEnum):
    """How far the backup of one resource has come."""

    PENDING = "pending"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a resource stands: one region of one account."""

    account: str
    region: str
    partition: str = "aws"


@dataclass(frozen=True, slots=True)
class Backup:
    """The backups found for one resource and one shut-off.

    `missing` names the parts that have no backup yet; `why` says what failed.
    """

    state: BackupState
    ids: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the ledger remembers of a resource: its first sighting and last known Expiration.

    It stands in for tags that were stripped (aws-lifecycle.md: "tagged only once", S3). `name` is
    that of what it belonged to then: what an instance leaves behind keeps its owner.
    """

    discovered: date
    expiration: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Creator:
    """Who made a resource, as CloudTrail told it `at` an instant (aware).

    `login` is the name of a user, or of a session, which single sign-on makes an address; `means`
    says in words of what, and `event` by which call. Without a `login` it told of no person.
    """

    at: datetime
    login: str | None = None
    means: str | None = None
    event: str | None = None


@dataclass(slots=True)  # frozen it takes three times as long to make, and accounts are large
class Resource:
    """One resource as AWS showed it. Nobody changes one: `replace` makes another.

    `born` is the instant of creation (aware), not of the last start. `follows` names what
    manages it ("Auto Scaling group web"), `stack` the CloudFormation stack it belongs to.
    `own_name` is what it is called without a Name tag: a name that its kind has, or that of what
    it is attached to. `cannot_shut_off` and `cannot_back_up` say in words why the verb is not
    possible, `cannot_protect` why AWS does not change its protection as it stands, `lost_with_it`
    what no backup keeps, `not_yet` why AWS would not end it as it stands, which passes by itself.
    `starts_itself`: AWS turns it on again after some days, so its being on is nobody's word.
    `protected` is None while unread; `unread` says why a needed fact could not be read. `parts` are
    the ids of what is backed up, such as its volumes; without any there is nothing to back up.
    `backup` is None when none was found or looked for. `told` is when its owner was first told of a
    shut-off, by the Expiration in ISO format. `creator` is None while nobody has asked. `traits`
    are whatever else its kind needs to act or to price it.
    """

    place: Place
    kind: str
    id: str
    tags: Mapping[str, str] = field(default_factory=_nothing)
    power: Power = Power.NONE
    born: datetime | None = None
    follows: str | None = None
    stack: str | None = None
    own_name: str | None = None
    cannot_shut_off: str | None = None
    cannot_back_up: str | None = None
    cannot_protect: str | None = None
    lost_with_it: str | None = None
    not_yet: str | None = None
    starts_itself: bool = False
    protected: bool | None = None
    unread: str | None = None
    backup: Backup | None = None
    sighting: Sighting | None = None
    told: Mapping[str, datetime] = field(default_factory=_never)
    creator: Creator | None = None
    parts: tuple[str, ...] = ()
    traits: Mapping[str, str] = field(default_factory=_nothing)

    @property
    def only_marked(self) -> bool:
        """Whether a shut-off has nothing to do but to mark it: no switch, off, or none possible."""
        return self.power in {Power.NONE, Power.OFF} or self.cannot_shut_off is not None

    def __post_init__(self) -> None:
        """Raise TypeError where an answer bore another shape: what is half seen is not seen."""
        texts = [self.id, *self.tags, *self.tags.values(), *self.parts, *self.traits.values()]
        try:
            "".join(texts)  # it takes texts alone, and looks at them faster than Python does
        except TypeError:
            self._refuse("something that is no text")
        if not self.id:
            self._refuse("no id")
        born: object = self.born
        if born is not None and not (isinstance(born, datetime) and born.tzinfo):
            self._refuse("a birth that is no instant")

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{self.kind} {self.id!r} was shown with {what}")
