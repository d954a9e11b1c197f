"""What a fleet is made of: sorts of instances, and their shares on a steady and a busy day."""

from __future__ import annotations

from dataclasses import dataclass

# Percent of a fleet by sort; what rounding leaves over is `named`.
MIXES = {
    "steady": {"named": 94, "unnamed": 1, "new": 2, "expired": 1, "stopped": 1, "protected": 1},
    "busy": {
        "named": 40,
        "unnamed": 10,
        "new": 20,
        "expired": 10,
        "stopped": 10,
        "protected": 5,
        "extended": 5,
    },
}

# The regions that every account has without asking.
REGIONS = (
    "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-west-1 eu-west-2 eu-west-3"
    " eu-central-1 eu-north-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3"
    " ap-southeast-1 ap-southeast-2 sa-east-1"
).split()


@dataclass(frozen=True, slots=True)
class Size:
    """How big a fleet is, over how many regions, of which mix, by which seed."""

    instances: int
    regions: int = 1
    mix: str = "steady"
    seed: int = 1


def spread(size: Size) -> dict[str, list[str]]:
    """The sorts of the instances of each region, in the order of the mix."""
    each, over = divmod(size.instances, size.regions)
    return {
        region: _sorts(each + (number < over), MIXES[size.mix])
        for number, region in enumerate(REGIONS[: size.regions])
    }


def _sorts(count: int, shares: dict[str, int]) -> list[str]:
    others = [
        sort
        for sort, share in shares.items()
        if sort != "named"
        for _ in range(count * share // 100)
    ]
    return ["named"] * (count - len(others)) + others
