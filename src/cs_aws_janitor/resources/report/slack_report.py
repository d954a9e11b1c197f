"""A letter in Slack's Block Kit: what others have typed is text in it, and pings nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.letter import Room
from cs_aws_janitor.resources.report import letter_report
from cs_aws_janitor.shared.slack_words import (
    SECTION,
    Words,
    chunks,
    context,
    escaped,
    header,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cs_aws_janitor.resources.letter import Letter, Line

# Slack documents no limit of a whole message, and refuses one whose blocks come to some 11,000 to
# 13,000 characters (msg_blocks_too_long). So many headings leave room for all paragraphs among 50.
_MOST = 9_000
_HEADINGS = 15
_THREAD = "What each of them is about stands in the thread."


def whole(letter: Letter) -> Words:
    """All of it in one message."""
    return _message(letter, [header(letter.title)])


def reply(letter: Letter, thread: str, *, aloud: bool) -> Words:
    """All of it as an answer to the message that Slack names `thread`."""
    title = [context(escaped(letter.title))]
    made = _message(letter, title)
    return replace(made, thread=thread, aloud=aloud)


def head(letter: Letter) -> Words:
    """What a thread begins with: what is brief, and how much there is of the rest."""
    blocks = [header(letter.subject)]
    lines = [escaped(letter.subject)]
    counted = [each for each in letter.sections if not each.brief]
    for each in letter.sections:
        if each.brief:
            blocks += [section(f"*{escaped(each.heading)}*"), *_paragraphs(each.lines)]
            lines += map(_text, each.lines)
    counts = [f"*{escaped(each.heading)}*: {len(each.lines)}" for each in counted]
    blocks += map(section, _packed(counts))
    if counts:
        blocks.append(context(_THREAD))
    return Words("\n".join(lines), tuple(blocks))


def _message(letter: Letter, title: list[dict[str, object]]) -> Words:
    blocks = title
    for each in letter.sections:
        blocks += [header(each.heading), *_paragraphs(each.lines)]
    return Words(escaped(letter_report.text(letter)), tuple(blocks))


def _paragraphs(lines: Iterable[Line]) -> list[dict[str, object]]:
    return [section(text) for text in _packed(text for line in lines for text in _marked(line))]


def _packed(texts: Iterable[str]) -> list[str]:
    """`texts`, a line each, in as few paragraphs as take them."""
    found: list[str] = []
    for text in texts:
        if found and len(found[-1]) + 1 + len(text) <= SECTION:
            found[-1] += f"\n{text}"
        else:
            found.append(text)
    return found


def _marked(line: Line) -> list[str]:
    """A line in mrkdwn; where that is longer than a paragraph, in pieces without marks."""
    thing, what, command = (escaped(each) for each in (line.thing, line.what, line.command))
    # A mark inside of what somebody has typed would end ours too early.
    marked = f"• {thing if '*' in thing else f'*{thing}*'}: {what}"
    if command:
        marked += f"\n{command if '`' in command else f'`{command}`'}"
    return [marked] if len(marked) <= SECTION else chunks(letter_report.text_of(line))


def _text(line: Line) -> str:
    return escaped(letter_report.text_of(line))


ROOM = Room(_MOST, lambda line: sum(map(len, _marked(line))) + 1, _HEADINGS)
