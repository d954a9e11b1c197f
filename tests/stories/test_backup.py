"""The life of a backup: what the janitor has made goes as well, when nobody needs it any more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.kinds._ec2_backups import SOURCE
from cs_aws_janitor.resources.model import Verb
from tests.stories.driver import Janitor
from tests.stories.typed import command
from tests.strict import images_of_snapshots  # noqa: F401  it enters the rules of RegisterImage
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account

FORMS = pytest.mark.parametrize("form", ["snapshot", "image"])


@pytest.fixture
def kinds() -> tuple[str, ...]:
    """Instances, and what is left of them."""
    return ("ec2_instance", "backup")


def snapshots(account: Account) -> list[str]:
    """Those there are."""
    person: Any = account.client("ec2")
    return [s["SnapshotId"] for s in person.describe_snapshots(OwnerIds=["self"])["Snapshots"]]


def images(account: Account) -> list[str]:
    """Those there are."""
    person: Any = account.client("ec2")
    return [i["ImageId"] for i in person.describe_images(Owners=["self"])["Images"]]


def backups(account: Account) -> list[str]:
    """The images, or else the snapshots."""
    return images(account) or snapshots(account)


def terminated(account: Account, janitor: Janitor, form: str = "snapshot", **how: Any) -> str:
    """An instance at the end of its life, of which the backup is left; its id."""
    janitor.settings(f'backup.as = "{form}"')
    instance = account.launch("jd-GitLabRunner", **how)
    janitor.until_backed_up()
    janitor.run()
    account.travel(hours=2)
    assert account.state(instance) == "terminated"
    assert backups(account)
    return instance


def until_marked(account: Account, janitor: Janitor) -> None:
    """Come to the day on which backups of 13 December expire, and have them marked."""
    account.at("2027-03-13T06:00")
    janitor.run()


# Its life


@FORMS
def test_a_whole_life(account: Account, janitor: Janitor, form: str) -> None:
    """Kept for 90 days, announced to its owner, marked, left for 7 days, and gone."""
    instance = terminated(account, janitor, form, volumes=2)
    kept = backups(account)
    for day in ("2026-12-20", "2027-03-05"):
        account.at(f"{day}T06:00")
        assert janitor.run().results == {}
        assert {janitor.phase(each) for each in kept} == {"active"}
    account.at("2027-03-12T06:00")
    assert {(janitor.phase(b), janitor.step(b).owner) for b in kept} == {("expiring", "jd")}
    account.at("2027-03-13T06:00")
    assert f"{instance} cannot be brought back without it" in janitor.step(kept[0]).reason
    assert {o.carried_out for o in janitor.run().outcomes.values()} == {(Verb.SHUT_OFF,)}
    account.travel(days=6)
    assert (janitor.run().results, janitor.phase(kept[0])) == ({}, "waiting")
    account.travel(days=1)
    ran = janitor.run()
    assert {ran.outcomes[each].carried_out for each in kept} == {(Verb.TERMINATE,)}
    assert (images(account), snapshots(account)) == ([], [])
    assert janitor.plan().steps == ()


@FORMS
def test_it_is_extended_in_between(account: Account, janitor: Janitor, form: str) -> None:
    """The owner moves the date while it waits."""
    terminated(account, janitor, form)
    until_marked(account, janitor)
    (kept,) = backups(account)
    account.tag(kept, Expiration="2027-06-01")
    account.travel(days=20)
    janitor.run()
    assert backups(account) == [kept]
    assert "ShutOff" not in account.tags(kept)


@FORMS
def test_it_is_kept_for_ever(account: Account, janitor: Janitor, form: str) -> None:
    """`backup.keep = "forever"`: it bears a Permanent tag, and that exempts it."""
    janitor.settings('backup.keep = "forever"')
    terminated(account, janitor, form)
    account.travel(days=400)
    assert janitor.run().results == {}
    (kept,) = backups(account)
    assert janitor.step(kept).reason == "protected: backup.keep is forever"


def test_somebody_makes_it_permanent(
    account: Account, janitor: Janitor, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """`janitor keep`, and later `release`: then its days begin anew."""
    terminated(account, janitor)
    until_marked(account, janitor)
    (kept,) = backups(account)
    typed = command(monkeypatch, capsys)
    assert typed("keep", kept, "--reason", "the demo of 2026").code == 0
    account.travel(days=30)
    assert (janitor.run().results, janitor.phase(kept)) == ({}, "exempt")
    assert typed("release", kept).code == 0
    janitor.run()
    assert (janitor.phase(kept), backups(account)) == ("waiting", [kept])


def test_it_does_not_come_back(
    account: Account, janitor: Janitor, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Said in words."""
    terminated(account, janitor)
    (kept,) = backups(account)
    until_marked(account, janitor)
    account.travel(days=7)
    janitor.run()
    said = command(monkeypatch, capsys)("restore", kept, "--yes")
    assert (said.code, "a backup is the last that there was" in said.err) == (2, True)


