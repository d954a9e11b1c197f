"""A letter as text and as HTML: what others have typed is inert in both."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_aws_janitor.resources.letter import Letter, Line

_STYLE = "font-family:sans-serif;line-height:1.5;color:#1a1a1a;background:#fff"


def text(letter: Letter) -> str:
    """All of it for a mail without HTML, a topic or a terminal."""
    lines = [letter.title]
    for section in letter.sections:
        lines += ["", section.heading, *map(text_of, section.lines)]
    return "\n".join(lines)


def text_of(line: Line) -> str:
    """One line of it, with what to type below."""
    said = f"- {line.thing}: {line.what}"
    return f"{said}\n    {line.command}" if line.command else said


def html(letter: Letter) -> str:
    """The same for a mail."""
    parts = [f"<p>{escape(letter.title)}</p>"]
    for section in letter.sections:
        items = "".join(map(html_of, section.lines))
        parts.append(f"<h3>{escape(section.heading)}</h3><ul>{items}</ul>")
    return f'<!doctype html><html lang="en"><body style="{_STYLE}">{"".join(parts)}</body></html>'


def html_of(line: Line) -> str:
    """One line of it."""
    said = f"<b>{escape(line.thing)}</b>: {escape(line.what)}"
    command = f"<br><code>{escape(line.command)}</code>" if line.command else ""
    return f"<li>{said}{command}</li>"
