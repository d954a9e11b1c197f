"""What a right plan of the fleet says: told from how it was made, by nobody's rules but its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.endpoint.fleet import Region

ENDANGERED = ("un-named", "expired", "due", "exempt")


@dataclass(frozen=True, slots=True)
class Truth:
    """One region: how many instances of each phase, and of the expired ones by their date."""

    phases: Mapping[str, int]
    expired_on: Mapping[str, int]

    @property
    def instances(self) -> int:
        """All that live in it."""
        return sum(self.phases.values())

    @property
    def endangered(self) -> int:
        """Those of which termination protection must be read."""
        return sum(self.phases.get(phase, 0) for phase in ENDANGERED)

    def count(self, *phases: str) -> int:
        """Those of any of `phases`."""
        return sum(self.phases.get(phase, 0) for phase in phases)


def of(regions: Iterable[Region]) -> list[dict[str, Any]]:
    """The truth of each region, as JSON knows it."""
    told = []
    for region in regions:
        living = region.instances.values()
        expired = (one.tags["Expiration"] for one in living if one.phase == "expired")
        truth = Truth(dict(Counter(one.phase for one in living)), dict(Counter(expired)))
        told.append(asdict(truth))
    return told


def read(told: Iterable[Mapping[str, Any]]) -> list[Truth]:
    """The truth of each region, from what `of` made of it."""
    return [Truth(**region) for region in told]


def phases(truths: Iterable[Truth]) -> dict[str, int]:
    """The phases of all regions together, as a plan counts them."""
    together: Counter[str] = Counter()
    for truth in truths:
        together.update(truth.phases)
    return dict(together)
