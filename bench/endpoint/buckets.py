"""How many calls EC2 takes: its documented token buckets, per region and action.

Source: "Request throttling for the Amazon EC2 API" in the EC2 developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.endpoint.asking import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.endpoint.asking import Asked


@dataclass(frozen=True, slots=True)
class Bucket:
    """How much it holds, and how much flows in each second."""

    holds: float
    refills: float


LOOKING = Bucket(100, 20)
LOOKING_AT_ALL = Bucket(50, 10)  # some actions, where neither pages nor a filter are asked for
CHANGING = Bucket(50, 5)
OF_ITS_OWN = {
    "CreateTags": Bucket(100, 10),
    "DeleteTags": Bucket(100, 10),
    "CreateSnapshots": Bucket(100, 5),
    "TerminateInstances": Bucket(100, 5),
}
RESOURCES = {"StopInstances": Bucket(1000, 20), "TerminateInstances": Bucket(1000, 20)}
LARGE = frozenset({"DescribeInstances", "DescribeSnapshots", "DescribeVolumes"})
NOT_EC2 = frozenset({"AssumeRole", "GetCallerIdentity", "ListAccountAliases"})


@dataclass(slots=True)
class Buckets:
    """The buckets of one account; `clock` tells seconds."""

    clock: Callable[[], float]
    _levels: dict[tuple[str, ...], tuple[float, float]] = field(default_factory=dict)

    def take(self, region: str, asked: Asked) -> None:
        """Take what the call costs. Raises RefusedError where not enough is left."""
        action = asked.action
        if action in NOT_EC2:
            return
        bucket = _of(asked)
        fits = self._take((region, action, str(bucket)), bucket, 1)
        if fits and action in RESOURCES:
            count = len(asked.many("InstanceId"))
            fits = self._take((region, action, "resources"), RESOURCES[action], count)
        if not fits:
            raise RefusedError("RequestLimitExceeded", "Request limit exceeded.", 503)

    def _take(self, key: tuple[str, ...], bucket: Bucket, cost: float) -> bool:
        now = self.clock()
        level, at = self._levels.get(key, (bucket.holds, now))
        level = min(bucket.holds, level + (now - at) * bucket.refills)
        fits = level >= cost
        self._levels[key] = (level - cost if fits else level, now)
        return fits


def _of(asked: Asked) -> Bucket:
    """The bucket from which a call takes."""
    if not asked.action.startswith("Describe"):
        return OF_ITS_OWN.get(asked.action, CHANGING)
    narrowed = asked.one("MaxResults") or asked.filters()
    return LOOKING_AT_ALL if asked.action in LARGE and not narrowed else LOOKING
