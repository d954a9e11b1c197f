"""The strict layer itself: what moto hides is there, line by line, and cannot silently go."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.handlers import BUILTIN_HANDLERS
from moto.core.models import botocore_stubber

from cs_aws_janitor import sessions
from tests.strict import backend, door
from tests.strict.rules import RULES
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.aws import Account
    from tests.strict.server import Endpoint

UNKNOWN = "i-0123456789abcdef0"
OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def ec2(account: Account) -> Any:
    """A client as the janitor makes it: from a session of its own."""
    assert account.calls == []
    return janitor("ec2")


def janitor(service: str, region: str = "eu-west-1", **config: Any) -> Any:
    """A client of the janitor's."""
    session = cast("Any", boto3.Session())
    retries = {"mode": "standard", "total_max_attempts": 10}
    settings = Config(**{"retries": retries} | config)
    return session.client(service, region_name=region, config=settings)


@contextmanager
def refused(code: str, words: str | None = None) -> Iterator[None]:
    """AWS refuses what is done inside, with this error code and these words."""
    with pytest.raises(ClientError, match=words) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


def stop(client: Any, *ids: str) -> None:
    """Ask for a stop."""
    client.stop_instances(InstanceIds=list(ids))


def terminate(client: Any, *ids: str) -> None:
    """Ask for the end."""
    client.terminate_instances(InstanceIds=list(ids))


def back_up(client: Any, instance_id: str) -> Any:
    """Ask for a snapshot of all its volumes."""
    wanted = {"InstanceId": instance_id}
    return client.create_snapshots(InstanceSpecification=wanted, CopyTagsFromSource="volume")


# The table: moto 5.2 | AWS


def test_protection_given_at_launch_is_honoured(account: Account, ec2: Any) -> None:
    """`DisableApiTermination` given to RunInstances protects, and is told when asked for."""
    kept = account.launch(protected=True)
    with refused("OperationNotPermitted"):
        terminate(ec2, kept)
    told = ec2.describe_instance_attribute(InstanceId=kept, Attribute="disableApiTermination")
    assert told["DisableApiTermination"]["Value"] is True
    assert account.state(kept) == "running"


def test_one_protected_id_keeps_its_whole_zone(account: Account, ec2: Any) -> None:
    """The ids of the protected one's zone stay, also those named before it; other zones go."""
    first, kept = account.launch(zone="a"), account.launch(zone="a", protected=True)
    elsewhere = account.launch(zone="b")
    with refused("OperationNotPermitted"):
        terminate(ec2, first, kept, elsewhere)
    assert [account.state(i) for i in (first, kept)] == ["running", "running"]
    assert account.state(elsewhere) == "shutting-down"


def test_a_stop_protected_instance_is_not_terminated(account: Account, ec2: Any) -> None:
    """Stop protection blocks TerminateInstances too, and the message names the attribute."""
    kept = account.launch(stop_protected=True)
    with refused("OperationNotPermitted", "disableApiStop"):
        terminate(ec2, kept)
    assert account.state(kept) == "running"


def test_a_stop_protected_instance_keeps_its_batch_on(account: Account, ec2: Any) -> None:
    """StopInstances stops all or none; moto stops those named before the protected one."""
    first, kept = account.launch(), account.launch(stop_protected=True)
    with refused("OperationNotPermitted"):
        stop(ec2, first, kept)
    assert account.state(first) == "running"


def test_one_time_spot_cannot_be_stopped(account: Account, ec2: Any) -> None:
    """A one-time spot instance refuses the whole batch; alone the others stop."""
    spot, plain = account.launch(spot="one-time"), account.launch()
    with refused("UnsupportedOperation"):
        stop(ec2, plain, spot)
    assert account.state(plain) == "running"
    stop(ec2, plain)
    assert account.state(plain) == "stopping"


def test_launch_time_is_the_last_start(account: Account) -> None:
    """Each start resets LaunchTime; what was attached at launch keeps the time of its own."""
    born, instance = account.now, account.launch()
    account.travel(days=3)
    account.stop(instance)
    account.travel(days=1)
    account.start(instance)
    seen = account.describe(instance)
    assert seen["LaunchTime"] == born + timedelta(days=4)
    assert seen["BlockDeviceMappings"][0]["Ebs"]["AttachTime"] == born
    assert seen["NetworkInterfaces"][0]["Attachment"]["AttachTime"] == born


def test_a_start_of_what_runs_changes_nothing(account: Account, ec2: Any) -> None:
    """Starting a running instance is accepted and leaves its LaunchTime."""
    born, instance = account.now, account.launch()
    account.travel(hours=1)
    ec2.start_instances(InstanceIds=[instance])
    assert account.describe(instance)["LaunchTime"] == born


