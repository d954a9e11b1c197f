"""What a message in Slack says, and how words of others are made inert in it. No SDK is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What Slack takes: https://docs.slack.dev/reference/block-kit/blocks
BLOCKS = 50  # of one message
HEADER = 150  # characters of a header
SECTION = 3000  # characters of the text of a section
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class Words:
    """`text` is all there is without `blocks`; with them it is what stands in for them.

    `version` tells two of them apart. In a `thread` it answers the message that Slack names so;
    `aloud`: and is shown beside it, too.
    """

    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    version: str = ""
    thread: str = ""
    aloud: bool = False


def escaped(text: str) -> str:
    """`text` without what Slack would read as a mention or a link."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def plain(text: str) -> str:
    """The same on one line."""
    return escaped(" ".join(text.split()))


def chunks(text: str, most: int = SECTION) -> list[str]:
    """`text`, escaped, in pieces of at most so many characters; no escape is torn in two."""
    found = [""]
    for character in text:
        shown = _ESCAPES.get(character, character)
        if len(found[-1]) + len(shown) > most:
            found.append("")
        found[-1] += shown
    return found


def header(text: str) -> dict[str, Any]:
    """A line in large letters; one that is longer than Slack takes is a paragraph in bold."""
    if len(text) > HEADER:
        return section(f"*{escaped(text)}*")
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def section(marked: str) -> dict[str, Any]:
    """A paragraph in mrkdwn, of which nothing that looks like a link is made one."""
    return {"type": "section", "text": _mrkdwn(marked)}


def context(marked: str) -> dict[str, Any]:
    """A line in small letters."""
    return {"type": "context", "elements": [_mrkdwn(marked)]}


def _mrkdwn(marked: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": marked, "verbatim": True}
