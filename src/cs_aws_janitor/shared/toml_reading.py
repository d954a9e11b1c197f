"""TOML as people write it, and where it is not TOML."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.shared.wording import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    Path = Sequence[str | int]

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


def lines(content: bytes, paths: Collection[Path]) -> dict[Path, int]:
    """The line on which each of `paths` is first written in a document that is TOML.

    What stands before the end of a statement is a document of its own; the first one that has a
    path ends with the statement that wrote it.
    """
    text = content.decode("utf-8-sig").splitlines()
    found: dict[Path, int] = {}
    begins = 0
    for end in range(1, len(text) + 1):
        try:
            document = tomllib.loads("\n".join(text[:end]))
        except ValueError:
            continue
        while begins < end - 1 and _says_nothing(text[begins]):
            begins += 1
        for path in paths:
            if path not in found and _has(document, path):
                found[path] = begins + 1
        begins = end
    return found


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _has(document: Any, path: Path) -> bool:
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _not_toml(message: str, text: str) -> str:
    found = _PLACED.fullmatch(message)
    what = (found["what"] if found else message).rstrip(".")
    what = what[:1].lower() + what[1:]
    cure = "text and durations stand in quotes, and each key and [section] only once"
    if not found or not found["line"]:
        return f"at its end: {what}; {cure}"
    line = text.replace("\r\n", "\n").split("\n")[int(found["line"]) - 1].strip()
    return f"line {found['line']}, column {found['column']}: {what} in {shown(line)}; {cure}"
