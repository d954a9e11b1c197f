"""Real AWS at the end: backups that pend and fail, terminations that are refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Any

    from tests.stories.driver import Janitor
    from tests.strict.aws import Account


def made(account: Account) -> Counter[str]:
    """How often each writing operation was asked for."""
    return Counter(call.operation for call in account.writes)


def attach(account: Account, instance: str) -> str:
    """A person attaches one more volume."""
    client: Any = account.client("ec2")
    zone = account.describe(instance)["Placement"]["AvailabilityZone"]
    volume: str = client.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    client.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdz")
    return volume


def detach(account: Account, instance: str) -> None:
    """A person takes the last of its volumes away."""
    last = account.describe(instance)["BlockDeviceMappings"][-1]
    account.client("ec2").detach_volume(
        VolumeId=last["Ebs"]["VolumeId"], InstanceId=instance, Device=last["DeviceName"]
    )


# Backups


def test_a_backup_of_many_runs(account: Account, janitor: Janitor) -> None:
    """`backing-up` survives runs: no second backup, no end before all of it is complete."""
    instance = account.launch(volumes=2)
    janitor.until_due()
    account.snapshots_pend()
    phases = []
    for _ in range(3):
        assert janitor.run().result(instance) == "done"
        account.travel(hours=6)
        phases.append(janitor.phase(instance))
    assert phases == ["backing-up"] * 3
    assert (account.state(instance), made(account)["CreateSnapshots"]) == ("stopped", 1)
    account.snapshots_finish()
    janitor.run()
    assert account.state(instance) == "shutting-down"


def test_a_backup_completes_between_the_plan_and_the_end(
    account: Account, janitor: Janitor
) -> None:
    """Planned as pending, and proven complete when it matters: it ends in this run."""
    instance = account.launch()
    janitor.until_due()
    account.snapshots_pend()
    janitor.run()
    janitor.before("DescribeInstances", account.snapshots_finish, number=2)
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "shutting-down"
    assert len(account.snapshots(instance)) == 1


def test_one_run_is_enough_for_a_quick_backup(account: Account, janitor: Janitor) -> None:
    """Complete at once: backed up and terminated in the same run."""
    instance = account.launch()
    janitor.until_due()
    account.snapshots_finish()
    ran = janitor.run()
    assert ran.outcomes[instance].carried_out == ("back_up", "terminate")
    assert account.state(instance) == "shutting-down"


def test_a_backup_says_what_it_is_of(account: Account, janitor: Janitor) -> None:
    """Labelled with source and ShutOff, tagged like the instance, with a life of its own."""
    tags = {"team": "cs", "Permanent": "no", "aws:cloudformation:stack-name": "demo"}
    instance = account.launch("jd-demo", tags=tags)
    janitor.until_due()
    janitor.run()
    (snapshot,) = account.snapshots(instance)
    assert snapshot.tags == {
        "Name": "jd-demo",
        "team": "cs",
        "JanitorSource": instance,
        "JanitorShutOff": "2026-12-06T06:00:00+00:00",
        "Discovered": "2026-12-13",
        "Expiration": "2027-03-13",
    }


def test_a_backup_can_be_kept_for_ever(account: Account, janitor: Janitor) -> None:
    """`backup.keep = "forever"`: it bears no Expiration."""
    janitor.settings('backup.keep = "forever"')
    instance = account.launch()
    janitor.until_due()
    janitor.run()
    (snapshot,) = account.snapshots(instance)
    assert "Expiration" not in snapshot.tags


def test_an_instance_with_50_tags_is_backed_up(account: Account, janitor: Janitor) -> None:
    """The labels have room on the snapshot; of the copied tags the last are left out."""
    instance = account.launch()
    janitor.until_due()
    account.tag(instance, **{f"key-{n}": "" for n in range(45)})
    assert janitor.run().result(instance) == "done"
    (snapshot,) = account.snapshots(instance)
    assert len(snapshot.tags) == 50
    assert snapshot.tags["JanitorSource"] == instance


def test_a_failed_snapshot_ends_nothing(account: Account, janitor: Janitor) -> None:
    """It stays off, is flagged in every run, and is neither terminated nor backed up again."""
    instance = account.launch(volumes=2)
    janitor.until_due()
    account.snapshots_fail()
    janitor.run()
    for _ in range(3):
        account.travel(days=1)
        assert janitor.run().results == {}
        assert janitor.phase(instance) == "backing-up"
        assert "its backup failed" in janitor.attention(instance)
    assert (account.state(instance), made(account)["CreateSnapshots"]) == ("stopped", 1)


def test_a_snapshot_that_fails_in_this_run(account: Account, janitor: Janitor) -> None:
    """Failed before the run came to its end: blocked, and not terminated."""
    instance = account.launch()
    janitor.until_due()
    account.snapshots_fail()
    account.snapshots_finish()
    ran = janitor.run()
    assert (ran.result(instance), account.state(instance)) == ("blocked", "stopped")
    assert "its backup failed" in ran.why(instance)


def test_a_deleted_snapshot_is_made_again(account: Account, janitor: Janitor) -> None:
    """A person deletes one of two: that volume alone is backed up again, and it ends."""
    instance = account.launch(volumes=2)
    janitor.until_due()
    janitor.run()
    account.travel(minutes=10)
    lost = account.snapshots(instance)[0]
    account.client("ec2").delete_snapshot(SnapshotId=lost.id)
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "stopped"
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert sorted(s.volume for s in account.snapshots(instance)) == account.volumes(instance)


def test_failed_snapshots_are_made_again_once_deleted(account: Account, janitor: Janitor) -> None:
    """Every failed snapshot deleted: the whole backup is made again."""
    instance = account.launch(volumes=2)
    janitor.until_due()
    account.snapshots_fail()
    janitor.run()
    account.travel(days=1)
    account.snapshots_fail(on=False)
    for snapshot in account.snapshots(instance):
        assert snapshot.state == "error"
        account.client("ec2").delete_snapshot(SnapshotId=snapshot.id)
    janitor.run()
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert [s.state for s in account.snapshots(instance)] == ["completed"] * 2


@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_volume_attached_after_the_backup(account: Account, janitor: Janitor, form: str) -> None:
    """Every volume in the mapping has its snapshot, also one that came late."""
    janitor.settings(f'backup.as = "{form}"')
    instance = account.launch()
    janitor.until_backed_up()
    late = attach(account, instance)
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "stopped"
    account.travel(minutes=10)
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) == "shutting-down"
    assert late in {s.volume for s in account.snapshots(instance) if s.state == "completed"}


@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_volume_exchanged_after_the_backup(account: Account, janitor: Janitor, form: str) -> None:
    """As many volumes as before, but not the same ones: the new one is backed up too."""
    janitor.settings(f'backup.as = "{form}"')
    instance = account.launch(volumes=2)
    janitor.until_backed_up()
    detach(account, instance)
    late = attach(account, instance)
    for _ in range(2):
        assert janitor.run().result(instance) == "done"
        assert account.state(instance) == "stopped"
        account.travel(minutes=5)
    account.travel(minutes=5)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert late in {s.volume for s in account.snapshots(instance) if s.state == "completed"}


def test_a_volume_taken_away_after_the_backup(account: Account, janitor: Janitor) -> None:
    """What is no longer its own is not waited for."""
    instance = account.launch(volumes=2)
    janitor.until_backed_up()
    detach(account, instance)
    janitor.run()
    assert account.state(instance) == "shutting-down"


def test_a_backup_as_an_image(account: Account, janitor: Janitor) -> None:
    """`backup.as = "image"`: one image of all volumes, pending at first, without a reboot."""
    janitor.settings('backup.as = "image"')
    instance = account.launch(volumes=2)
    janitor.until_due()
    for _ in range(2):
        assert janitor.run().result(instance) == "done"
    assert (account.state(instance), janitor.phase(instance)) == ("stopped", "backing-up")
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    (image,) = [call for call in account.writes if call.operation == "CreateImage"]
    assert image.params["NoReboot"] is True
    assert made(account)["CreateSnapshots"] == 0


def test_a_failed_image_ends_nothing(account: Account, janitor: Janitor) -> None:
    """Flagged until a person removes it; then it is made again, under the same name."""
    janitor.settings('backup.as = "image"')
    instance = account.launch()
    janitor.until_due()
    account.snapshots_fail()
    janitor.run()
    account.travel(days=1)
    assert (janitor.run().results, janitor.phase(instance)) == ({}, "backing-up")
    assert "its backup failed" in janitor.attention(instance)
    account.snapshots_fail(on=False)
    person: Any = account.client("ec2")
    (image,) = person.describe_images(Owners=["self"])["Images"]
    person.deregister_image(ImageId=image["ImageId"])
    janitor.run()
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"


def test_the_backup_of_another_does_not_count(account: Account, janitor: Janitor) -> None:
    """A snapshot that somebody else took, or that bears another's labels, proves nothing."""
    instance = account.launch()
    janitor.until_due()
    (volume,) = account.volumes(instance)
    account.client("ec2").create_snapshot(VolumeId=volume)
    account.travel(minutes=10)
    assert janitor.run().outcomes[instance].carried_out == ("back_up",)
    assert len(account.snapshots(instance)) == 2


