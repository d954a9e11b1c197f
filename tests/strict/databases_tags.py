"""RDS: tags in the few signs that it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.strict.databases import held
from tests.strict.rules import check
from tests.strict.tags import LONGEST_KEY, LONGEST_VALUE, MOST, RESERVED
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
    from tests.strict.wire import Request
    from tests.strict.world import Exchange

_TAG = re.compile(r"Tags\.(?:Tag|member)\.(\d+)\.(Key|Value)")
_TAKEN = re.compile(r"[\w\s.:/=+\-@]*")


@check
def tags_can_be_written(exchange: Exchange) -> None:
    """Neither on their own nor with what is created."""
    request = exchange.request
    if request.service != "rds":
        return
    keys = []
    for field, value in request.form.items():
        if match := _TAG.fullmatch(field):
            _check(match[2], value)
            keys += [value] if match[2] == "Key" else []
    if len({*keys, *_standing(request)}) > MOST:
        _refuse("The request would exceed the maximum number of tags")


def _check(part: str, value: str) -> None:
    if part == "Key" and value.lower().startswith(RESERVED):
        _refuse("Tag keys that start with aws: are reserved")
    longest = LONGEST_KEY if part == "Key" else LONGEST_VALUE
    if len(value) > longest or (part == "Key" and not value):
        _refuse(f"The tag {part.lower()} has {len(value)} characters")
    if not _TAKEN.fullmatch(value):
        _refuse(f"The tag {part.lower()} {value!r} contains invalid characters")


def _standing(request: Request) -> list[str]:
    """The keys of people that stand on what the request names."""
    arn = request.form.get("ResourceName", "")
    if request.operation != "AddTagsToResource":
        return []
    tagged: Any = held(request).list_tags_for_resource(arn)
    return [tag["Key"] for tag in tagged if not tag["Key"].startswith(RESERVED)]


def _refuse(message: str) -> None:
    raise RefusalError("InvalidParameterValue", message)
