"""Playbooks as a team edits them: TOML files in a folder, each of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.playbook_reading import NAME, PlaybookFaultsError, parse
from cs_aws_janitor.shared import toml_lines, toml_reading
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.wording import dotted, meant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from cs_aws_janitor.customers.playbook import Playbook
    from cs_aws_janitor.shared.pathlike import Pathlike


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


def read_playbooks(folder: Pathlike) -> tuple[list[Playbook], list[Misprint]]:
    """Every playbook of `folder`, in the order of their names, and what is wrong with the others.

    Raises RefusedError where there is none at all to read.
    """
    try:
        there = (path for path in folder.iterdir() if path.suffix == ".toml")
        files = sorted(there, key=lambda path: path.name)
    except OSError as error:
        what = f"the folder of playbooks {folder} cannot be read ({error.strerror})"
        cure = "Name another with --playbooks, or under [customers]"
        raise RefusedError(what, cure) from None
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


def unknown_sinks(
    folder: Pathlike, playbooks: Iterable[Playbook], sinks: Collection[str]
) -> Iterator[Misprint]:
    """Where `playbooks`, read from `folder`, name another sink than those that are set up."""
    for playbook in playbooks:
        named = {(t.name, t.sink) for t in playbook.touchpoints if t.sink}
        wrong = {name: sink for name, sink in named if sink not in sinks}
        if wrong:
            yield from _of_sinks(folder / f"{playbook.name}.toml", wrong, sinks)


def _of_sinks(
    file: Pathlike, wrong: Mapping[str, str], sinks: Collection[str]
) -> Iterator[Misprint]:
    own = {("touchpoint", name, "sink"): sink for name, sink in wrong.items()}
    lines = toml_lines.lines(file.read_bytes(), [*own, ("sink",)])
    # What a touchpoint does not say itself stands at the top, once for all of them.
    places = {path if path in lines else ("sink",): sink for path, sink in own.items()}
    for path, sink in sorted(places.items(), key=lambda place: lines[place[0]]):
        cure = meant(sink, sinks, f"set it up in the settings; there are: {', '.join(sinks)}")
        yield Misprint(str(file), lines[path], dotted(path), f"there is no sink {sink!r}; {cure}")


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
