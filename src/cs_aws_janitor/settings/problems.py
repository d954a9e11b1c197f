"""Turns what pydantic found into one line a fault: `key.path: what was wrong; what to do`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from cs_aws_janitor.settings.model import Settings
from cs_aws_janitor.shared.toml_lines import line_of
from cs_aws_janitor.shared.wording import dotted, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

# How like a key of another table a word must be to be taken for it.
SURE = 0.8

_WANTED = {
    "string_type": "is not text; write it in quotes",
    "int_type": "is not a whole number; write one without quotes, such as 20",
    "float_type": "is not a number; write one without quotes, such as 0.25",
    "finite_number": "is not a number; write one such as 0.25",
    "bool_type": "is neither true nor false; write one of them without quotes",
    "date_type": "is not a date; write one without quotes, such as 2026-12-01",
    "model_type": "is not a table; write key = value lines under a [section]",
    "dict_type": "is not a table; write name = value lines under a [section] of its own",
    "greater_than_equal": "is too small; write {ge:.0f} at the least",
    "less_than_equal": "is too large; write {le:.0f} at the most",
    "literal_error": "is none of the choices; write {expected}",
    "string_too_short": "is empty; write something or remove the line",
}


def problems(error: ValidationError, file: str, content: bytes) -> list[str]:
    """Every fault that `error` holds of a `file` with that content, in the order of the settings.

    Each is a line: `FILE, line 3: key.path: what was wrong; what to do`.
    """
    return [_line(each, file, content) for each in error.errors(include_url=False)]


def _line(error: ErrorDetails, file: str, content: bytes) -> str:
    path = tuple(step for step in error["loc"] if step != "[key]")
    if at := error.get("ctx", {}).get("at"):
        path += (at,)
    line = line_of(content, path)
    where = f"{file}, line {line}" if line else file
    return f"{where}: {dotted(path) or 'the file'}: {_what(error)}"


def _what(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(error["loc"])
    if kind == "missing":
        return f"it is missing; add {error['loc'][-1]} = …"
    if wanted := _WANTED.get(kind):
        return f"{shown(error['input'])} {wanted.format(**context)}"
    return error["msg"]


def _unknown_key(path: tuple[str | int, ...]) -> str:
    *table, key = (step for step in path if isinstance(step, str))
    tables = _tables(Settings)
    here = tables[tuple(table)]
    if elsewhere := _places(key, tables):
        return f"unknown key {shown(key)} here; it belongs {elsewhere}"
    if near := nearest(key, here):
        return f"unknown key {shown(key)}, did you mean '{near}'?"
    everywhere = {each for keys in tables.values() for each in keys}
    if near := nearest(key, everywhere, SURE):
        return f"unknown key {shown(key)}, did you mean '{near}' {_places(near, tables)}?"
    return f"unknown key {shown(key)}; the keys here are {', '.join(here)}"


def _places(key: str, tables: Mapping[tuple[str, ...], list[str]]) -> str:
    return " or ".join(_named(table) for table, keys in tables.items() if key in keys)


def _named(table: tuple[str, ...]) -> str:
    if not table:
        return "at the top (above the first [section])"
    return "in an entry of accounts" if table == ("accounts",) else f"in [{dotted(table)}]"


def _tables(model: type[BaseModel], at: tuple[str, ...] = ()) -> dict[tuple[str, ...], list[str]]:
    """The keys of every table, by its place."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    found = {at: list(fields)}
    for key, field in fields.items():
        for inner in _models(field.annotation):
            found |= _tables(inner, (*at, key))
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
