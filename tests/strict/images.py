"""Images: one snapshot for each volume, pending as long as these are, under a name of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.ec2.models.amis import Ami

from tests.strict import backend, snapshots
from tests.strict.rules import rule
from tests.strict.wire import RefusalError
from tests.strict.world import Developing

if TYPE_CHECKING:
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
    answer = exchange.forward(None)
    for image_id in _MADE.findall(answer.text):
        image = held.amis[image_id]
        image.state, image.root_device_type = "pending", "ebs"
        snapshots.develop(exchange.world, _copy(held, image))
        exchange.world.developing[image_id] = Developing(image, snapshots.ready(exchange.world))
    return answer


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
