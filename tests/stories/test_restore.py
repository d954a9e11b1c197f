"""Restore: what was terminated comes back as it was, once, and says plainly what does not."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.tags import RESTORED_FROM
from cs_aws_janitor.shared.ledger_file import File
from tests.stories.typed import command
from tests.strict import images_of_snapshots as strict
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.typed import Command as Janitor
    from tests.strict.aws import Account

REGION = "eu-west-1"
HIDDEN = "#!/bin/sh\necho hunter2\n"
KIND = KINDS["ec2_instance"]
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
MOST_WRITES = 7


@dataclass(slots=True)
class Lab:
    """An account with a network, a key and a profile, and the ledger of its janitor."""

    account: Account
    ledger: Ledger
    subnet: str
    group: str
    ec2: Any

    def launch(self, **how: Any) -> str:
        """Launch an instance that has everything."""
        more = {
            "KeyName": "jd",
            "SubnetId": self.subnet,
            "SecurityGroupIds": [self.group],
            "IamInstanceProfile": {"Name": "runner"},
            **how.pop("more", {}),
        }
        asked = {"zone": "b", "volumes": 2, "user_data": HIDDEN, **how}
        return self.account.launch(**asked, more=more)

    def back_up(self, instance_id: str) -> list[str]:
        """Snapshots of all its volumes, complete."""
        made = self.ec2.create_snapshots(InstanceSpecification={"InstanceId": instance_id})
        self.account.snapshots_finish()
        return [each["SnapshotId"] for each in made["Snapshots"]]

    def image(self, instance_id: str) -> list[str]:
        """An image of it, complete."""
        made = self.ec2.create_image(InstanceId=instance_id, Name="backup", NoReboot=True)
        self.account.snapshots_finish()
        return [made["ImageId"]]

    def end(self, instance_id: str, backups: list[str] | None = None) -> str:
        """Store its manifest and terminate it, as a run does; its id."""
        place = Place(self.account.id, REGION)
        [resource] = KIND.read(self.ec2, place, [instance_id])
        assert KIND.backups
        backups = self.back_up(instance_id) if backups is None else backups
        facts = KIND.remembering.manifest(
            self.ec2, resource, KIND.remembering.describe(self.ec2, [resource])
        )
        self.ledger.keep_manifest(resource, backups, facts)
        self.account.terminate(instance_id)
        return instance_id

    def volumes(self, instance_id: str) -> dict[str, dict[str, Any]]:
        """Its volumes by device."""
        disks = self.account.describe(instance_id)["BlockDeviceMappings"]
        found = self.ec2.describe_volumes(VolumeIds=[d["Ebs"]["VolumeId"] for d in disks])
        by_id = {each["VolumeId"]: each for each in found["Volumes"]}
        return {d["DeviceName"]: by_id[d["Ebs"]["VolumeId"]] | d["Ebs"] for d in disks}

    def user_data(self, instance_id: str) -> str:
        """Its user data."""
        answer = self.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
        return base64.b64decode(answer["UserData"]["Value"]).decode()

    @property
    def images(self) -> list[str]:
        """The images there are."""
        return [each["ImageId"] for each in self.ec2.describe_images(Owners=["self"])["Images"]]

    @property
    def acts(self) -> list[dict[str, Any]]:
        """The restores in the ledger."""
        return [each for each in self.ledger.entries() if each["entry"] == "act"]

    @property
    def one(self) -> str:
        """The one instance there is."""
        [found] = self.account.instances()
        return found


@pytest.fixture
def janitor(
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Janitor:
    """`janitor("restore", id)`: the command as it is typed, in this process."""
    settings = tmp_path / "janitor.toml"
    settings.write_text(
        f'accounts = ["{account.id}"]\nregions = ["{REGION}"]\n[ledger]\npath = "ledger.jsonl"\n',
        encoding="utf-8",
    )

    return command(monkeypatch, capsys)


@pytest.fixture
def lab(account: Account, tmp_path: Path) -> Lab:
    """The account as it is before anything has ended in it."""
    ec2, iam = account.client("ec2"), account.client("iam")
    zone: Any = {"Name": "availability-zone", "Values": [f"{REGION}b"]}
    subnet = ec2.describe_subnets(Filters=[zone])["Subnets"][0]
    group = ec2.create_security_group(GroupName="web", Description="-", VpcId=subnet["VpcId"])
    ec2.create_key_pair(KeyName="jd")
    iam.create_instance_profile(InstanceProfileName="runner")
    ledger = Ledger(File(tmp_path / "ledger.jsonl"))
    return Lab(account, ledger, subnet["SubnetId"], group["GroupId"], ec2)


def other_subnet(lab: Lab) -> str:
    """A subnet of the same network in another zone."""
    zone: Any = {"Name": "availability-zone", "Values": [f"{REGION}a"]}
    found: str = lab.ec2.describe_subnets(Filters=[zone])["Subnets"][0]["SubnetId"]
    return found


# What comes back


def test_a_whole_life_and_another(lab: Lab, janitor: Janitor) -> None:
    """What a run has terminated comes back with a new id, 14 days and the name it had."""
    account, first = lab.account, lab.launch(tags={"team": "emea"})
    account.snapshots_pend(minutes=10)
    for days, hours in ((0, 0), (14, 0), (7, 0), (0, 1), (0, 1)):
        account.travel(days=days, hours=hours)
        assert janitor("run", "--yes").code == 0
    assert account.state(first) == "terminated"
    said = janitor("restore", "jd-GitLabRunner", "--yes")
    assert (said.code, said.err) == (0, "")
    assert f"{first} (jd-GitLabRunner) came back as {lab.one}, which is running" in said.out
    tags = account.tags(lab.one)
    assert {k: tags[k] for k in ("Name", "team", "Discovered", "Expiration", RESTORED_FROM)} == {
        "Name": "jd-GitLabRunner",
        "team": "emea",
        "Discovered": f"{account.now:%Y-%m-%d}",
        "Expiration": f"{account.now + timedelta(days=14):%Y-%m-%d}",
        RESTORED_FROM: first,
    }
    assert tags["JanitorNote"].startswith("Restored on ")
    assert "ShutOff" not in tags
    assert janitor("run", "--yes").code == 0
    assert account.state(lab.one) == "running"


def test_it_comes_back_as_it_was(lab: Lab, janitor: Janitor) -> None:
    """Type, subnet, groups, key, profile, user data and metadata options are those it had."""
    gone = lab.launch(type="t3.small", more={"MetadataOptions": {"HttpTokens": "required"}})
    was = lab.account.describe(gone)
    assert janitor("restore", lab.end(gone), "--yes").code == 0
    now = lab.account.describe(lab.one)
    same = ("InstanceType", "SubnetId", "SecurityGroups", "KeyName", "MetadataOptions")
    assert {k: now[k] for k in same} == {k: was[k] for k in same}
    assert now["MetadataOptions"]["HttpTokens"] == "required"
    assert now["IamInstanceProfile"]["Arn"] == was["IamInstanceProfile"]["Arn"]
    assert lab.user_data(lab.one) == HIDDEN


@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_volumes_come_back_as_they_were(lab: Lab, janitor: Janitor, form: str) -> None:
    """Device names, sizes, types, IOPS, throughput, tags, and what happens at the end of it."""
    disks = [
        {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": False}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": True}},
        {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 30, "DeleteOnTermination": False}},
    ]
    gone = lab.launch(more={"BlockDeviceMappings": disks})
    was = lab.volumes(gone)
    for device, volume in was.items():
        lab.account.tag(volume["VolumeId"], Name=f"disk at {device}", Expiration="2026-01-01")
    fast = was["/dev/sdf"]["VolumeId"]
    lab.ec2.modify_volume(VolumeId=fast, VolumeType="gp3", Iops=4000, Throughput=250)
    was = lab.volumes(gone)
    backups = lab.image(gone) if form == "image" else lab.back_up(gone)
    said = janitor("restore", lab.end(gone, backups), "--yes")
    assert said.code == 0, said
    now = lab.volumes(lab.one)
    assert now.keys() == was.keys()
    same = ("Size", "VolumeType", "Iops", "Throughput", "DeleteOnTermination")
    for device, volume in now.items():
        assert {k: volume.get(k) for k in same} == {k: was[device].get(k) for k in same}
        tags = {tag["Key"]: tag["Value"] for tag in volume["Tags"]}
        assert tags == {"Name": f"disk at {device}", RESTORED_FROM: gone}
        assert volume["SnapshotId"]
    assert lab.images == (backups if form == "image" else [])


def test_a_spot_instance_comes_back_on_demand(lab: Lab, janitor: Janitor) -> None:
    """A one-time spot instance is launched on demand, and that is said."""
    said = janitor("restore", lab.end(lab.launch(spot="one-time")), "--yes")
    assert "its spot price: it comes back as an on-demand instance" in said.out
    assert lab.account.describe(lab.one).get("InstanceLifecycle") is None


def test_it_is_never_without_its_tags(lab: Lab, janitor: Janitor) -> None:
    """The tags are given with the launch itself, and the volumes are labelled by it."""
    gone = lab.end(lab.launch())
    lab.account.clear_calls()
    janitor("restore", gone, "--yes")
    [launch] = [call.params for call in lab.account.calls if call.operation == "RunInstances"]
    given = {each["ResourceType"]: each["Tags"] for each in launch["TagSpecifications"]}
    keys = {tag["Key"] for tag in given["instance"]}
    assert {"Name", "Discovered", "Expiration", "JanitorNote", RESTORED_FROM} <= keys
    assert given["volume"] == [{"Key": RESTORED_FROM, "Value": gone}]


def test_its_past_is_told(lab: Lab, janitor: Janitor) -> None:
    """The ledger says what came back as what; tags that are stripped later renew nothing."""
    gone = lab.end(lab.launch())
    janitor("restore", gone, "--yes")
    [act] = lab.acts
    assert (act["act"], act["id"], act["new"]) == ("restore", gone, lab.one)
    assert f"came back as {lab.one}" in janitor("history", gone).out
    assert lab.ledger.sighting(Place(lab.account.id, REGION), KIND.name, lab.one)


def test_no_snapshot_is_kept_by_what_was_made_for_it(lab: Lab, janitor: Janitor) -> None:
    """The image is gone once it runs, so that the backup can be deleted when its time comes."""
    gone = lab.launch()
    backups = lab.back_up(gone)
    janitor("restore", lab.end(gone, backups), "--yes")
    for snapshot in backups:
        lab.ec2.delete_snapshot(SnapshotId=snapshot)
    assert lab.images == []


def test_an_image_keeps_its_snapshots(lab: Lab, janitor: Janitor) -> None:
    """While it stands, it does: that is why it is removed."""
    gone = lab.launch()
    backups = lab.back_up(gone)
    lab.account.deny("ec2:DeregisterImage")
    said = janitor("restore", lab.end(gone, backups), "--yes")
    assert said.code == 1
    assert "Not put back:\n  denied: DeregisterImage" in said.out
    with pytest.raises(lab.ec2.exceptions.ClientError, match="InUse"):
        lab.ec2.delete_snapshot(SnapshotId=backups[0])


# Only shown


def test_a_plan_writes_nothing(lab: Lab, janitor: Janitor, tmp_path: Path) -> None:
    """`--plan` shows what comes back and what does not, and changes neither AWS nor the ledger."""
    gone = lab.end(lab.launch())
    before = (tmp_path / "ledger.jsonl").read_bytes()
    said = janitor("restore", gone, "--plan")
    assert said.code == 0
    assert f"{gone} (jd-GitLabRunner) in {REGION}, terminated on 2026-11-22" in said.out
    for part in ("t3.micro", lab.subnet, lab.group, "runner", "/dev/sda1", "its private address"):
        assert part in said.out
    assert lab.account.writes == []
    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert lab.account.instances() == []


def test_a_plan_needs_no_named_account(
    lab: Lab, janitor: Janitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Showing is allowed where acting is not: the account is not named."""
    gone = lab.end(lab.launch())
    (tmp_path / "janitor.toml").write_text('regions = ["eu-west-1"]\n[ledger]\npath="ledger.jsonl"')
    assert janitor("restore", gone, "--plan").code == 0
    refused = janitor("restore", gone, "--yes")
    assert refused.code == 2
    assert "is not named" in refused.err
    monkeypatch.delenv("XDG_STATE_HOME")
    assert janitor("restore", gone, "--yes", "--account", lab.account.id).code == 0


