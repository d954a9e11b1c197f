"""Files and folders, on this machine or elsewhere: as much of `pathlib.Path` as is used of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pathlike(Protocol):
    """A file or a folder. What fails raises OSError with an `strerror`, as `Path` does.

    `Path` is one, and so is what lies in S3.
    """

    @property
    def name(self) -> str:
        """What it is called in its folder."""

    @property
    def stem(self) -> str:
        """The same without its suffix."""

    @property
    def suffix(self) -> str:
        """The end of its name, from the dot on; '' where there is none."""

    def __truediv__(self, name: str, /) -> Pathlike:
        """What is called `name` below it."""

    def iterdir(self) -> Iterator[Pathlike]:
        """What lies right in this folder."""

    def read_bytes(self) -> bytes:
        """What the file holds. Raises FileNotFoundError where there is none."""

    def write_bytes(self, content: bytes, /) -> object:
        """Have it hold `content`."""
