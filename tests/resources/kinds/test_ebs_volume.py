"""EBS volumes: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds import _ec2_backups
from cs_aws_janitor.resources.kinds._kind import BackupOrder
from cs_aws_janitor.resources.kinds.ebs_volume import KIND
from cs_aws_janitor.resources.model import BackupState, Place, Power, Resource
from tests.resources.kinds.living import Kept
from tests.stories.driver import REGION

if TYPE_CHECKING:
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

ZONE = f"{REGION}a"
BORN = datetime(2026, 11, 1, tzinfo=UTC)
FREE: dict[str, Any] = {
    "VolumeId": "vol-0123456789abcdef0",
    "State": "available",
    "CreateTime": BORN,
    "AvailabilityZone": ZONE,
    "Size": 8,
    "VolumeType": "gp3",
}


@pytest.fixture
def place(account: Account) -> Place:
    """Where the volumes are."""
    return Place(account.id, REGION)


@pytest.fixture
def ec2(place: Place) -> Any:
    """The janitor's client there."""
    return wiring.connect().clients(place, "ec2", whole=True)


def one(account: Account) -> str:
    """A volume, as a person makes it; its id."""
    return made(account)


def made(account: Account, **how: Any) -> str:
    """A volume of 8 GiB, made so; its id."""
    person: Any = account.client("ec2")
    volume: str = person.create_volume(**{"AvailabilityZone": ZONE, "Size": 8, **how})["VolumeId"]
    return volume


def attached(account: Account) -> str:
    """One of an instance; AWS does not delete it."""
    (volume,) = account.volumes(account.launch(volumes=1))
    return volume


SORTS = [one, attached]


def kept(account: Account, volume: str) -> list[Kept]:
    """The snapshots that were made of it."""
    return [
        Kept(s.tags.get("JanitorShutOff", ""), s.state == "completed", s.state == "error", s.tags)
        for s in account.snapshots_of(volume)
    ]