def test_a_stop_takes_time(account: Account, ec2: Any) -> None:
    """`stopping` comes first, and whoever waits sees `stopped`; until then no start is possible."""
    instance = account.launch()
    stop(ec2, instance)
    assert account.state(instance) == "stopping"
    with refused("IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[instance])
    time.sleep(30)
    assert account.state(instance) == "stopped"


def test_a_stop_can_take_looks(account: Account, ec2: Any) -> None:
    """Where looks are counted, each DescribeInstances of the janitor's brings it nearer."""
    instance = account.launch()
    account.stopping_takes(looks=2)
    stop(ec2, instance)
    seen = [ec2.describe_instances()["Reservations"][0]["Instances"][0] for _ in range(3)]
    assert [one["State"]["Name"] for one in seen] == ["stopping", "stopping", "stopped"]


def test_a_second_stop_does_not_hasten_the_first(account: Account, ec2: Any) -> None:
    """Stopping what is stopping is accepted and leaves it `stopping`."""
    instance = account.launch()
    stop(ec2, instance)
    stop(ec2, instance)
    assert account.state(instance) == "stopping"


def test_the_end_takes_time_and_is_forgotten(account: Account, ec2: Any) -> None:
    """`shutting-down`, then `terminated`, shown for an hour; after that the id is unknown."""
    instance = account.launch("jd-old")
    terminate(ec2, instance)
    assert account.state(instance) == "shutting-down"
    account.travel(minutes=30)
    shown = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert shown["State"]["Name"] == "terminated"
    account.travel(hours=1)
    with refused("InvalidInstanceID.NotFound"):
        ec2.describe_instances(InstanceIds=[instance])
    assert ec2.describe_tags()["Tags"] == []
    assert (account.state(instance), account.tags(instance)) == ("terminated", {"Name": "jd-old"})


def test_snapshots_are_pending_at_first(account: Account, ec2: Any) -> None:
    """CreateSnapshots answers with State `pending`, one per volume; later they are completed."""
    instance = account.launch(volumes=2)
    answer = back_up(ec2, instance)
    assert [s["State"] for s in answer["Snapshots"]] == ["pending", "pending"]
    shown = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert {(s["State"], s["Progress"]) for s in shown} == {("pending", "42%")}
    account.travel(minutes=10)
    assert [s.state for s in account.snapshots(instance)] == ["completed", "completed"]


def test_a_single_snapshot_is_pending_too(account: Account, ec2: Any) -> None:
    """CreateSnapshot answers with State `pending`."""
    answer = ec2.create_snapshot(VolumeId=account.volumes(account.launch())[0])
    assert answer["State"] == "pending"


def test_snapshots_pend_as_long_as_told(account: Account, ec2: Any) -> None:
    """Until an instant, for a time, or until the word is given."""
    instance = account.launch()
    account.snapshots_pend(until="2026-11-23T06:00")
    back_up(ec2, instance)
    account.travel(hours=23)
    assert [s.state for s in account.snapshots(instance)] == ["pending"]
    account.travel(hours=1)
    assert [s.state for s in account.snapshots(instance)] == ["completed"]
    account.snapshots_pend()
    back_up(ec2, instance)
    account.travel(days=30)
    assert account.snapshots(instance)[-1].state == "pending"
    account.snapshots_finish()
    assert account.snapshots(instance)[-1].state == "completed"


def test_snapshots_can_fail(account: Account, ec2: Any) -> None:
    """A snapshot ends in `error` when its time is up, and never becomes complete."""
    instance = account.launch()
    account.snapshots_fail()
    back_up(ec2, instance)
    assert [s.state for s in account.snapshots(instance)] == ["pending"]
    account.travel(days=1)
    account.snapshots_fail(on=False)
    assert [s.state for s in account.snapshots(instance)] == ["error"]
    (shown,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert (shown["State"], shown["StateMessage"]) == ("error", "An internal error occurred")


def test_nothing_is_made_of_a_pending_snapshot(account: Account, ec2: Any) -> None:
    """A volume cannot be created from a snapshot before it is complete."""
    snapshot = back_up(ec2, account.launch())["Snapshots"][0]["SnapshotId"]
    wanted = {"AvailabilityZone": "eu-west-1a", "SnapshotId": snapshot}
    with refused("IncorrectState"):
        ec2.create_volume(**wanted)
    account.travel(minutes=10)
    assert ec2.create_volume(**wanted)["SnapshotId"] == snapshot


def test_a_snapshot_under_an_image_cannot_be_deleted(account: Account, ec2: Any) -> None:
    """Whoever made the image; its snapshots bear the tags that were asked for them."""
    tags = [{"Key": "JanitorSource", "Value": "i-1"}]
    image = ec2.create_image(
        InstanceId=account.launch(),
        Name="backup",
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}],
    )["ImageId"]
    (seen,) = ec2.describe_snapshots()["Snapshots"]
    assert seen["Tags"] == tags
    with refused("InvalidSnapshot.InUse", image):
        ec2.delete_snapshot(SnapshotId=seen["SnapshotId"])
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=seen["SnapshotId"])


def test_shared_snapshots_are_of_another_owner(account: Account, ec2: Any) -> None:
    """They are shown to whoever does not ask for their own."""
    (source,) = account.volumes(account.launch())
    shared = ec2.create_snapshot(VolumeId=source)["SnapshotId"]
    backend.holder(shared).snapshots[shared].owner_id = OTHER_ACCOUNT
    assert [s["SnapshotId"] for s in ec2.describe_snapshots()["Snapshots"]] == [shared]
    named: Any = {"Name": "snapshot-id", "Values": [shared]}
    assert ec2.describe_snapshots(OwnerIds=["self"], Filters=[named])["Snapshots"] == []
    assert ec2.describe_snapshots(OwnerIds=[OTHER_ACCOUNT])["Snapshots"]


def test_an_address_in_use_cannot_be_released(account: Account, ec2: Any) -> None:
    """Only once nothing uses it; a second time there is none."""
    person = account.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    used = person.associate_address(AllocationId=address, InstanceId=account.launch())
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    person.disassociate_address(AssociationId=used["AssociationId"])
    ec2.release_address(AllocationId=address)
    with refused("InvalidAllocationID.NotFound"):
        ec2.release_address(AllocationId=address)


def volume(client: Any, **how: Any) -> str:
    """Make one of 8 GiB; its id."""
    made: str = client.create_volume(AvailabilityZone="eu-west-1a", Size=8, **how)["VolumeId"]
    return made


