"""Images: one snapshot for each volume, pending as long as these are, under a name of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.ec2.models.amis import Ami

from tests.strict import backend, snapshots, tags
from tests.strict.rules import rule
from tests.strict.wire import RefusalError
from tests.strict.world import Developing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_block_store import Snapshot

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

_MADE = re.compile(r"<imageId>(ami-[0-9a-f]+)</imageId>")


class StrictImage(Ami):
    """An image of all volumes; moto's has one made-up snapshot."""

    copies: dict[str, Snapshot]

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """Each device with the snapshot of its volume."""
        return [
            {
                "DeviceName": device,
                "Ebs": {
                    "SnapshotId": snapshot.id,
                    "VolumeSize": snapshot.volume_size,
                    "DeleteOnTermination": True,
                    "VolumeType": "gp3",
                },
            }
            for device, snapshot in self.copies.items()
        ]


@rule("ec2:CreateImage")
def create(exchange: Exchange) -> Answer:
    """Refused where the name is taken; else pending, with a pending snapshot of each volume."""
    held, name = backend.ec2(exchange.request), exchange.request.form.get("Name")
    for taken in (image for image in held.amis.values() if image.name == name):
        message = f"AMI name {name} is already in use by AMI {taken.id}"
        raise RefusalError("InvalidAMIName.Duplicate", message)
    wanted = tags.specified(exchange.request.form, "snapshot")
    answer = exchange.forward(_without_snapshot_tags(exchange.request.form))
    for image_id in _MADE.findall(answer.text):
        image = held.amis[image_id]
        image.state, image.root_device_type = "pending", "ebs"
        copies = _copy(held, image)
        for copy in copies:
            held.tags[copy.id].update(wanted)
        snapshots.develop(exchange.world, copies)
        exchange.world.developing[image_id] = Developing(image, snapshots.ready(exchange.world))
    return answer


@rule("ec2:DeleteSnapshot")
def delete_snapshot(exchange: Exchange) -> Answer:
    """Refused for one on which an image stands, whoever made that."""
    snapshot = exchange.request.form["SnapshotId"]
    for image in backend.ec2(exchange.request).amis.values():
        disks = [each.get("Ebs", {}) for each in image.block_device_mappings]
        if snapshot in {disk.get("SnapshotId") for disk in disks}:
            message = f"The snapshot {snapshot} is currently in use by {image.id}"
            raise RefusalError("InvalidSnapshot.InUse", message)
    return exchange.forward(None)


def _without_snapshot_tags(form: Mapping[str, str]) -> dict[str, str]:
    """`form` without what moto does not know: tags on the snapshots of an image."""
    out = tuple(
        key.removesuffix("ResourceType")
        for key, value in form.items()
        if key.endswith(".ResourceType") and value == "snapshot"
    )
    return {key: value for key, value in form.items() if not out or not key.startswith(out)}


def _copy(held: EC2Backend, image: Ami) -> list[Snapshot]:
    del held.snapshots[image.ebs_snapshot.id]
    image.__class__ = StrictImage
    assert isinstance(image, StrictImage)
    about = f"Created by CreateImage({image.instance.id}) for {image.id}"
    image.copies = {
        device: held.create_snapshot(block.volume_id, about, from_ami=image.id)
        for device, block in image.instance.get_block_device_mapping
    }
    return list(image.copies.values())
