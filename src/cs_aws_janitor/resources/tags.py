"""The janitor's memory on the resource: reading and writing its tags.

Rules: aws-lifecycle.md, "Tags". Keys match case-insensitively and trimmed; one canonical
spelling is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cs_aws_janitor.resources.policy import TagKeys

MOST_TAGS = 50
LONGEST_KEY = 128
LONGEST_VALUE = 256
RESERVED = "aws:"
LABELS = 2  # every backup bears the id of its source and the ShutOff it was made for


class TagRefusedError(ValueError):
    """AWS would not take this tag; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The values of the janitor's tags as they stand, trimmed; None where there is no tag.

    `expirations` holds every spelling's value: two that differ are two wishes of people.
    """

    name: str | None
    discovered: str | None
    expirations: tuple[str, ...]
    shut_off: str | None
    permanent: str | None


def read(tags: Mapping[str, str], keys: TagKeys) -> Marks:
    """The janitor's tags among `tags`; of two spellings, one that says something."""
    return Marks(
        name=_one(tags, keys.name) or None,
        discovered=_one(tags, keys.discovered),
        expirations=tuple(dict.fromkeys(tags[k].strip() for k in spellings(tags, keys.expiration))),
        shut_off=_one(tags, keys.shut_off),
        permanent=_one(tags, keys.permanent) or None,
    )


def spellings(tags: Iterable[str], key: str) -> list[str]:
    """The keys among `tags` that mean `key`: the canonical spelling first."""
    wanted = key.strip().lower()
    found = [k for k in tags if k.strip().lower() == wanted]
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


def _one(tags: Mapping[str, str], key: str) -> str | None:
    values = [tags[k].strip() for k in spellings(tags, key)]
    return next(filter(None, values), values[0] if values else None)