def test_a_plan_as_json(lab: Lab, janitor: Janitor) -> None:
    """The same as one JSON object; when it is done, with what became of it."""
    gone = lab.end(lab.launch())
    planned = json.loads(janitor("restore", gone, "--plan", "--format", "json").out)
    assert (planned["id"], planned["brings"]["type"], planned["missing"]) == (gone, "t3.micro", [])
    done = json.loads(janitor("restore", gone, "--yes", "--format", "json").out)
    assert (done["result"], done["new"], done["state"]) == ("done", lab.one, "running")
    again = json.loads(janitor("restore", gone, "--yes", "--format", "json").out)
    assert (again["result"], again["new"], again["came_back_as"]) == ("skipped", lab.one, [lab.one])


def test_user_data_is_never_shown(lab: Lab, janitor: Janitor) -> None:
    """Not in a plan, not as JSON, not in the log of everything, and not when it fails."""
    gone = lab.end(lab.launch())
    lab.account.deny("ec2:RunInstances")
    said = [
        janitor("restore", gone, "--plan", "-vv"),
        janitor("restore", gone, "--plan", "--format", "json"),
        janitor("restore", gone, "--yes", "-vv"),
    ]
    lab.account.allow_all()
    said += [janitor("restore", gone, "--yes", "-vv"), janitor("history", gone)]
    stored = base64.b64encode(HIDDEN.encode()).decode()
    text = "".join(each.out + each.err for each in said)
    assert "hunter2" not in text
    assert stored[:20] not in text
    assert f"{len(HIDDEN)} bytes, not shown" in text


