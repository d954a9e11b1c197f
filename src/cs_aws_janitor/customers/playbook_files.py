"""Playbooks as a team edits them: TOML files in a folder, each of its name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.playbook_reading import NAME, PlaybookFaultsError, parse
from cs_aws_janitor.shared import toml_lines, toml_reading
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.wording import dotted, meant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cs_aws_janitor.customers.playbook import Playbook
    from cs_aws_janitor.shared.pathlike import Pathlike


@dataclass(frozen=True, slots=True)
class Misprint:
    """Something wrong in the file of a playbook, which is left out until it is mended."""

    file: str
    line: int | None
    key: str
    why: str

    @property
    def place(self) -> tuple[str, int]:
        """By what it is sorted: from the first file and line to the last."""
        return self.file, self.line or 0

    def __str__(self) -> str:
        """One line: where, and what is wrong there."""
        line = f", line {self.line}" if self.line else ""
        key = f" {self.key}:" if self.key else ""
        return f"{self.file}{line}:{key} {self.why}"


def read_playbooks(folder: Pathlike) -> tuple[list[Playbook], list[Misprint]]:
    """Every playbook of `folder`, in the order of their names, and what is wrong with the others.

    Raises RefusedError where there is none at all to read.
    """
    playbooks: list[Playbook] = []
    misprints: list[Misprint] = []
    for file in _files(folder):
        for found in _read(file):
            if isinstance(found, Misprint):
                misprints.append(found)
            else:
                playbooks.append(found)
    return playbooks, misprints


def unknown_sinks(folder: Pathlike, sinks: Collection[str]) -> Iterator[Misprint]:
    """Where the playbooks of `folder` name another sink than those that are set up.

    What else is wrong with them does not matter, as long as they are TOML.
    """
    for file in _files(folder):
        with suppress(OSError, toml_reading.NotTomlError):  # of which read_playbooks tells
            content = file.read_bytes()
            yield from _of_sinks(str(file), content, toml_reading.loads(content), sinks)


def _of_sinks(
    file: str, content: bytes, document: Mapping[str, Any], sinks: Collection[str]
) -> Iterator[Misprint]:
    touchpoints = document.get("touchpoint")
    own = touchpoints if isinstance(touchpoints, dict) else {}
    # What a touchpoint does not say itself stands at the top, once for all of them.
    named: dict[tuple[str, ...], Any] = {("sink",): document.get("sink")}
    for name, touchpoint in own.items():
        if isinstance(touchpoint, dict):
            named["touchpoint", name, "sink"] = touchpoint.get("sink")
    wrong = {path: each for path, each in named.items() if isinstance(each, str)}
    wrong = {path: sink for path, sink in wrong.items() if sink not in sinks}
    lines = toml_lines.lines(content, wrong)
    for path, sink in wrong.items():
        cure = meant(sink, sinks, f"set it up in the settings; there are: {', '.join(sinks)}")
        line = lines.get(path)
        yield Misprint(file, line, dotted(path), f"there is no sink {sink!r}; {cure}")


def _files(folder: Pathlike) -> list[Pathlike]:
    """The files of the playbooks, by their names. Raises RefusedError where there are none."""
    try:
        there = (path for path in folder.iterdir() if path.suffix == ".toml")
        files = sorted(there, key=lambda path: path.name)
    except OSError as error:
        what = f"the folder of playbooks {folder} cannot be read ({error.strerror})"
        cure = "Name another with --playbooks, or under [customers]"
        raise RefusedError(what, cure) from None
    if not files:
        raise RefusedError(f"there are no playbooks (*.toml) in {folder}", "Name another folder")
    return files


def _read(file: Pathlike) -> Iterator[Playbook | Misprint]:
    if not NAME.fullmatch(file.stem):
        yield Misprint(str(file), None, "", "name it in lower case with hyphens")
        return
    try:
        content = file.read_bytes()
        yield parse(file.stem, toml_reading.loads(content))
    except OSError as error:
        yield Misprint(str(file), None, "", f"it cannot be read: {error.strerror}")
    except toml_reading.NotTomlError as error:
        yield Misprint(str(file), None, "", str(error))
    except PlaybookFaultsError as error:
        found = toml_lines.lines(content, [fault.path for fault in error.faults])
        for fault in sorted(error.faults, key=lambda each: found.get(each.path, 1)):
            yield Misprint(str(file), found.get(fault.path, 1), dotted(fault.path), fault.what)
