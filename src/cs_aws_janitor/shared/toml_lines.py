"""On which line of a TOML document something is first written."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Path = tuple[str | int, ...]

_GOES_ON = (",", "[", "{", "=")  # at the end of a line that is not the last of its statement


def lines(content: bytes, paths: Collection[Path]) -> dict[Path, int]:
    """The line on which each of `paths` is first written in a document that is TOML.

    That is where the statement begins that wrote it. Each statement is read by itself, below the
    header that it stands under, so that a long document takes no longer than its length.
    """
    found: dict[Path, int] = {}
    elements: dict[Path, int] = {}  # how many there are of each list of tables
    above: Path = ()
    for line, header, statement in _statements(content.decode("utf-8-sig")):
        if header:
            above = _place(statement, elements)
        for path in paths:
            if path not in found and _writes(path, above, {} if header else statement):
                found[path] = line
    return found


def line_of(content: bytes, path: Path) -> int | None:
    """The line on which `path` is first written, or what is left of it from its beginning."""
    parts = [path[:length] for length in range(len(path), 0, -1)]
    found = lines(content, parts)
    return next((found[part] for part in parts if part in found), None)


def _statements(content: str) -> Iterator[tuple[int, bool, dict[str, Any]]]:
    """The line on which each statement begins, whether it is a header, and what it says alone."""
    text = content.replace("\r\n", "\n").split("\n")
    begins: int | None = None
    for number, line in enumerate(text):
        if begins is None:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            begins = number
        if line.rstrip().endswith(_GOES_ON) and "#" not in line:
            continue
        try:
            statement = tomllib.loads("\n".join(text[begins : number + 1]))
        except ValueError:
            continue
        yield begins + 1, text[begins].lstrip().startswith("["), statement
        begins = None


def _place(header: Any, elements: dict[Path, int]) -> Path:
    """The table that a header opens, as a path from the root of the document."""
    place: Path = ()
    while isinstance(header, dict) and header:
        (key, header), *_ = header.items()
        place = (*place, key)
        if isinstance(header, list):
            elements[place] = elements.get(place, 0) + 1
            return (*place, elements[place] - 1)
        if header and place in elements:
            place = (*place, elements[place] - 1)
    return place


def _writes(path: Path, above: Path, statement: Any) -> bool:
    if above[: len(path)] == path:
        return True
    if path[: len(above)] != above:
        return False
    for step in path[len(above) :]:
        try:
            statement = statement[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