def volumes(client: Any) -> dict[str, str]:
    """The state of each."""
    return {v["VolumeId"]: v["State"] for v in client.describe_volumes()["Volumes"]}


def test_a_volume_is_made_in_a_while(account: Account, ec2: Any) -> None:
    """`creating` at first, and not to be deleted then; it may end in `error`."""
    first = volume(ec2)
    assert volumes(ec2) == {first: "creating"}
    with refused("IncorrectState"):
        ec2.delete_volume(VolumeId=first)
    account.travel(seconds=10)
    assert volumes(ec2) == {first: "available"}
    account.volumes_fail()
    second = volume(ec2)
    account.travel(seconds=10)
    assert volumes(ec2) == {first: "available", second: "error"}


def test_a_volume_is_made_once_for_each_token(ec2: Any) -> None:
    """The same request gives the same one; another one with its token is refused."""
    first = volume(ec2, ClientToken="a")
    assert volume(ec2, ClientToken="a") == first
    assert volume(ec2, ClientToken="b") != first
    with refused("IdempotentParameterMismatch"):
        volume(ec2, ClientToken="a", VolumeType="gp3")


def test_a_volume_in_use_cannot_be_deleted(account: Account, ec2: Any) -> None:
    """Only one that is free goes, in a while; a second time there is none."""
    instance = account.launch()
    (used,) = account.volumes(instance)
    with refused("VolumeInUse"):
        ec2.delete_volume(VolumeId=used)
    free = volume(account.client("ec2"))
    ec2.delete_volume(VolumeId=free)
    assert volumes(ec2) == {used: "in-use", free: "deleting"}
    with refused("InvalidVolume.NotFound"):
        ec2.delete_volume(VolumeId=free)
    account.travel(seconds=10)
    assert volumes(ec2) == {used: "in-use"}


def test_only_some_volumes_are_shared(account: Account, ec2: Any) -> None:
    """Those with Multi-Attach show every instance; the others are refused a second one."""
    instances = [account.launch() for _ in range(2)]
    person = account.client("ec2")
    plain = volume(person)
    shared = volume(person, VolumeType="io2", Iops=100, MultiAttachEnabled=True)
    for instance in instances:
        person.attach_volume(VolumeId=shared, InstanceId=instance, Device="/dev/sdz")
    person.attach_volume(VolumeId=plain, InstanceId=instances[0], Device="/dev/sdy")
    with refused("VolumeInUse"):
        person.attach_volume(VolumeId=plain, InstanceId=instances[1], Device="/dev/sdy")
    (seen,) = ec2.describe_volumes(VolumeIds=[shared])["Volumes"]
    assert [each["InstanceId"] for each in seen["Attachments"]] == instances


def test_volumes_can_be_left_out(account: Account, ec2: Any) -> None:
    """`ExcludeDataVolumeIds` and `ExcludeBootVolume` are honoured, and nothing is detached."""
    instance = account.launch(volumes=3)
    disks = [d["Ebs"]["VolumeId"] for d in account.describe(instance)["BlockDeviceMappings"]]
    wanted = {"InstanceId": instance, "ExcludeDataVolumeIds": disks[1:2], "ExcludeBootVolume": True}
    answer = ec2.create_snapshots(InstanceSpecification=wanted)
    assert [s["VolumeId"] for s in answer["Snapshots"]] == disks[2:]
    left = account.describe(instance)["BlockDeviceMappings"]
    assert {d["Ebs"]["VolumeId"] for d in left} == set(disks)


def test_tags_are_copied_to_snapshots(account: Account, ec2: Any) -> None:
    """`CopyTagsFromSource` copies the tags of the volume, but not those of AWS."""
    instance = account.launch()
    (volume,) = account.volumes(instance)
    account.tag(volume, Owner="jd")
    account.tag_by_aws(volume, {"aws:cloudformation:stack-name": "demo"})
    back_up(ec2, instance)
    assert [s.tags for s in account.snapshots(instance)] == [{"Owner": "jd"}]


def test_snapshots_outlive_their_volumes(account: Account, ec2: Any) -> None:
    """After the end of an instance its volumes are gone, and their snapshots are still found."""
    instance = account.launch()
    back_up(ec2, instance)
    terminate(ec2, instance)
    assert ec2.describe_volumes()["Volumes"] == []
    assert [s.state for s in account.snapshots(instance)] == ["pending"]
    account.travel(hours=2)
    assert [s.state for s in account.snapshots(instance)] == ["completed"]


def test_an_image_is_pending_at_first(account: Account, ec2: Any) -> None:
    """CreateImage takes a snapshot of each volume; with these the image becomes available."""
    instance = account.launch(volumes=2)
    image = ec2.create_image(InstanceId=instance, Name="backup")["ImageId"]
    states = []
    for minutes in (0, 10):
        account.travel(minutes=minutes)
        shown = ec2.describe_images(ImageIds=[image])["Images"][0]
        states.append(shown["State"])
    assert states == ["pending", "available"]
    made = {d["Ebs"]["SnapshotId"] for d in shown["BlockDeviceMappings"]}
    assert made == {s.id for s in account.snapshots(instance)}
    assert len(made) == 2


def test_an_image_can_fail(account: Account, ec2: Any) -> None:
    """An image whose snapshots fail becomes `failed`."""
    image = ec2.create_image(InstanceId=account.launch(), Name="backup")["ImageId"]
    account.snapshots_fail()
    account.travel(days=1)
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "failed"


