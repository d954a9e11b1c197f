"""`janitor config`: a starter to begin with, every fault at once, and why a value holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import cs_aws_janitor
from cs_aws_janitor.cli import janitor
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from click.testing import Result

PACKAGE = Path(cs_aws_janitor.__file__).resolve().parent
STARTER = PACKAGE / "starter" / "janitor.toml"
ACCOUNT = (
    'accounts = [{id = "123456789012", name = "demo",'
    ' role = "arn:aws:iam::123456789012:role/j", external_id = "ours"}]\n'
)
UNSET = {"JANITOR_CONFIG": None, "XDG_STATE_HOME": None, "HOME": "/home/jd"}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config(*words: str, **environ: str) -> Result:
    """What `janitor config …` does in the working directory."""
    return CliRunner().invoke(janitor, ["config", *words], env=UNSET | environ)


def python(*words: str) -> subprocess.CompletedProcess[str]:
    """What another Python does, which finds the package from any working directory."""
    environ = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(  # noqa: S603  our own words
        [sys.executable, *words], check=False, capture_output=True, text=True, env=environ
    )


def test_init_writes_the_starter() -> None:
    """Without anything else it lies in ./janitor.toml, and says what to do next."""
    done = config("init")
    assert done.exit_code == 0
    assert done.output == (
        "janitor.toml is written. Fill in accounts; then: janitor config check\n"
    )
    assert Path("janitor.toml").read_text(encoding="utf-8") == STARTER.read_text(encoding="utf-8")


def test_init_writes_where_it_is_told() -> None:
    """`--out` names another file; `-` prints and writes nothing."""
    assert config("init", "--out", "team.toml").exit_code == 0
    assert Path("team.toml").exists()
    assert config("init", "--out", "-").output == STARTER.read_text(encoding="utf-8")
    assert not Path("janitor.toml").exists()


def test_init_never_overwrites_unless_forced() -> None:
    """Settings that a team has written are not lost by a slip."""
    mine = Path("janitor.toml")
    mine.write_text("# mine", encoding="utf-8")
    refused = config("init")
    assert isinstance(refused.exception, RefusedError)
    assert "already. Write elsewhere with --out, or replace it with --force" in str(
        refused.exception
    )
    assert mine.read_text(encoding="utf-8") == "# mine"
    assert config("init", "--force").exit_code == 0
    assert mine.read_text(encoding="utf-8") == STARTER.read_text(encoding="utf-8")


def test_init_says_why_it_cannot_write() -> None:
    """A folder that is not there is told, with the cure."""
    refused = config("init", "--out", "nowhere/janitor.toml")
    assert isinstance(refused.exception, RefusedError)
    assert "Name a file in a folder that you may write to." in str(refused.exception)


def test_check_says_ok_and_what_is_covered() -> None:
    """A good file is named, with its accounts and kinds."""
    Path("janitor.toml").write_text(ACCOUNT + 'kinds = ["ec2_instance"]', encoding="utf-8")
    done = config("check")
    assert done.exit_code == 0
    assert done.output == (
        "janitor.toml: ok\n"
        "accounts: 123456789012 (demo); regions: all;"
        f" kinds: ec2_instance; of {len(KINDS)}\n"
    )


def test_check_without_accounts_says_what_will_be_refused() -> None:
    """The starter as it is plans, and does nothing else."""
    config("init")
    assert "accounts: none, so 'run' and 'apply' refuse" in config("check").output


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ("", "accounts: those of the organisation; "),
        ('units = ["ou-ab12-11111111"]', "accounts: those of ou-ab12-11111111; "),
    ],
)
def test_check_says_where_accounts_are_discovered(units: str, told: str) -> None:
    """Which they are AWS alone knows, and it is not asked."""
    text = f'[organization]\nrole = "janitor"\n{units}\n'
    Path("janitor.toml").write_text(text, encoding="utf-8")
    assert told in config("check").output


def test_check_without_a_file_says_so() -> None:
    """No file is no fault: the defaults hold."""
    done = config("check")
    assert done.exit_code == 0
    assert done.output.startswith("no settings file, so the defaults hold; 'janitor config init'")


def test_check_prints_every_fault_and_refuses() -> None:
    """Each fault stands on its own line on standard error; the exit code is 2."""
    Path("team.toml").write_text('kinds = ["rds"]\n[tags]\nnote = 1\n', encoding="utf-8")
    done = config("check", "--config", "team.toml")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert [line.partition("; ")[0] for line in done.stderr.splitlines()] == [
        "team.toml, line 1: kinds[0]: unknown kind 'rds'",
        "team.toml, line 3: tags.note: 1 is not text",
    ]


BOOK = '[[customer]]\nid = "acme"\nname = "Acme"\n'
MAPPING = """\
[customers.salesforce]
url = "https://example.my.salesforce.com"
[customers.salesforce.account]
segmnt = "Segment__c"
"""
# What the settings say, what else lies there, and the lines that tell what is wrong with it.
OF_CUSTOMERS: list[tuple[str, dict[str, str], list[str]]] = [
    (
        '[customers]\nsink = "gitlab"\n',
        {},
        ["janitor.toml, line 2: customers.sink: the sink 'gitlab' is not set up; give it"],
    ),
    (
        '[customers]\nsource = "book.toml"\n',
        {},
        ["janitor.toml, line 2: customers.source: book.toml cannot be read: No such file"],
    ),
    (
        '[customers]\nsource = "book.xlsx"\n',
        {"book.xlsx": ""},
        ["janitor.toml, line 2: customers.source: book.xlsx is none of .toml, .json, .csv"],
    ),
    (
        '[customers]\nsource = "book.toml"\n',
        {"book.toml": "[customer]\n"},
        ["janitor.toml, line 2: customers.source: book.toml has no list of customers"],
    ),
    (
        MAPPING,
        {},
        [
            "janitor.toml, line 4: customers.salesforce.account.segmnt: unknown field 'segmnt'",
        ],
    ),
    (
        '\n[customers]\nplaybooks = "ours"\n',
        {},
        ["janitor.toml, line 3: customers.playbooks: the folder of playbooks ours cannot be read"],
    ),
    (
        '[customers]\nplaybooks = "ours"\n',
        {
            "ours/a.toml": 'title = "A"\n\nafter = "startd"\n',
            "ours/b.toml": 'title = "B"\nassignee = ["csm"]\n[touchpoint.a]\ntitle = "A"\n'
            'days = 1\nafter = "started"\nsink = "slack"\nnotes = ["n"]\n',
        },
        [
            "ours/a.toml, line 3: after: ",
            "ours/b.toml, line 7: touchpoint.a.sink: there is no sink 'slack'; set it up",
        ],
    ),
]


@pytest.mark.parametrize(("text", "files", "told"), OF_CUSTOMERS)
def test_check_names_the_place_of_what_is_wrong_with_customers(
    text: str, files: dict[str, str], told: list[str]
) -> None:
    """Sinks, sources, playbooks and the mapping of Salesforce: file and line, exit code 2."""
    Path("janitor.toml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    done = config("check")
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.replace(f"{Path.cwd()}/", "").splitlines()
    assert [line[: len(start)] for line, start in zip(lines, told, strict=True)] == told


def test_check_asks_nobody_and_takes_what_is_right() -> None:
    """A book with a bad row is no fault of the settings, and S3 and Salesforce are not asked."""
    Path("book.toml").write_text(BOOK + "[[customer]]\n", encoding="utf-8")
    for source in ("book.toml", "s3://no-such-bucket/book.toml"):
        Path("janitor.toml").write_text(f'[customers]\nsource = "{source}"\n', encoding="utf-8")
        assert config("check").output.startswith("janitor.toml: ok\n")


def test_check_reads_the_file_that_the_environment_names() -> None:
    """JANITOR_CONFIG is read as `--config` is, and must exist."""
    assert config("check", JANITOR_CONFIG="no.toml").stderr.startswith(
        "no.toml: there is no such file; "
    )


def shown() -> dict[str, Any]:
    """What `janitor config show --format json` prints."""
    printed: dict[str, Any] = json.loads(config("show", "--format", "json").output)
    return printed


def test_show_tells_where_each_value_comes_from() -> None:
    """As a table: key, value, and whether the file or the default says so."""
    Path("janitor.toml").write_text('[lifecycle]\nexpire_after = "3w"', encoding="utf-8")
    lines = config("show").output.splitlines()
    assert lines[0] == "settings: janitor.toml"
    assert lines[2].split() == ["KEY", "VALUE", "FROM"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[3:]}
    assert rows["lifecycle.expire_after"] == ['"21d"', "file"]
    assert rows["lifecycle.terminate_after"] == ['"7d"', "default"]
    assert rows["rollout.tag_only_until"] == ["(not", "set)", "default"]


def test_show_as_json() -> None:
    """For programs: every key with its value and origin; dates as text."""
    assert shown()["file"] is None
    Path("janitor.toml").write_text("[rollout]\ntag_only_until = 2026-12-01", encoding="utf-8")
    printed = shown()
    assert (printed["version"], printed["file"]) == (1, "janitor.toml")
    by_key = {each["key"]: each for each in printed["settings"]}
    assert by_key["rollout.tag_only_until"]["value"] == "2026-12-01"
    assert by_key["rollout.tag_only_until"]["from"] == "file"
    assert by_key["backup.as"] == {"key": "backup.as", "value": "snapshot", "from": "default"}


def test_show_as_toml_is_a_settings_file() -> None:
    """What it prints can be checked as settings again."""
    text = config("show", "--format", "toml").output
    assert tomllib.loads(text)["lifecycle"] == {"expire_after": "14d", "terminate_after": "7d"}
    Path("all.toml").write_text(text, encoding="utf-8")
    assert config("check", "--config", "all.toml").exit_code == 0


@pytest.mark.parametrize("form", ["table", "toml", "json"])
def test_show_masks_external_ids(form: str) -> None:
    """An external id is half of a key: it is there, and not told."""
    Path("janitor.toml").write_text(ACCOUNT, encoding="utf-8")
    output = config("show", "--format", form).output
    assert "***" in output
    assert "ours" not in output


def test_schema_knows_the_kinds() -> None:
    """An editor offers the kinds that there are."""
    printed = json.loads(config("schema").output)
    assert printed["properties"]["kinds"]["anyOf"][1]["items"]["enum"] == sorted(KINDS)


@pytest.mark.parametrize("command", ["init", "check", "show", "schema"])
def test_every_help_has_worked_examples(command: str) -> None:
    """Whoever asks for help sees a line to type."""
    assert f"\n  janitor config {command} " in config(command, "--help").output


def test_help_does_not_wait_for_pydantic() -> None:
    """Help is fast: what is heavy is imported when it is used."""
    code = (
        "import sys; from cs_aws_janitor.cli import janitor;"
        "janitor(['config', 'show', '--help'], standalone_mode=False);"
        "sys.exit(bool({'pydantic', 'boto3'} & sys.modules.keys()))"
    )
    assert python("-c", code).returncode == 0


def test_a_refusal_is_one_line_and_exit_code_2() -> None:
    """From outside: no traceback, one line, 2."""
    Path("janitor.toml").write_text("", encoding="utf-8")
    done = python("-m", "cs_aws_janitor", "config", "init")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