def test_the_answer_to_a_backup_is_lost(account: Account, janitor: Janitor) -> None:
    """Never asked for twice by itself: told as failed, and found by its labels the next time."""
    instance = account.launch(volumes=2)
    janitor.until_due()
    account.fail_after("CreateSnapshots", times=1)
    assert janitor.run().result(instance) == "failed"
    account.travel(minutes=10)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    assert len(account.snapshots(instance)) == 2


def test_a_throttled_backup_is_asked_for_again(account: Account, janitor: Janitor) -> None:
    """AWS refused it unread, so a repeat makes no second one."""
    instance = account.launch()
    janitor.until_due()
    account.throttle("CreateSnapshots", times=3)
    assert janitor.run().result(instance) == "done"
    assert len(account.snapshots(instance)) == 1


def test_what_a_restore_needs_is_kept_before_the_end(account: Account, janitor: Janitor) -> None:
    """The manifest is in the ledger: type, network, user data, devices, volumes, tags."""
    instance = account.launch(user_data="#!/bin/sh\necho hello", volumes=2)
    janitor.until_backed_up()
    janitor.run()
    (entry,) = janitor.entries("manifest")
    manifest = entry["manifest"]
    assert entry["backups"] == sorted(s.id for s in account.snapshots(instance))
    assert manifest["instance"]["InstanceType"] == "t3.micro"
    assert manifest["user_data"] is not None
    assert len(manifest["volumes"]) == len(manifest["instance"]["BlockDeviceMappings"]) == 2


