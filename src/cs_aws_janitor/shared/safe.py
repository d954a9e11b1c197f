"""Text of others made harmless before a terminal or a spreadsheet sees it."""

from __future__ import annotations

import unicodedata

# Controls, invisible formatting (which can turn text around), lone surrogates, line separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """`text` with everything that a terminal would obey written out as an escape."""
    if is_plain(text):
        return text
    return "".join(_shown(character) for character in text)


def is_plain(text: str) -> bool:
    """Whether `text` is harmless as it is, which is quickly seen."""
    return text.isascii() and text.isprintable()


def cell(text: str) -> str:
    """`text` as a CSV cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode()
