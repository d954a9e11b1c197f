"""One run of a command: its CPU, its time, its memory, its calls, and whether it was right."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench import judging
from bench.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.running import Endpoint
    from bench.scenarios import Command

BIN = Path(sys.executable).parent
PEER = ROOT / ".venv-peer"
BENCH = ROOT / "bench"

OWN = "123456789012"
SETTINGS = """\
kinds = ["ec2_instance"]
limits.shut_off = {count = 1_000_000, share = 1.0}
limits.terminate = {count = 1_000_000, share = 1.0}
ledger.path = "ledger.jsonl"
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took: seconds, MB, calls by action. `wrong` tells what it got wrong, or ''."""

    cpu: float
    wall: float
    memory: float
    calls: Mapping[str, int] = field(default_factory=dict)
    wrong: str = ""


def compile_all() -> None:
    """Compile both sides beforehand, so that none does it in each of its runs."""
    folders = [Path(sysconfig.get_path("purelib")), ROOT / "src", *PEER.glob("lib/*/site-packages")]
    for folder in folders:
        python = PEER / "bin/python" if folder.is_relative_to(PEER) else sys.executable
        # What cannot be compiled is nobody's to import: packages ship such files to test others.
        subprocess.run([python, "-m", "compileall", "-qq", folder], check=False)


def run(command: Command, endpoint: Endpoint) -> Measured:
    """Run `command` by itself, in a folder and an environment made for it."""
    endpoint.reset()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "janitor.toml").write_text(_settings(endpoint), encoding="utf-8")
        places = {"bin": BIN, "peer": PEER, "bench": BENCH, "folder": folder}
        words = [word.format_map(places) for word in command]
        code, measured = _measure(words, folder, _environment(endpoint, folder))
        statistics = endpoint.statistics()
        said = judging.Said(command, code, folder / "out.txt", folder / "err.txt")
        wrong = judging.wrong(said, endpoint.truth(), statistics)
    return Measured(*measured, calls=statistics["calls"], wrong=wrong)


def _settings(endpoint: Endpoint) -> str:
    """The account that asks, and those that it enters by a role."""
    others = (f"{number:012}" for number in range(1, endpoint.accounts))
    roles = (f'{{id = "{n}", role = "arn:aws:iam::{n}:role/janitor"}}' for n in others)
    listed = ", ".join([f'"{OWN}"', *roles])
    return f"accounts = [{listed}]\n{SETTINGS}"


def _measure(
    words: list[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, tuple[float, float, float]]:
    """The exit code of `words`, and its CPU and wall seconds and its MB at most."""
    out, err = folder / "out.txt", folder / "err.txt"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        began = time.perf_counter()
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, (used.ru_utime + used.ru_stime, wall, _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    """The peak of a child. What its parent held when it was started counts in, so that is less."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return float("nan") if used.ru_maxrss <= own else used.ru_maxrss / unit


def _environment(endpoint: Endpoint, folder: Path) -> dict[str, str]:
    """Nothing of whoever measures: no settings, no credentials, no wishes about bytecode."""
    return {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
    }
