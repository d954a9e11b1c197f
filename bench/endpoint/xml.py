"""Plain values as XML the way EC2 prints it: one element a line, four spaces a step."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EC2 = "http://ec2.amazonaws.com/doc/2016-11-15/"
REQUEST = "59dbff89-35bd-4eac-99ed-be587ed81bf2"
STEP = "    "


def element(name: str, value: object, depth: int = 0) -> str:
    """`value` as the element `name`; a list becomes <item>s, None and '' an empty element."""
    space = STEP * depth
    if isinstance(value, bool):
        value = "true" if value else "false"
    if value is None or value in ("", (), [], {}):
        return f"{space}<{name}/>\n"
    if isinstance(value, str | int):
        return f"{space}<{name}>{escape(str(value))}</{name}>\n"
    inner = members(value, depth + 1) if isinstance(value, dict) else _items(value, depth + 1)
    return f"{space}<{name}>\n{inner}{space}</{name}>\n"


def members(values: Mapping[str, object], depth: int) -> str:
    """Each of `values` as an element of its own."""
    return "".join(element(name, value, depth) for name, value in values.items())


def answer(action: str, values: Mapping[str, object]) -> list[bytes]:
    """The whole answer of EC2 to `action`."""
    return framed(action, [members(values, 1).encode()])


def framed(action: str, parts: Sequence[bytes]) -> list[bytes]:
    """The answer of EC2 to `action` around `parts`, which are XML already."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{action}Response xmlns="{EC2}">\n'
    request = element("requestId", REQUEST, 1)
    return [f"{head}{request}".encode(), *parts, f"</{action}Response>\n".encode()]


def tag_set(tags: Mapping[str, str]) -> list[object]:
    """Tags as the members of a tagSet."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def _items(values: object, depth: int) -> str:
    if not isinstance(values, list | tuple):
        raise TypeError(f"{values!r} has no form in XML")
    return "".join(element("item", value, depth) for value in values)
