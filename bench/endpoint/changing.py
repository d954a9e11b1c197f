"""The calls that change something: they take effect, and only what they touch is rendered anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.endpoint import looking, xml
from bench.endpoint.asking import RefusedError
from bench.endpoint.fleet import Snapshot
from bench.endpoint.rendering import state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bench.endpoint.asking import Asked
    from bench.endpoint.fleet import Instance, Region

MOST_TAGGED = 1000
MOST_TAGS = 50
RESERVED = "aws:"
DONE = {"return": True}


def create_tags(region: Region, asked: Asked) -> list[bytes]:
    """CreateTags: all of them on each resource, or none at all."""
    given = asked.tags()
    if any(key.startswith(RESERVED) for key in given):
        why = "Tag keys starting with 'aws:' are reserved for internal use"
        raise RefusedError("InvalidParameterValue", why)
    bearers = _bearers(region, asked)
    if any(len(tags | given) > MOST_TAGS for tags in bearers):
        raise RefusedError("TagLimitExceeded", "The maximum number of tags has been reached.")
    for tags in bearers:
        tags.update(given)
    return xml.answer(asked.action, DONE)


def delete_tags(region: Region, asked: Asked) -> list[bytes]:
    """DeleteTags, whatever their values."""
    for tags in _bearers(region, asked):
        for key in asked.tags():
            tags.pop(key, None)
    return xml.answer(asked.action, DONE)


def stop(region: Region, asked: Asked, now: datetime) -> list[bytes]:
    """StopInstances: one that cannot stop refuses the whole call; the others are off at once."""
    stopped = [looking.named(region, one) for one in asked.many("InstanceId")]
    for instance in stopped:
        if instance.state == "terminated":
            _refuse_state(instance)
        if instance.spot_request:
            why = f"You can't stop the Spot Instance '{instance.id}' of a one-time request."
            raise RefusedError("UnsupportedOperation", why)
    return _move(asked, stopped, ("stopping", "stopped"), now)


def terminate(region: Region, asked: Asked, now: datetime) -> list[bytes]:
    """TerminateInstances: one that is protected refuses the whole call."""
    ended = [looking.named(region, one) for one in asked.many("InstanceId")]
    for instance in ended:
        if instance.protected:
            why = f"The instance '{instance.id}' may not be terminated: disableApiTermination."
            raise RefusedError("OperationNotPermitted", why)
    return _move(asked, ended, ("shutting-down", "terminated"), now)


def create_snapshots(region: Region, asked: Asked, now: datetime) -> list[bytes]:
    """CreateSnapshots: one of each volume of an instance but for those that are excluded."""
    inside = "InstanceSpecification."
    instance = looking.named(region, asked.one(f"{inside}InstanceId"))
    excluded = set(asked.many(f"{inside}ExcludeDataVolumeId"))
    if asked.one(f"{inside}ExcludeBootVolume") == "true":
        excluded.add(instance.volumes[0].id)
    made = []
    for volume in instance.volumes:
        if volume.id not in excluded:
            number = f"snap-{0xF00000000 + len(region.snapshots):017x}"
            tags = asked.tags("TagSpecification.1.")
            text = asked.one("Description")
            made.append(Snapshot(number, volume, instance.id, now, text, tags))
            region.snapshots[number] = made[-1]
    shown = [looking.snapshot(one, "state") for one in made]
    return xml.answer(asked.action, {"snapshotSet": shown})


def _bearers(region: Region, asked: Asked) -> list[dict[str, str]]:
    """The tags of each resource that is named; an instance among them is rendered anew."""
    ids = asked.many("ResourceId")
    if len(ids) > MOST_TAGGED:
        raise RefusedError("InvalidParameterValue", "Up to 1000 resources in one call.")
    bearers = []
    for one in ids:
        if one.startswith("i-"):
            instance = looking.named(region, one)
            instance.xml = b""
            bearers.append(instance.tags)
        elif volume := looking.volume_of(region, one):
            bearers.append(volume.tags)
        elif one in region.snapshots:
            bearers.append(region.snapshots[one].tags)
        else:
            raise RefusedError("InvalidID", f"The ID '{one}' is not valid")
    return bearers


def _move(
    asked: Asked, instances: Sequence[Instance], states: tuple[str, str], now: datetime
) -> list[bytes]:
    """Bring `instances` into the second of `states`; the answer still tells the first."""
    moving, arrived = states
    shown = []
    for instance in instances:
        before = instance.state
        after = before if before == arrived else moving
        shown.append(
            {
                "instanceId": instance.id,
                "currentState": state(after),
                "previousState": state(before),
            }
        )
        if before != arrived:
            instance.state, instance.off_since, instance.xml = arrived, now, b""
    return xml.answer(asked.action, {"instancesSet": shown})


def _refuse_state(instance: Instance) -> None:
    why = f"The instance '{instance.id}' is not in a state from which it can be stopped."
    raise RefusedError("IncorrectInstanceState", why)
