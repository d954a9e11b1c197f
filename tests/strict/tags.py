"""Tags: what AWS does not let anyone write."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.strict import backend
from tests.strict.rules import check, rule
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from moto.ec2.models import EC2Backend

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

RESERVED = "aws:"
MOST, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256
_TAG = re.compile(r"(Tag|TagSpecification\.\d+\.Tag)\.(\d+)\.(Key|Value)")
_WRITES = re.compile(r"Create|Run|Request|Copy|Allocate|Import|Register|Delete")


def specified(form: Mapping[str, str], what: str) -> dict[str, str]:
    """The tags that `form` asks for on what is made of this type."""
    of = [
        key.removesuffix("ResourceType")
        for key, value in form.items()
        if key.endswith(".ResourceType") and value == what
    ]
    keys = [k for k in form if k.endswith(".Key") and any(k.startswith(each) for each in of)]
    return {form[key]: form.get(f"{key.removesuffix('Key')}Value", "") for key in keys}


@check
def tags_can_be_written(exchange: Exchange) -> None:
    """Neither on their own nor with what is created, in any call to EC2."""
    request = exchange.request
    if request.service != "ec2" or not _WRITES.match(request.operation):
        return
    sets: Counter[str] = Counter()
    for key, value in request.form.items():
        if match := _TAG.fullmatch(key):
            sets[match[1]] += match[3] == "Key"
            _check_part(match[3], value)
    if any(count > MOST for count in sets.values()):
        message = "The maximum number of Tags for a resource has been reached."
        raise RefusalError("TagLimitExceeded", message)


@rule("ec2:CreateTags")
def create(exchange: Exchange) -> Answer:
    """All resources of the call are tagged, or none: one unknown id is enough."""
    request = exchange.request
    ids = request.listed("ResourceId")
    for resource_id in ids:
        _check_exists(exchange, resource_id)
    with _without_reserved(backend.ec2(request).tags, ids):
        return exchange.forward(None)


@contextmanager
def _without_reserved(standing: dict[str, dict[str, str]], ids: Sequence[str]) -> Iterator[None]:
    """Moto counts the tags of AWS among the 50; AWS does not."""
    aside = {i: _reserved(standing[i]) for i in ids if i in standing}
    for resource_id, tags in aside.items():
        for key in tags:
            del standing[resource_id][key]
    try:
        yield
    finally:
        for resource_id, tags in aside.items():
            standing[resource_id].update(tags)


def _reserved(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key.startswith(RESERVED)}


def _check_part(part: str, value: str) -> None:
    if part == "Key" and value.lower().startswith(RESERVED):
        _refuse("Tag keys starting with 'aws:' are reserved for internal use")
    if part == "Key" and not value:
        _refuse("Tag key cannot be empty")
    if part == "Key" and len(value) > LONGEST_KEY:
        _refuse(f"Tag key exceeds the maximum length of {LONGEST_KEY} characters")
    if part == "Value" and len(value) > LONGEST_VALUE:
        _refuse(f"Tag value exceeds the maximum length of {LONGEST_VALUE} characters")


def _check_exists(exchange: Exchange, resource_id: str) -> None:
    held = backend.ec2(exchange.request)
    prefix = resource_id.partition("-")[0]
    kinds = {
        "i": ("InvalidInstanceID.NotFound", "instance ID", backend.instance(held, resource_id)),
        "vol": ("InvalidVolume.NotFound", "volume", held.volumes.get(resource_id)),
        "snap": ("InvalidSnapshot.NotFound", "snapshot", held.snapshots.get(resource_id)),
        "ami": ("InvalidAMIID.NotFound", "image id", held.amis.get(resource_id)),
        "eipalloc": ("InvalidAllocationID.NotFound", "allocation ID", _address(held, resource_id)),
    }
    code, word, found = kinds.get(prefix, ("", "", True))
    if not found:
        raise RefusalError(code, f"The {word} '{resource_id}' does not exist")


def _address(held: EC2Backend, allocation_id: str) -> bool:
    return any(each.allocation_id == allocation_id for each in held.addresses)


def _refuse(message: str) -> None:
    raise RefusalError("InvalidParameterValue", message)
