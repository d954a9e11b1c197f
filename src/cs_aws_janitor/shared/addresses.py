"""What passes for the address of a mailbox, wherever one is read."""

from __future__ import annotations

import re

# No slash either, which has a meaning in the key of a task: mails of one touchpoint are told
# apart by their addresses.
_ADDRESS = re.compile(r"[^@\s/,;<>\"]+@[^@\s/,;<>\".]+(\.[^@\s/,;<>\".]+)+")


def is_address(text: str) -> bool:
    """Whether `text` is the address of a mailbox, without the name of whose it is; ASCII alone."""
    return text.isascii() and text.isprintable() and _ADDRESS.fullmatch(text) is not None
