"""TOML as people write it, and where it is not TOML."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from cs_aws_janitor.shared.wording import shown

_PLACED = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)")


class NotTomlError(ValueError):
    """The content is not TOML; `str()` says where, why, and what to do.

    `line` is on which one, where that is known.
    """

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.line = line


def loads(content: bytes, above: int = 0) -> dict[str, Any]:
    """The document that `content` holds, below so many lines `above`. Raises NotTomlError."""
    line = None
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = above + content.count(b"\n", 0, error.start) + 1
        what = (
            f"line {line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        )
    except tomllib.TOMLDecodeError as error:
        what, line = _not_toml(str(error), content.decode("utf-8-sig"), above)
    except RecursionError:
        what = "the lists and tables in it are nested too deep; write them flat"
    except ValueError:
        what = "one of the numbers in it is too long; write a shorter one"
    raise NotTomlError(what, line)


def _not_toml(message: str, text: str, above: int) -> tuple[str, int | None]:
    found = _PLACED.fullmatch(message)
    what = (found["what"] if found else message).rstrip(".")
    what = what[:1].lower() + what[1:]
    cure = "text and durations stand in quotes, and each key and [section] only once"
    if not found or not found["line"]:
        return f"at its end: {what}; {cure}", None
    line = text.replace("\r\n", "\n").split("\n")[int(found["line"]) - 1].strip()
    number = above + int(found["line"])
    return f"line {number}, column {found['column']}: {what} in {shown(line)}; {cure}", number
