"""`python -m bench.endpoint`: the fake AWS by itself, for whatever tool is pointed at it."""

from __future__ import annotations

import argparse
import asyncio
import gc
from typing import TYPE_CHECKING

from bench.endpoint.account import Account
from bench.endpoint.mixes import MIXES, REGIONS, Size
from bench.endpoint.serving import Serving, serve

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the fleet and serve it."""
    asked = _asked(arguments)
    size = Size(asked.instances, asked.regions, asked.mix, asked.seed)
    account = Account(size, throttle=asked.throttle)
    gc.collect()
    gc.freeze()  # a fleet lives as long as its process: nobody needs to look through it again
    asyncio.run(serve(Serving(account, asked.latency_ms / 1000), asked.port))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.endpoint", description=__doc__)
    parser.add_argument("--instances", type=int, default=1000)
    parser.add_argument("--regions", type=int, default=1, choices=range(1, len(REGIONS) + 1))
    parser.add_argument("--mix", default="steady", choices=MIXES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--latency-ms", type=float, default=0, help="added to every call")
    parser.add_argument("--throttle", action="store_true", help="by EC2's own token buckets")
    parser.add_argument("--port", type=int, default=0, help="by default any that is free")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
