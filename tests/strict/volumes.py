"""Volumes: made in a while, once for each token, gone in a while; shared where they may be."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from moto.ec2.models.elastic_block_store import Volume, VolumeAttachment

from tests.strict import backend
from tests.strict.rules import rule, settle
from tests.strict.wire import RefusalError, accept
from tests.strict.world import Passing, World, now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

TAKES = timedelta(seconds=7)
_MADE = re.compile(r"<volumeId>(vol-[0-9a-f]+)</volumeId>")
_NOT_ASKED = {"Action", "Version", "ClientToken"}


class StrictVolume(Volume):
    """A volume that is not `available` at once, and not attached to one instance alone."""

    word: str | None = None
    shared: tuple[VolumeAttachment, ...] = ()

    @property
    def status(self) -> str:
        """Its state."""
        return self.word or ("in-use" if self.attachments else "available")

    @property
    def attachments(self) -> list[VolumeAttachment]:
        """All that it is attached to."""
        return [*self.shared, *([self.attachment] if self.attachment else [])]


@rule("ec2:CreateVolume")
def create(exchange: Exchange) -> Answer:
    """One for each token; encrypted as its snapshot is. The janitor's takes a while."""
    request, world = exchange.request, exchange.world
    asked = {k: v for k, v in request.form.items() if k not in _NOT_ASKED}
    token = request.form.get("ClientToken", "")
    if token in world.volumes_asked:
        return _the_same(exchange, asked)
    answer = exchange.forward(None)
    for volume_id in _MADE.findall(answer.text) if answer.good else ():
        volume = _named(exchange, volume_id)
        if token:
            world.volumes_asked[token] = (volume_id, asked)
        if not request.by_person:
            volume.word = "creating"
            world.passing[volume_id] = Passing(volume, now() + TAKES)
    return answer


@rule("ec2:DeleteVolume")
def delete(exchange: Exchange) -> Answer:
    """Refused while something is attached to it; shown as `deleting` for a while."""
    volume_id = exchange.request.form["VolumeId"]
    if volume_id not in backend.ec2(exchange.request).volumes:
        return exchange.forward(None)
    volume = _named(exchange, volume_id)
    if volume.word in {"deleting", "deleted"}:
        message = f"The volume '{volume_id}' does not exist."
        raise RefusalError("InvalidVolume.NotFound", message)
    if volume.attachments:
        at = volume.attachments[0].instance.id
        raise RefusalError("VolumeInUse", f"Volume {volume_id} is currently attached to {at}")
    if volume.word == "creating":
        raise RefusalError("IncorrectState", f"The volume '{volume_id}' is 'creating'")
    volume.word = "deleting"
    exchange.world.passing[volume_id] = Passing(volume, now() + TAKES)
    return accept(exchange.request, "<return>true</return>")


@rule("ec2:AttachVolume")
def attach(exchange: Exchange) -> Answer:
    """To one instance, or to several where it may be attached more than once."""
    volume_id = exchange.request.form["VolumeId"]
    volume = _named(exchange, volume_id)
    before = tuple(volume.attachments)
    if before and not volume.multi_attach_enabled:
        message = f"{volume_id} is already attached to an instance"
        raise RefusalError("VolumeInUse", message)
    answer = exchange.forward(None)
    volume.shared = before if answer.good else volume.shared
    return answer


@settle
def pass_in_time(world: World) -> None:
    """What was on its way has arrived: made, or failed to be, or gone."""
    for volume_id, passing in list(world.passing.items()):
        if now() < passing.at:
            continue
        del world.passing[volume_id]
        if passing.volume.word == "deleting":
            passing.volume.ec2_backend.volumes.pop(volume_id, None)
        else:
            passing.volume.word = "error" if world.volumes_fail else None


def become_strict(volume: Volume) -> StrictVolume:
    """The volume, with the manners of AWS."""
    volume.__class__ = StrictVolume  # type: ignore[type-abstract]
    assert isinstance(volume, StrictVolume)
    return volume


def _named(exchange: Exchange, volume_id: str) -> StrictVolume:
    return become_strict(backend.ec2(exchange.request).get_volume(volume_id))


def _the_same(exchange: Exchange, asked: Mapping[str, str]) -> Answer:
    """What AWS answers to a second request with one token."""
    volume_id, before = exchange.world.volumes_asked[exchange.request.form["ClientToken"]]
    if before != asked:
        message = "Arguments on this idempotent request are inconsistent with arguments used in"
        raise RefusalError("IdempotentParameterMismatch", f"{message} previous request(s).")
    return accept(exchange.request, f"<volumeId>{volume_id}</volumeId>")
