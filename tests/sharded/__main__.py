"""`make shards`: 40 accounts of 17 regions, each place by a function of its own; some minutes."""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from argparse import ArgumentParser
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sharded.machine import HOME, REGIONS, Machine, opened

TODAY = datetime.now(UTC).date()
NEW = {"Name": "jd-new"}
PAST = {"Name": "jd-past", "Discovered": str(TODAY), "Expiration": str(TODAY - timedelta(days=1))}
MOST = 20  # to be shut off in an account, all its regions together


def main() -> None:
    """Run it, see that it is right, and print what it took; exit code 1 where it is not."""
    options = ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=40)
    options.add_argument("--regions", type=int, default=len(REGIONS))
    asked = options.parse_args()
    logging.disable(logging.ERROR)
    accounts = [HOME, *(f"{200_000_000_000 + number}" for number in range(1, asked.accounts))]
    with (
        pytest.MonkeyPatch.context() as environ,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stderr(nowhere),  # where functions log
        opened(accounts, REGIONS[: asked.regions], environ) as machine,
    ):
        wrong = _live(machine)
    sys.exit(wrong)


def _live(machine: Machine) -> str | None:
    machine.set_up(f"limits.shut_off = {{count = {MOST}, share = 1.0}}")
    _fill(machine)
    full, dead = machine.accounts[1], machine.accounts[-1]
    machine.crashes[dead, machine.regions[-1]] = 100
    machine.crashes[machine.accounts[2], machine.regions[0]] = 1
    began, cpu = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    status, report = machine.run("all")
    took = time.monotonic() - began
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - cpu
    places = len(machine.accounts) * len(machine.regions)
    off = sum(
        state == "stopped"
        for region in machine.regions
        for state, _ in machine.instances(full, region).values()
    )
    untagged = [
        f"{account}/{region}"
        for account in machine.accounts
        for region in machine.regions
        for state, tags in machine.instances(account, region).values()
        if "Expiration" not in tags
    ]
    print(f"{places} shards, {sum(machine.invoked.values())} invocations: {dict(machine.invoked)}")
    print(f"{took:.0f} s, {cpu:.0f} s of CPU, {1000 * cpu / places:.0f} ms a shard, moto included")
    print({k: v for k, v in report.items() if k not in {"unclean", "wrong"}})
    print(f"{off} of {2 * len(machine.regions)} shut off in {full}; left untagged: {untagged}")
    right = {
        "the execution fails, for the report names troubles": status == "FAILED",
        "all shards but the dead one have a result": report["shards"] == places - 1,
        "the dead one is the only blind spot": report["blind_spots"] == 1,
        "no account is over its limit": off <= MOST,
        "its other regions are told": report["breaches"] == len(machine.regions) - off // 2,
        "all is tagged where it was not left alone": len(untagged) == 1 + report["breaches"],
    }
    wrong = [what for what, holds in right.items() if not holds]
    return f"not so: {'; '.join(wrong)}" if wrong else None


def _fill(machine: Machine) -> None:
    """Something new everywhere; in one account more in all regions together than may be hit."""
    for account in machine.accounts:
        for region in machine.regions:
            machine.launch(account, region, NEW)
            if account == machine.accounts[1]:
                machine.launch(account, region, PAST, 2)


if __name__ == "__main__":
    main()
