"""The life of a volume: what nobody uses goes, what an instance leaves behind keeps its owner."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.kinds.ebs_volume import KIND
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.tags import RESTORED_FROM
from tests.stories.driver import REGION, Janitor
from tests.stories.typed import command
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.typed import Command
    from tests.strict.aws import Account

ZONE = f"{REGION}a"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
DEVICE = "/dev/sdz"


@pytest.fixture
def kinds() -> tuple[str, ...]:
    """Volumes alone."""
    return ("ebs_volume",)


@pytest.fixture
def typed(janitor: Janitor, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Command:
    """The command as it is typed."""
    janitor.plan()  # writes its settings
    return command(monkeypatch, capsys)


def made(account: Account, name: str | None = "jd-data", **how: Any) -> str:
    """A volume of a person; its id."""
    person: Any = account.client("ec2")
    volume: str = person.create_volume(**{"AvailabilityZone": ZONE, "Size": 8, **how})["VolumeId"]
    if name:
        account.tag(volume, Name=name)
    return volume


def attach(account: Account, volume: str, instance: str) -> None:
    """A person attaches it."""
    person: Any = account.client("ec2")
    person.attach_volume(VolumeId=volume, InstanceId=instance, Device=DEVICE)


def detach(account: Account, volume: str, instance: str) -> None:
    """A person takes it off."""
    person: Any = account.client("ec2")
    person.detach_volume(VolumeId=volume, InstanceId=instance, Device=DEVICE)


def volumes(account: Account) -> dict[str, dict[str, Any]]:
    """Those there are, by id."""
    person: Any = account.client("ec2")
    found = person.describe_volumes()["Volumes"]
    return {each["VolumeId"]: each for each in found if each["State"] != "deleting"}


# Its life


def test_a_whole_life(account: Account, janitor: Janitor) -> None:
    """Tagged, marked on its day, left for 7 days, backed up, and deleted when that is complete."""
    volume = made(account)
    assert janitor.run().outcomes[volume].carried_out == (Verb.TAG,)
    assert account.tags(volume)["Expiration"] == "2026-12-06"
    account.travel(days=14)
    assert "has come" in janitor.step(volume).reason
    janitor.run()
    assert account.tags(volume)["JanitorNote"].startswith("Marked on 2026-12-06")
    account.travel(days=6)
    assert (janitor.run().results, janitor.phase(volume)) == ({}, "waiting")
    account.travel(days=1)
    assert janitor.run().outcomes[volume].carried_out == (Verb.BACK_UP,)
    assert volume in volumes(account)
    account.travel(minutes=10)
    assert janitor.run().outcomes[volume].carried_out == (Verb.TERMINATE,)
    assert volumes(account) == {}
    (snapshot,) = account.snapshots_of(volume)
    assert (snapshot.state, snapshot.tags["Name"]) == ("completed", "jd-data")
    assert janitor.plan().steps == ()


def test_it_is_extended_in_between(account: Account, janitor: Janitor) -> None:
    """The owner moves the date while it waits: the mark goes, and nothing is lost."""
    volume = made(account)
    janitor.until_waiting()
    account.tag(volume, Expiration="2027-01-15")
    janitor.run()
    assert not {"ShutOff", "JanitorNote"} & account.tags(volume).keys()
    account.at("2027-01-14T06:00")
    assert janitor.phase(volume) == "expiring"
    assert volume in volumes(account)


def test_a_permanent_one_is_exempt(account: Account, janitor: Janitor) -> None:
    """S4: it has no protection of its own, so the tag that explains it is enough."""
    volume = made(account)
    account.tag(volume, Permanent="the archive of 2025")
    janitor.until_expired()
    account.travel(days=30)
    assert janitor.run().results == {}
    assert janitor.step(volume).reason == "protected: the archive of 2025"


def test_a_denied_listing_is_a_blind_spot(account: Account, janitor: Janitor) -> None:
    """Nothing is concluded, nothing is done; neither where only the names cannot be read."""
    volume, instance = made(account), account.launch()
    janitor.until_due()
    for denied in ("ec2:DescribeVolumes", "ec2:DescribeTags"):
        account.deny(denied)
        (blind,) = janitor.plan().blind_spots
        assert (blind.kind, blind.status) == ("ebs_volume", "denied")
        assert janitor.run().results == {}
        account.allow_all()
    assert volume in volumes(account)
    assert account.state(instance) == "running"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 5))
def test_a_crash_at_any_write(account: Account, janitor: Janitor, when: str, number: int) -> None:
    """Wherever it dies, the next run carries on: one snapshot, one end, never one without."""
    volume = made(account)
    die = account.die_before_write if when == "before" else account.die_after_write
    die(number)
    for days in (0, 14, 7, 1, 7, 1):
        account.travel(days=days)
        with suppress(DiedError):
            janitor.run()
            continue
        account.allow_all()
        janitor.run()
    assert volume not in volumes(account)
    assert [s.state for s in account.snapshots_of(volume)] == ["completed"]


def test_a_failed_snapshot_ends_nothing(account: Account, janitor: Janitor) -> None:
    """It stays, and is flagged until a person mends it."""
    volume = made(account)
    janitor.until_due()
    account.snapshots_fail()
    janitor.run()
    account.travel(days=1)
    assert janitor.run().results == {}
    assert "its backup failed" in janitor.attention(volume)
    assert volume in volumes(account)


def test_the_answer_to_a_snapshot_is_lost(account: Account, janitor: Janitor) -> None:
    """Never asked for twice by itself; found by its labels the next time."""
    volume = made(account)
    janitor.until_due()
    account.fail_after("CreateSnapshot", times=1)
    assert janitor.run().result(volume) == "failed"
    account.travel(minutes=10)
    janitor.run()
    assert volume not in volumes(account)
    assert len(account.snapshots_of(volume)) == 1


def test_the_answer_to_the_end_is_lost(account: Account, janitor: Janitor) -> None:
    """The SDK asks again, and hears that there is none: it was this run that has ended it."""
    volume = made(account)
    janitor.until_backed_up()
    account.fail_after("DeleteVolume", "reset", times=1)
    assert janitor.run().result(volume) == "done"
    assert volumes(account) == {}


def test_one_that_is_broken_is_told(account: Account, janitor: Janitor) -> None:
    """No snapshot of it is possible: it is left alone, and a person hears of it."""
    volume = made(account)
    janitor.until_due()
    account.break_volume(volume)
    assert janitor.run().results == {}
    assert "state error" in janitor.attention(volume)
    assert volume in volumes(account)


# Attached


def test_an_attached_one_is_held(account: Account, janitor: Janitor) -> None:
    """It is tagged, and nothing else: it goes with its instance."""
    instance = account.launch()
    (volume,) = account.volumes(instance)
    for days in (0, 14, 30):
        account.travel(days=days)
        janitor.run()
        assert janitor.step(volume).reason == f"follows instance {instance}"
    assert {call.operation for call in account.writes} == {"CreateTags"}
    assert account.state(instance) == "running"


def test_what_an_instance_leaves_behind_keeps_its_owner(account: Account, janitor: Janitor) -> None:
    """A person terminates the instance, the volume stays: its owner is told, to the end."""
    instance = account.launch("jd-GitLabRunner", volumes_stay=True)
    (volume,) = account.volumes(instance)
    janitor.run()
    account.travel(days=3)
    account.terminate(instance)
    account.travel(days=2, hours=1)
    for _ in range(3):
        janitor.run()
        step = janitor.step(volume)
        assert (step.owner, step.name, str(step.phase)) == ("jd", "jd-GitLabRunner", "active")
    account.at("2026-12-05T06:00")
    assert (janitor.step(volume).owner, janitor.phase(volume)) == ("jd", "expiring")
    account.at("2026-12-06T06:00")
    janitor.run()
    account.travel(days=7)
    janitor.run()
    (snapshot,) = account.snapshots_of(volume)
    assert snapshot.tags["Name"] == "jd-GitLabRunner"


def test_one_that_is_freed_late_has_its_days(account: Account, janitor: Janitor) -> None:
    """Its Expiration passed while it was in use: marked by the next run, and 7 days from then."""
    instance = account.launch(volumes_stay=True)
    (volume,) = account.volumes(instance)
    janitor.run()
    account.travel(days=60)
    janitor.run()
    account.terminate(instance)
    janitor.run()
    assert janitor.phase(volume) == "waiting"
    account.travel(days=6, hours=23)
    assert janitor.phase(volume) == "waiting"
    account.travel(hours=1)
    janitor.run()
    assert volume in volumes(account)
    account.travel(minutes=10)
    janitor.run()
    assert volume not in volumes(account)
    assert len(account.snapshots_of(volume)) == 1


def test_a_mark_ends_with_its_use(account: Account, janitor: Janitor) -> None:
    """Attached while it waits, and freed a month later: its 7 days begin anew."""
    volume, instance = made(account), account.launch()
    janitor.until_waiting()
    attach(account, volume, instance)
    account.travel(days=1)
    assert janitor.run().outcomes[volume].carried_out == (Verb.CLEAR_MARK,)
    assert not {"ShutOff", "JanitorNote"} & account.tags(volume).keys()
    account.travel(days=30)
    detach(account, volume, instance)
    janitor.run()
    assert janitor.phase(volume) == "waiting"
    account.travel(days=6)
    assert janitor.phase(volume) == "waiting"


def test_one_that_is_attached_in_the_last_moment(account: Account, janitor: Janitor) -> None:
    """Between the plan and the end: the facts are read again, and it stays."""
    volume, instance = made(account), account.launch()
    janitor.until_backed_up()
    janitor.before("DescribeVolumes", lambda: attach(account, volume, instance), number=2)
    ran = janitor.run()
    assert ran.result(volume) == "changed"
    assert f"follows was None and is 'instance {instance}'" in ran.why(volume)
    assert volume in volumes(account)


def test_one_that_is_attached_after_all_checks(account: Account, janitor: Janitor) -> None:
    """AWS refuses: told as blocked, and no error."""
    volume, instance = made(account), account.launch()
    janitor.until_backed_up()
    janitor.before("DeleteVolume", lambda: attach(account, volume, instance))
    ran = janitor.run()
    assert (ran.result(volume), "VolumeInUse" in ran.why(volume)) == ("blocked", True)
    assert volume in volumes(account)


def test_a_released_volume_of_a_cluster(account: Account, janitor: Janitor) -> None:
    """Nothing claims it, but the cluster may give it to somebody again."""
    volume = made(account, None)
    account.tag(volume, CSIVolumeName="pvc-1", **{"ebs.csi.aws.com/cluster": "true"})
    janitor.until_expired()
    account.travel(days=30)
    janitor.run()
    assert janitor.step(volume).reason == "follows the Kubernetes volume pvc-1"


def test_a_name_means_the_instance(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """What is attached is called as its instance is, and is not meant by that name."""
    instance = account.launch("jd-web", volumes=2)
    Janitor(account, tmp_path, "ec2_instance", "ebs_volume").plan()
    said = command(monkeypatch, capsys)("explain", "jd-web")
    assert (said.code, instance in said.out) == (0, True)


# It comes back


def ended(account: Account, janitor: Janitor, **how: Any) -> str:
    """A volume at the end of its life; its id."""
    volume = made(account, **how)
    janitor.until_backed_up()
    janitor.run()
    account.travel(minutes=1)
    assert volumes(account) == {}
    return volume


@pytest.mark.parametrize(
    "how",
    [
        {"VolumeType": "gp3", "Iops": 4000, "Throughput": 250, "Size": 20},
        {"VolumeType": "io2", "Iops": 500, "MultiAttachEnabled": True},
        {"VolumeType": "st1", "Size": 125},
        {"Encrypted": True, "KmsKeyId": KEY},
        {},
    ],
)
def test_it_comes_back_as_it_was(
    account: Account, janitor: Janitor, typed: Command, how: dict[str, Any]
) -> None:
    """In its zone, with its type, size, speed and key, under its name, and with 14 days."""
    volume = made(account, **how)
    account.tag(volume, team="emea")
    was = volumes(account)[volume]
    janitor.until_backed_up()
    janitor.run()
    account.travel(minutes=1)
    said = typed("restore", "jd-data", "--yes")
    (back,) = volumes(account)
    assert (said.code, said.err) == (0, "")
    assert f"{volume} (jd-data) came back as {back}, which is available" in said.out
    now = volumes(account)[back]
    changed = {"VolumeId", "CreateTime", "Tags", "SnapshotId", "Attachments"}
    assert {k: now[k] for k in now.keys() - changed} == {k: was[k] for k in was.keys() - changed}
    assert now["SnapshotId"] == account.snapshots_of(volume)[0].id
    tags = account.tags(back)
    assert (tags["Name"], tags["team"], tags[RESTORED_FROM]) == ("jd-data", "emea", volume)
    assert tags["Discovered"] == f"{account.now:%Y-%m-%d}"
    assert "ShutOff" not in tags
    assert (janitor.run().results, janitor.phase(back)) == ({}, "active")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_restore_that_broke_off(
    account: Account, janitor: Janitor, typed: Command, when: str
) -> None:
    """The next one carries it on, also on another day: one volume."""
    volume = ended(account, janitor)
    die = account.die_before_write if when == "before" else account.die_after_write
    die(1)
    with pytest.raises(DiedError):
        typed("restore", volume, "--yes")
    account.allow_all()
    account.travel(days=1)
    assert typed("restore", volume, "--yes").code == 0
    assert len(volumes(account)) == 1
    assert "came back already" in typed("restore", volume, "--yes").out
    assert typed("restore", volume, "--yes", "--again").code == 0
    assert len(volumes(account)) == 2


def test_the_answer_to_a_restore_is_lost(
    account: Account, janitor: Janitor, typed: Command
) -> None:
    """The repeat has the same token: it makes no second one."""
    volume = ended(account, janitor)
    account.fail_after("CreateVolume", "reset", times=1)
    assert typed("restore", volume, "--yes").code == 0
    assert len(volumes(account)) == 1


def test_a_volume_that_cannot_be_made(account: Account, janitor: Janitor, typed: Command) -> None:
    """AWS makes it and it fails: told, with what is often the cause."""
    volume = ended(account, janitor, Encrypted=True, KmsKeyId=KEY)
    account.volumes_fail()
    said = typed("restore", volume, "--yes")
    assert said.code == 1
    assert "is in the state error" in said.out
    assert f"Often {KEY} may not be used" in said.out


def test_what_is_told_beforehand(account: Account, janitor: Janitor, typed: Command) -> None:
    """What comes back, and what cannot, before anything is made."""
    volume = ended(account, janitor, VolumeType="gp3", Iops=4000, Throughput=250)
    said = typed("restore", volume, "--plan")
    assert said.code == 0
    assert "8 GiB gp3 4000 IOPS 250 MiB/s" in said.out
    assert "its id: it gets a new one" in said.out
    assert "it is attached to nothing" in said.out
    assert volumes(account) == {}
    refused = typed("restore", volume, "--subnet", "subnet-1", "--yes")
    assert (refused.code, "a volume has no subnet" in refused.err) == (2, True)


def test_its_snapshot_was_deleted(account: Account, janitor: Janitor, typed: Command) -> None:
    """There is nothing to make it from, and that is said."""
    volume = ended(account, janitor)
    (snapshot,) = account.snapshots_of(volume)
    account.client("ec2").delete_snapshot(SnapshotId=snapshot.id)
    said = typed("restore", volume, "--yes")
    assert (said.code, f"its backup {snapshot.id} was deleted since" in said.err) == (2, True)


def test_what_cannot_be_seen_is_not_gone(
    account: Account, janitor: Janitor, typed: Command
) -> None:
    """A look-up is denied: nothing is concluded, nothing is made."""
    volume = ended(account, janitor)
    for denied in ("DescribeSnapshots", "DescribeAvailabilityZones", "DescribeVolumes"):
        account.deny(f"ec2:{denied}")
        assert typed("restore", volume, "--yes").code == 2
        account.allow_all()
    assert volumes(account) == {}


def test_what_it_asks_for_is_what_it_is_allowed(
    account: Account, janitor: Janitor, typed: Command
) -> None:
    """The calls of a restore are its permissions: no more, no less."""
    volume = ended(account, janitor)
    account.clear_calls()
    assert typed("restore", volume, "--yes").code == 0
    asked = {call.name for call in account.calls} - {"sts:GetCallerIdentity"}
    assert asked == KIND.permissions["restore"] - {"ec2:CreateTags"}
