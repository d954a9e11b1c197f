"""Registering images and launching from them is as strict as in AWS."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.strict import images_of_snapshots
from tests.strict.test_strict import janitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.aws import Account

ROOT, FURTHER = "/dev/sda1", "/dev/sdf"


@pytest.fixture
def ec2(account: Account) -> Any:
    """A client as the janitor makes it."""
    assert account.calls == []
    return janitor("ec2")


@pytest.fixture
def snapshots(account: Account) -> list[str]:
    """Complete snapshots of a root and of a further volume."""
    client, instance_id = account.client("ec2"), account.launch(volumes=2)
    made = client.create_snapshots(InstanceSpecification={"InstanceId": instance_id})
    account.snapshots_finish()
    disks = account.describe(instance_id)["BlockDeviceMappings"]
    device = {disk["Ebs"]["VolumeId"]: disk["DeviceName"] for disk in disks}
    by_device = {device[each["VolumeId"]]: each["SnapshotId"] for each in made["Snapshots"]}
    account.terminate(instance_id)
    return [by_device[ROOT], by_device[FURTHER]]


@contextmanager
def refused(code: str) -> Iterator[None]:
    """AWS refuses what is done inside, with this error code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


def register(ec2: Any, snapshots: list[str], **root: Any) -> str:
    """Register an image; its id."""
    ebs = [{"SnapshotId": snapshots[0], **root}, {"SnapshotId": snapshots[1]}]
    mappings = [
        {"DeviceName": name, "Ebs": each} for name, each in zip((ROOT, FURTHER), ebs, strict=True)
    ]
    made: str = ec2.register_image(
        Name="again", RootDeviceName=ROOT, Architecture="x86_64", BlockDeviceMappings=mappings
    )["ImageId"]
    return made


def launch(ec2: Any, image: str, **more: Any) -> str:
    """Launch one; its id."""
    asked = {"InstanceType": "t3.micro", "ClientToken": "one", **more}
    made: str = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **asked)["Instances"][0][
        "InstanceId"
    ]
    return made


def test_an_image_is_launched_with_its_volumes(
    account: Account, ec2: Any, snapshots: list[str]
) -> None:
    """Each volume comes from its snapshot, with its settings."""
    image = register(ec2, snapshots, VolumeType="gp3", Throughput=200, DeleteOnTermination=True)
    new = launch(ec2, image)
    found = ec2.describe_volumes(VolumeIds=account.volumes(new))["Volumes"]
    assert {each["SnapshotId"] for each in found} == set(snapshots)
    [root] = [each for each in found if each["SnapshotId"] == snapshots[0]]
    assert (root["VolumeType"], root["Throughput"]) == ("gp3", 200)
    assert root["Attachments"][0]["Device"] == ROOT


@pytest.mark.parametrize(
    ("root", "code"),
    [
        ({"Encrypted": True}, "InvalidParameterCombination"),
        ({"VolumeType": "gp2", "Iops": 100}, "InvalidParameterCombination"),
        ({"VolumeType": "io1", "Iops": 100, "Throughput": 9}, "InvalidParameterCombination"),
        ({"SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
    ],
)
def test_what_cannot_be_registered(
    ec2: Any, snapshots: list[str], root: dict[str, Any], code: str
) -> None:
    """Encryption beside a snapshot, settings of another type, a snapshot that is not there."""
    with refused(code):
        register(ec2, snapshots, **root)


def test_a_pending_snapshot_cannot_be_registered(account: Account, ec2: Any) -> None:
    """It must be complete."""
    [volume] = account.volumes(account.launch())
    pending = account.client("ec2").create_snapshot(VolumeId=volume)["SnapshotId"]
    with refused("IncorrectState"):
        register(ec2, [pending, pending])


def test_a_name_is_taken_once(ec2: Any, snapshots: list[str]) -> None:
    """Until the image is deregistered."""
    image = register(ec2, snapshots)
    with refused("InvalidAMIName.Duplicate"):
        register(ec2, snapshots)
    ec2.deregister_image(ImageId=image)
    assert register(ec2, snapshots)


def test_an_image_needs_its_snapshots(ec2: Any, snapshots: list[str]) -> None:
    """They cannot be deleted beside it."""
    image = register(ec2, snapshots)
    with refused("InvalidSnapshot.InUse"):
        ec2.delete_snapshot(SnapshotId=snapshots[1])
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=snapshots[1])


def test_a_token_launches_once(account: Account, ec2: Any, snapshots: list[str]) -> None:
    """A repeat names the same instance; other arguments, or one that has ended, are refused."""
    image = register(ec2, snapshots)
    first = launch(ec2, image)
    assert launch(ec2, image) == first
    with refused("IdempotentParameterMismatch"):
        launch(ec2, image, InstanceType="t3.small")
    account.terminate(first)
    with refused("IdempotentInstanceTerminated"):
        launch(ec2, image)
    assert launch(ec2, image, ClientToken="two") != first


def test_a_root_keeps_its_snapshot(ec2: Any, snapshots: list[str]) -> None:
    """Another one cannot be named at a launch."""
    image = register(ec2, snapshots)
    mapping = [{"DeviceName": ROOT, "Ebs": {"SnapshotId": snapshots[1]}}]
    with refused("InvalidBlockDeviceMapping"):
        launch(ec2, image, BlockDeviceMappings=mapping)


def test_a_start_takes_looks_and_can_fail(account: Account, ec2: Any, snapshots: list[str]) -> None:
    """It is pending at first, and then runs, or has ended with a reason."""
    image = register(ec2, snapshots)
    images_of_snapshots.starts(account, looks=1)
    new = launch(ec2, image)
    assert account.state(new) == "pending"
    states = [look(ec2, new)["State"]["Name"] for _ in range(2)]
    assert states == ["pending", "running"]
    images_of_snapshots.starts(account, code="Server.InternalError", message="It broke")
    broken = look(ec2, launch(ec2, image, ClientToken="two"))
    assert broken["State"]["Name"] == "terminated"
    assert broken["StateReason"] == {"Code": "Server.InternalError", "Message": "It broke"}


def look(ec2: Any, instance_id: str) -> dict[str, Any]:
    """The instance as it is shown."""
    answer = ec2.describe_instances(InstanceIds=[instance_id])
    found: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
    return found
