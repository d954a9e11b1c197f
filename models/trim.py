"""Writes the trimmed models of services that ship with the package: `make models`.

botocore reads the whole model of a service before the first call: 830 operations of EC2, which take
a fifth of the time of an empty plan, and 20 MB. The kinds use about a dozen of them. With it come
the endpoints of 400 services in each region, of which a plan asks two.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader

from cs_aws_janitor.resources.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "src/cs_aws_janitor/aws_models"
OF_THE_WIRING = {"ec2": {"DescribeRegions"}}
ENDPOINTS = FOLDER / "endpoints.json.gz"
# What else quick clients ask, by the names that endpoints have.
BESIDE_KINDS = {"api.pricing", "cloudtrail", "iam", "organizations", "s3", "ssm", "sts"}
WHOLE = {"restore"}  # duties whose clients know the whole model
UNREAD = {"documentation", "documentationUrl"}


def services() -> list[str]:
    """The services of the kinds."""
    return sorted({kind.service for kind in KINDS.values()})


def file(service: str) -> Path:
    """Where the trimmed model of a service lies."""
    loader = botocore.session.get_session().get_component("data_loader")
    version: str = loader.determine_latest_version(service, "service-2")
    return FOLDER / service / version / "service-2.json.gz"


def operations(service: str) -> set[str]:
    """What the janitor asks of it, but for what it asks through clients that know everything."""
    actions = {
        action
        for kind in KINDS.values()
        for duty, granted in kind.permissions.items()
        if duty not in WHOLE
        for action in granted
    }
    mine = {name for whose, _, name in (a.partition(":") for a in actions) if whose == service}
    return mine | OF_THE_WIRING.get(service, set())


def trimmed(service: str) -> dict[str, Any]:
    """Botocore's own model of it, with those operations alone and the shapes that they name."""
    loader = botocore.session.get_session().get_component("data_loader")
    whole = loader.load_service_model(service, "service-2")
    kept = {name: whole["operations"][name] for name in sorted(operations(service))}
    shapes: dict[str, Any] = {}
    wanted = [*_named(kept), *_added(loader, service)]
    while wanted:
        if (name := wanted.pop()) not in shapes:
            shapes[name] = whole["shapes"][name]
            wanted += _named(shapes[name])
    model = {**whole, "operations": kept, "shapes": dict(sorted(shapes.items()))}
    return {key: _without_words(value) for key, value in model.items() if key not in UNREAD}


def endpoints() -> dict[str, Any]:
    """Botocore's own partitions and regions, with the endpoints of the services that are asked."""
    # Read anew: clients write into what a loader has read.
    whole = JSONFileLoader().load_file(f"{Loader.BUILTIN_DATA_PATH}/endpoints")
    asked = {*services(), *BESIDE_KINDS}
    partitions = [
        {**each, "services": {k: v for k, v in each["services"].items() if k in asked}}
        for each in whole["partitions"]
    ]
    return {**whole, "partitions": partitions}


def _added(loader: Loader, service: str) -> list[str]:
    """The shapes to which botocore adds something of its own in whatever model it loads."""
    version: str = loader.determine_latest_version(service, "service-2")
    try:
        extras = loader.load_data(f"{service}/{version}/service-2.sdk-extras")
    except DataNotFoundError:
        return []
    return list(extras["merge"].get("shapes", ()))


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


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    _write(ENDPOINTS, endpoints())
    for each in services():
        _write(file(each), trimmed(each))
