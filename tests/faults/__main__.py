"""`make faults`: a fault at every point of every life, one after the other; all are survived.

`make faults ARGS="--only 'due:*'"` tries those of one life, and
`make faults ARGS="--only due:0.CreateSnapshots@web.1:lost"` this one alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from typing import TYPE_CHECKING

from tests.faults.lives import LIVES
from tests.faults.trials import attempt, tasks
from tests.faults.worlds import warm_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.trials import Tried


EVERY = 5  # runs of a life after which a log is told how far it has come


def main() -> int:
    """Try them all; 0 where all were survived."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--only", action="append", metavar="LIFE:RUN.POINT:MANNER")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    wanted = tasks(asked.only or ["*"])
    warm_up(LIVES[0])
    with multiprocessing.get_context("fork").Pool(asked.jobs) as pool:
        tried = list(_with_progress(pool.imap_unordered(attempt, wanted), len(wanted)))
    return _tell(tried)


def _with_progress(rounds: Iterable[list[Tried]], total: int) -> Iterable[Tried]:
    """Everything that was tried; meanwhile it is shown how far it has come.

    On a terminal in one line that changes; elsewhere now and then in a line of its own, so that a
    log shows what is not survived as soon as it is known.
    """
    count = failed = 0
    for done, rows in enumerate(rounds, 1):
        broken = [row.name for row in rows if row.wrong]
        count += len(rows)
        failed += len(broken)
        line = f"{done} of {total} runs, {count} faults tried, {failed} not survived"
        if sys.stderr.isatty():
            line, end = f"\r{line}", "" if done < total else "\n"
            print(line, end=end, file=sys.stderr, flush=True)  # noqa: T201
        elif broken or done % EVERY == 0:
            print(line, *broken, sep="\n  ", file=sys.stderr, flush=True)  # noqa: T201
        yield from rows


def _tell(tried: list[Tried]) -> int:
    broken = sorted((row for row in tried if row.wrong), key=lambda row: row.name)
    for row in broken:
        print(f"not survived: {row.name}")  # noqa: T201  what this program is for
        for why in row.wrong:
            print(f"    {why}")  # noqa: T201
        print(f"    again: make faults ARGS=\"--only '{row.name}'\"")  # noqa: T201
    faults = [row for row in tried if not row.name.endswith(":undisturbed")]
    survived = sum(not row.wrong for row in faults)
    print(f"faults tried: {len(faults)}, survived: {survived}")  # noqa: T201
    return 1 if broken or not faults else 0


if __name__ == "__main__":
    sys.exit(main())
