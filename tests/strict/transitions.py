"""Nothing in AWS happens at once: `stopping` and `shutting-down` take their time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from moto.backends import get_backend

from tests.strict import backend
from tests.strict.rules import settle
from tests.strict.world import Moving, World, now

if TYPE_CHECKING:
    from moto.autoscaling.models import AutoScalingBackend
    from moto.ec2.models.instances import Instance

CODES = {"shutting-down": 32, "stopping": 64, "terminated": 48, "stopped": 80}
ON_THE_WAY = {"stopped": "stopping", "terminated": "shutting-down"}
AT_MOST = timedelta(hours=1)  # where looks are counted and nobody looks
SHOWN_FOR = timedelta(hours=1)  # how long a terminated instance is still shown
GROUP = "aws:autoscaling:groupName"


def begin(world: World, instance: Instance, to: str) -> None:
    """Send `instance` on its way to the state `to`."""
    _name(instance, ON_THE_WAY[to])
    looks = world.stopping_looks
    at = now() + (world.stopping_takes if looks is None else AT_MOST)
    world.moving[instance.id] = Moving(instance, to, at, looks)


def look(world: World, region: str) -> None:
    """Somebody has looked at the instances of `region`."""
    for moving in list(world.moving.values()):
        if moving.looks is None or moving.instance.ec2_backend.region_name != region:
            continue
        moving.looks -= 1
        if moving.looks <= 0:
            arrive(world, moving)


@settle
def arrive_in_time(world: World) -> None:
    """Whoever has been on the way long enough arrives; whoever ended an hour ago vanishes."""
    for moving in list(world.moving.values()):
        if now() >= moving.at:
            arrive(world, moving)
    for instance, at in list(world.ended.values()):
        if now() >= at + SHOWN_FOR:
            _vanish(world, instance)


def arrive(world: World, moving: Moving) -> None:
    """The instance stands in its new state; a group replaces a member that has stopped."""
    del world.moving[moving.instance.id]
    _name(moving.instance, moving.to)
    if moving.to == "terminated":
        world.ended[moving.instance.id] = (moving.instance, min(moving.at, now()))
    elif _in_group(moving.instance):
        _replace(world, moving.instance)


def _name(instance: Instance, state: str) -> None:
    instance.instance_state.name = state
    instance.instance_state.code = CODES[state]


def _in_group(instance: Instance) -> bool:
    name = tags_of(instance).get(GROUP)
    return name is not None and name in _autoscaling(instance).autoscaling_groups


def _replace(world: World, instance: Instance) -> None:
    """To its group a stopped member is an unhealthy one; no protection stands in the way."""
    remember_volumes(world, instance)
    instance.terminate()
    begin(world, instance, "terminated")
    _autoscaling(instance).notify_terminate_instances([instance.id])


def _autoscaling(instance: Instance) -> AutoScalingBackend:
    held = instance.ec2_backend
    return get_backend("autoscaling")[held.account_id][held.region_name]


def _vanish(world: World, instance: Instance) -> None:
    del world.ended[instance.id]
    world.gone[instance.id] = dict(tags_of(instance))
    held = instance.ec2_backend
    for reservation in held.reservations.values():
        reservation.instances = [i for i in reservation.instances if i is not instance]
    held.tags.pop(instance.id, None)


def tags_of(instance: Instance) -> dict[str, str]:
    """The tags of `instance`, those of AWS among them."""
    tags: dict[str, str] = instance.ec2_backend.tags.get(instance.id, {})
    return tags


def remember_volumes(world: World, instance: Instance) -> None:
    """Keep which volumes it had: their snapshots outlive them."""
    held = {device.volume_id for _, device in instance.get_block_device_mapping}
    world.volumes_of.setdefault(instance.id, set()).update(held)


def find(world: World, instance_id: str) -> Instance | None:
    """The instance with this id, wherever it stands, as long as AWS shows it."""
    if instance_id in world.gone:
        return None
    return backend.instance(backend.holder(instance_id), instance_id)