# What is gone meanwhile


@pytest.mark.parametrize(
    ("gone", "told", "instead"),
    [
        ("subnet", "is not there (--subnet ID)", ("--subnet", "{subnet}")),
        ("group", "is not there (--security-group ID)", ("--security-group", "{group}")),
        ("key", "key pair jd is not there (--key NAME or --no-key)", ("--no-key",)),
        ("key", "key pair jd is not there (--key NAME or --no-key)", ("--key", "new")),
        ("profile", "instance profile runner is not there", ("--no-profile",)),
        ("profile", "(--profile NAME or --no-profile)", ("--profile", "new")),
    ],
)
def test_what_is_gone_is_told_first(
    lab: Lab, janitor: Janitor, gone: str, told: str, instead: tuple[str, ...]
) -> None:
    """Nothing is made before it is told; the option that is named puts another in its place."""
    ended = lab.end(lab.launch())
    new = take_away(lab, gone)
    planned = janitor("restore", ended, "--plan")
    refused = janitor("restore", ended, "--yes")
    assert (planned.code, refused.code) == (1, 2)
    assert told in refused.err
    assert "Missing:" in planned.out
    assert lab.account.writes == []
    words = [word.format(**new) for word in instead]
    assert janitor("restore", ended, "--yes", *words).code == 0
    assert lab.one


