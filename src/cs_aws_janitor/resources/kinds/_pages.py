"""Many things of AWS by their ids: page by page, as many at a time as a filter takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds._ec2_tags import MOST_FILTER_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def pages(
    client: Any,
    operation: str,
    name: str,
    ids: Sequence[str],
    *,
    at_once: int = MOST_FILTER_VALUES,
    **asked: Any,
) -> Iterator[Any]:
    """Every page of what has one of `ids` as its `name`, among whatever else is `asked`.

    A filter, because one unknown id refuses a whole call; `at_once` is how many ids it takes, where
    the service is not EC2. Without ids nothing is asked.
    """
    others = asked.pop("Filters", [])
    for some in cut(ids, at_once):
        wanted = {"Name": name, "Values": list(some)}
        yield from client.get_paginator(operation).paginate(Filters=[*others, wanted], **asked)
