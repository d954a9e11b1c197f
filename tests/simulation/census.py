"""Who lives in the account, as it is and not as anybody reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.truth import LIVING, Truth
from tests.strict import backend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.ec2.models import EC2Backend
    from moto.ec2.models.instances import Instance


def taken() -> dict[str, Truth]:
    """All living instances, by id; of tags the values of this moment."""
    return {truth.id: truth for truth in _living()}


def of(instance_id: str) -> Truth | None:
    """One living instance."""
    for held in backend.everywhere():
        instance = backend.instance(held, instance_id)
        if instance is not None and instance.state in LIVING:
            return _truth(held, instance)
    return None


def region_of(truth: Truth) -> str:
    """Where it stands."""
    return str(truth.held.region_name)


def _living() -> Iterator[Truth]:
    for held in backend.everywhere():
        for instance in backend.instances(held):
            if instance.state in LIVING:
                yield _truth(held, instance)


def _truth(held: EC2Backend, instance: Instance) -> Truth:
    volumes = tuple(device.volume_id for _, device in instance.get_block_device_mapping)
    return Truth(instance.id, instance, dict(held.tags.get(instance.id, {})), volumes, held)