def take_away(lab: Lab, what: str) -> dict[str, str]:
    """Delete one thing that it needs; ids of things that can take its place."""
    iam = lab.account.client("iam")
    new = {"subnet": other_subnet(lab)}
    vpc = lab.ec2.describe_subnets(SubnetIds=[lab.subnet])["Subnets"][0]["VpcId"]
    made = lab.ec2.create_security_group(GroupName="new", Description="-", VpcId=vpc)
    new["group"] = made["GroupId"]
    lab.ec2.create_key_pair(KeyName="new")
    iam.create_instance_profile(InstanceProfileName="new")
    if what == "subnet":
        lab.ec2.delete_subnet(SubnetId=lab.subnet)
    elif what == "group":
        lab.ec2.delete_security_group(GroupId=lab.group)
    elif what == "key":
        lab.ec2.delete_key_pair(KeyName="jd")
    else:
        iam.delete_instance_profile(InstanceProfileName="runner")
    return new


def test_all_that_is_missing_is_told_at_once(lab: Lab, janitor: Janitor) -> None:
    """Nobody has to try as many times as there are things missing."""
    ended = lab.end(lab.launch())
    for what in ("subnet", "group", "key"):
        if what == "subnet":
            lab.ec2.delete_subnet(SubnetId=lab.subnet)
        elif what == "group":
            lab.ec2.delete_security_group(GroupId=lab.group)
        else:
            lab.ec2.delete_key_pair(KeyName="jd")
    said = janitor("restore", ended, "--yes").err
    assert said.count(" is not there (") == 3
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--subnet", "subnet-0abc"), "subnet subnet-0abc is not there (--subnet ID)"),
        (("--subnet", "subnet-*"), "subnet subnet-* is not there (--subnet ID)"),
        (("--key", "*"), "key pair * is not there"),
        (("--security-group", "sg-*"), "security group sg-* is not there"),
        (("--type", "t3.huge"), "instance type t3.huge is not offered in this region"),
        (("--type", "t4g.micro"), "runs arm64, its disk was made for x86_64"),
        (("--key", "nobody"), "key pair nobody is not there"),
    ],
)
def test_what_is_given_instead_is_looked_at_as_well(
    lab: Lab, janitor: Janitor, given: tuple[str, ...], told: str
) -> None:
    """A subnet that does not exist, a type that cannot boot its disk: told before anything."""
    said = janitor("restore", lab.end(lab.launch()), "--yes", *given)
    assert said.code == 2
    assert told in said.err
    assert lab.account.writes == []


