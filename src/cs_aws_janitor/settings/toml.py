"""Settings written as TOML again: for `janitor config show --format toml`."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.shared.wording import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cs_aws_janitor.settings.effective import Effective


def document(values: Iterable[Effective]) -> str:
    """A settings file in which every value stands with its origin behind it."""
    lines: list[str] = []
    section = ""
    for each in values:
        table, _, key = each.key.partition(".") if "." in each.key else ("", "", each.key)
        if table != section:
            lines += ["", f"[{table}]"]
            section = table
        if each.value is None:
            lines.append(f"# {key} is not set")
        else:
            lines.append(f"{key} = {written(each.value)}  # {each.origin}")
    return "\n".join(lines)


def written(value: Any) -> str:
    """One value, on one line."""
    if isinstance(value, str):
        # A pattern is easier to read, and to change, without doubled backslashes.
        plain = "\\" in value and "'" not in value and value.isprintable()
        text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        return f"'{value}'" if plain else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        pairs = (f"{dotted([key])} = {written(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(value)
