"""The kinds of resources that the janitor knows: one file each, found by its name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.kinds._kind import Kind


def _found() -> Iterator[Kind]:
    """The KIND of every file that does not begin with an underscore."""
    for module in iter_modules(__path__):
        if not module.name.startswith("_"):
            yield import_module(f"{__name__}.{module.name}").KIND


KINDS: dict[str, Kind] = {kind.name: kind for kind in _found()}
