"""Amazon Resource Names as people paste them: which resource, where. Pure.

A template is an ARN with `{partition}`, `{region}`, `{account}` and `{id}`, and `*` for what
cannot be known of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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


def names(text: str, templates: Iterable[str], place: Place, resource_id: str) -> bool:
    """Whether `text` is the ARN, by one of `templates`, of the resource of this id in `place`."""
    made = (of(template, place, resource_id) for template in templates)
    return any(re.fullmatch(re.escape(one).replace(r"\*", ".*"), text) for one in made)
