"""The account that is served: its fleet, its buckets, and what was asked of it."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from bench.endpoint import changing, fleet, looking, rendering, truth
from bench.endpoint.asking import Asked, RefusedError
from bench.endpoint.buckets import Buckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.endpoint.fleet import Region
    from bench.endpoint.mixes import Size

    Answered = tuple[int, list[bytes]]

_SCOPE = re.compile(rb"Credential=[^/]+/\d+/([a-z0-9-]+)/")
_LOOKING: dict[str, Callable[[Region, Asked], list[bytes]]] = {
    "DescribeInstances": looking.instances,
    "DescribeInstanceAttribute": looking.attribute,
    "DescribeSnapshots": looking.snapshots,
    "DescribeVolumes": looking.volumes,
    "DescribeSpotInstanceRequests": looking.spot_requests,
    "CreateTags": changing.create_tags,
    "DeleteTags": changing.delete_tags,
}
_CHANGING: dict[str, Callable[[Region, Asked, datetime], list[bytes]]] = {
    "StopInstances": changing.stop,
    "TerminateInstances": changing.terminate,
    "CreateSnapshots": changing.create_snapshots,
}
_ANYWHERE: dict[str, Callable[[Asked], list[bytes]]] = {
    "AssumeRole": looking.assumed,
    "GetCallerIdentity": looking.caller,
    "ListAccountAliases": looking.aliases,
}


@dataclass(slots=True)
class Account:
    """Answers every call; `throttle` says whether it may run out of patience."""

    size: Size
    throttle: bool = False
    clock: Callable[[], float] = time.monotonic
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    regions: dict[str, Region] = field(init=False)
    buckets: Buckets = field(init=False)
    truth: list[dict[str, Any]] = field(init=False)
    changed: bool = True

    def __post_init__(self) -> None:
        """Make the fleet, and render it."""
        self.reset()
        self.truth = truth.of(self.regions.values())

    def reset(self) -> None:
        """Forget what was asked; and what was done, by making the same fleet anew."""
        self.calls.clear()
        self.refused.clear()
        self.buckets = Buckets(self.clock)
        if self.changed:
            self.regions = fleet.populate(self.size, self.made_at)
            for region in self.regions.values():
                for instance in region.instances.values():
                    rendering.xml(instance)
        self.changed = False

    def answer(self, head: bytes, body: bytes) -> Answered:
        """The status and the body of the answer to one call."""
        asked = Asked.read(body)
        scope = _SCOPE.search(head)
        region = scope[1].decode() if scope else "us-east-1"
        self.calls[asked.action] += 1
        try:
            if self.throttle:
                self.buckets.take(region, asked)
            return 200, self._act(region, asked)
        except RefusedError as refused:
            self.refused[f"{asked.action}: {refused.code}"] += 1
            return refused.status, [_refusal(refused).encode()]

    def statistics(self) -> dict[str, object]:
        """What was asked, what was refused with which code, and what ended without a snapshot."""
        return {
            "calls": self.calls,
            "refused": self.refused,
            "terminated_without_snapshot": sum(map(_lost, self.regions.values())),
        }

    def _act(self, name: str, asked: Asked) -> list[bytes]:
        region = self.regions.get(name) or fleet.Region(name, {})
        if act := _LOOKING.get(asked.action):
            self.changed |= not asked.action.startswith("Describe")
            return act(region, asked)
        if change := _CHANGING.get(asked.action):
            self.changed = True
            return change(region, asked, datetime.now(UTC))
        if asked.action in _ANYWHERE:
            return _ANYWHERE[asked.action](asked)
        if asked.action == "DescribeRegions":
            return looking.regions(self.regions, asked)
        raise RefusedError("InvalidAction", f"The action {asked.action} is not valid.")


def _lost(region: Region) -> int:
    """How many instances of `region` ended without a snapshot of each of their volumes."""
    kept = {one.volume.id for one in region.snapshots.values()}
    ended = (one for one in region.instances.values() if one.state == "terminated")
    return sum(not kept.issuperset(volume.id for volume in one.volumes) for one in ended)


def _refusal(refused: RefusedError) -> str:
    error = (
        f"<Error><Code>{refused.code}</Code><Message>{escape(refused.sentence)}</Message></Error>"
    )
    return f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>"
