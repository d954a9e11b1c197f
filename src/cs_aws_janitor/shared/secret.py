"""Secrets, of which the settings hold no more than the name: in the environment, or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "_FILE"


def secret(environ: Mapping[str, str], variable: str, key: str) -> str:
    """What a variable of `environ` holds, else the file that `variable`_FILE names.

    `key` is the setting that names the variable. Raises RefusedError where there is neither.
    """
    if found := environ.get(variable, "").strip():
        return found
    named = environ.get(f"{variable}{FILE}", "").strip()
    if not named:
        raise RefusedError(f"the variable {variable} is not set", f"{key} names it: set it")
    try:
        found = Path(named).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        what = f"{named}, which {variable}{FILE} names, cannot be read ({why})"
        raise RefusedError(what, "Name a file that holds the secret and nothing else") from None
    if not found:
        raise RefusedError(f"{named}, which {variable}{FILE} names, is empty", "Put it in there")
    return found
