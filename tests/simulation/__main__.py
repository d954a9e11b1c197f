"""`make simulate`: a year in some minutes. The seed is printed, so that a failure is repeated."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.simulation.year import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate each seed in a process of its own; 1 where any law was broken."""
    asked = _asked(arguments)
    seeds = range(asked.seed, asked.seed + asked.seeds)
    jobs = [(seed, asked.days, asked.people) for seed in seeds]
    os.environ["PYTHONHASHSEED"] = "0"  # the order of a set is the same in every process
    broken = False
    processes = min(len(jobs), asked.jobs)
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for figures in pool.map(simulate, *zip(*jobs, strict=True)):
            sys.stdout.write(f"{figures}\n")
            sys.stdout.flush()
            broken = broken or bool(figures.breaches)
    return int(broken)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("simulate", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2, help="how many, from the first one on")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
