"""`make bench`: how much a plan costs, beside the peer and beside the bare SDK.

`make bench ARGS="--quick"` takes a minute or two; `make bench ARGS="--only steady"` measures that
alone. All of it, at full size, is written to docs/performance.md.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench import comparing, measuring, page, table
from bench.scenarios import SCENARIOS, smaller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.scenarios import Scenario
    from bench.table import Line

NO_PEER = "The peer is not installed (make peer): only what needs none is measured."


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 1 where a run was wrong or, at full size, a target is missed."""
    asked = _asked(arguments)
    if asked.list:
        _say(*table.names(SCENARIOS))
        return 0
    chosen = [one for one in SCENARIOS if not asked.only or one.name in asked.only]
    if not page.of_peer("c7n"):
        _say(NO_PEER)
        chosen = [one for one in chosen if not one.needs_peer]
    if asked.quick:
        chosen = [smaller(one) for one in chosen]
    repeat = 1 if asked.quick else asked.repeat
    lines = _measured(chosen, repeat)
    if asked.write or (len(chosen) == len(SCENARIOS) and not asked.quick):
        text = page.text(lines, repeat, datetime.now(UTC).date())
        page.PATH.write_text(text, encoding="utf-8")
    return int(any(line.wrong if asked.quick else not line.met for line in lines))


def _measured(chosen: Sequence[Scenario], repeat: int) -> list[Line]:
    """The lines of all that is `chosen`, each shown as soon as it is there."""
    _say(f"{page.machine()}; {page.versions()}", "")
    _tell("compiling")
    measuring.compile_all()
    _say(*table.head())
    lines = []
    for scenario in chosen:
        found = comparing.lines(scenario, repeat, _tell)
        _say(*table.shown(found))
        lines += found
    return lines


def _say(*lines: str) -> None:
    _tell("")
    for line in lines:
        print(line, flush=True)  # noqa: T201  what this program is for


def _tell(what: str) -> None:
    """Say on a terminal what is going on, in a line that the next one replaces."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{what}", end="", file=sys.stderr, flush=True)  # noqa: T201


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError
    return count


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    names = [one.name for one in SCENARIOS]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="tell the names, and end")
    parser.add_argument(
        "--repeat", type=_count, default=3, help="runs of which the median counts, one at least"
    )
    parser.add_argument("--quick", action="store_true", help="small fleets, each measured once")
    parser.add_argument("--write", action="store_true", help="write the page in any case")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
