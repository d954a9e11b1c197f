"""A ledger kept in one file on this machine, which several processes may write to at once."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

END = b"\n"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@dataclass(frozen=True, slots=True)
class File:
    """Lines in one file, readable by its owner alone: manifests hold user data.

    `setting` is the key of the settings that names the file.
    """

    path: Path
    setting: str = "ledger.path"

    def append(self, text: str) -> None:
        """Add lines at the end, on a line of their own even after a torn one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._append(handle, text.encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise self._error("written", error) from error

    def lines(self) -> Iterator[str]:
        """Every line; none where there is no file yet."""
        try:
            with self.path.open(encoding="utf-8", errors="replace", newline="\n") as file:
                yield from file
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._error("read", error) from error

    def _append(self, handle: int, content: bytes) -> None:
        with suppress(OSError):
            # Not every file system has locks. There O_APPEND and the one write keep lines whole.
            fcntl.flock(handle, fcntl.LOCK_EX)
        end = os.lseek(handle, 0, os.SEEK_END)
        if content and end and os.pread(handle, 1, end - 1) != END:
            content = END + content
        while content:
            content = content[os.write(handle, content) :]
        os.fsync(handle)
        if not end:
            _sync_folder(self.path.parent)

    def _error(self, done: str, error: OSError) -> LedgerError:
        cure = f"Set {self.setting} to a file that can be"
        if error.errno in _FULL:
            cure = "Make room on its disk"
        elif error.errno in _CLOSED:
            cure = f"Let this user have it {done}, or set {self.setting} to another file"
        return LedgerError(f"the ledger {self.path} cannot be {done}: {error.strerror}", cure)


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable too, where the file system knows how."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