def test_another_type_and_no_profile(lab: Lab, janitor: Janitor) -> None:
    """Options replace also what is still there; the plan says what it was."""
    ended = lab.end(lab.launch())
    planned = janitor("restore", ended, "--plan", "--type", "t3.small", "--no-profile").out
    assert "t3.small (was t3.micro)" in planned
    assert "none (was runner)" in planned
    janitor("restore", ended, "--yes", "--type", "t3.small", "--no-profile")
    now = lab.account.describe(lab.one)
    assert (now["InstanceType"], now.get("IamInstanceProfile")) == ("t3.small", None)


# Once


def test_another_one_of_what_has_no_backup_any_more(lab: Lab, janitor: Janitor) -> None:
    """What came back is named all the same; another one cannot be had."""
    gone = lab.launch(volumes=1)
    backups = lab.back_up(gone)
    janitor("restore", lab.end(gone, backups), "--yes")
    lab.ec2.delete_snapshot(SnapshotId=backups[0])
    said = janitor("restore", gone, "--yes")
    assert (said.code, f"came back already, as {lab.one}" in said.out) == (0, True)
    refused = janitor("restore", gone, "--yes", "--again")
    assert (refused.code, "was deleted since" in refused.err) == (2, True)
    assert janitor("restore", gone, "--plan").code == 0


def test_a_second_restore_names_the_first(lab: Lab, janitor: Janitor) -> None:
    """What came back is not brought back again, unless --again."""
    ended = lab.end(lab.launch())
    janitor("restore", ended, "--yes")
    first = lab.one
    writes = len(lab.account.writes)
    said = janitor("restore", ended, "--yes")
    assert said.code == 0
    assert said.out.startswith(f"{ended} (jd-GitLabRunner) came back already, as {first}.")
    assert len(lab.account.writes) == writes
    assert janitor("restore", ended, "--yes", "--again").code == 0
    assert len(lab.account.instances()) == 2
    assert [act["new"] for act in lab.acts] == [
        first,
        next(iter({*lab.account.instances()} - {first})),
    ]


def test_what_came_back_and_ended_comes_back_again(lab: Lab, janitor: Janitor) -> None:
    """A restore is of what stands; and the second life has a backup of its own."""
    ended = lab.end(lab.launch())
    janitor("restore", ended, "--yes")
    second = lab.end(lab.one)
    assert janitor("restore", ended, "--yes").code == 0
    lab.account.terminate(lab.one)
    assert janitor("restore", second, "--yes").code == 0
    assert lab.account.tags(lab.one)[RESTORED_FROM] == second


def test_a_name_that_two_bore(lab: Lab, janitor: Janitor) -> None:
    """Both are named, with the days they ended on; an ARN names one."""
    ids = [lab.end(lab.launch(volumes=1)) for _ in range(2)]
    said = janitor("restore", "jd-GitLabRunner", "--yes")
    assert said.code == 2
    assert all(f"{each} (ended 2026-11-22)" in said.err for each in ids)
    arn = f"arn:aws:ec2:{REGION}:{lab.account.id}:instance/{ids[1]}"
    assert janitor("restore", arn, "--yes").code == 0
    assert lab.account.tags(lab.one)[RESTORED_FROM] == ids[1]
    elsewhere = arn.replace(REGION, "us-east-1")
    assert janitor("restore", elsewhere, "--yes").code == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, MOST_WRITES + 1))
def test_a_crash_at_any_write(lab: Lab, janitor: Janitor, when: str, number: int) -> None:
    """Wherever the process dies, the same command ends it: one instance, nothing left over."""
    gone = lab.launch()
    for volume in lab.account.volumes(gone):
        lab.account.tag(volume, Name="disk")
    ended = lab.end(gone)
    die = lab.account.die_before_write if when == "before" else lab.account.die_after_write
    die(number)
    with suppress(DiedError):
        janitor("restore", ended, "--yes")
    lab.account.allow_all()
    said = janitor("restore", ended, "--yes")
    assert said.code == 0, said
    volumes = lab.volumes(lab.one)
    names = [{tag["Key"]: tag["Value"] for tag in v["Tags"]}["Name"] for v in volumes.values()]
    assert names == ["disk", "disk"]
    assert lab.images == []
    assert [act["new"] for act in lab.acts] == [lab.one]


def test_a_crash_before_the_end_is_told(lab: Lab, janitor: Janitor) -> None:
    """A plan says that an earlier try was cut off; the next one carries it on."""
    ended = lab.end(lab.launch())
    lab.account.die_after_write(2)
    with pytest.raises(DiedError):
        janitor("restore", ended, "--yes")
    lab.account.allow_all()
    said = janitor("restore", ended, "--plan")
    assert f"It was begun as {lab.one} and broke off" in said.out
    lab.ec2.delete_key_pair(KeyName="jd")
    assert janitor("restore", ended, "--yes").code == 0, "it needs nothing more that is gone"


