"""The sizes of an Auto Scaling group: recorded on itself, taken by its shut-off, given back.

Source: S5. The record is written before anything is changed, so a crash between any two calls
loses no size; to do any of it once more does no harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_autoscaling.client import AutoScalingClient
    from types_boto3_autoscaling.type_defs import TagTypeDef

    from cs_aws_janitor.resources.model import Place, Resource

RECORD = "JanitorCapacity"
SCHEDULE = "ScheduledActions"  # the process that carries them out
ENOUGH_GROUPS = 10  # of which the tags are written in one call: each tag of each is a row of it

_RECORDED = re.compile(r"min=(\d+) max=(\d+) desired=(\d+)(?: resume=(\w+))?")
_SIZES = ("min", "max", "desired")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The three sizes; `resume`: its scheduled actions ran, and are to run again."""

    min: int
    max: int
    desired: int
    resume: bool = False

    @property
    def numbers(self) -> str:
        """For people."""
        return f"min {self.min}, max {self.max}, desired {self.desired}"

    @property
    def schedule(self) -> str:
        """What becomes of its scheduled actions, to be said after its sizes."""
        return "; its scheduled actions run again" if self.resume else ""

    @property
    def text(self) -> str:
        """As it is recorded."""
        resume = f" resume={SCHEDULE}" if self.resume else ""
        return f"min={self.min} max={self.max} desired={self.desired}{resume}"

    def same_as(self, other: Sizes) -> bool:
        """Whether the numbers are equal."""
        return (self.min, self.max, self.desired) == (other.min, other.max, other.desired)


NONE = Sizes(0, 0, 0)


def of(resource: Resource) -> Sizes:
    """The sizes that the listing showed."""
    small, large, wanted = (int(resource.traits[name]) for name in _SIZES)
    return Sizes(small, large, wanted, resume=SCHEDULE not in _suspended(resource))


def recorded(resource: Resource) -> Sizes | str | None:
    """What its shut-off has taken; None without a record, or why the one it bears says nothing."""
    text = resource.tags.get(RECORD)
    if text is None:
        return None
    found = _RECORDED.fullmatch(text.strip())
    if found is None:
        return f"its tag {RECORD} {text!r} says no sizes: set them yourself, and remove it"
    small, large, wanted = (int(found[number]) for number in (1, 2, 3))
    return Sizes(small, large, wanted, resume=found[4] == SCHEDULE)


def shut_off(client: AutoScalingClient, resources: Sequence[Resource]) -> None:
    """Record the sizes of each, keep its schedule from undoing it, and let its members end."""
    for resource in resources:
        taken = _to_record(resource)
        if resource.tags.get(RECORD) != taken.text:
            tags.check_room(resource.tags, {RECORD: taken.text})
            tag(client, resource.place, [resource.id], {RECORD: taken.text})
        if SCHEDULE not in _suspended(resource):
            client.suspend_processes(AutoScalingGroupName=resource.id, ScalingProcesses=[SCHEDULE])
        _resize(client, resource, NONE)


def _to_record(resource: Resource) -> Sizes:
    """Its sizes as they stand: what is shut off is never at zero, where nothing is to be taken.

    A record that still stands tells who has suspended its schedule: until it is given back, that
    one's word counts, whatever sizes its policy or a person has set since.
    """
    now, before = of(resource), recorded(resource)
    ours = isinstance(before, Sizes) and before.resume
    return replace(now, resume=now.resume or ours)


def taken(resource: Resource) -> str | None:
    """What `give_back` would do, in words; None where nothing was taken."""
    before = recorded(resource)
    if not isinstance(before, Sizes):
        return before
    if not _resized(resource, before):
        return f"it gets back its sizes: {before.numbers}{before.schedule}"
    kept = f"its sizes were set to {of(resource).numbers} meanwhile, and stay so"
    return f"{kept}{before.schedule}"


def give_back(client: AutoScalingClient, resource: Resource) -> str | None:
    """Set its sizes as they were, let its schedule run, and remove the record last of all.

    Sizes that somebody has set since are left as they are.
    """
    said, before = taken(resource), recorded(resource)
    if not isinstance(before, Sizes):
        return said
    if not _resized(resource, before):
        _resize(client, resource, before)
    if before.resume:
        client.resume_processes(AutoScalingGroupName=resource.id, ScalingProcesses=[SCHEDULE])
    untag(client, resource.place, [resource.id], [RECORD])
    return said


def _resized(resource: Resource, before: Sizes) -> bool:
    """Whether its sizes are neither those of a shut-off nor those of before."""
    now = of(resource)
    return not now.same_as(NONE) and not now.same_as(before)


def _suspended(resource: Resource) -> list[str]:
    return resource.traits["suspended"].split()


def _resize(client: AutoScalingClient, resource: Resource, sizes: Sizes) -> None:
    client.update_auto_scaling_group(
        AutoScalingGroupName=resource.id,
        MinSize=sizes.min,
        MaxSize=sizes.max,
        DesiredCapacity=sizes.desired,
    )


def tag(
    client: AutoScalingClient, _place: Place, ids: Sequence[str], wanted: Mapping[str, str]
) -> None:
    """Write equal tags on the groups `ids` alone: members launched later do not inherit them."""
    client.create_or_update_tags(
        Tags=[
            _row(group) | {"Key": key, "Value": value, "PropagateAtLaunch": False}
            for group in ids
            for key, value in wanted.items()
        ]
    )


def untag(
    client: AutoScalingClient, _place: Place, ids: Sequence[str], keys: Sequence[str]
) -> None:
    """Remove `keys`, whatever their values, from the groups `ids`."""
    if keys:
        rows: list[TagTypeDef] = [_row(group) | {"Key": key} for group in ids for key in keys]
        client.delete_tags(Tags=rows)


def _row(group: str) -> Any:
    return {"ResourceId": group, "ResourceType": "auto-scaling-group"}