# What it hangs on


@FORMS
def test_a_backup_of_what_is_still_due_stays(account: Account, janitor: Janitor, form: str) -> None:
    """Its instance cannot be ended for months: its backup waits for that, and is not marked."""
    janitor.settings(f'backup.as = "{form}"')
    instance = account.launch()
    janitor.until_due()
    account.protect_stop(instance)
    janitor.run()
    (kept,) = backups(account)
    for day in ("2027-03-13", "2027-03-20", "2027-05-01"):
        account.at(f"{day}T06:00")
        assert janitor.run().result(instance) == "blocked"
        assert f"follows {instance}, which it was made for" in janitor.step(kept).reason
    account.protect_stop(instance, on=False)
    janitor.run()
    assert account.state(instance) == "shutting-down"
    account.travel(hours=2)
    assert (janitor.run().result(kept), janitor.phase(kept)) == ("done", "waiting")


@FORMS
def test_a_backup_that_nobody_needed(account: Account, janitor: Janitor, form: str) -> None:
    """Its instance was extended in the last moment: it lives its own 90 days."""
    janitor.settings(f'backup.as = "{form}"')
    instance = account.launch()
    janitor.until_due()
    account.snapshots_pend()
    janitor.run()
    account.tag(instance, Expiration="2027-06-01")
    account.snapshots_finish()
    janitor.run()
    until_marked(account, janitor)
    account.travel(days=7)
    janitor.run()
    assert backups(account) == []
    assert account.state(instance) == "stopped"


@FORMS
def test_a_pending_backup_stays(account: Account, janitor: Janitor, form: str) -> None:
    """It is held as long as it is being copied, whatever date somebody writes on it."""
    janitor.settings(f'backup.as = "{form}"')
    instance = account.launch()
    janitor.until_due()
    account.snapshots_pend()
    janitor.run()
    (kept,) = backups(account)
    account.tag(kept, Expiration="2026-12-13")
    account.travel(days=10)
    assert janitor.step(kept).reason == "follows what is still being copied into it"
    janitor.run()
    assert (backups(account), account.state(instance)) == ([kept], "stopped")


def test_an_image_that_somebody_stands_on(account: Account, janitor: Janitor) -> None:
    """A person has an image of one of its snapshots: told as blocked, and again later."""
    terminated(account, janitor)
    (kept,) = backups(account)
    person: Any = account.client("ec2")
    theirs = person.register_image(
        Name="mine",
        RootDeviceName="/dev/sda1",
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": kept}}],
    )["ImageId"]
    until_marked(account, janitor)
    account.travel(days=7)
    for _ in range(2):
        ran = janitor.run()
        assert (ran.result(kept), "InvalidSnapshot.InUse" in ran.why(kept)) == ("blocked", True)
        account.travel(days=1)
    person.deregister_image(ImageId=theirs)
    janitor.run()
    assert kept not in snapshots(account)


def test_what_another_made_is_never_touched(account: Account, janitor: Janitor) -> None:
    """A person's snapshots and images are not even tagged."""
    instance = account.launch(protected=True)
    person: Any = account.client("ec2")
    (volume,) = account.volumes(instance)
    tags = [{"Key": "Expiration", "Value": "2026-11-23"}]
    person.create_snapshot(
        VolumeId=volume, TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}]
    )
    person.create_image(InstanceId=instance, Name="mine")
    before = {each: account.tags(each) for each in (*snapshots(account), *images(account))}
    for days in (0, 30, 30):
        account.travel(days=days)
        janitor.run()
    assert {each: account.tags(each) for each in before} == before
    assert len(before) == 3


