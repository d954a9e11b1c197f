"""The command of the janitor in this process, with its settings and its ledger in one folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared.errors import INTERRUPTED, JanitorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.faults.truth import Terms
    from tests.strict.aws import Account

    Entry = dict[str, Any]

LEDGER = "ledger.jsonl"
HIGHER = (
    "limits = {shut_off = {count = 1000, share = 1.0}, terminate = {count = 1000, share = 1.0}}"
)


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, what it printed, and why it was refused."""

    code: int
    out: str = ""
    why: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """The JSON object that it printed; empty where it printed none."""
        found: dict[str, Any] = json.loads(self.out) if self.out.startswith("{") else {}
        return found


@dataclass
class Janitor:
    """The command for `account`, looking at `regions`, its rules by `terms`.

    `more` are further lines of its settings.
    """

    account: Account
    home: Path
    regions: Sequence[str]
    terms: Terms
    more: tuple[str, ...] = ()
    commands: int = 0
    _offset: int = field(default=0, repr=False)

    def set_up(self, *, higher: bool = False) -> None:
        """Write its settings; `higher`: with limits that nothing passes."""
        lines = [
            f'accounts = ["{self.account.id}"]',
            f"regions = {json.dumps(list(self.regions))}",
            'kinds = ["ec2_instance"]',
            f'ledger.path = "{LEDGER}"',
            f'backup.as = "{self.terms.backup_as}"',
            f'backup.when = "{self.terms.backup_when}"',
            f'backup.when_impossible = "{self.terms.when_impossible}"',
        ]
        lines += [*self.more, *([HIGHER] if higher else [])]
        (self.home / "janitor.toml").write_text("\n".join(lines))

    def run(self) -> Ran:
        """`janitor run`, as cron starts it."""
        return self._call("run", "--yes", "--format", "json")

    def plan(self) -> Ran:
        """`janitor plan --all`."""
        return self._call("plan", "--all", "--format", "json")

    def type(self, *words: str) -> int:
        """Whatever a person types; its exit code."""
        self.commands += 1
        return self._call(*words).code

    @property
    def ledger(self) -> Path:
        """The file of its ledger."""
        return self.home / LEDGER

    @property
    def lock(self) -> Path:
        """The file of its lock."""
        return self.home / f"{LEDGER}.{self.account.id}.lock"

    def new_entries(self) -> Iterator[Entry]:
        """What the ledger has got since the last time, as far as it can be read."""
        self.ledger.touch()
        with self.ledger.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                self._offset += len(line)
                entry = _entry(line)
                if entry is not None:
                    yield entry

    def torn(self) -> int:
        """How many lines of the whole ledger cannot be read."""
        with self.ledger.open("rb") as file:
            return sum(bool(line.strip()) and _entry(line) is None for line in file)

    def _call(self, *words: str) -> Ran:
        ended = CliRunner().invoke(janitor, words, standalone_mode=False)
        if ended.exception is None:
            if ended.return_value == INTERRUPTED:
                raise KeyboardInterrupt
            return Ran(ended.return_value or 0, ended.stdout)
        if isinstance(ended.exception, JanitorError):
            return Ran(ended.exception.exit_code, ended.stdout, str(ended.exception))
        raise ended.exception


def _entry(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
