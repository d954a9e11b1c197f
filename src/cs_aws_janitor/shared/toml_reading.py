"""TOML as people write it, and where it is not TOML."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from cs_aws_janitor.shared.wording import shown

_PLACED = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)")


class NotTomlError(ValueError):
    """The content is not TOML; `str()` says where, why, and what to do."""


def loads(content: bytes) -> dict[str, Any]:
    """The document that `content` holds. Raises NotTomlError."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = (
            f"line {line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        )
    except tomllib.TOMLDecodeError as error:
        what = _not_toml(str(error), content.decode("utf-8-sig"))
    except RecursionError:
        what = "the lists and tables in it are nested too deep; write them flat"
    except ValueError:
        what = "one of the numbers in it is too long; write a shorter one"
    raise NotTomlError(what)


def _not_toml(message: str, text: str) -> str:
    found = _PLACED.fullmatch(message)
    what = (found["what"] if found else message).rstrip(".")
    what = what[:1].lower() + what[1:]
    cure = "text and durations stand in quotes, and each key and [section] only once"
    if not found or not found["line"]:
        return f"at its end: {what}; {cure}"
    line = text.replace("\r\n", "\n").split("\n")[int(found["line"]) - 1].strip()
    return f"line {found['line']}, column {found['column']}: {what} in {shown(line)}; {cure}"
