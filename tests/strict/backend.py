"""What moto holds: the objects behind the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.models import ec2_backends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.ec2.models import EC2Backend
    from moto.ec2.models.instances import Instance

    from tests.strict.wire import Request


def ec2(request: Request) -> EC2Backend:
    """EC2 in the account and region of `request`."""
    return ec2_backends[request.account][request.region]


def everywhere() -> Iterator[EC2Backend]:
    """EC2 in every account and region that was used."""
    for regions in list(ec2_backends.values()):
        yield from list(regions.values())


def instances(backend: EC2Backend) -> Iterator[Instance]:
    """The instances there, terminated ones as long as AWS shows them."""
    for reservation in backend.reservations.values():
        yield from reservation.instances


def instance(backend: EC2Backend, instance_id: str) -> Instance | None:
    """The instance with this id."""
    return next((i for i in instances(backend) if i.id == instance_id), None)


def holder(resource_id: str) -> EC2Backend:
    """Where the resource with this id stands, whatever its account and region."""
    for backend in everywhere():
        addresses = {address.allocation_id for address in backend.addresses}
        standing = (backend.volumes, backend.snapshots, backend.amis, backend.tags, addresses)
        if instance(backend, resource_id) or any(resource_id in held for held in standing):
            return backend
    raise KeyError(resource_id)
