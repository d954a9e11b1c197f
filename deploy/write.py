"""Writes what in this folder follows from the code: `make docs`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.resources.report.dashboard import dashboard
from cs_aws_janitor.settings import NAMESPACE

HERE = Path(__file__).parent
STARTER = HERE.parent / "config" / "janitor.toml"
REGION = "${AWS::Region}"  # which Fn::Sub fills in, or sed
NOWHERE = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None}
MEMBER_ROLE = "permissions run --for role --format member-role --config".split()


def pages() -> dict[str, str]:
    """The text of each file, by its name."""
    return {
        "member-role.yaml": _printed(*MEMBER_ROLE, str(STARTER)),
        "template.yaml": _printed("deploy", "template", "--config", str(HERE / "janitor.toml")),
        "dashboard.json": f"{json.dumps(dashboard(NAMESPACE, REGION), indent=1)}\n",
    }


def _printed(*words: str) -> str:
    """What a command prints; by the default settings, whatever stands around it."""
    return CliRunner(env=NOWHERE).invoke(janitor, words, catch_exceptions=False).stdout


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