def test_an_image_has_a_name_of_its_own(account: Account, ec2: Any) -> None:
    """CreateImage under a name that is taken is refused."""
    instance = account.launch()
    ec2.create_image(InstanceId=instance, Name="backup")
    with refused("InvalidAMIName.Duplicate"):
        ec2.create_image(InstanceId=instance, Name="backup")
    assert len(ec2.describe_images(Owners=["self"])["Images"]) == 1


@pytest.mark.parametrize("call", ["stop_instances", "start_instances"])
def test_what_has_ended_moves_no_more(account: Account, ec2: Any, call: str) -> None:
    """A terminated instance can be neither stopped nor started; terminating it again is fine."""
    instance = account.launch()
    account.terminate(instance)
    with refused("IncorrectInstanceState"):
        getattr(ec2, call)(InstanceIds=[instance])
    terminate(ec2, instance)
    assert account.state(instance) == "terminated"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"aws:owner": "jd"}, "InvalidParameterValue"),
        ({"AWS:owner": "jd"}, "InvalidParameterValue"),
        ({"": "jd"}, "InvalidParameterValue"),
        ({"k" * 129: ""}, "InvalidParameterValue"),
        ({"k": "v" * 257}, "InvalidParameterValue"),
        ({f"key-{n}": "" for n in range(50)}, "TagLimitExceeded"),
    ],
    ids=["reserved", "reserved-in-capitals", "empty", "long-key", "long-value", "too-many"],
)
def test_tags_have_limits(account: Account, ec2: Any, tags: dict[str, str], code: str) -> None:
    """`aws:` is reserved; a key has 1 to 128 characters, a value 256; a resource 50 tags."""
    instance = account.launch("jd-tagged")
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    with refused(code):
        ec2.create_tags(Resources=[instance], Tags=pairs)
    assert account.tags(instance) == {"Name": "jd-tagged"}


def test_tags_within_the_limits_are_written(account: Account, ec2: Any) -> None:
    """Fifty tags of the longest kind stand beside those of AWS, which do not count."""
    instance = account.launch(None, tags={"aws:cloudformation:stack-name": "demo"})
    tags = {f"{n:03}".ljust(128, "k"): "v" * 256 for n in range(50)}
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    ec2.create_tags(Resources=[instance], Tags=pairs)
    ec2.create_tags(Resources=[instance], Tags=pairs[:1])
    assert account.tags(instance) == tags | {"aws:cloudformation:stack-name": "demo"}


def test_reserved_tags_are_refused_at_creation_and_deletion_too(account: Account, ec2: Any) -> None:
    """Whatever call brings an `aws:` key along is refused."""
    instance = account.launch(tags={"aws:ecs:clusterName": "web"})
    pairs = [{"Key": "aws:ecs:clusterName", "Value": "web"}]
    with refused("InvalidParameterValue"):
        ec2.delete_tags(Resources=[instance], Tags=pairs)
    with refused("InvalidParameterValue"):
        ec2.create_snapshots(
            InstanceSpecification={"InstanceId": instance},
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": pairs}],
        )
    assert account.snapshots(instance) == []


def test_too_many_tags_are_refused_at_creation_too(account: Account, ec2: Any) -> None:
    """With 51 tags nothing is made, not even with the first 50 of them."""
    instance = account.launch()
    pairs = [{"Key": f"key-{n}", "Value": ""} for n in range(51)]
    with refused("TagLimitExceeded"):
        ec2.create_snapshots(
            InstanceSpecification={"InstanceId": instance},
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": pairs}],
        )
    assert account.snapshots(instance) == []


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (UNKNOWN, "InvalidInstanceID.NotFound"),
        ("vol-0123456789abcdef0", "InvalidVolume.NotFound"),
        ("snap-0123456789abcdef0", "InvalidSnapshot.NotFound"),
        ("ami-0123456789abcdef0", "InvalidAMIID.NotFound"),
        ("nonsense", "InvalidID"),
    ],
)
def test_a_batch_of_tags_is_all_or_nothing(account: Account, ec2: Any, bad: str, code: str) -> None:
    """One id that does not exist, and CreateTags tags nobody."""
    instance = account.launch()
    before = account.tags(instance)
    with refused(code):
        ec2.create_tags(Resources=[instance, bad], Tags=[{"Key": "Discovered", "Value": "x"}])
    assert account.tags(instance) == before


def test_rds_starts_by_itself_after_seven_days(account: Account) -> None:
    """A stopped database runs again after 7 days, though nobody has started it."""
    rds = janitor("rds")
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres"
    )
    rds.stop_db_instance(DBInstanceIdentifier="db")
    states = []
    for passed in ({}, {"minutes": 1}, {"days": 6}, {"days": 1, "minutes": -1}, {"minutes": 1}):
        account.travel(**passed)
        states.append(rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"])
    assert states == ["stopping", "stopped", "stopped", "starting", "available"]


def test_rds_wants_a_last_word_about_the_data(account: Account) -> None:
    """DeleteDBInstance names a final snapshot, or says in so many words that there is none."""
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres"
    )
    rds = janitor("rds")
    with refused("InvalidParameterCombination"):
        rds.delete_db_instance(DBInstanceIdentifier="db")
    with refused("InvalidParameterValue"):
        rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="the--last")
    rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="last")
    for minutes, shown in ((0, []), (1, ["creating"]), (10, ["available"])):
        account.travel(minutes=minutes)
        made = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        assert [each["Status"] for each in made] == shown
        assert len(rds.describe_db_instances()["DBInstances"]) == (shown != ["available"])


