"""Amazon Resource Names as people paste them: which resource, where. Pure.

A template is an ARN with `{partition}`, `{region}`, `{account}` and `{id}`, and `*` for what
cannot be known of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cs_aws_janitor.resources.model import Place

_ARN = re.compile(
    r"arn:[^:]+:[^:]*:(?P<region>[^:]*):(?P<account>[^:]*):(?:.*[/:])?(?P<id>[^/:]+)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Arn:
    """What an ARN says; the kind of resource before its id is left out."""

    account: str
    region: str
    id: str


def parse(text: str) -> Arn | None:
    """The ARN that `text` is, or None."""
    found = _ARN.fullmatch(text)
    return Arn(found["account"], found["region"], found["id"]) if found else None


def of(template: str, place: Place, resource_id: str) -> str:
    """The ARN of a resource; what is a `*` in its `template` stays."""
    return template.format(
        partition=place.partition, region=place.region, account=place.account, id=resource_id
    )


def ids(text: str, templates: Iterable[str]) -> set[str]:
    """The ids that `text` may mean: what `parse` takes for one, and by each of `templates`.

    The name of a resource may hold a slash, which elsewhere stands before one.
    """
    arn = parse(text)
    matched = filter(None, (_shape(template).fullmatch(text) for template in templates))
    return {arn.id, *(found["id"] for found in matched)} if arn else set()


def names(text: str, templates: Iterable[str], place: Place, resource_id: str) -> bool:
    """Whether `text` is the ARN, by one of `templates`, of the resource of this id in `place`."""
    expected = {
        "partition": place.partition,
        "region": place.region,
        "account": place.account,
        "id": resource_id,
    }
    matched = filter(None, (_shape(template).fullmatch(text) for template in templates))
    return any(found.groupdict().items() <= expected.items() for found in matched)


@lru_cache
def _shape(template: str) -> re.Pattern[str]:
    """What an ARN of this template looks like, with a group for each of its parts."""
    pattern = re.escape(template).replace(r"\*", ".*")
    for part in ("partition", "region", "account"):
        pattern = pattern.replace(rf"\{{{part}\}}", f"(?P<{part}>[^:]*)")
    return re.compile(pattern.replace(r"\{id\}", "(?P<id>.+)"), re.DOTALL)
