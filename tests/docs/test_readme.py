"""The README shows what the command really prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.strict.server import Endpoint

README = Path(__file__).parents[2] / "README.md"
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")

_TRANSCRIPT = re.compile(r"```console\n(.*?)```", re.DOTALL)
_ID = re.compile(r"i-[0-9a-f]{17}")


def test_the_transcript_is_what_the_commands_print(endpoint: Endpoint) -> None:
    """Each command of the transcript, run on such an account, prints the lines below it."""
    endpoint.account.launch("jd-GitLabRunner", region="eu-central-1")
    endpoint.account.launch(None, region="eu-west-1")
    endpoint.account.launch("mk-demo", region="us-east-1", tags={"Expiration": "next friday"})
    (endpoint.home / "janitor.toml").write_text(
        f'regions = {list(REGIONS)}\nkinds = ["ec2_instance"]\n'
    )

    shown = _TRANSCRIPT.findall(README.read_text(encoding="utf-8"))
    commands = [_split(part) for part in shown[0].split("$ ") if part]

    assert len(commands) > 1
    for command, expected in commands:
        program, *arguments = shlex.split(command)
        assert program == "janitor"
        done = endpoint.run(*arguments)
        assert _without_ids(done.stdout) == _without_ids(expected), done.stderr


def _split(part: str) -> tuple[str, str]:
    command, _, expected = part.partition("\n")
    return command, expected


def _without_ids(text: str) -> str:
    """`text` with ids that AWS chooses made equal, and without the space at the ends of lines."""
    return "\n".join(line.rstrip() for line in _ID.sub("i-…", text).strip().splitlines())
