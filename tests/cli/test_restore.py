"""`janitor restore` as it is typed: what is refused before anything is asked, and on a terminal."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from cs_aws_janitor import cli
from cs_aws_janitor.cli import janitor
from cs_aws_janitor.cli.restore import _confirm
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.ledger_file import File
from tests.faults.answers import ODD, spoil
from tests.strict import images_of_snapshots  # enters its rules

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account

KIND = KINDS["ec2_instance"]
ENTERED = images_of_snapshots


class Terminal(io.StringIO):
    """Somebody sits there, and has typed this."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def ended(account: Account, tmp_path: Path) -> str:
    """The id of an instance that was backed up and terminated, in an account with an alias."""
    (tmp_path / "janitor.toml").write_text(
        f'accounts = ["{account.id}"]\nregions = ["eu-west-1"]\n[ledger]\npath = "ledger.jsonl"\n'
    )
    account.client("iam").create_account_alias(AccountAlias="demo-lab")
    ec2, gone = account.client("ec2"), account.launch()
    made = ec2.create_snapshots(InstanceSpecification={"InstanceId": gone})["Snapshots"]
    account.snapshots_finish()
    [resource] = KIND.read(ec2, Place(account.id, "eu-west-1"), [gone])
    assert KIND.backups
    ledger = Ledger(File(tmp_path / "ledger.jsonl"))
    backups = [each["SnapshotId"] for each in made]
    described = KIND.remembering.describe(ec2, [resource])
    ledger.keep_manifest(resource, backups, KIND.remembering.manifest(ec2, resource, described))
    account.terminate(gone)
    return gone


def typed(monkeypatch: pytest.MonkeyPatch, answer: str, *words: str) -> int:
    """The exit code of a command on a terminal, where `answer` is typed."""
    monkeypatch.setattr(sys, "argv", ["janitor", *words])
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    with pytest.raises(SystemExit) as done:
        cli.main()
    return int(str(done.value.code))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("i-1", "i-2"),
        ("i-1", "--key", "jd", "--no-key"),
        ("i-1", "--key", ""),
        ("i-1", "--profile", "runner", "--no-profile"),
        ("i-1", "--profile", " "),
        ("i-1", "--format", "csv"),
        ("i-1", "--kind", "ec2_instance"),
    ],
)
def test_what_cannot_be_meant(words: tuple[str, ...]) -> None:
    """It is refused as usage, before anybody is asked for credentials."""
    done = CliRunner().invoke(janitor, ["restore", *words])
    assert done.exit_code == 2
    assert "Usage: janitor restore" in done.output


def damage(folder: Path, path: tuple[str | int, ...], manner: str) -> None:
    """Spoil one member of the one manifest in the ledger."""
    ledger = folder / "ledger.jsonl"
    (entry,) = (json.loads(line) for line in ledger.read_text().splitlines())
    spoil(entry["manifest"], path, ODD[manner])
    ledger.write_text(f"{json.dumps(entry)}\n")


@pytest.mark.parametrize("manner", ["nothing", "another"])
@pytest.mark.parametrize(
    "path",
    [
        ("instance",),
        ("instance", "BlockDeviceMappings", 0),
        ("instance", "Placement"),
        ("instance", "Tags"),
        ("instance", "Tags", 0),
        ("volumes",),
    ],
)
def test_a_damaged_manifest_is_told(
    ended: str, tmp_path: Path, path: tuple[str | int, ...], manner: str
) -> None:
    """It is refused, and says which backups there are: volumes can be made of them by hand."""
    damage(tmp_path, path, manner)
    done = CliRunner().invoke(janitor, ["restore", ended, "--plan"])
    assert isinstance(done.exception, RefusedError)
    assert ended in str(done.exception)
    assert "snap-" in str(done.exception)


def test_the_damaged_manifest_of_another_is_in_nobodys_way(ended: str, tmp_path: Path) -> None:
    """What it was called cannot be told; the others are found all the same."""
    (entry,) = (json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines())
    entry["id"], entry["manifest"]["instance"]["Tags"] = "i-0123456789abcdef0", [7]
    with (tmp_path / "ledger.jsonl").open("a") as ledger:
        ledger.write(f"{json.dumps(entry)}\n")
    assert CliRunner().invoke(janitor, ["restore", ended, "--plan"]).exit_code == 0


def test_nobody_to_ask(account: Account, ended: str) -> None:
    """Without a terminal and without --yes nothing is begun."""
    done = CliRunner().invoke(janitor, ["restore", ended])
    assert "Pass --yes for unattended use" in str(done.exception)
    assert account.calls == []


def test_the_alias_is_asked_for(
    account: Account,
    ended: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a terminal the plan is shown first; what is typed must be the alias of the account."""
    assert typed(monkeypatch, "something else\n", "restore", ended) == 2
    shown = capsys.readouterr()
    assert "What comes back:" in shown.out
    assert "Type demo-lab to let the janitor act in account" in shown.err
    assert account.writes == []
    assert typed(monkeypatch, "demo-lab\n", "restore", ended) == 0
    assert "came back as" in capsys.readouterr().out
    assert len(account.instances()) == 1


def test_a_lost_lock_keeps_it_from_beginning() -> None:
    """Another run may be under way by the time a person has typed the alias."""
    not_asked: Any = None
    with pytest.raises(RefusedError, match="nothing was made: the lock was lost"):
        _confirm(not_asked, not_asked, lambda: "the lock was lost", yes=True)


def test_json_on_a_terminal(
    ended: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is shown before the question goes beside the JSON, not into it."""
    assert typed(monkeypatch, "demo-lab\n", "restore", ended, "--format", "json") == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("{")
    assert "What comes back:" in shown.err


def test_names_from_aws_are_harmless(
    account: Account,
    tmp_path: Path,
    ended: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name that would steer the terminal is shown with its signs written out."""
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace("jd-GitLabRunner", "jd-\\u001b[31mred"))
    assert typed(monkeypatch, "", "restore", ended, "--plan") == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "jd-\\x1b[31mred" in shown
    assert account.writes == []
