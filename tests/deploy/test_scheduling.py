"""cron, systemd and GitLab: what stands in deploy/ is understood by whoever reads it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.cli.run import run_command

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
FILES = [DEPLOY / "crontab", *SERVICES, DEPLOY / "gitlab-ci.yml"]
INSTALLED = "/usr/local/bin/janitor"
EXPOSED = 1.5  # of 10, as systemd-analyze judges; "OK" begins below 5
A_COMMAND = re.compile(r"(?:^|[\s/=])janitor +((?:config|plan|run)\b[^|>\n]*)", re.MULTILINE)
A_LINE_OF_CRON = re.compile(r"(?:[\d*/,-]+\s+){5}janitor\s+janitor run .*")

with_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine"
)


def commands(text: str) -> Iterator[list[str]]:
    """The words of every command of ours in a file; prose has them in backquotes."""
    for found in A_COMMAND.finditer(re.sub(r"`[^`]*`", "", text)):
        yield shlex.split(found[1])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_command_is_one_that_there_is(file: Path) -> None:
    """Each is parsed with its options, and runs without a person who could be asked."""
    found = list(commands(file.read_text(encoding="utf-8")))
    assert any(words[0] == "run" for words in found)
    for words in found:
        context = click.Context(janitor, **janitor.context_settings)
        name, command, rest = janitor.resolve_command(context, words)
        assert command
        parsed = command.make_context(name, list(rest), parent=context)
        assert command is not run_command or parsed.params["yes"]


def test_the_crontab_is_one() -> None:
    """Each line is a comment, a variable, or five times, a user and the command."""
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    jobs = [line for line in lines if line and not re.match(r"#|[A-Z]+=", line)]
    assert [line for line in jobs if not A_LINE_OF_CRON.fullmatch(line)] == []
    assert len(jobs) == 1
    assert not any("%" in line for line in jobs)  # which cron takes for the end of a line


@with_systemd
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say of any."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        # It looks whether the command is there.
        (tmp_path / unit.name).write_text(text.replace(INSTALLED, sys.executable), encoding="utf-8")
    said = analyze("verify", *(str(tmp_path / unit.name) for unit in UNITS))
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@with_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_may_do_little(unit: Path) -> None:
    """It reaches AWS and its own folders; `systemd-analyze security` sees hardly more."""
    threshold = f"--threshold={int(EXPOSED * 10)}"
    said = analyze("security", "--offline=yes", "--no-pager", threshold, str(unit))
    assert said.returncode == 0, said.stdout


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze says."""
    command = ["systemd-analyze", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def pipeline() -> dict[str, Any]:
    """The pipeline, read as YAML."""
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "gitlab-ci.yml").read_text(encoding="utf-8"))
    return read


def test_the_pipeline_plans_before_it_runs(pipeline: dict[str, Any]) -> None:
    """The run is of the schedule alone, one at a time, after the plan, which is kept."""
    plan, run = pipeline["plan"], pipeline["run"]
    assert pipeline["stages"].index(plan["stage"]) < pipeline["stages"].index(run["stage"])
    assert [rule["if"] for rule in run["rules"]] == ['$CI_PIPELINE_SOURCE == "schedule"']
    assert (run["needs"], run["resource_group"]) == (["plan"], "cs-aws-janitor")
    assert "plan.json" in plan["artifacts"]["paths"]
    assert {job["extends"] for job in (plan, run)} == {".janitor"}


def test_a_plan_with_blind_spots_does_not_hold_up_the_run(pipeline: dict[str, Any]) -> None:
    """Exit code 1 of the plan is let through, 2 is not; a red run stays red."""
    assert pipeline["plan"]["allow_failure"] == {"exit_codes": [1]}
    assert "allow_failure" not in pipeline["run"]
