"""TOML that is none as a whole: its customers one by one, so that a slip costs only one of them.

A day such as 2026-02-30 is no value of TOML at all, and the whole file is none because of it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

from cs_aws_janitor.shared import toml_reading

KEY = "customer"
_HEADER = re.compile(r"(?m)^[ \t]*\[\[[ \t]*customer[ \t]*\]\][ \t]*(?:#.*)?$")
_ID = re.compile(r"""(?m)^[ \t]*id[ \t]*=[ \t]*["']([^"'\n]*)["']""")
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_.-]+)[ \t]*=")
_LONG_TEXTS = ('"""', "'''")  # in them a line that looks like a header may be none


class Torn(NamedTuple):
    """A customer that is no TOML: why, and what can be told of where."""

    why: str
    id: str | None
    field: str | None


def mended(content: bytes) -> dict[str, Any] | None:
    """What a file that is not TOML holds, with a Torn in place of each customer that is none.

    None where customers cannot be told apart, or where it is not one of them that is wrong.
    """
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    begins = [found.start() for found in _HEADER.finditer(text)]
    if not begins or any(each in text for each in _LONG_TEXTS):
        return None
    above, read = 0, []
    for start, end in pairwise([0, *begins, len(text)]):
        read.append(_read(text[start:end], above))
        above += text.count("\n", start, end)
    head, *pieces = read
    if isinstance(head, Torn) or not any(isinstance(each, Torn) for each in pieces):
        return None
    others = {k: v for each in read if isinstance(each, dict) for k, v in each.items()}
    return others | {KEY: [each if isinstance(each, Torn) else each[KEY][0] for each in pieces]}


def _read(own: str, above: int) -> dict[str, Any] | Torn:
    """A piece of the file, below so many lines `above`."""
    try:
        return toml_reading.loads(own.encode(), above)
    except toml_reading.NotTomlError as error:
        named = _ID.search(own.split("\n[", maxsplit=1)[0])
        key = _KEY.match(own.split("\n")[error.line - above - 1]) if error.line else None
        return Torn(str(error), named and named[1], key and key[1])