# Ids


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (UNKNOWN, "InvalidInstanceID.NotFound"),
        ("i-123", "InvalidInstanceID.Malformed"),
        ("web-server", "InvalidInstanceID.Malformed"),
    ],
)
@pytest.mark.parametrize(
    "call", ["describe_instances", "stop_instances", "start_instances", "terminate_instances"]
)
def test_one_bad_id_refuses_the_whole_call(
    account: Account, ec2: Any, call: str, bad: str, code: str
) -> None:
    """An unknown or malformed id, and nothing happens to the others."""
    good = account.launch()
    with refused(code):
        getattr(ec2, call)(InstanceIds=[good, bad])
    assert account.state(good) == "running"


# Spot, instance store, groups


def test_spot_facts_are_told(account: Account, ec2: Any) -> None:
    """An instance names its request, and the request its type; the filter of its id works."""
    once, ever = account.launch(spot="one-time"), account.launch(spot="persistent")
    shown = {i: account.describe(i) for i in (once, ever)}
    assert {i["InstanceLifecycle"] for i in shown.values()} == {"spot"}
    wanted = [shown[ever]["SpotInstanceRequestId"]]
    found = ec2.describe_spot_instance_requests(
        Filters=[{"Name": "spot-instance-request-id", "Values": wanted}]
    )["SpotInstanceRequests"]
    assert [(r["Type"], r["InstanceId"], r["State"]) for r in found] == [
        ("persistent", ever, "active")
    ]
    everything = ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    assert sorted(r["Type"] for r in everything) == ["one-time", "persistent"]
    assert "InstanceLifecycle" not in account.describe(account.launch())


def test_persistent_spot_can_be_stopped(account: Account, ec2: Any) -> None:
    """It stops, its request is disabled meanwhile, and it starts again."""
    instance = account.launch(spot="persistent")
    states = []
    for act in (account.stop, account.start):
        act(instance)
        request = ec2.describe_spot_instance_requests()["SpotInstanceRequests"][0]
        states.append((account.state(instance), request["State"]))
    assert states == [("stopped", "disabled"), ("running", "active")]


def test_a_persistent_request_launches_anew(account: Account, ec2: Any) -> None:
    """Terminated without being cancelled, the instance comes again, with its tags of launch."""
    instance = account.launch("jd-spot", spot="persistent")
    account.tag(instance, Discovered="2026-11-22")
    account.stop(instance)
    account.terminate(instance)
    (fresh,) = account.instances()
    assert fresh != instance
    assert (account.state(fresh), account.tags(fresh)) == ("running", {"Name": "jd-spot"})
    (request,) = ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    assert (request["InstanceId"], request["State"]) == (fresh, "active")
    account.terminate(fresh)
    assert len(account.instances()) == 1


def test_a_one_time_request_closes(account: Account, ec2: Any) -> None:
    """With the end of its instance a one-time request has come to its end too."""
    account.terminate(account.launch(spot="one-time"))
    (request,) = ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    assert request["State"] == "closed"
    assert account.instances() == []


@pytest.mark.parametrize("off", [False, True])
def test_a_cancelled_request_ends_with_its_instance(
    account: Account, ec2: Any, *, off: bool
) -> None:
    """Cancelling leaves the instance as it is, and then its end is the end."""
    instance = account.launch(spot="persistent")
    if off:
        account.stop(instance)
    request = account.describe(instance)["SpotInstanceRequestId"]
    answer = ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request])
    assert answer["CancelledSpotInstanceRequests"][0]["State"] == "cancelled"
    assert account.state(instance) == ("stopped" if off else "running")
    terminate(ec2, instance)
    account.travel(minutes=5)
    assert account.instances() == []


def test_an_unknown_spot_request_is_refused(account: Account, ec2: Any) -> None:
    """CancelSpotInstanceRequests and its sister refuse an id that does not exist."""
    assert account.instances() == []
    for call in (ec2.cancel_spot_instance_requests, ec2.describe_spot_instance_requests):
        with refused("InvalidSpotInstanceRequestID.NotFound"):
            call(SpotInstanceRequestIds=["sir-12345678"])


def test_spot_through_its_own_call_is_the_same(account: Account, ec2: Any) -> None:
    """RequestSpotInstances makes the same kind of instance as RunInstances."""
    person = account.client("ec2")
    launch = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    answer = person.request_spot_instances(Type="persistent", LaunchSpecification=launch)
    (made,) = answer["SpotInstanceRequests"]
    instance = made["InstanceId"]
    assert account.describe(instance)["SpotInstanceRequestId"] == made["SpotInstanceRequestId"]
    terminate(ec2, instance)
    account.travel(minutes=1)
    assert len(account.instances()) == 1


def test_spot_cannot_be_protected(account: Account, ec2: Any) -> None:
    """Termination protection does not exist for spot instances."""
    instance = account.launch(spot="persistent")
    with refused("UnsupportedOperation"):
        ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})


def test_an_instance_store_cannot_be_stopped(account: Account, ec2: Any) -> None:
    """Its RootDeviceType says so, no volume is its root, and StopInstances refuses."""
    instance = account.launch(instance_store=True, volumes=1)
    seen = account.describe(instance)
    assert seen["RootDeviceType"] == "instance-store"
    assert [d["DeviceName"] for d in seen["BlockDeviceMappings"]] == ["/dev/sdf"]
    with refused("UnsupportedOperation"):
        stop(ec2, instance)
    terminate(ec2, instance)


