"""The janitor's memory on the resource: reading and writing its tags.

Rules: aws-lifecycle.md, "Tags". Keys match case-insensitively and trimmed; one canonical
spelling is written.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.policy import TagKeys

MOST_TAGS = 50
LONGEST_KEY = 128
LONGEST_VALUE = 256
RESERVED = "aws:"
MOST_SPELLINGS = 4096  # that are remembered
RESTORED_FROM = "JanitorRestoredFrom"  # on what was brought back: the id of what it was
LABELS = 2  # every backup bears the id of its source and the ShutOff it was made for


class TagRefusedError(ValueError):
    """AWS would not take this tag; the message says which rule it breaks."""


class Marks(NamedTuple):
    """The values of the janitor's tags as they stand, trimmed; None where there is no tag.

    `expirations` holds every spelling's value: two that differ are two wishes of people.
    """

    name: str | None
    discovered: str | None
    expirations: tuple[str, ...]
    shut_off: str | None
    permanent: str | None
    owner: str | None = None


def read(tags: Mapping[str, str], keys: TagKeys) -> Marks:
    """The janitor's tags among `tags`; of two spellings, one that says something."""
    told: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    canonical = _canonical(keys)
    for spelled, value in tags.items():
        if key := canonical[spelled]:
            if key in told:
                several[key] = _values(tags, key)
            told[key] = value.strip()
    expiration = told.get(keys.expiration)
    expirations: tuple[str, ...] = () if expiration is None else (expiration,)
    if several:
        told |= {key: next(filter(None, values), values[0]) for key, values in several.items()}
        expirations = tuple(dict.fromkeys(several.get(keys.expiration, expirations)))
    return Marks(
        told.get(keys.name) or None,
        told.get(keys.discovered),
        expirations,
        told.get(keys.shut_off),
        told.get(keys.permanent) or None,
        told.get(keys.owner) or None,
    )


def called(resource: Resource, keys: TagKeys) -> str | None:
    """What people call `resource`: its Name tag, or the name that it has without one."""
    return called_by(read(resource.tags, keys), resource)


def called_by(marks: Marks, resource: Resource) -> str | None:
    """The same, where its `marks` were read already."""
    if marks.name:
        return marks.name
    return resource.own_name or (resource.sighting.name if resource.sighting else None)


def spellings(tags: Iterable[str], key: str) -> list[str]:
    """The keys among `tags` that mean `key`: the canonical spelling first."""
    wanted = _folded(key)
    found = [k for k in tags if _folded(k) == wanted]
    return sorted(found, key=lambda k: (k != key, k))


def check_room(standing: Iterable[str], writes: Mapping[str, str]) -> None:
    """Raise TagRefusedError where AWS would refuse `writes` on a resource with `standing` keys."""
    for key, value in writes.items():
        if key.lower().startswith(RESERVED):
            raise TagRefusedError(f"tag key {key!r} begins with the reserved 'aws:'")
        if not 0 < len(key) <= LONGEST_KEY:
            raise TagRefusedError(f"tag key {key!r} has {len(key)} characters; 1 to {LONGEST_KEY}")
        if len(value) > LONGEST_VALUE:
            raise TagRefusedError(
                f"tag {key} has {len(value)} characters; at most {LONGEST_VALUE} are allowed"
            )
    own = {key for key in standing if not key.lower().startswith(RESERVED)}
    if len(own | writes.keys()) > MOST_TAGS:
        raise TagRefusedError(
            f"it bears {len(own)} tags and AWS allows {MOST_TAGS}: remove one to have it tagged"
        )


def note(sentence: str) -> str:
    """`sentence` cut to what fits into one tag."""
    if len(sentence) <= LONGEST_VALUE:
        return sentence
    return sentence[: LONGEST_VALUE - 3] + "..."  # not every service takes an ellipsis


@lru_cache(maxsize=MOST_SPELLINGS)
def _folded(key: str) -> str:
    """What two spellings of one key have in common."""
    return key.strip().lower()


class _Canonical(dict[str, "str | None"]):
    """The tag of the janitor that each spelling means, or None; those that were met are kept.

    A fleet has many tags and few keys.
    """

    def __init__(self, keys: TagKeys) -> None:
        super().__init__()
        own = (keys.name, keys.discovered, keys.expiration, keys.shut_off, keys.permanent)
        # Where a team has its owners stand in one of those, it is read as that.
        self._own = {_folded(key): key for key in (keys.owner, *own)}

    def __missing__(self, spelled: str) -> str | None:
        if len(self) >= MOST_SPELLINGS:
            self.clear()
        found = self[spelled] = self._own.get(_folded(spelled))
        return found


_canonical = lru_cache(_Canonical)


def _values(tags: Mapping[str, str], key: str) -> list[str]:
    """The trimmed values of several spellings of `key`: its own spelling's first."""
    return [tags[spelled].strip() for spelled in spellings(tags, key)]
