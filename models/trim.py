"""Writes the trimmed model of EC2 that ships with the package: `make models`.

botocore reads the whole model of a service before the first call: 830 operations of EC2, which take
a fifth of the time of an empty plan, and 20 MB. The kinds use about a dozen of them.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session

from cs_aws_janitor.resources.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "ec2"
FILE = (
    Path(__file__)
    .parents[1]
    .joinpath("src/cs_aws_janitor/aws_models/ec2/2016-11-15/service-2.json.gz")
)
OF_THE_WIRING = {"DescribeRegions"}
WHOLE = {"restore"}  # duties whose clients know the whole model
UNREAD = {"documentation", "documentationUrl"}


def operations() -> set[str]:
    """What the janitor asks of EC2, but for what it asks through clients that know everything."""
    actions = {
        action
        for kind in KINDS.values()
        for duty, granted in kind.permissions.items()
        if duty not in WHOLE
        for action in granted
    }
    mine = {name for service, _, name in (a.partition(":") for a in actions) if service == SERVICE}
    return mine | OF_THE_WIRING


def trimmed() -> dict[str, Any]:
    """Botocore's own model of EC2, with those operations alone and the shapes that they name."""
    loader = botocore.session.get_session().get_component("data_loader")
    whole = loader.load_service_model(SERVICE, "service-2")
    kept = {name: whole["operations"][name] for name in sorted(operations())}
    shapes: dict[str, Any] = {}
    wanted = list(_named(kept))
    while wanted:
        if (name := wanted.pop()) not in shapes:
            shapes[name] = whole["shapes"][name]
            wanted += _named(shapes[name])
    model = {**whole, "operations": kept, "shapes": dict(sorted(shapes.items()))}
    return {key: _without_words(value) for key, value in model.items() if key not in UNREAD}


def _named(part: Any) -> Iterator[str]:
    """The names of all shapes that stand in a part of a model."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _named(inner)


def _without_words(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _without_words(v) for k, v in part.items() if k not in UNREAD}
    return [_without_words(each) for each in part] if isinstance(part, list) else part


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(trimmed(), separators=(",", ":"))
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))
