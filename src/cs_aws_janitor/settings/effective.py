"""Which value holds for every key, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.shared.wording import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cs_aws_janitor.settings.model import Settings

FILE, DEFAULT = "file", "default"


@dataclass(frozen=True, slots=True)
class Effective:
    """One value. `value` is as TOML has it, None where unset; `origin` is `file` or `default`."""

    key: str
    value: Any
    origin: str


def effective(settings: Settings) -> list[Effective]:
    """Every value that holds, in the order of the contract; external ids are masked."""
    given = dict(_flat(settings.model_dump(by_alias=True, exclude_unset=True)))
    return [
        Effective(key, _listed(value), FILE if key in given else DEFAULT)
        for key, value in _flat(settings.model_dump(by_alias=True))
    ]


def _flat(table: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{at}{dotted([key])}.")
        else:
            yield f"{at}{dotted([key])}", value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