def test_a_group_replaces_its_members(account: Account, ec2: Any) -> None:
    """A terminated member comes again, and a stopped one counts as unhealthy: the same."""
    first, second = account.launch("jd-web", asg="web"), account.launch("jd-web", asg="web")
    assert account.tags(first)["aws:autoscaling:groupName"] == "web"
    terminate(ec2, first)
    stop(ec2, second)
    account.travel(minutes=5)
    account.travel(minutes=5)
    members = account.instances()
    assert len(members) == 2
    assert not {first, second} & set(members)
    assert all(account.tags(member)["Name"] == "jd-web" for member in members)
    assert len(account.volumes(second)) == 1


@pytest.mark.parametrize(
    "key",
    [
        "aws:autoscaling:groupName",
        "aws:cloudformation:stack-name",
        "aws:ec2launchtemplate:id",
        "aws:ecs:clusterName",
        "aws:eks:cluster-name",
        "aws:elasticmapreduce:job-flow-id",
        "AWSBatchServiceTag",
        "eks:cluster-name",
        "elasticbeanstalk:environment-name",
        "karpenter.sh/nodepool",
        "kubernetes.io/cluster/demo",
    ],
)
def test_tags_of_aws_can_be_set_up(account: Account, ec2: Any, key: str) -> None:
    """A story may say who manages an instance, also where only AWS could write the tag."""
    at_launch, later = account.launch(tags={key: "x"}), account.launch()
    account.tag_by_aws(later, {key: "x"})
    found = ec2.describe_instances(Filters=[{"Name": "tag-key", "Values": [key]}])
    assert sum(len(r["Instances"]) for r in found["Reservations"]) == 2
    assert account.state(at_launch) == account.state(later) == "running"


# Regions and accounts


def test_only_open_regions_of_this_partition_are_listed(account: Account, ec2: Any) -> None:
    """DescribeRegions names no region of China or GovCloud, and closed ones only when asked."""
    names = {r["RegionName"] for r in ec2.describe_regions()["Regions"]}
    everything = {
        r["RegionName"]: r["OptInStatus"] for r in ec2.describe_regions(AllRegions=True)["Regions"]
    }
    assert len(names) == 17
    assert names < everything.keys()
    assert not [name for name in everything if name.startswith(("cn-", "us-gov"))]
    assert {everything[name] for name in everything.keys() - names} == {"not-opted-in"}
    account.opt_in("af-south-1")
    statuses = [{"Name": "opt-in-status", "Values": ["opted-in"]}]
    opened = ec2.describe_regions(Filters=statuses)["Regions"]
    assert [r["RegionName"] for r in opened] == ["af-south-1"]


def test_an_unknown_region_is_refused(account: Account, ec2: Any) -> None:
    """DescribeRegions names no region that does not exist in this partition."""
    assert account.instances() == []
    named = ec2.describe_regions(RegionNames=["eu-west-1"])["Regions"]
    assert [region["RegionName"] for region in named] == ["eu-west-1"]
    with refused("InvalidParameterValue"):
        ec2.describe_regions(RegionNames=["eu-west-1", "cn-north-1"])


def test_a_closed_region_knows_nobody(account: Account) -> None:
    """In a region that was not opted in every call fails with AuthFailure, until it is."""
    there = janitor("ec2", "eu-south-1")
    with refused("AuthFailure"):
        there.describe_instances()
    with refused("InvalidClientTokenId"):
        janitor("rds", "eu-south-1").describe_db_instances()
    account.opt_in("eu-south-1")
    assert there.describe_instances()["Reservations"] == []


def test_another_account_is_another_world(account: Account, ec2: Any) -> None:
    """What stands there is seen through an assumed role only."""
    other = account.other(OTHER_ACCOUNT)
    instance = other.launch()
    other.tag(instance, Expiration="2026-12-06")
    assert ec2.describe_instances()["Reservations"] == []
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/janitor"
    keys = janitor("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    there = cast("Any", boto3.Session()).client(
        "ec2",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    stop(there, instance)
    account.travel(minutes=1)
    assert account.state(instance) == "stopped"


# Limits of a call


def test_a_filter_has_limits(account: Account, ec2: Any) -> None:
    """200 values, each of 255 characters; two filters may hold 200 each."""
    assert account.instances() == []
    ids = [f"i-{n:017x}" for n in range(200)]
    full = [{"Name": name, "Values": ids} for name in ("instance-id", "subnet-id")]
    assert ec2.describe_instances(Filters=full)["Reservations"] == []
    for values in ([*ids, UNKNOWN], ["x" * 256]):
        with refused("FilterLimitExceeded"):
            ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": values}])


def test_a_page_has_a_size(account: Account, ec2: Any) -> None:
    """MaxResults is 5 to 1000; a listing of more comes in pages."""
    ids = {account.launch() for _ in range(6)}
    for size in (4, 1001):
        with refused("InvalidParameterValue"):
            ec2.describe_instances(MaxResults=size)
    listing = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
    reservations = [page["Reservations"] for page in listing]
    assert [len(page) for page in reservations] == [5, 1]
    assert ids == {r["Instances"][0]["InstanceId"] for page in reservations for r in page}


# What goes wrong


def test_a_permission_can_be_missing(account: Account, ec2: Any) -> None:
    """The janitor is refused, a person is not; with everything allowed again it goes on."""
    instance = account.launch()
    account.deny("ec2:StopInstances")
    with refused("UnauthorizedOperation"):
        stop(ec2, instance)
    account.stop(instance)
    account.start(instance)
    account.allow_all()
    stop(ec2, instance)
    assert account.state(instance) == "stopping"


def test_a_permission_can_be_missing_for_one_resource(account: Account, ec2: Any) -> None:
    """A batch that names it is refused, the others alone are not."""
    denied, fine = account.launch(), account.launch()
    account.deny("ec2:StopInstances", of=denied)
    with refused("UnauthorizedOperation"):
        stop(ec2, fine, denied)
    stop(ec2, fine)
    assert [account.state(i) for i in (denied, fine)] == ["running", "stopping"]


def test_permissions_can_be_missing_in_one_region(account: Account, ec2: Any) -> None:
    """Denied there, allowed here; or everything there, as an organisation does."""
    there = janitor("ec2", "us-west-2")
    account.deny("ec2:Describe*", region="us-west-2")
    with refused("UnauthorizedOperation"):
        there.describe_instances()
    ec2.describe_instances()
    account.deny_region("us-west-2")
    with refused("UnauthorizedOperation"):
        there.create_tags(Resources=[UNKNOWN], Tags=[{"Key": "a", "Value": "b"}])


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("ec2", "describe_instances", "UnauthorizedOperation"),
        ("sts", "get_caller_identity", "AccessDenied"),
        ("iam", "list_account_aliases", "AccessDenied"),
        ("s3", "list_buckets", "AccessDenied"),
        ("dynamodb", "list_tables", "AccessDeniedException"),
    ],
)
def test_each_service_refuses_in_its_own_words(
    account: Account, service: str, call: str, code: str
) -> None:
    """The error of a missing permission has the code and the protocol of its service."""
    account.deny(f"{service}:*")
    with refused(code):
        getattr(janitor(service), call)()


