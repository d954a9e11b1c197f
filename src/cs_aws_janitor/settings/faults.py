"""How a fault in the settings is worded: what was wrong; what to do."""

from __future__ import annotations

from pydantic_core import PydanticCustomError


def fault(what: str, cure: str) -> PydanticCustomError:
    """A fault that a validator found: one line that says what is wrong and what to do."""
    return PydanticCustomError("fault", "{line}", {"line": f"{what}; {cure}"})
