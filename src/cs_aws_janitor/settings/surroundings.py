"""What a settings file does not say itself: where it lies, whose home, which kinds there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic import ValidationInfo

HOME = ("~", "~/")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Handed to every validator. `file` is None where no settings file was found."""

    file: Path | None
    cwd: Path
    environ: Mapping[str, str]
    kinds: Collection[str]

    def resolve(self, path: str) -> Path:
        """`path` as the file means it: from the file's own folder, `~` from home.

        Not from the working directory: cron and systemd start in another one.
        """
        if path.startswith(HOME[1]) or path == HOME[0]:
            return self.home / path[len(HOME[1]) :]
        return self.cwd / (self.file.parent if self.file else "") / path

    @property
    def ledger(self) -> Path:
        """Where the ledger lies when the settings do not say it."""
        state = Path(self.environ.get("XDG_STATE_HOME", ""))
        # By the XDG specification a relative path there is ignored.
        if not state.is_absolute():
            state = self.home / ".local" / "state"
        return state / "cs-aws-janitor" / "ledger.jsonl"

    @property
    def region(self) -> str:
        """The region that the ordinary AWS variables choose; '' where none does."""
        return self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION") or ""

    @property
    def home(self) -> Path:
        """The home directory; RuntimeError where there is none."""
        told = self.environ.get("HOME")
        return Path(told) if told else Path.home()


def around(info: ValidationInfo) -> Surroundings:
    """The surroundings that were handed to a validator."""
    return cast("Surroundings", info.context)