# What goes wrong


@pytest.mark.parametrize("denied", ["ec2:DescribeImages", "ec2:DescribeSnapshots"])
def test_a_denied_listing_is_a_blind_spot(account: Account, janitor: Janitor, denied: str) -> None:
    """Nothing is concluded: a snapshot whose image cannot be seen is not taken for free."""
    terminated(account, janitor, "image")
    until_marked(account, janitor)
    account.travel(days=7)
    account.deny(denied)
    plan = janitor.plan()
    assert [(blind.kind, blind.status) for blind in plan.blind_spots] == [("backup", "denied")]
    janitor.run()
    assert len(images(account)) == len(snapshots(account)) == 1


@pytest.mark.parametrize("denied", ["ec2:DescribeInstances", "ec2:DescribeVolumes"])
def test_a_source_that_cannot_be_seen(account: Account, janitor: Janitor, denied: str) -> None:
    """Nobody knows whether it is still due: the backup is left alone, and that is told."""
    terminated(account, janitor)
    (kept,) = snapshots(account)
    if denied.endswith("Volumes"):
        account.tag(kept, **{SOURCE: "vol-00000001"})
    until_marked(account, janitor)
    account.travel(days=7)
    account.deny(denied)
    assert janitor.run().result(kept) == "none"
    assert (janitor.phase(kept), snapshots(account)) == ("unknown", [kept])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 7))
def test_a_crash_at_any_write(account: Account, janitor: Janitor, when: str, number: int) -> None:
    """Wherever the end of an image breaks off, nothing of it stays unseen."""
    terminated(account, janitor, "image", volumes=2)
    until_marked(account, janitor)
    account.travel(days=7)
    die = account.die_before_write if when == "before" else account.die_after_write
    die(number)
    with suppress(DiedError):
        janitor.run()
    account.allow_all()
    left = {step.id for step in janitor.plan().steps}
    assert left == {*images(account), *snapshots(account)}
    janitor.run()
    assert (images(account), snapshots(account)) == ([], [])


def test_a_snapshot_of_an_image_cannot_be_deleted(account: Account, janitor: Janitor) -> None:
    """The image is gone already: its snapshot is listed by itself, and goes when it can."""
    terminated(account, janitor, "image", volumes=2)
    until_marked(account, janitor)
    account.travel(days=7)
    (image,) = images(account)
    account.deny("ec2:DeleteSnapshot")
    assert janitor.run().result(image) == "failed"
    assert (images(account), len(snapshots(account))) == ([], 2)
    assert {janitor.phase(each) for each in snapshots(account)} == {"due"}
    account.allow_all()
    janitor.run()
    assert snapshots(account) == []


def test_an_image_of_which_the_dates_were_moved(account: Account, janitor: Janitor) -> None:
    """Its snapshots keep their old ones, and stay as long as it does."""
    terminated(account, janitor, "image")
    (image,) = images(account)
    account.tag(image, Expiration="2027-05-01")
    account.at("2027-04-30T06:00")
    janitor.run()
    assert (images(account), len(snapshots(account))) == ([image], 1)
    account.at("2027-05-01T06:00")
    janitor.run()
    account.travel(days=7)
    janitor.run()
    assert (images(account), snapshots(account)) == ([], [])


def test_the_backup_of_a_volume_lives_alike(account: Account, tmp_path: Path) -> None:
    """Held while its volume is due, and ended when its own time has come."""
    janitor = Janitor(account, tmp_path, "ebs_volume", "backup")
    person: Any = account.client("ec2")
    volume = person.create_volume(AvailabilityZone="eu-west-1a", Size=8)["VolumeId"]
    account.tag(volume, Name="jd-data")
    janitor.until_backed_up()
    janitor.run()
    (kept,) = snapshots(account)
    account.travel(minutes=5)
    assert janitor.step(kept).owner == "jd"
    until_marked(account, janitor)
    account.travel(days=7)
    janitor.run()
    assert snapshots(account) == []
    janitor.close()