class Shown:
    """A client whose AWS shows these volumes, and names of no instance."""

    def __init__(self, *volumes: dict[str, Any]) -> None:
        self.volumes = list(volumes)

    def get_paginator(self, _: str) -> Shown:
        """Itself."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        return [{"Volumes": self.volumes, "Tags": []}]


def listed(client: Any, place: Place) -> dict[str, Resource]:
    """All that a listing shows."""
    return {r.id: r for page in KIND.discover(client, place) for r in page}


def shown(place: Place, **facts: Any) -> Resource:
    """How a volume is read of which AWS says this."""
    client: Any = Shown({**FREE, **facts})
    (seen,) = listed(client, place).values()
    return seen


# Facts


def test_the_facts_of_a_volume(account: Account, ec2: Any, place: Place) -> None:
    """What the rules, the backup and the price need, and no opinion."""
    volume = made(account, VolumeType="gp3", Iops=4000, Throughput=250)
    account.tag(volume, Name="jd-data")
    seen = listed(ec2, place)[volume]
    assert seen == Resource(
        place=place,
        kind="ebs_volume",
        id=volume,
        tags={"Name": "jd-data"},
        power=Power.NONE,
        born=account.now,
        parts=(volume,),
        traits=seen.traits,
    )
    assert seen.traits == {
        "state": "available",
        "type": "gp3",
        "size": "8",
        "iops": "4000",
        "throughput": "250",
    }


def test_an_attached_one_is_held_by_its_instance(account: Account, ec2: Any, place: Place) -> None:
    """It names the instance, and is called as that is."""
    instance = account.launch("jd-web")
    (volume,) = account.volumes(instance)
    seen = listed(ec2, place)[volume]
    assert (seen.follows, seen.own_name) == (f"instance {instance}", "jd-web")


def test_one_that_several_share_names_them_all(account: Account, ec2: Any, place: Place) -> None:
    """io2 with Multi-Attach; called as the first of them that has a name."""
    first, second = account.launch(None), account.launch("jd-db")
    volume = made(account, VolumeType="io2", Iops=100, MultiAttachEnabled=True)
    for instance in (first, second):
        account.client("ec2").attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdz")
    seen = listed(ec2, place)[volume]
    assert seen.follows == f"instances {', '.join(sorted((first, second)))}"
    assert seen.own_name == "jd-db"


def test_names_are_looked_up_only_for_what_is_attached(
    account: Account, ec2: Any, place: Place
) -> None:
    """A page of free volumes needs no further call; one of attached ones needs one."""
    for _ in range(3):
        made(account)
    account.clear_calls()
    listed(ec2, place)
    assert Counter(call.operation for call in account.calls) == {"DescribeVolumes": 1}
    for _ in range(3):
        account.launch("jd-web", volumes=2)
    account.clear_calls()
    assert sum(r.own_name == "jd-web" for r in listed(ec2, place).values()) == 6
    assert Counter(call.operation for call in account.calls) == {
        "DescribeVolumes": 1,
        "DescribeTags": 1,
    }


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({}, None),
        ({"Attachments": []}, None),
        ({"Attachments": [{"State": "detached", "InstanceId": "i-1"}]}, None),
        ({"Attachments": [{"State": "attaching", "InstanceId": "i-1"}]}, "instance i-1"),
        ({"Attachments": [{"State": "detaching", "InstanceId": "i-1"}]}, "instance i-1"),
        ({"Attachments": [{"State": "busy", "InstanceId": "i-1"}]}, "instance i-1"),
        ({"Attachments": [{"InstanceId": "i-2"}, {"InstanceId": "i-1"}]}, "instances i-1, i-2"),
        (
            {"State": "in-use", "Attachments": [{"AssociatedResource": "arn:aws:ecs:task/1"}]},
            "arn:aws:ecs:task/1",
        ),
        ({"State": "in-use"}, "what it is attached to, which AWS does not show"),
        ({"Operator": {"Managed": True, "Principal": "ecs"}}, "the service ecs"),
        ({"Tags": [{"Key": "kubernetes.io/cluster/demo", "Value": "owned"}]}, "Kubernetes cluster"),
        ({"Tags": [{"Key": "KubernetesCluster", "Value": "demo"}]}, "Kubernetes cluster demo"),
        ({"Tags": [{"Key": "CSIVolumeName", "Value": "pvc-1"}]}, "the Kubernetes volume pvc-1"),
        (
            {"Tags": [{"Key": "kubernetes.io/created-for/pv/name", "Value": "pvc-2"}]},
            "the Kubernetes volume pvc-2",
        ),
        ({"Tags": [{"Key": "eks:cluster-name", "Value": "demo"}]}, "EKS cluster demo"),
    ],
)
def test_what_a_volume_follows(place: Place, facts: dict[str, Any], title: str | None) -> None:
    """What uses it, or the cluster that keeps it when nothing does."""
    follows = shown(place, **facts).follows
    assert follows == title or (title is not None and (follows or "").startswith(title))


@pytest.mark.parametrize("state", ["deleting", "deleted"])
def test_what_is_being_deleted_is_gone(place: Place, state: str) -> None:
    """AWS shows it for a while yet."""
    client: Any = Shown({**FREE, "State": state})
    assert listed(client, place) == {}


@pytest.mark.parametrize("state", ["creating", "available"])
def test_a_volume_is_there_from_its_beginning(place: Place, state: str) -> None:
    """It is one as soon as AWS shows it."""
    seen = shown(place, State=state)
    assert (seen.traits["state"], seen.cannot_back_up) == (state, None)


def test_a_state_that_nobody_knows_is_not_guessed_at(place: Place) -> None:
    """It raises: whether it is free is not known."""
    client: Any = Shown({**FREE, "State": "half there"})
    with pytest.raises(KeyError):
        listed(client, place)


def test_one_that_is_broken_says_so(place: Place) -> None:
    """No snapshot can be taken of it."""
    assert "state error" in (shown(place, State="error").cannot_back_up or "")


@pytest.mark.parametrize("missing", ["VolumeId", "State", "CreateTime"])
def test_an_answer_that_lacks_something_is_no_answer(place: Place, missing: str) -> None:
    """It raises rather than to be read as a volume that is free."""
    client: Any = Shown({k: v for k, v in FREE.items() if k != missing})
    with pytest.raises(KeyError):
        listed(client, place)


# Backups


def test_its_backup_is_one_snapshot_in_any_form(account: Account, ec2: Any, place: Place) -> None:
    """Labelled, found by its labels, and complete only when AWS says so."""
    volume = made(account)
    (resource,) = listed(ec2, place).values()
    assert KIND.backups
    shut_off = account.now
    account.travel(minutes=1)
    states = []
    for form in ("image", "snapshot"):
        order = BackupOrder(resource, shut_off, form, {"Name": "jd-data"})
        if form == "image":
            KIND.backups.begin(ec2, order, [volume])
        states.append(KIND.backups.find(ec2, [order])[volume])
        account.travel(minutes=10)
    (snapshot,) = account.snapshots_of(volume)
    assert [each.state for each in states] == [BackupState.PENDING, BackupState.COMPLETE]
    assert snapshot.tags == {
        "Name": "jd-data",
        _ec2_backups.SOURCE: volume,
        _ec2_backups.SHUT_OFF: shut_off.isoformat(),
    }


# The end


def test_an_attached_one_cannot_be_deleted(account: Account, ec2: Any, place: Place) -> None:
    """Attached after all checks: AWS refuses, and that is told as blocked."""
    volume = made(account)
    (resource,) = listed(ec2, place).values()
    instance = account.launch()
    account.client("ec2").attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdz")
    with pytest.raises(ClientError, match="VolumeInUse"):
        KIND.terminate(ec2, resource)
    assert volume in listed(ec2, place)


def test_somebody_else_was_faster(account: Account, ec2: Any, place: Place) -> None:
    """Gone at the first try: that is no work of ours."""
    volume = made(account)
    (resource,) = listed(ec2, place).values()
    account.client("ec2").delete_volume(VolumeId=volume)
    with pytest.raises(ClientError, match=r"InvalidVolume\.NotFound"):
        KIND.terminate(ec2, resource)


def test_its_manifest_is_all_that_aws_shows(account: Account, ec2: Any, place: Place) -> None:
    """One look-up for many; what is not shown raises."""
    volumes = [made(account) for _ in range(3)]
    resources = list(listed(ec2, place).values())
    account.clear_calls()
    described = KIND.remembering.describe(ec2, resources)
    facts = [KIND.remembering.manifest(ec2, each, described)["volume"] for each in resources]
    assert [each["VolumeId"] for each in facts] == volumes
    assert Counter(call.operation for call in account.calls) == {"DescribeVolumes": 1}
    with pytest.raises(LookupError):
        KIND.remembering.manifest(ec2, resources[0], {})
    with pytest.raises(LookupError, match="AvailabilityZone"):
        KIND.remembering.manifest(ec2, resources[0], {volumes[0]: {"VolumeId": volumes[0]}})
