"""What a restore brings back, what is missing for it, and what is lost: known beforehand. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from cs_aws_janitor.resources.model import Place


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the ledger holds of a terminated resource, of its end at `at` (aware).

    `facts` are as its kind stored them, with user data among them: never shown.
    """

    place: Place
    kind: str
    id: str
    at: datetime
    backups: tuple[str, ...]
    facts: Mapping[str, Any] = field(repr=False)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """What a person gives in place of what stood there.

    None, or empty for `groups`, is "as it was"; '' for `key` and `profile` is "without".
    """

    subnet: str | None = None
    groups: tuple[str, ...] = ()
    key: str | None = None
    profile: str | None = None
    type: str | None = None
    unlicensed: bool = False


@dataclass(frozen=True, slots=True)
class Marking:
    """The tags `written` on what comes back, and the keys, in lower case, that it loses."""

    written: Mapping[str, str]
    left: frozenset[str]

    def over(self, old: Mapping[str, str]) -> dict[str, str]:
        """`old` tags without those it loses and those of AWS itself, as far as 50 allow."""
        kept = [key for key in old if key not in self.lost(old) and key not in self.written]
        room = tags.MOST_TAGS - len(self.written)
        return {key: old[key] for key in kept[:room]} | dict(self.written)

    @property
    def label(self) -> dict[str, str]:
        """What marks a part of it from its first moment on, so that one left over is known."""
        return {tags.RESTORED_FROM: self.written[tags.RESTORED_FROM]}

    def beside(self, old: Mapping[str, str]) -> dict[str, str]:
        """`old` tags of a part, as far as 50 allow beside the label; dates are written again."""
        kept = [key for key in old if key not in self.lost(old)]
        return {key: old[key] for key in kept[: tags.MOST_TAGS - len(self.label)]}

    def lost(self, old: Iterable[str]) -> list[str]:
        """The keys of `old` that are not put back."""
        return [
            key
            for key in old
            if key.strip().lower() in self.left or key.lower().startswith(tags.RESERVED)
        ]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something it needs that is not there any more, and the options that replace it."""

    what: str
    options: str


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """Everything a restore would do.

    `impossible` says why there is nothing to restore from. `brings` are labels and values in
    words, `notes` what a person should know beforehand. `request` is what the kind's own hands
    need; it holds user data.
    """

    manifest: Manifest
    brings: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    impossible: str | None = None
    request: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """What is launched from: `ready` or not yet; `unfit` says why it must not be used."""

    id: str
    ready: bool
    unfit: str | None = None


class Begun(StrEnum):
    """How far the start of what was brought back has come."""

    RUNNING = "running"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Start:
    """The start of what was brought back; `why` is the reason of a failure, with its cure.

    `state` is AWS's word for one that has started.
    """

    begun: Begun
    why: str | None = None
    state: str = "running"
