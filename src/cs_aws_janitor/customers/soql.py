"""What stands in a query of Salesforce, and in what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_ONCE = 40  # values in one query: a URL of Salesforce may have 16,384 characters


def literal(value: str) -> str:
    """A text as SOQL writes it."""
    return "'" + value.replace("\\", r"\\").replace("'", r"\'") + "'"


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """The value of a field, also of one of a record that is referred to: `Owner.Name`."""
    found: Any = record
    for name in path.split("."):
        found = found.get(name) if found else None
    return found
