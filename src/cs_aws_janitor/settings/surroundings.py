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
        return self._own("XDG_STATE_HOME", ".local/state") / "ledger.jsonl"

    def _own(self, variable: str, usual: str) -> Path:
        """The janitor's folder in that of an XDG `variable`; without it, `usual` from home."""
        named = Path(self.environ.get(variable, ""))
        # By the XDG specification a relative path there is ignored.
        folder = named if named.is_absolute() else self.home / usual
        return folder / "cs-aws-janitor"

    @property
    def price_cache(self) -> Path:
        """Where prices that were refreshed are kept."""
        return self._own("XDG_CACHE_HOME", ".cache") / "prices.json"

    @property
    def region(self) -> str:
        """The region that the ordinary AWS variables choose; '' where none does."""
        return self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION") or ""

    @property
    def home(self) -> Path:
        """The home directory; RuntimeError where there is none."""
        told = self.environ.get("HOME")
        return Path(told) if told else Path.home()


def price_cache(environ: Mapping[str, str]) -> Path | None:
    """Where prices that were refreshed are kept; None where there is no home for them."""
    try:
        return Surroundings(None, Path(), environ, ()).price_cache
    except RuntimeError:
        return None


def around(info: ValidationInfo) -> Surroundings:
    """The surroundings that were handed to a validator."""
    return cast("Surroundings", info.context)
