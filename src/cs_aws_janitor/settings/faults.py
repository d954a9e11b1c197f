"""How a fault in the settings is worded: what was wrong; what to do."""

from __future__ import annotations

from pydantic_core import PydanticCustomError


def fault(what: str, cure: str, at: str | None = None) -> PydanticCustomError:
    """A fault that a validator found: one line that says what is wrong and what to do.

    `at` names the key of a table in which it stands, where the validator is that of the table.
    """
    return PydanticCustomError("fault", "{line}", {"line": f"{what}; {cure}", "at": at})