@pytest.mark.parametrize("denied", ["ec2:DescribeVolumes", "ec2:DescribeInstanceAttribute"])
def test_without_a_manifest_nothing_ends(account: Account, janitor: Janitor, denied: str) -> None:
    """What a restore needs cannot be read: told, and not terminated."""
    instance = account.launch()
    janitor.until_backed_up()
    janitor.after("DescribeSnapshots", lambda: account.deny(denied), number=2)
    janitor.run()
    assert account.state(instance) == "stopped"
    account.allow_all()
    janitor.run()
    assert account.state(instance) == "shutting-down"


def test_without_a_ledger_nothing_ends(account: Account, janitor: Janitor) -> None:
    """Where the manifest cannot be written its instance stays."""
    instance = account.launch()
    janitor.until_backed_up()
    ledger = janitor.home / "ledger.jsonl"

    def lose() -> None:
        ledger.unlink()
        ledger.mkdir()

    janitor.before("DescribeVolumes", lose)
    assert janitor.run().result(instance) == "failed"
    assert account.state(instance) == "stopped"


# Terminations


def test_one_protected_does_not_spoil_the_zone(account: Account, janitor: Janitor) -> None:
    """One id per call: what was protected at the last moment stays, its neighbours end."""
    instances = [account.launch(zone="a") for _ in range(4)]
    kept = instances[2]
    janitor.until_backed_up()
    # Looked up for the plan, before the manifest, and as the last thing before the end.
    janitor.after("DescribeSnapshots", lambda: account.protect(kept), number=3)
    ran = janitor.run()
    assert [ran.result(i) for i in instances] == ["done", "done", "blocked", "done"]
    assert account.state(kept) == "stopped"
    assert made(account)["TerminateInstances"] == 4


def test_one_vanished_does_not_spoil_the_others(account: Account, janitor: Janitor) -> None:
    """Its owner terminated it meanwhile: changed; the others end."""
    gone, other = account.launch(), account.launch()
    janitor.until_backed_up()
    janitor.before("DescribeInstances", lambda: account.terminate(gone), number=2)
    ran = janitor.run()
    assert [ran.result(i) for i in (gone, other)] == ["changed", "done"]
    assert account.state(other) == "shutting-down"


def test_stop_protection_blocks_the_end_too(account: Account, janitor: Janitor) -> None:
    """Protected against stops while it waits: backed up once, blocked in every run, not exempt."""
    instance, other = account.launch(), account.launch()
    janitor.until_due()
    account.protect_stop(instance)
    for _ in range(3):
        ran = janitor.run()
        account.travel(days=1)
    assert (ran.result(instance), janitor.phase(instance)) == ("blocked", "due")
    assert "disableApiStop" in ran.why(instance)
    assert [account.state(i) for i in (instance, other)] == ["stopped", "terminated"]
    assert made(account)["CreateSnapshots"] == 2
    account.protect_stop(instance, on=False)
    janitor.run()
    assert account.state(instance) == "shutting-down"


def test_the_answer_to_the_end_is_lost(account: Account, janitor: Janitor) -> None:
    """The SDK asks again, and a terminated one may be terminated again."""
    instance = account.launch()
    janitor.until_backed_up()
    account.fail_after("TerminateInstances", "reset", times=1)
    assert janitor.run().result(instance) == "done"
    assert account.state(instance) in {"shutting-down", "terminated"}
    assert janitor.run().results == {}


def test_a_stack_is_named(account: Account, janitor: Janitor) -> None:
    """Owned by CloudFormation or Terraform: stopped and terminated like others, but told."""
    stack = account.launch(tags={"aws:cloudformation:stack-name": "demo"})
    terraform = account.launch(tags={"ManagedBy": "Terraform"})
    janitor.until_expired()
    assert "belongs to CloudFormation stack demo" in janitor.step(stack).reason
    assert "belongs to Terraform" in janitor.step(terraform).reason
    janitor.run()
    account.travel(days=7)
    assert "belongs to CloudFormation stack demo" in janitor.step(stack).reason
    assert [account.state(i) for i in (stack, terraform)] == ["stopped", "stopped"]
