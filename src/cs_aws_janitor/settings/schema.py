"""The JSON Schema of the settings, for editors that complete and check TOML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.settings.effective import effective
from cs_aws_janitor.settings.model import Settings
from cs_aws_janitor.settings.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Collection

# The newest draft that taplo, and with it most editors of TOML, knows in full.
DRAFT = "http://json-schema.org/draft-07/schema#"

# pydantic's are names of classes, and its defaults Python's: P14D, null.
_DROPPED = {"title", "default", "$ref"}


def schema(kinds: Collection[str]) -> dict[str, Any]:
    """A description of every key, with `kinds` as the choices where a kind is named."""
    made = Settings.model_json_schema()
    inlined: dict[str, Any] = _inline(made, made.pop("$defs"))
    properties = inlined["properties"]
    entry = properties["accounts"]["items"]
    properties["accounts"]["items"] = {"anyOf": [entry["properties"]["id"], entry]}
    choices = {"type": "string", "enum": sorted(kinds)}
    properties["kinds"]["anyOf"][1]["items"] = choices
    properties["rollout"]["properties"]["kinds"]["propertyNames"] = choices
    _add_defaults(inlined)
    return {"$schema": DRAFT, "title": "Settings of the janitor: janitor.toml", **inlined}


def _inline(part: Any, definitions: dict[str, Any]) -> Any:
    """`part` without references: before draft 2019 no description may stand beside one."""
    if isinstance(part, list):
        return [_inline(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    if reference := part.get("$ref"):
        part = definitions[reference.rsplit("/", 1)[1]] | part
    elif {"type": "null"} in part.get("anyOf", []):
        # TOML has no null: a key that is not set is not there.
        part = part["anyOf"][0] | part
        del part["anyOf"]
    kept = {key: _inline(value, definitions) for key, value in part.items() if key not in _DROPPED}
    if "description" in kept:
        kept["description"] = kept["description"].partition("\n")[0]
    return kept


def _add_defaults(inlined: dict[str, Any]) -> None:
    surroundings = Surroundings(None, Path(), {"HOME": "~"}, ())
    for each in effective(Settings.model_validate({}, context=surroundings)):
        if each.value is not None:
            field = inlined
            for key in each.key.split("."):
                field = field["properties"][key]
            field["default"] = each.value
