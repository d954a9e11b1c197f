"""The janitor whose runs are disturbed: its own command, in this process or as a process."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared.errors import JanitorError
from tests.faults.lives import BUCKET, PREFIX
from tests.strict.server import Endpoint, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.lives import Life
    from tests.strict.aws import Account

    Entry = dict[str, Any]

FILE = "ledger.jsonl"


@dataclass(frozen=True)
class Ran:
    """How a run ended: its exit code, and what it said on standard output and error."""

    code: int
    out: str
    err: str = field(default="", repr=False)


class Janitor:
    """The command, with its settings and its ledger in `home`."""

    def __init__(self, life: Life, account: Account, home: Path) -> None:
        self.account = account
        self.home = home
        self.in_s3 = any(line.startswith("ledger.s3") for line in life.settings)
        ledger = () if self.in_s3 else (f'ledger.path = "{FILE}"',)
        regions = json.dumps(life.regions)
        first = (
            f'accounts = ["{account.id}"]',
            f"regions = {regions}",
            f'kinds = ["{life.kind}"]',
        )
        (home / "janitor.toml").write_text("\n".join((*first, *ledger, *life.settings)))
        os.chdir(home)

    def run(self) -> Ran:
        """`janitor run` in this process."""
        return called("run", "--yes", "--format", "json")

    def plan(self) -> dict[str, Any]:
        """`janitor plan --all` in this process."""
        plan: dict[str, Any] = json.loads(called("plan", "--all", "--format", "json").out)
        return plan

    def run_as_process(self, born: Callable[[int], object] = lambda _: None) -> Ran:
        """The installed command as a process of its own; `born` is told its id."""
        with serving() as url:
            endpoint = Endpoint(self.account, url, self.home)
            with endpoint.start("run", "--yes", "--format", "json") as process:
                born(process.pid)
                out, err = process.communicate()
        return Ran(process.returncode, out, err)

    def entries(self) -> list[Entry]:
        """What can be read in the ledger, the oldest first; a torn line is passed over."""
        lines = self._lines_in_s3() if self.in_s3 else self._lines_in_file()
        return [entry for line in lines if (entry := _entry(line)) is not None]

    @property
    def lock(self) -> str:
        """Who holds the lock; empty where nobody does."""
        if not self.in_s3:
            lock = self.home / f"{FILE}.{self.account.id}.lock"
            return lock.read_text() if lock.exists() else ""
        return "".join(self._objects("locks/"))

    def _lines_in_file(self) -> list[str]:
        ledger = self.home / FILE
        return ledger.read_text(errors="replace").splitlines() if ledger.exists() else []

    def _lines_in_s3(self) -> list[str]:
        return [line for text in self._objects("2") for line in text.splitlines()]

    def _objects(self, start: str) -> list[str]:
        """The objects under the prefix of the ledger whose names begin so, in their order."""
        person = self.account.client("s3")
        found = person.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/{start}")
        keys = [one["Key"] for one in found.get("Contents", ())]
        return [person.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys]


def called(*arguments: str) -> Ran:
    """`janitor` with these arguments, in this process."""
    ended = CliRunner().invoke(janitor, arguments, standalone_mode=False)
    if ended.exception is None:
        return Ran(ended.return_value or 0, ended.stdout, ended.stderr)
    if isinstance(ended.exception, JanitorError):
        return Ran(ended.exception.exit_code, ended.stdout, str(ended.exception))
    raise ended.exception


def _entry(line: str) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
