"""Snapshots and images: asked for, pending for a while, and then completed, or not."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from moto.ec2.models.elastic_block_store import Snapshot

from tests.strict import backend
from tests.strict.rules import check, rule, settle
from tests.strict.wire import RefusalError
from tests.strict.world import Developing, World, now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

_MADE = re.compile(r"<snapshotId>(snap-[0-9a-f]+)</snapshotId>")
_FILTER = re.compile(r"Filter\.\d+\.Name")
_SOURCE = re.compile(r"SnapshotId|BlockDeviceMapping\.\d+\.Ebs\.SnapshotId")


class StrictSnapshot(Snapshot):
    """A snapshot whose progress is that of its state; moto always says 100%."""

    @property
    def progress(self) -> str:
        """How much of it is there."""
        return {"completed": "100%", "error": "3%"}.get(self.status, "42%")

    @property
    def state_message(self) -> str | None:
        """Why it has failed."""
        return "An internal error occurred" if self.status == "error" else None


@rule("ec2:CreateSnapshots", "ec2:CreateSnapshot", "ec2:CopySnapshot")
def create(exchange: Exchange) -> Answer:
    """The answer shows each as pending; tags are copied from the volume where this is asked."""
    with _set_aside(exchange):
        answer = exchange.forward(None)
    if not answer.good:
        return answer
    held, world = backend.ec2(exchange.request), exchange.world
    snapshots = [held.snapshots[i] for i in _MADE.findall(answer.text)]
    if exchange.request.form.get("CopyTagsFromSource") == "volume":
        for snapshot in snapshots:
            copied = held.tags.get(snapshot.volume_id, {}).items()
            held.tags[snapshot.id].update({k: v for k, v in copied if not k.startswith("aws:")})
    develop(world, snapshots)
    return answer._replace(body=_shown_pending(answer.text))


@rule("ec2:DescribeSnapshots")
def describe(exchange: Exchange) -> Answer:
    """Those of an owner alone, where one is named: others are shared with the account."""
    form, owners = dict(exchange.request.form), exchange.request.listed("Owner")
    if owners:
        ids = [exchange.request.account if each == "self" else each for each in owners]
        one_more = f"Filter.{1 + sum(bool(_FILTER.fullmatch(key)) for key in form)}"
        form[f"{one_more}.Name"] = "owner-id"
        form |= {f"{one_more}.Value.{n}": each for n, each in enumerate(ids, 1)}
    return exchange.forward(form)


@check
def source_is_complete(exchange: Exchange) -> None:
    """Nothing is made from a snapshot that is not complete."""
    request = exchange.request
    if request.name not in {"ec2:CreateVolume", "ec2:RunInstances"}:
        return
    held = backend.ec2(request).snapshots
    for source in (value for key, value in request.form.items() if _SOURCE.fullmatch(key)):
        if source in held and held[source].status != "completed":
            message = f"Snapshot {source} is in invalid state - {held[source].status}"
            raise RefusalError("IncorrectState", message)


@settle
def complete_in_time(world: World) -> None:
    """What has been pending long enough is completed, or has failed."""
    for key, developing in list(world.developing.items()):
        at = developing.at or world.snapshots_ready_at
        if at is not None and now() >= at:
            del world.developing[key]
            _finish(developing.made, failed=world.snapshots_fail)


@contextmanager
def _set_aside(exchange: Exchange) -> Iterator[None]:
    """`ExcludeDataVolumeIds`, of which moto knows nothing: out of its sight for the call."""
    out = exchange.request.listed("InstanceSpecification.ExcludeDataVolumeId")
    instance_id = exchange.request.form.get("InstanceSpecification.InstanceId", "")
    instance = backend.instance(backend.ec2(exchange.request), instance_id) if out else None
    devices = instance.block_device_mapping if instance else {}
    aside = {name: device for name, device in devices.items() if device.volume_id in out}
    for name in aside:
        del devices[name]
    try:
        yield
    finally:
        devices.update(aside)


def ready(world: World) -> datetime | None:
    """When what is begun now will be complete."""
    return None if world.snapshots_take is None else now() + world.snapshots_take


def develop(world: World, snapshots: Iterable[Snapshot]) -> None:
    """From here on they are pending."""
    for snapshot in snapshots:
        snapshot.__class__ = StrictSnapshot
        snapshot.status = "pending"
        world.developing[snapshot.id] = Developing(snapshot, ready(world))


def _finish(made: Any, *, failed: bool) -> None:
    if isinstance(made, Snapshot):
        made.status = "error" if failed else "completed"
    else:
        made.state = "failed" if failed else "available"


def _shown_pending(text: str) -> str:
    text = re.sub(r"<(status|state)>completed</\1>", "", text)
    text = re.sub(r"<progress>100%</progress>", "<progress>0%</progress>", text)
    element = "state" if "<CreateSnapshotsResponse" in text else "status"
    return re.sub(r"(</snapshotId>)", rf"\1<{element}>pending</{element}>", text)
