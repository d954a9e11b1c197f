"""Amazon Resource Names as people paste them: which resource, where. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARN = re.compile(
    r"arn:[^:]+:[^:]*:(?P<region>[^:]*):(?P<account>[^:]*):(?:[^/:]+[/:])?(?P<id>.+)", re.DOTALL
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
