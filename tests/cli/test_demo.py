"""`janitor demo` from outside: one screen, nothing of the user's, an account for other shells."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

import cs_aws_janitor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKAGE = Path(cs_aws_janitor.__file__).resolve().parent.parent
LONGEST = 120.0  # seconds for one run, on a busy machine
# Python runs this at its start: whoever asks for the network or reads at home is caught.
WATCHMAN = """\
import os, sys

HOME = os.environ["HOME"]

def watch(event, given):
    network = event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}
    if network or event == "open" and str(given[0]).startswith(HOME):
        os.write(2, f"caught: {event} {given}".encode())
        os._exit(99)

sys.addaudithook(watch)
"""
NOWHERE = "http://127.0.0.1:9"
AT_HOME = {
    ".aws/config": f"[default]\nregion = nowhere-1\nendpoint_url = {NOWHERE}\n",
    ".aws/credentials": "[default]\naws_access_key_id = THEIRS\naws_secret_access_key = -\n",
    ".local/state/cs-aws-janitor/ledger.jsonl": "theirs",
}
HOSTILE = {
    "AWS_PROFILE": "nonexistent",
    "AWS_DEFAULT_PROFILE": "nonexistent",
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_ENDPOINT_URL_EC2": NOWHERE,
    "AWS_REGION": "nowhere-1",
    "AWS_DEFAULT_REGION": "nowhere-1",
    "AWS_SESSION_TOKEN": "theirs",
    "AWS_CA_BUNDLE": "/nonexistent",
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "JANITOR_CONFIG": "/",
    "MOTO_ACCOUNT_ID": "000000000000",
    "PYTHONWARNINGS": "default",
    "TEST_SERVER_MODE": "true",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A user's surroundings: a home with AWS files and a ledger, a folder for what is temporary."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for name, text in AT_HOME.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    temporary.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE),
        "HOME": str(home),
        "TMPDIR": str(temporary),
    }


def watched_by(code: str, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The same surroundings, in which Python runs `code` at its start."""
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {**environ, "PYTHONPATH": os.pathsep.join([str(folder), environ["PYTHONPATH"]])}


def run(environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """What `janitor …` does, to its end."""
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "cs_aws_janitor", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        env=dict(environ),
        cwd=environ["TMPDIR"],
    )


@contextmanager
def started(environ: Mapping[str, str], *words: str, **how: Any) -> Iterator[subprocess.Popen[str]]:
    """`janitor …` under way; it is ended with the test."""
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "cs_aws_janitor", *words],
        text=True,
        env=dict(environ),
        cwd=environ["HOME"],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how},
    )
    watch = threading.Timer(LONGEST, process.kill)
    watch.start()
    with process:
        try:
            yield process
        finally:
            process.kill()
            watch.cancel()


def on_terminal(environ: Mapping[str, str], *words: str) -> tuple[str, str, int]:
    """What `janitor …` shows on a terminal, what it says on standard error, and its exit code."""
    ours, theirs = pty.openpty()
    try:
        with started({**environ, "TERM": "xterm"}, *words, stdout=theirs) as process:
            os.close(theirs)
            shown = b""
            with suppress(OSError):  # the end of a terminal is an error
                while more := os.read(ours, 4096):
                    shown += more
            _, err = process.communicate()
    finally:
        os.close(ours)
    return shown.decode(), err, process.returncode


def until_served(process: subprocess.Popen[str]) -> list[str]:
    """What is printed until another shell can begin."""
    lines = []
    for line in process.stdout or ():
        lines.append(line.rstrip("\n"))
        if line.startswith("Then try there"):
            break
    return lines


def pasted(lines: Iterable[str]) -> dict[str, str]:
    """The variables that the lines to paste set in a shell."""
    exports = [line for line in lines if line.startswith("export ")]
    return dict(word.split("=", 1) for line in exports for word in shlex.split(line)[1:])


def test_it_fills_one_screen_and_needs_nothing_of_the_user(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """No network, no file of the user, nothing left behind, no noise, in any surroundings."""
    watched = watched_by(WATCHMAN, environ, tmp_path)
    assert run(watched, "plan").stderr.startswith("caught: open")
    assert run({**watched, "HOME": "/nonexistent"}, "plan").stderr.startswith("caught: socket")
    (tmp_path / "home" / "janitor.toml").write_text("broken", encoding="utf-8")
    shown, err, code = on_terminal({**watched, **HOSTILE}, "demo", "--no-color")
    assert (err, code) == ("", 0)
    assert_fits_a_screen(shown)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_it_has_colour_on_a_terminal(environ: dict[str, str]) -> None:
    """And is the same in width: colours take no room."""
    shown, err, code = on_terminal(environ, "demo")
    assert (err, code) == ("", 0)
    assert "\x1b[" in shown
    assert_fits_a_screen(click.unstyle(shown))


def assert_fits_a_screen(shown: str) -> None:
    """About 50 lines of plain text, of at most 100 columns."""
    lines = shown.splitlines()
    assert 40 <= len(lines) <= 55
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in shown
    assert "Try next:" in lines


def test_served_it_answers_the_janitor_of_another_shell(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """The lines that it prints are enough: plan, explain, extend, run and history work at once."""
    with started(environ, "demo", "--serve") as process:
        printed = until_served(process)
        assert not any("\x1b" in line for line in printed)
        shell = environ | pasted(printed)
        planned = json.loads(run(shell, "plan", "--format", "json").stdout)
        verbs = {step["name"]: step["verbs"] for step in planned["steps"]}
        assert verbs == {
            None: ["tag", "shut_off"],
            "jd-demo-globex": ["shut_off"],
            "jd-GitLabRunner": ["notify"],
            "lp-migration-db": ["back_up", "terminate"],
        }
        assert "It is expired" in run(shell, "explain", "jd-demo-globex").stdout
        assert run(shell, "extend", "jd-demo-globex", "--days", "14").returncode == 0
        ran = json.loads(run(shell, "run", "--yes", "--format", "json").stdout)
        done = {each["name"]: each["result"] for each in ran["outcomes"]}
        assert done == dict.fromkeys(verbs.keys() - {"jd-demo-globex"}, "done")
        history = json.loads(run(shell, "history", "--format", "json").stdout)["history"]
        assert {deed["by"] for deed in history} == {"run", "extend", "keep"}
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=LONGEST)
    assert (out.splitlines()[-1], err) == ("The account is gone.", "")
    assert process.returncode == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_port_that_is_taken_is_told_at_once(environ: dict[str, str]) -> None:
    """Not after the story: one line, and the cure."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(environ, "demo", "--serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"janitor: port {port} .* leave --port out .*\n", done.stderr)


def test_a_port_without_serving_is_a_slip(environ: dict[str, str]) -> None:
    """Nobody is left in the belief that something listens there."""
    done = run(environ, "demo", "--port", "5000")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--port is of use with --serve only." in done.stderr


def test_without_the_extra_it_says_how_to_get_it(environ: dict[str, str], tmp_path: Path) -> None:
    """One line with the cure, and exit code 2."""
    done = run(watched_by("import sys; sys.modules['moto'] = None", environ, tmp_path), "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "janitor: the demo needs packages that are not installed (moto). "
        "Install them: pip install 'cs-aws-janitor[demo]'\n"
    )
