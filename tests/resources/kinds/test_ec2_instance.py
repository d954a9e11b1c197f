"""EC2 instances: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds import _ec2_backups, _ec2_owners
from cs_aws_janitor.resources.kinds._kind import BackupOrder
from cs_aws_janitor.resources.kinds.ec2_instance import KIND
from cs_aws_janitor.resources.model import BackupState, Place, Power, Resource
from tests.stories.driver import REGION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

SHUT_OFF = datetime(2026, 11, 22, 6, tzinfo=UTC)
BORN = SHUT_OFF - timedelta(days=60)


@pytest.fixture
def place(account: Account) -> Place:
    """Where the instances are."""
    return Place(account.id, REGION)


@pytest.fixture
def ec2(place: Place) -> Any:
    """The janitor's client there."""
    return wiring.connect().clients(place, "ec2", whole=True)


def one(account: Account) -> str:
    """An instance, as a person launches it; its id."""
    return account.launch("jd-demo")


def persistent_spot(account: Account) -> str:
    """One that AWS launches again unless its request is cancelled."""
    return account.launch("jd-spot", spot="persistent")


SORTS = [one, persistent_spot]


class Shown:
    """A client whose AWS shows these instances."""

    def __init__(self, instances: list[dict[str, Any]]) -> None:
        self.pages = [{"Reservations": [{"Instances": instances}]}]

    def get_paginator(self, _: str) -> Shown:
        """Itself."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        return self.pages


def listed(client: Any, place: Place) -> dict[str, Resource]:
    """All that a listing shows."""
    return {r.id: r for page in KIND.discover(client, place) for r in page}


def order(resource: Resource, form: str = "snapshot", **tags: str) -> BackupOrder:
    """A backup of it for the ShutOff of these tests."""
    return BackupOrder(resource, SHUT_OFF, form, tags)


# Facts


def test_the_facts_of_an_instance(account: Account, ec2: Any, place: Place) -> None:
    """What the rules and the backup need, and no opinion."""
    instance = account.launch("jd-demo", volumes=2, tags={"team": "cs"})
    seen = listed(ec2, place)[instance]
    assert seen.parts == tuple(
        d["Ebs"]["VolumeId"] for d in account.describe(instance)["BlockDeviceMappings"]
    )
    assert seen == Resource(
        place=place,
        kind="ec2_instance",
        id=instance,
        tags={"Name": "jd-demo", "team": "cs"},
        power=Power.ON,
        born=account.now,
        parts=seen.parts,
        traits=seen.traits,
    )
    assert seen.traits["root_volume"] == seen.parts[0]
    assert seen.traits["type"] == "t3.micro"


def test_the_states_of_an_instance(account: Account, ec2: Any, place: Place) -> None:
    """On its way is neither on nor off; what ends or has ended is no resource any more."""
    instance = account.launch()
    powers = []
    for act in (lambda: None, lambda: ec2.stop_instances(InstanceIds=[instance])):
        act()
        powers.append(listed(ec2, place)[instance].power)
    account.travel(minutes=1)
    powers.append(listed(ec2, place)[instance].power)
    assert powers == [Power.ON, Power.MOVING, Power.OFF]
    ec2.terminate_instances(InstanceIds=[instance])
    for minutes in (0, 5):
        account.travel(minutes=minutes)
        assert listed(ec2, place) == {}


def test_its_birth_is_not_its_last_start(account: Account, ec2: Any, place: Place) -> None:
    """LaunchTime moves with every start; what was attached at its launch tells when that was."""
    born = account.now
    instance = account.launch()
    for _ in range(2):
        account.travel(days=3)
        account.stop(instance)
        account.start(instance)
    assert listed(ec2, place)[instance].born == born


def test_its_birth_without_a_disk(account: Account, ec2: Any, place: Place) -> None:
    """The network interface remembers it as well."""
    born = account.now
    instance = account.launch(instance_store=True)
    account.travel(days=1)
    assert listed(ec2, place)[instance].born == born


@pytest.mark.parametrize("oldest", ["launch", "disk", "interface"])
def test_its_birth_is_the_oldest_trace(place: Place, oldest: str) -> None:
    """Started again, its interface or its disk exchanged: one of them is as old as itself."""
    at = dict.fromkeys(("launch", "disk", "interface"), SHUT_OFF) | {oldest: BORN}
    instance = {
        "InstanceId": "i-0123456789abcdef0",
        "State": {"Name": "running"},
        "LaunchTime": at["launch"],
        "BlockDeviceMappings": [{"Ebs": {"VolumeId": "vol-1", "AttachTime": at["disk"]}}],
        "NetworkInterfaces": [{"Attachment": {"AttachTime": at["interface"]}}],
    }
    assert listed(Shown([instance]), place)["i-0123456789abcdef0"].born == BORN


def test_a_bare_answer_is_read(place: Place) -> None:
    """Whatever AWS leaves out is not there, and is no error."""
    bare = {"InstanceId": "i-0123456789abcdef0", "State": {"Name": "pending"}}
    (seen,) = listed(Shown([bare]), place).values()
    assert (seen.power, seen.born, seen.tags, seen.parts) == (Power.MOVING, None, {}, ())


@pytest.mark.parametrize(("details", "platform"), [("Linux/UNIX", None), ("Windows", "Windows")])
def test_its_platform_where_that_has_a_price_of_its_own(
    place: Place, details: str, platform: str | None
) -> None:
    """Linux is what the price list of instances is of; all else is told."""
    bare = {"InstanceId": "i-0123456789abcdef0", "State": {"Name": "running"}}
    (seen,) = listed(Shown([bare | {"PlatformDetails": details}]), place).values()
    assert seen.traits.get("platform") == platform


def test_an_instance_store_cannot_be_stopped(account: Account, ec2: Any, place: Place) -> None:
    """Neither a stop nor a snapshot is possible, and both are said in words."""
    instance = account.launch(instance_store=True, volumes=1)
    seen = listed(ec2, place)[instance]
    assert "instance store" in (seen.cannot_shut_off or "")
    assert "no snapshot is possible" in (seen.cannot_back_up or "")
    assert len(seen.parts) == 1
    assert "root_volume" not in seen.traits


def test_spot_is_examined(account: Account, ec2: Any, place: Place) -> None:
    """A listing does not tell one-time from persistent: one call does, for all that ask."""
    once, ever = account.launch(spot="one-time"), account.launch(spot="persistent")
    plain = account.launch()
    resources = list(listed(ec2, place).values())
    account.clear_calls()
    assert KIND.examine
    seen = {r.id: r for r in KIND.examine(ec2, resources)}
    assert [call.operation for call in account.calls] == ["DescribeSpotInstanceRequests"]
    assert "one-time spot" in (seen[once].cannot_shut_off or "")
    assert [seen[i].cannot_shut_off for i in (ever, plain)] == [None, None]
    assert [i for i in seen if "persistent_spot_request" in seen[i].traits] == [ever]


def test_without_spot_nothing_is_examined(account: Account, ec2: Any, place: Place) -> None:
    """No call where no spot instance is among them."""
    account.launch()
    resources = list(listed(ec2, place).values())
    account.clear_calls()
    assert KIND.examine
    assert (KIND.examine(ec2, resources), account.calls) == (resources, [])


def test_a_spot_request_that_is_forgotten(account: Account, ec2: Any, place: Place) -> None:
    """AWS forgets old requests: what is not known to be persistent is not taken for it."""
    account.launch(spot="persistent")
    (resource,) = listed(ec2, place).values()
    lost = replace(resource, traits={**resource.traits, "spot_request": "sir-00000000"})
    assert KIND.examine
    (seen,) = KIND.examine(ec2, [lost])
    assert "persistent_spot_request" not in seen.traits
    assert seen.cannot_shut_off


# Who owns it


@pytest.mark.parametrize(
    ("tags", "title"),
    [
        ({}, None),
        ({"aws:autoscaling:groupName": "web"}, "Auto Scaling group web"),
        ({"eks:nodegroup-name": "n", "aws:autoscaling:groupName": "g"}, "EKS node group n"),
        ({"kubernetes.io/cluster/demo": "owned"}, "Kubernetes cluster demo"),
        ({"karpenter.sh/nodepool": "spot"}, "Karpenter node pool spot"),
        ({"AmazonECSManaged": ""}, "ECS capacity provider"),
        ({"KubernetesCluster": "demo"}, "Kubernetes cluster demo"),
        (
            {"CSIVolumeName": "pvc-1", "kubernetes.io/cluster/demo": "owned"},
            "Kubernetes cluster demo",
        ),
        ({"aws:ec2launchtemplate:id": "lt-1"}, None),
        ({"my-eks:cluster-name": "x"}, None),
    ],
)
def test_what_an_instance_follows(tags: dict[str, str], title: str | None) -> None:
    """The most telling tag counts; a launch template is no manager."""
    assert _ec2_owners.follows(tags, None) == title


@pytest.mark.parametrize(
    ("operator", "title"),
    [
        ({"Managed": True, "Principal": "eks.amazonaws.com"}, "the service eks.amazonaws.com"),
        ({"Managed": True}, "the service that operates it"),
        ({"Managed": False}, None),
        ({}, None),
    ],
)
def test_a_service_that_operates_it(operator: dict[str, Any], title: str | None) -> None:
    """AWS says so itself where a service of its own operates the instance."""
    assert _ec2_owners.follows({}, operator) == title


@pytest.mark.parametrize(
    ("tags", "title"),
    [
        ({"aws:cloudformation:stack-name": "demo"}, "CloudFormation stack demo"),
        ({"ManagedBy": "Terraform"}, "Terraform"),
        ({"managed_by": "opentofu"}, "Terraform"),
        ({"terraform": "true"}, "Terraform"),
        ({"ManagedBy": "jd"}, None),
        ({}, None),
    ],
)
def test_the_code_that_made_it(tags: dict[str, str], title: str | None) -> None:
    """Named, because it may make it again."""
    assert _ec2_owners.stack(tags) == title


# Protection and barriers


def test_stop_protection_is_a_barrier(account: Account, ec2: Any, place: Place) -> None:
    """Said in words to whoever asks why; it is no termination protection."""
    kept, plain = account.launch(stop_protected=True), account.launch()
    assert KIND.barriers
    assert KIND.protected
    resources = listed(ec2, place)
    assert ["stop protection is on" in b for b in KIND.barriers(ec2, resources[kept])] == [True]
    assert KIND.barriers(ec2, resources[plain]) == []
    assert KIND.protected(ec2, kept) is False


# Many


def test_many_are_read_in_filters_of_200(account: Account, ec2: Any, place: Place) -> None:
    """AWS takes 200 values in a filter: 450 ids are three calls, and unknown ones are no error."""
    instance = account.launch()
    ids = [f"i-{number:017x}" for number in range(449)]
    account.clear_calls()
    assert [r.id for r in KIND.read(ec2, place, [*ids, instance])] == [instance]
    assert len(account.calls) == 3


def test_backups_are_found_200_at_a_time(account: Account, ec2: Any, place: Place) -> None:
    """One look-up for 200 that are due."""
    account.launch()
    (resource,) = listed(ec2, place).values()
    orders = [order(replace(resource, id=f"i-{n:017x}")) for n in range(201)]
    account.clear_calls()
    assert _ec2_backups.find(ec2, orders) == {}
    assert [call.operation for call in account.calls] == ["DescribeSnapshots"] * 2


# Backups


@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_backup_is_found_by_its_labels(
    account: Account, ec2: Any, place: Place, form: str
) -> None:
    """Pending at first, complete later; for another ShutOff there is none."""
    account.travel(minutes=1)
    instance = account.launch(volumes=2)
    resource = listed(ec2, place)[instance]
    wanted = order(resource, form, Name="jd-demo")
    assert _ec2_backups.find(ec2, [wanted]) == {}
    _ec2_backups.begin(ec2, wanted, resource.parts)
    states = []
    for minutes in (0, 10):
        account.travel(minutes=minutes)
        states.append(_ec2_backups.find(ec2, [wanted])[instance].state)
    assert states == [BackupState.PENDING, BackupState.COMPLETE]
    for days in (-7, 7):
        other = replace(wanted, shut_off=SHUT_OFF + timedelta(days=days))
        assert _ec2_backups.find(ec2, [other]) == {}


@pytest.mark.parametrize("out", [(0,), (1,), (0, 2), ()])
def test_only_what_is_missing_is_backed_up(
    account: Account, ec2: Any, place: Place, out: Sequence[int]
) -> None:
    """Root or data: what has a snapshot already is left out of the next."""
    account.travel(minutes=1)
    instance = account.launch(volumes=3)
    resource = listed(ec2, place)[instance]
    missing = [v for n, v in enumerate(resource.parts) if n not in out]
    _ec2_backups.begin(ec2, order(resource), missing)
    assert sorted(s.volume for s in account.snapshots(instance)) == sorted(missing)
    found = _ec2_backups.find(ec2, [order(resource)])[instance]
    assert set(found.missing) == set(resource.parts) - set(missing)


def test_a_backup_of_the_moment_of_the_stop_is_too_old(
    account: Account, ec2: Any, place: Place
) -> None:
    """It must be newer than the ShutOff, not as old: it may hold what was written before."""
    instance = account.launch()
    resource = listed(ec2, place)[instance]
    assert account.now == SHUT_OFF
    _ec2_backups.begin(ec2, order(resource), resource.parts)
    account.travel(minutes=10)
    assert _ec2_backups.find(ec2, [order(resource)]) == {}


def test_of_two_the_better_counts(account: Account, ec2: Any, place: Place) -> None:
    """A failed snapshot beside a complete one of the same volume does no harm."""
    account.travel(minutes=1)
    instance = account.launch()
    resource = listed(ec2, place)[instance]
    for fails in (True, False, True):
        account.snapshots_fail(on=fails)
        _ec2_backups.begin(ec2, order(resource), resource.parts)
        account.travel(minutes=10)
    found = _ec2_backups.find(ec2, [order(resource)])[instance]
    good = [s.id for s in account.snapshots(instance) if s.state == "completed"]
    assert (found.state, list(found.ids)) == (BackupState.COMPLETE, good)


def test_one_failed_of_two_volumes_is_a_failed_backup(
    account: Account, ec2: Any, place: Place
) -> None:
    """It is named with what AWS says of it."""
    account.travel(minutes=1)
    instance = account.launch(volumes=2)
    resource = listed(ec2, place)[instance]
    _ec2_backups.begin(ec2, order(resource), resource.parts[:1])
    account.travel(minutes=10)
    account.snapshots_fail()
    _ec2_backups.begin(ec2, order(resource), resource.parts[1:])
    account.travel(minutes=10)
    found = _ec2_backups.find(ec2, [order(resource)])[instance]
    assert found.state is BackupState.FAILED
    assert "An internal error occurred. Delete it to have it made again" in (found.why or "")
    assert len(found.ids) == 2


def test_an_image_of_the_same_volumes_is_made_once(
    account: Account, ec2: Any, place: Place
) -> None:
    """AWS refuses its name: asked for twice by mistake, there is one."""
    account.travel(minutes=1)
    account.launch()
    (resource,) = listed(ec2, place).values()
    _ec2_backups.begin(ec2, order(resource, "image"), resource.parts)
    with pytest.raises(ClientError, match=r"InvalidAMIName\.Duplicate"):
        _ec2_backups.begin(ec2, order(resource, "image"), resource.parts)


def test_the_snapshots_of_an_image_bear_its_labels(
    account: Account, ec2: Any, place: Place
) -> None:
    """They stay when it is gone, and are known as ours then as well."""
    account.travel(minutes=1)
    instance = account.launch(volumes=2)
    (resource,) = listed(ec2, place).values()
    wanted = order(resource, "image", Name="jd-demo")
    _ec2_backups.begin(ec2, wanted, resource.parts)
    labels = {_ec2_backups.SOURCE: instance, _ec2_backups.SHUT_OFF: SHUT_OFF.isoformat()}
    assert [s.tags for s in account.snapshots(instance)] == [labels | {"Name": "jd-demo"}] * 2


def test_the_newer_of_two_whole_images_counts(account: Account, ec2: Any, place: Place) -> None:
    """After a volume was attached the second holds all: a restore is not sent to the first."""
    account.travel(minutes=1)
    instance = account.launch(volumes=2)
    resource = listed(ec2, place)[instance]
    before = replace(resource, parts=resource.parts[:1])
    _ec2_backups.begin(ec2, order(before, "image"), before.parts)
    account.travel(minutes=10)
    _ec2_backups.begin(ec2, order(resource, "image"), resource.parts)
    account.travel(minutes=10)
    newest = max(ec2.describe_images(Owners=["self"])["Images"], key=lambda i: i["CreationDate"])
    found = _ec2_backups.find(ec2, [order(resource, "image")])[instance]
    assert (found.state, found.ids) == (BackupState.COMPLETE, (newest["ImageId"],))


# The end


def test_a_persistent_request_is_cancelled_first(account: Account, ec2: Any, place: Place) -> None:
    """In this order, or AWS launches the instance anew."""
    account.launch(spot="persistent")
    assert KIND.examine
    (resource,) = KIND.examine(ec2, list(listed(ec2, place).values()))
    account.clear_calls()
    KIND.terminate(ec2, resource)
    assert [call.operation for call in account.writes] == [
        "CancelSpotInstanceRequests",
        "TerminateInstances",
    ]


def manifest_of(ec2: Any, resource: Any) -> dict[str, Any]:
    """Its manifest, described among others or alone."""
    assert KIND.backups
    return KIND.remembering.manifest(ec2, resource, KIND.remembering.describe(ec2, [resource]))


def test_the_manifest_of_an_instance(account: Account, ec2: Any, place: Place) -> None:
    """All that AWS shows of it, its user data and its volumes."""
    instance = account.launch(user_data="#!/bin/sh\necho hello", volumes=2)
    facts = manifest_of(ec2, listed(ec2, place)[instance])
    assert facts["instance"]["InstanceId"] == instance
    assert facts["user_data"]
    assert {v["VolumeId"] for v in facts["volumes"]} == set(account.volumes(instance))


def test_the_manifest_of_one_without_disks(account: Account, ec2: Any, place: Place) -> None:
    """No volumes are asked for: without a filter AWS would list them all."""
    account.launch(volumes=3)
    instance = account.launch(instance_store=True)
    facts = manifest_of(ec2, listed(ec2, place)[instance])
    assert (facts["volumes"], facts["user_data"]) == ([], None)


def test_the_manifest_of_what_is_gone(account: Account, ec2: Any, place: Place) -> None:
    """It raises: what cannot be described is not ended."""
    instance = account.launch()
    resource = listed(ec2, place)[instance]
    account.terminate(instance)
    account.travel(hours=2)
    with pytest.raises(LookupError, match=rf"AWS does not show {instance}, vol-"):
        manifest_of(ec2, resource)


def _without(part: dict[str, Any], *way: str) -> None:
    """Take the member at the end of `way` out of `part`; lists are passed through."""
    for step in way[:-1]:
        part = part[step][0] if isinstance(part[step], list) else part[step]
    del part[way[-1]]


@pytest.mark.parametrize(
    ("way", "what"),
    [
        (("InstanceType",), "the type"),
        (("BlockDeviceMappings",), "the devices"),
        (("BlockDeviceMappings", "DeviceName"), "the devices"),
        (("BlockDeviceMappings", "Ebs", "VolumeId"), "the devices"),
        (("RootDeviceName",), "the root"),
    ],
)
def test_no_manifest_of_what_could_not_come_back(
    account: Account, ec2: Any, place: Place, way: tuple[str, ...], what: str
) -> None:
    """What AWS shows in part is no manifest, and without one nothing ends."""
    instance = account.launch(volumes=2)
    resource = listed(ec2, place)[instance]
    assert KIND.backups
    described = KIND.remembering.describe(ec2, [resource])
    _without(described[instance], *way)
    with pytest.raises(LookupError, match=f"AWS does not show {what} of {instance}"):
        KIND.remembering.manifest(ec2, resource, described)


@pytest.mark.parametrize("shown", [{}, {"UserData": {"Value": "no Base64"}}])
def test_no_manifest_without_the_user_data(
    account: Account, ec2: Any, place: Place, shown: dict[str, Any]
) -> None:
    """That there is none is said by AWS; silence says nothing."""

    class Quiet:
        """Shows so much of any attribute."""

        def describe_instance_attribute(self, **_: object) -> dict[str, Any]:
            return shown

    account.launch()
    [resource] = listed(ec2, place).values()
    assert KIND.backups
    described = KIND.remembering.describe(ec2, [resource])
    with pytest.raises(LookupError, match="user data"):
        KIND.remembering.manifest(Quiet(), resource, described)


def test_many_are_described_together(account: Account, ec2: Any, place: Place) -> None:
    """One call for all instances and one for all volumes; user data only one by one."""
    for _ in range(3):
        account.launch(volumes=2)
    resources = list(listed(ec2, place).values())
    account.clear_calls()
    assert KIND.backups
    described = KIND.remembering.describe(ec2, resources)
    for resource in resources:
        KIND.remembering.manifest(ec2, resource, described)
    assert Counter(call.operation for call in account.calls) == {
        "DescribeInstances": 1,
        "DescribeVolumes": 1,
        "DescribeInstanceAttribute": 3,
    }
