"""`make scale`: how much a plan of many customers costs, beside `import holidays`.

`make scale ARGS="--customers 2000 --repeat 1"` is quick. A plan counts only where it is right.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = date(2026, 11, 25)
FIRST = date(2023, 12, 1)
BESIDE = (sys.executable, "-c", "import holidays")
JANITOR = (sys.executable, "-m", "cs_aws_janitor", "customers")
AT_MOST = 60  # times of `import holidays`
PART = 4  # the plan that shows how cost grows has so many times fewer customers
GROWTH = 1.15  # of the cost per customer, at most
COUNTRIES = ("AU", "BR", "CA", "DE", "DE-BY", "ES", "FR", "GB", "IN", "JP", "NL", "US")


class Line(NamedTuple):
    """One comparison: what, how much, against what, the ratio, and its target."""

    what: str
    seconds: float
    against: float
    ratio: float
    target: float

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= self.target


def book(count: int) -> list[dict[str, Any]]:
    """So many customers that began within three years, each with contacts and a timeline."""
    chance = random.Random(count)
    return [_customer(number, chance) for number in range(count)]


def _customer(number: int, chance: random.Random) -> dict[str, Any]:
    began = FIRST + timedelta(days=chance.randrange((TODAY - FIRST).days))
    closed = began + timedelta(days=chance.randrange(20, 70))
    onboarding = {"opened": f"{began}"} | ({"closed": f"{closed}"} if closed < TODAY else {})
    spoken = [began + timedelta(days=30 * month + chance.randrange(25)) for month in range(6)]
    return {
        "id": f"customer-{number}",
        "name": f"Customer {number}",
        "segment": chance.choice(("strategic", "large", "mid-market", "smb")),
        "region": chance.choice(("AMER", "EMEA", "APAC")),
        "country": chance.choice(COUNTRIES),
        "annual_value": chance.randrange(1000, 200_000),
        "started": f"{began}",
        "contracted": f"{began - timedelta(days=7)}",
        "subscribed": f"{began}",
        "renews": f"{began + timedelta(days=365)}",
        "csm": f"CSM {number % 600}",
        "csm_manager": f"Manager {number % 60}",
        "account_executive": f"Executive {number % 400}",
        "onboarding": onboarding,
        "licences": {"sold": 100, "activated": chance.randrange(100)},
        "contact": [_contact(number, each) for each in range(2)],
        "event": [{"kind": "call", "on": f"{day}"} for day in spoken if day <= TODAY],
    }


def _contact(number: int, each: int) -> dict[str, Any]:
    labels = [] if each else ["GitLab Admin"]
    return {"name": f"Contact {each}", "email": f"c{each}@{number}.example", "labels": labels}


def cpu(words: Sequence[str], folder: Path) -> float:
    """The CPU seconds of a command, user and system together. Raises where it fails."""
    out = folder / "out.txt"
    with out.open("wb") as stdout:
        environment = {"HOME": str(folder), "PATH": os.defpath, "LANG": "C.UTF-8"}
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=stdout)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def lines(count: int, repeat: int, folder: Path) -> list[Line]:
    """The plans as a table and as JSON, and how the cost grows; measured by turns."""
    for size in (count, count // PART):
        content = json.dumps({"customer": book(size)})
        (folder / f"{size}.json").write_text(content, encoding="utf-8")
    found: dict[str, list[float]] = {"beside": [], "table": [], "json": [], "part": []}
    for _ in range(repeat):
        found["beside"].append(cpu(BESIDE, folder))
        found["table"].append(cpu(_plan(count, "table"), folder))
        found["part"].append(cpu(_plan(count // PART, "json"), folder))
        found["json"].append(cpu(_plan(count, "json"), folder))
        _check(count, folder)
    beside, table, whole, part = (median(each) for each in found.values())
    grown = (whole / count) / (part / (count // PART))
    return [
        Line(f"plan of {count:,} customers, table", table, beside, table / beside, AT_MOST),
        Line(f"plan of {count:,} customers, JSON", whole, beside, whole / beside, AT_MOST),
        Line(f"the same beside {count // PART:,}, per customer", whole, part, grown, GROWTH),
    ]


def _plan(count: int, form: str) -> tuple[str, ...]:
    asked = ("--customers", f"{count}.json", "--today", f"{TODAY}", "--format", form)
    return (*JANITOR, "plan", *asked)


def _check(count: int, folder: Path) -> None:
    """Every customer has its first touchpoint, and its last."""
    text = (folder / "out.txt").read_text(encoding="utf-8")
    for touchpoint in ("welcome", "renewal-12"):
        if (found := text.count(f'"touchpoint": "{touchpoint}"')) != count:
            raise SystemExit(f"{found:,} of {count:,} customers have {touchpoint}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where a target is missed."""
    parser = argparse.ArgumentParser("make scale", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000, metavar="COUNT")
    parser.add_argument("--repeat", type=int, default=3, help="runs of which the median counts")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        measured = lines(max(asked.customers, PART), max(asked.repeat, 1), Path(name))
    for line in measured:
        met = "yes" if line.met else "no"
        figures = f"{line.seconds:7.2f} s beside {line.against:5.2f} s"
        print(f"{line.what:48} {figures}  ratio {line.ratio:6.2f}, at most {line.target:g}: {met}")  # noqa: T201  what this program is for
    return int(not all(line.met for line in measured))


if __name__ == "__main__":
    sys.exit(main())
