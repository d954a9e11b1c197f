"""What is sent to one person, in words but in no form yet; and how it is split where it is long.

`report` writes it and gives it its forms, `channels` send it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.resources.digest import Notice


@dataclass(frozen=True, slots=True)
class Line:
    """One thing, what of it, and what to type ('' where nothing helps).

    `about` is the notice that has been told once this line was sent.
    """

    thing: str
    what: str
    command: str = ""
    about: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading. One that is `brief` stands at the head of a thread itself."""

    heading: str
    lines: tuple[Line, ...]
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one person is told at once. `thread` names what hangs together: a day, a week.

    `part` is which one it is of how many, where it was split.
    """

    subject: str
    sections: tuple[Section, ...]
    thread: str = ""
    part: tuple[int, int] = (1, 1)

    @property
    def title(self) -> str:
        """The subject, and which part it is of it."""
        number, of = self.part
        return self.subject if of == 1 else f"{self.subject} ({number} of {of})"

    @property
    def about(self) -> tuple[Notice, ...]:
        """The notices that have been told once it was sent."""
        lines = (line for section in self.sections for line in section.lines)
        return tuple(notice for line in lines for notice in line.about)


@dataclass(frozen=True, slots=True)
class Room:
    """What one message holds: `most` of what `size` counts of a line, so many `headings`."""

    most: int
    size: Callable[[Line], int]
    headings: int = 1000


def parts(letter: Letter, room: Room) -> list[Letter]:
    """`letter` in as many as it takes, each with whole lines; one line is never split."""
    pages = [tuple(page) for page in _pages(letter.sections, room)]
    return [
        replace(letter, sections=page, part=(number, len(pages)))
        for number, page in enumerate(pages, 1)
    ]


def _pages(sections: Sequence[Section], room: Room) -> Iterator[list[Section]]:
    page: list[Section] = []
    left = room.most
    for section in sections:
        lines: list[Line] = []
        for line in section.lines:
            size = room.size(line)
            begun = len(page) + (0 if lines else 1)
            if (size > left or begun > room.headings) and (page or lines):
                yield _with(page, section, lines)
                page, lines, left = [], [], room.most
            lines.append(line)
            left -= size
        page = _with(page, section, lines)
    if page:
        yield page


def _with(page: list[Section], section: Section, lines: list[Line]) -> list[Section]:
    return [*page, replace(section, lines=tuple(lines))] if lines else page
