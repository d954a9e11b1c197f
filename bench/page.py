"""`docs/performance.md`: the table, what it was measured on, and how to read it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING

from bench import table
from bench.measuring import PEER
from bench.running import ROOT
from bench.scenarios import SCENARIOS, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bench.table import Line

PATH = ROOT / "docs" / "performance.md"
OURS = ("cs-aws-janitor", "boto3", "botocore", "lxml")
_ASKED = "import importlib.metadata as m; print(m.version('{}'))"
_PAGE = """\
# Performance

How much a plan costs, beside Cloud Custodian with its nearest equivalent of the same life
(`bench/policies.yml`). `make peer` installs it and `make bench` measures all of it again, against a
small AWS of its own (`bench/endpoint/`) that answers in full size: about 10 KB for each instance.

Seconds depend on the machine; the ratios hardly do, because both sides run by turns on the same
bytes. On a steady day 4 % of a fleet have something coming, on a busy one 35 %; what each of those
costs is one read of its termination protection, which AWS offers in no other way. CPU is that of
the command, user and system together, and does not hold the endpoint's. A row counts only where the
plan was right: a run whose phases differ from how the fleet was made is told below its row.

{table}

Measured on {day}: {machine}; {versions}. Medians of {repeat} runs,
and single runs of calls and of what is slow ({slow}).
"""


def text(lines: Iterable[Line], repeat: int, day: date) -> str:
    """The page about `lines`, which were measured on `day` by medians of `repeat` runs."""
    rows = "\n".join((*table.head(), *table.shown(lines)))
    slow = [one.name for one in SCENARIOS if isinstance(one, Comparison) and one.once]
    facts = {"day": day, "machine": machine(), "versions": versions(), "repeat": repeat}
    return _PAGE.format(table=rows, slow=", ".join(f"`{name}`" for name in slow), **facts)


def machine() -> str:
    """What it was measured on, without a name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}"


def versions() -> str:
    """What was measured: versions of ours, and of the peer where it is installed."""
    named = [f"Python {platform.python_version()}"]
    for name in OURS:
        try:
            named.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    named += [f"{name} {version} (peer)" for name in ("c7n", "boto3") if (version := of_peer(name))]
    return ", ".join(named)


def of_peer(package: str) -> str:
    """The version of `package` beside the peer; '' where it is not installed."""
    python = PEER / "bin" / "python"
    if not (PEER / "bin" / "custodian").exists():
        return ""
    asked = [str(python), "-c", _ASKED.format(package)]
    return subprocess.check_output(asked, text=True).strip()