@pytest.mark.parametrize("operation", ["RunInstances", "RegisterImage", "DeregisterImage"])
def test_a_lost_answer(lab: Lab, janitor: Janitor, operation: str) -> None:
    """AWS did it and the answer broke off: the repeat makes no second one."""
    ended = lab.end(lab.launch())
    lab.account.fail_after(f"ec2:{operation}", "reset", times=1)
    assert janitor("restore", ended, "--yes").code == 0
    assert lab.one
    assert lab.images == []


def test_an_answer_lost_for_good(lab: Lab, janitor: Janitor) -> None:
    """Where no repeat tells it either, what was launched is found by its label, and carried on."""
    ended = lab.end(lab.launch())
    lab.account.fail_after("ec2:RunInstances", "reset")
    said = janitor("restore", ended, "--yes")
    assert said.code == 0
    assert f"came back as {lab.one}" in said.out


# How it starts


def test_it_waits_until_it_runs(lab: Lab, janitor: Janitor) -> None:
    """A start takes its time, and is watched."""
    strict.starts(lab.account, looks=5)
    assert janitor("restore", lab.end(lab.launch()), "--yes").code == 0
    assert lab.account.state(lab.one) == "running"


def test_it_does_not_wait_for_ever(lab: Lab, janitor: Janitor) -> None:
    """After five minutes it says how things stand; the same command looks again."""
    strict.starts(lab.account, looks=90)
    ended = lab.end(lab.launch())
    said = janitor("restore", ended, "--yes")
    assert said.code == 1
    assert f"was begun as {lab.one}, which is not there yet" in said.out
    assert lab.acts == []
    assert janitor("restore", ended, "--yes").code == 0
    assert [act["new"] for act in lab.acts] == [lab.one]
    assert lab.images == []


def test_the_kms_grant_is_named(lab: Lab, janitor: Janitor) -> None:
    """AWS says no more than "client error on launch"; the key and what it must allow is told."""
    ebs = {"VolumeSize": 8, "Encrypted": True, "KmsKeyId": KEY, "DeleteOnTermination": True}
    disks = [{"DeviceName": "/dev/sda1", "Ebs": ebs}]
    ended = lab.end(lab.launch(more={"BlockDeviceMappings": disks}))
    assert (
        f"kms:GenerateDataKeyWithoutPlaintext must be allowed on {KEY}"
        in janitor("restore", ended, "--plan").out
    )
    message = "Client.InternalError: Client error on launch"
    strict.starts(lab.account, code="Client.InternalError", message=message)
    said = janitor("restore", ended, "--yes")
    assert said.code == 1
    assert f"{message}. EC2 was not granted the use of the KMS key {KEY} (of /dev/sda1)" in said.out
    assert "kms:CreateGrant, kms:Decrypt" in said.out
    assert lab.images == []


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        (
            "Client.VolumeLimitExceeded",
            "Client.VolumeLimitExceeded: Volume limit exceeded",
            "Volume limit exceeded: the account may have no more volumes",
        ),
        (
            "Server.InsufficientInstanceCapacity",
            "There is no capacity",
            "There is no capacity: AWS has no room",
        ),
        ("Client.SomethingNew", "What this is nobody knows", "Client.SomethingNew: What this is"),
    ],
)
def test_a_failed_start_says_why(
    lab: Lab, janitor: Janitor, code: str, message: str, told: str
) -> None:
    """The reason is AWS's own, with what can be done; then it can be tried again."""
    ended = lab.end(lab.launch())
    strict.starts(lab.account, code=code, message=message)
    said = janitor("restore", ended, "--yes")
    assert said.code == 1
    assert told in said.out
    assert told in janitor("history", ended).out
    strict.starts(lab.account)
    assert janitor("restore", ended, "--yes").code == 0
    assert lab.acts[-1]["new"] == lab.one


def test_a_failed_start_that_the_ledger_missed(lab: Lab, janitor: Janitor) -> None:
    """Its token is spent in AWS, and the ledger does not know: the next token is taken."""
    ended = lab.end(lab.launch())
    lab.account.die_after_write(2)
    with pytest.raises(DiedError):
        janitor("restore", ended, "--yes")
    lab.account.allow_all()
    lab.account.terminate(lab.one)
    assert janitor("restore", ended, "--yes").code == 0
    assert lab.one


