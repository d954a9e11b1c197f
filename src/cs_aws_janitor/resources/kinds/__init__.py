"""The kinds of resources that the janitor knows: one file each, found by its name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.kinds._kind import Kind


class _Kinds(Mapping[str, "Kind"]):
    """The KIND of every file that does not begin with an underscore, which is named like it.

    A file is imported when its kind is asked for: many look at one or two, and customers at none.
    """

    def __init__(self) -> None:
        names = (module.name for module in iter_modules(__path__))
        self._names = [name for name in names if not name.startswith("_")]

    def __getitem__(self, name: str) -> Kind:
        if name not in self._names:
            raise KeyError(name)
        kind: Kind = import_module(f"{__name__}.{name}").KIND
        return kind

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


KINDS: Mapping[str, Kind] = _Kinds()
