"""Playbooks as a team edits them: TOML files in a folder, each of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.playbook_reading import NAME, PlaybookFaultsError, parse
from cs_aws_janitor.shared import toml_reading
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.wording import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cs_aws_janitor.customers.playbook import Playbook


@dataclass(frozen=True, slots=True)
class Misprint:
    """Something wrong in the file of a playbook, which is left out until it is mended."""

    file: str
    line: int | None
    key: str
    why: str

    def __str__(self) -> str:
        """One line: where, and what is wrong there."""
        line = f", line {self.line}" if self.line else ""
        key = f" {self.key}:" if self.key else ""
        return f"{self.file}{line}:{key} {self.why}"


def read_playbooks(folder: Path) -> tuple[list[Playbook], list[Misprint]]:
    """Every playbook of `folder`, in the order of their names, and what is wrong with the others.

    Raises RefusedError where there is none at all to read.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        what = f"the folder of playbooks {folder} cannot be read ({error.strerror})"
        raise RefusedError(what, "Name another with --playbooks") from None
    if not files:
        raise RefusedError(f"there are no playbooks (*.toml) in {folder}", "Name another folder")
    playbooks: list[Playbook] = []
    misprints: list[Misprint] = []
    for file in files:
        for found in _read(file):
            if isinstance(found, Misprint):
                misprints.append(found)
            else:
                playbooks.append(found)
    return playbooks, misprints


def _read(file: Path) -> Iterator[Playbook | Misprint]:
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
        found = toml_reading.lines(content, [fault.path for fault in error.faults])
        for fault in sorted(error.faults, key=lambda each: found.get(each.path, 1)):
            yield Misprint(str(file), found.get(fault.path, 1), dotted(fault.path), fault.what)