def test_volumes_left_behind_are_told(lab: Lab, janitor: Janitor) -> None:
    """What outlives the instance outlives its failed start; its label finds it."""
    ended = lab.end(lab.launch(volumes_stay=True))
    strict.starts(lab.account, code="Server.InternalError", message="Server.InternalError")
    said = janitor("restore", ended, "--yes")
    assert f"Look for volumes that it left behind: they bear the tag {RESTORED_FROM}" in said.out


# Licences


def test_a_licence_that_aws_takes_over(lab: Lab, janitor: Janitor) -> None:
    """The registered image must bear the platform that it had; then it is launched."""
    ended = licensed(lab, "Windows")
    strict.platform_is(lab.account, "Windows")
    assert "it is Windows" in janitor("restore", ended, "--plan").out
    assert janitor("restore", ended, "--yes").code == 0


@pytest.mark.parametrize("bears", [None, "Linux/UNIX"])
def test_a_licence_that_is_lost(lab: Lab, janitor: Janitor, bears: str | None) -> None:
    """Nothing is launched and nothing is left; only on a person's word it is, all the same."""
    ended = licensed(lab, "Windows")
    strict.platform_is(lab.account, bears)
    said = janitor("restore", ended, "--yes")
    assert said.code == 2
    assert "without the licence of Windows" in said.err
    assert (lab.account.instances(), lab.images) == ([], [])
    assert janitor("restore", ended, "--yes", "--without-licence").code == 0
    assert lab.one


def licensed(lab: Lab, platform: str) -> str:
    """An instance that has ended, of a platform that moto cannot tell."""
    ended = lab.end(lab.launch())
    [entry] = lab.ledger.manifests()
    entry["manifest"]["instance"]["PlatformDetails"] = platform
    lab.ledger.store.append(json.dumps(entry) + "\n")
    return ended


# What is refused


def test_what_the_ledger_does_not_know(lab: Lab, janitor: Janitor) -> None:
    """One line, exit code 2, nothing written."""
    alive = lab.launch(name="xy-alive")
    for wanted in ("i-0123456789abcdef0", "nobody", alive, "xy-alive", ""):
        said = janitor("restore", wanted, "--yes")
        assert said.code == 2
        assert f"the ledger holds no manifest of {wanted!r}" in said.err
        assert said.err.count("\n") == 1
    assert lab.account.writes == []


def test_what_is_still_there(lab: Lab, janitor: Janitor) -> None:
    """A manifest is stored before the end; where the end did not come, there is nothing to do."""
    ended = lab.launch()
    lab.account.protect(ended)
    with pytest.raises(lab.ec2.exceptions.ClientError):
        lab.end(ended)
    said = janitor("restore", ended, "--yes")
    assert said.code == 2
    assert f"{ended} is still there, and on" in said.err


def test_without_a_backup(lab: Lab, janitor: Janitor) -> None:
    """What was terminated without a backup is gone."""
    said = janitor("restore", lab.end(lab.launch(), []), "--yes")
    assert said.code == 2
    assert "it was terminated without a backup" in said.err


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_backup_deleted_since(lab: Lab, janitor: Janitor, form: str, *, planned: bool) -> None:
    """It is named, with its device; nothing is made of the rest."""
    gone = lab.launch()
    backups = lab.image(gone) if form == "image" else lab.back_up(gone)
    lab.end(gone, backups)
    if form == "image":
        lab.ec2.deregister_image(ImageId=backups[0])
    else:
        lab.ec2.delete_snapshot(SnapshotId=backups[0])
    said = janitor("restore", gone, "--plan" if planned else "--yes")
    assert said.code == 2
    assert f"{gone} cannot be brought back: its backup {backups[0]} " in said.err
    assert said.err.count("\n") == 1
    assert lab.account.writes == []


def test_the_last_manifest_counts(lab: Lab, janitor: Janitor) -> None:
    """An end that was tried twice has two; a torn line between them is passed over, and told."""
    gone = lab.launch()
    [resource] = KIND.read(lab.ec2, Place(lab.account.id, REGION), [gone])
    lab.ledger.keep_manifest(resource, ["snap-0old"], {"instance": {}, "volumes": []})
    lab.ledger.store.append('{"entry": "manifest", "account": "12345\n')
    said = janitor("restore", lab.end(gone), "--yes")
    assert said.code == 0
    assert "is torn and was passed over" in said.err


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"instance": None, "volumes": []},
        {"instance": {"InstanceType": "t3.micro"}, "volumes": None},
        {"instance": {"InstanceType": "t3.micro"}, "volumes": [], "user_data": "é"},
    ],
)
def test_a_manifest_that_is_not_whole(lab: Lab, janitor: Janitor, facts: dict[str, Any]) -> None:
    """It is told, with the backup that is there; nobody is shown a traceback."""
    gone = lab.launch()
    [resource] = KIND.read(lab.ec2, Place(lab.account.id, REGION), [gone])
    lab.end(gone)
    lab.ledger.keep_manifest(resource, ["snap-0abc"], facts)
    said = janitor("restore", gone, "--yes")
    assert said.code == 2
    assert f"the manifest of {gone} in the ledger cannot be read" in said.err
    assert "Its backup is snap-0abc" in said.err


