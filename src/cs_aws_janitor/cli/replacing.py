"""Files that others read while we write them: replaced whole, so that nobody sees a half."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

READABLE = 0o644  # for whoever watches us, as another user


def check(file: Path) -> None:
    """Raise RefusedError where `file` could not be written: before anything is done."""
    if file.is_dir():
        raise _unwritable(file, "it is a folder")
    beside = _beside(file)
    try:
        beside.touch()
        beside.unlink()
    except OSError as error:
        raise _unwritable(file, error.strerror) from error


def replace(file: Path, text: str) -> None:
    """Write `text` beside `file` and put it in its place. Raises RefusedError, all left as it was.

    What was written before a crash or a full disk stays, and is older than it should be.
    """
    beside = _beside(file)
    try:
        with beside.open("w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        beside.chmod(READABLE)
        beside.replace(file)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _unwritable(file, error.strerror) from error


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name}.{os.getpid()}")


def _unwritable(file: Path, why: str | None) -> RefusedError:
    cure = "Name a file in a folder that this user may write to"
    return RefusedError(f"{file} cannot be written: {why}", cure)
