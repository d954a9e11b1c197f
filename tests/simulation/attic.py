"""Where the backups stand; people tidy it now and then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.strict import backend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from moto.ec2.models import EC2Backend

    from tests.strict.aws import Account

KEPT_FOR = timedelta(days=100)
FAILED = {"error", "failed"}


def tidy(account: Account, regions: Sequence[str]) -> None:
    """Delete what is old; and what has failed, so that it is made again."""
    for held in backend.everywhere():
        if held.region_name not in regions:
            continue
        for empty in [i for i, one in held.reservations.items() if not one.instances]:
            del held.reservations[empty]  # moto reads them all to find one instance
        client = account.client("ec2", held.region_name)
        for image in list(_images(held, account.now)):
            client.deregister_image(ImageId=image)
        for snapshot in list(_snapshots(held, account.now)):
            client.delete_snapshot(SnapshotId=snapshot)


def _snapshots(held: EC2Backend, now: datetime) -> Iterator[str]:
    for snapshot in held.snapshots.values():
        begun = snapshot.start_time.replace(tzinfo=UTC)
        if snapshot.status in FAILED or now - begun > KEPT_FOR:
            yield snapshot.id


def _images(held: EC2Backend, now: datetime) -> Iterator[str]:
    for image in held.amis.values():
        made = datetime.fromisoformat(str(image.creation_date)).replace(tzinfo=UTC)
        if image.owner_id == held.account_id and (image.state in FAILED or now - made > KEPT_FOR):
            yield image.id