def test_another_account_or_region(lab: Lab, janitor: Janitor) -> None:
    """What stood where these credentials or settings do not reach is refused by name."""
    ended = lab.end(lab.launch())
    said = janitor("restore", ended, "--yes", "--region", "us-east-1")
    assert (said.code, "is not among the regions" in said.err) == (2, True)
    [entry] = lab.ledger.manifests()
    for key, value, told in (
        ("account", "210987654321", "stood in account 210987654321, which is out of reach"),
        ("region", "us-east-1", "stood in us-east-1, which is not looked at"),
        ("kind", "ec2_toaster", "is of the kind 'ec2_toaster', which the settings leave out"),
    ):
        lab.ledger.store.append(json.dumps({**entry, "id": "i-0beef", key: value}) + "\n")
        arn = f"arn:aws:ec2:{entry['region']}:{entry['account']}:instance/i-0beef"
        arn = arn.replace(entry[key], value) if key != "kind" else arn
        said = janitor("restore", arn, "--yes")
        assert (said.code, told in said.err) == (2, True), said
    assert lab.account.writes == []


@pytest.mark.parametrize(
    "call",
    [
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeSnapshots",
        "iam:GetInstanceProfile",
    ],
)
def test_what_cannot_be_seen_is_not_gone(lab: Lab, janitor: Janitor, call: str) -> None:
    """A denied read breaks off with its name; nobody is told to replace what is there."""
    ended = lab.end(lab.launch())
    lab.account.deny(call)
    said = janitor("restore", ended, "--yes")
    assert said.code == 2
    assert f"while this cannot be seen: denied: {call.partition(':')[2]}" in said.err
    assert "--subnet" not in said.err
    assert lab.account.writes == []


@pytest.mark.parametrize("call", ["ec2:RegisterImage", "ec2:RunInstances"])
def test_a_denied_write_leaves_nothing(lab: Lab, janitor: Janitor, call: str) -> None:
    """What AWS refuses is told, and what was made before is removed."""
    ended = lab.end(lab.launch())
    lab.account.deny(call)
    said = janitor("restore", ended, "--yes")
    assert said.code == 2
    assert f"{ended} was not brought back: denied: {call.partition(':')[2]}" in said.err
    assert (lab.account.instances(), lab.images) == ([], [])


def test_volumes_that_cannot_be_tagged(lab: Lab, janitor: Janitor) -> None:
    """It runs, and what it lacks is told: done in part."""
    gone = lab.launch()
    for volume in lab.account.volumes(gone):
        lab.account.tag(volume, Name="disk")
    lab.end(gone)
    lab.account.deny("ec2:CreateTags")
    said = janitor("restore", gone, "--yes")
    assert said.code == 1
    assert "(/dev/sda1) lacks its tags: denied: CreateTags" in said.out
    assert lab.images == []


def test_one_at_a_time(lab: Lab, janitor: Janitor, tmp_path: Path) -> None:
    """While a run is under way nothing is brought back; showing is always possible."""
    ended = lab.end(lab.launch())
    until = (lab.account.now + timedelta(minutes=10)).isoformat()
    lock = {"name": "another", "host": "elsewhere", "pid": 1, "until": until}
    (tmp_path / f"ledger.jsonl.{lab.account.id}.lock").write_text(json.dumps(lock))
    said = janitor("restore", ended, "--yes")
    assert (said.code, "another run is under way" in said.err) == (2, True)
    assert janitor("restore", ended, "--plan").code == 0
    assert lab.account.writes == []


def test_what_it_asks_for_is_what_it_is_allowed(lab: Lab, janitor: Janitor) -> None:
    """The calls of a restore are its permissions: no more, no less."""
    gone = lab.launch()
    for volume in lab.account.volumes(gone):
        lab.account.tag(volume, Name="disk")
    lab.end(gone)
    lab.account.clear_calls()
    janitor("restore", gone, "--yes")
    asked = {call.name for call in lab.account.calls} - {"sts:GetCallerIdentity"}
    assert asked == KIND.permissions["restore"] - {"iam:PassRole"}