def test_throttling_goes_through_the_real_retries(account: Account, ec2: Any) -> None:
    """The SDK waits and asks again; the waiting takes no real time, but the clock goes on."""
    account.throttle("DescribeInstances", times=3)
    began = account.now
    answer = ec2.describe_instances()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 3
    assert account.waited > 0
    assert (account.now - began).total_seconds() == pytest.approx(account.waited)
    assert [call.name for call in account.calls] == ["ec2:DescribeInstances"]


def test_throttling_can_outlast_the_retries(account: Account, ec2: Any) -> None:
    """A call that is never let through ends in RequestLimitExceeded."""
    account.throttle("ec2:*")
    with refused("RequestLimitExceeded"):
        ec2.describe_instances()


def test_an_answer_can_be_lost(account: Account) -> None:
    """The effect takes place, only the answer is lost: a blind repeat does it twice."""
    instance = account.launch()
    account.fail_after("CreateSnapshots", times=1)
    back_up(janitor("ec2"), instance)
    assert len(account.snapshots(instance)) == 2


@pytest.mark.parametrize(
    ("how", "error"), [("error", ClientError), ("reset", ConnectionClosedError)]
)
def test_an_answer_can_be_lost_for_good(account: Account, how: Any, error: type[Exception]) -> None:
    """A client that does not repeat sees a 500 or a broken connection, and the effect is there."""
    instance = account.launch()
    account.fail_after("CreateSnapshots", how)
    once = janitor("ec2", retries={"mode": "standard", "total_max_attempts": 1})
    with pytest.raises(error):
        back_up(once, instance)
    assert len(account.snapshots(instance)) == 1


def test_a_call_can_fail_without_effect(account: Account) -> None:
    """A connection that breaks before the request was read changes nothing."""
    instance = account.launch()
    account.fail("TerminateInstances", "reset")
    with pytest.raises(ConnectionClosedError):
        terminate(janitor("ec2"), instance)
    assert account.state(instance) == "running"


@pytest.mark.parametrize(("after", "state"), [(False, "running"), (True, "stopping")])
def test_the_janitor_can_die_at_a_write(
    account: Account, ec2: Any, *, after: bool, state: str
) -> None:
    """Killed before or right after its second write, it changes nothing more."""
    instance = account.launch()
    (account.die_after_write if after else account.die_before_write)(2)
    account.tag(instance, People="do not count")
    ec2.describe_instances()
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "first", "Value": "write"}])
    with pytest.raises(DiedError):
        stop(ec2, instance)
    ec2.describe_instances()
    with pytest.raises(DiedError):
        ec2.delete_tags(Resources=[instance], Tags=[{"Key": "first"}])
    assert account.state(instance) == state
    assert account.tags(instance)["first"] == "write"
    account.allow_all()
    ec2.delete_tags(Resources=[instance], Tags=[{"Key": "first"}])


# Calls and time


def test_every_call_of_the_janitor_is_recorded(account: Account, ec2: Any) -> None:
    """With its region and parameters, read or write; those of people are not."""
    instance = account.launch()
    account.deny("ec2:StopInstances")
    ec2.describe_instances()
    janitor("sts", "us-east-1").get_caller_identity()
    with refused("UnauthorizedOperation"):
        stop(ec2, instance)
    assert [(c.name, c.region, c.is_write) for c in account.calls] == [
        ("ec2:DescribeInstances", "eu-west-1", False),
        ("sts:GetCallerIdentity", "us-east-1", False),
        ("ec2:StopInstances", "eu-west-1", True),
    ]
    assert [c.params for c in account.writes] == [{"InstanceIds": [instance]}]
    account.clear_calls()
    assert account.calls == []


def test_people_know_more_of_a_service_than_the_janitor(account: Account) -> None:
    """Clients share what they know only with those that know the same, whoever comes first."""
    quick = sessions.quick().create_client("ec2", region_name="eu-west-1")
    person = account.client("ec2")
    assert not hasattr(quick, "run_instances")
    assert hasattr(person, "run_instances")
    assert quick.meta.service_model.operation_names != person.meta.service_model.operation_names


