"""The seal of a saved plan, put on by somebody else: so a test can change what stands under it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def sealed(plan: Mapping[str, Any]) -> str:
    """`plan` as JSON, with the digest that belongs to it instead of any other."""
    body = {key: value for key, value in plan.items() if key != "digest"}
    parts: list[Any] = []
    for key, value in sorted(body.items()):
        parts += [key, *((None, *value) if isinstance(value, list) else (value,))]
    lines = [json.dumps(part, sort_keys=True, separators=(",", ":")) + "\n" for part in parts]
    return json.dumps({**body, "digest": hashlib.sha256("".join(lines).encode()).hexdigest()})