def test_calls_of_many_threads_are_recorded(account: Account) -> None:
    """Sixteen workers at once lose no call and no effect."""
    ids = [account.launch() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: stop(janitor("ec2"), i), ids))
    assert len(account.writes) == 16
    assert {account.state(i) for i in ids} == {"stopping"}


def test_time_stands_still_until_it_is_moved(account: Account) -> None:
    """The clock of the test, of moto and of everybody is one; waiting moves it at once."""
    assert datetime.now(UTC) == account.now == datetime(2026, 11, 22, 6, tzinfo=UTC)
    account.travel(days=7, hours=1)
    instance = account.launch()
    assert account.describe(instance)["LaunchTime"] == datetime(2026, 11, 29, 7, tzinfo=UTC)
    account.at("2026-12-06T06:00")
    time.sleep(90)
    assert datetime.now(UTC) == datetime(2026, 12, 6, 6, 1, 30, tzinfo=UTC)


def test_an_account_can_be_emptied(account: Account, ec2: Any) -> None:
    """For many lives in one test: instances, faults and calls go, the time stays."""
    account.travel(days=1)
    instance = account.launch()
    account.deny("*")
    with refused("UnauthorizedOperation"):
        stop(ec2, instance)
    now = account.now
    account.reset()
    assert (account.instances(), account.calls, account.now) == ([], [], now)
    assert ec2.describe_instances()["Reservations"] == []


# The door itself


def test_there_is_no_way_around_the_door(account: Account) -> None:
    """Moto's own handler is off and the door hangs on every new session."""
    assert account.instances() == []
    assert botocore_stubber.enabled is False
    hung = [handler for _, handler, *_ in BUILTIN_HANDLERS]
    assert {door._send, door._record} <= set(hung)  # noqa: SLF001  what this test is about


def test_the_network_is_out_of_reach(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that finds the door shut ends nowhere."""
    assert account.instances() == []
    monkeypatch.setattr(door.DOOR, "open", False)
    client = janitor("ec2", retries={"mode": "standard", "total_max_attempts": 1})
    with pytest.raises(Exception, match="Failed to connect to proxy"):
        client.describe_instances()


def test_every_rule_is_of_an_operation_that_exists() -> None:
    """A rule whose operation is misspelled would never be asked."""
    session = boto3.Session()
    for name in RULES:
        service, operation = name.split(":")
        model = cast("Any", session).client(service, region_name="eu-west-1").meta.service_model
        assert operation in model.operation_names


# The same AWS behind a socket

STOP = """
import boto3, sys, time
ec2 = boto3.Session().client("ec2")
ec2.stop_instances(InstanceIds=[sys.argv[1]])
print(ec2.describe_instances()["Reservations"][0]["Instances"][0]["State"]["Name"])
time.sleep(30)
print(ec2.describe_instances()["Reservations"][0]["Instances"][0]["State"]["Name"])
"""
BREAK = """
import boto3, sys
from botocore.config import Config
once = Config(retries={"mode": "standard", "total_max_attempts": 1})
ec2 = boto3.Session().client("ec2", config=once)
try:
    ec2.terminate_instances(InstanceIds=sys.argv[1:])
except Exception as error:
    print(type(error).__name__, error)
"""


def run(endpoint: Endpoint, script: str, *arguments: str) -> str:
    """What `script` prints when it runs in the place of the command."""
    with endpoint.python("-c", script, *arguments) as process:
        out, err = process.communicate()
    assert err == ""
    return out


def test_the_command_meets_the_same_aws(endpoint: Endpoint) -> None:
    """Another process sees the same account and time, and its waiting is no waiting either."""
    account = endpoint.account
    account.at("2027-01-01T06:00")
    instance = account.launch()
    assert run(endpoint, STOP, instance).split() == ["stopping", "stopped"]
    assert account.state(instance) == "stopped"
    assert account.now == datetime(2027, 1, 1, 6, 0, 30, tzinfo=UTC)
    assert [(c.name, c.region) for c in account.writes] == [("ec2:StopInstances", "eu-west-1")]


def test_the_command_is_refused_as_aws_refuses(endpoint: Endpoint) -> None:
    """Protection keeps its zone, permissions are missing, connections break."""
    account = endpoint.account
    kept, other = account.launch(zone="a", protected=True), account.launch(zone="b")
    assert "OperationNotPermitted" in run(endpoint, BREAK, kept, other)
    assert [account.state(i) for i in (kept, other)] == ["running", "shutting-down"]
    account.deny("ec2:TerminateInstances", of=kept)
    assert "UnauthorizedOperation" in run(endpoint, BREAK, kept)
    account.allow_all()
    account.protect(kept, on=False)
    account.fail_after("TerminateInstances", "reset")
    assert "ConnectionClosedError" in run(endpoint, BREAK, kept)
    assert account.state(kept) == "shutting-down"


def test_each_test_finds_an_empty_account_behind_the_socket(endpoint: Endpoint) -> None:
    """The server stays, what stood in it is gone."""
    assert endpoint.account.instances() == []
    assert endpoint.account.calls == []


def test_a_request_that_was_not_sent_whole_was_not_made(endpoint: Endpoint) -> None:
    """Its sender was killed in the middle of it: nothing is done, and nothing recorded."""
    scope = "Credential=key/20261122/eu-west-1/ec2/aws4_request"
    head = f"POST / HTTP/1.1\r\nAuthorization: {scope}\r\nContent-Length: 99\r\n\r\n"
    where = urlsplit(endpoint.url)
    with socket.create_connection((str(where.hostname), int(where.port or 0))) as sender:
        sender.sendall(f"{head}Action=Stop".encode())
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(100) == b""
    assert endpoint.account.calls == []
