"""Auto Scaling groups: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.estimating import Estimator
from cs_aws_janitor.resources.kinds import KINDS, _asg_facts, _asg_sizes
from cs_aws_janitor.resources.kinds.auto_scaling_group import KIND
from cs_aws_janitor.resources.model import Place, Power, Resource
from tests.faults.lives import Variant
from tests.resources.kinds.living import Kept
from tests.stories.driver import REGION

if TYPE_CHECKING:
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

PLACE = Place("123456789012", REGION)
UNREADABLE = "says no sizes: set them yourself, and remove it"
LOST = "its 2 members end with it, and what they hold on their disks is not backed up"
BORN = datetime(2026, 11, 1, 9, tzinfo=UTC)
ROW: dict[str, Any] = {
    "AutoScalingGroupName": "jd-web",
    "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:"
    "930d940e-891e-4781-a11a-7b0acd480f03:autoScalingGroupName/jd-web",
    "LaunchTemplate": {"LaunchTemplateId": "lt-0a20c965061f64abc", "Version": "$Default"},
    "MinSize": 1,
    "MaxSize": 5,
    "DesiredCapacity": 2,
    "DefaultCooldown": 300,
    "AvailabilityZones": ["eu-west-1a"],
    "LoadBalancerNames": [],
    "TargetGroupARNs": [],
    "HealthCheckType": "EC2",
    "HealthCheckGracePeriod": 0,
    "Instances": [],
    "CreatedTime": BORN,
    "SuspendedProcesses": [],
    "VPCZoneIdentifier": "subnet-5ea0c127",
    "EnabledMetrics": [],
    "Tags": [],
    "TerminationPolicies": ["Default"],
    "NewInstancesProtectedFromScaleIn": False,
    "ServiceLinkedRoleARN": "arn:aws:iam::123456789012:role/aws-service-role/x",
    "DeletionProtection": "none",
}


def one(account: Account) -> str:
    """A group of two members, as a person makes it; its name."""
    standing = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return account.group(f"jd-web-{len(standing)}")


VARIANTS = {"image": Variant(("backup.group_image = true",), (0, 14, 15, 22))}


def kept(account: Account, group: str) -> list[Kept]:
    """The images that were made of its members."""
    images = account.client("ec2").describe_images(Owners=["self"])["Images"]
    ours = [(image, {t["Key"]: t["Value"] for t in image.get("Tags", ())}) for image in images]
    return [
        Kept(image["Name"], image["State"] == "available", image["State"] == "failed", tags)
        for image, tags in ours
        if tags.get("JanitorSource") == group
    ]


def member(state: str = "InService", *, protected: bool = False) -> dict[str, Any]:
    """A member, as a row shows it."""
    return {
        "InstanceId": "i-05b4f7d5be44822a6",
        "InstanceType": "t3.micro",
        "AvailabilityZone": "eu-west-1a",
        "LifecycleState": state,
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": protected,
    }


def seen(**more: Any) -> Resource:
    """The group of a row that differs from the plain one in these members."""
    return _asg_facts.resource(ROW | more, PLACE)


def members(*states: str) -> list[dict[str, Any]]:
    """Members in these states."""
    return [member(state) for state in states]


# Money


def test_a_group_of_none_costs_nothing() -> None:
    """It is known, and no estimate that is lacking; also where its policy takes spot instances."""
    policy = {"InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0}}
    for more in ({}, {"MixedInstancesPolicy": policy}):
        found = Estimator(KINDS)(seen(Instances=members("Terminating"), **more))
        assert found
        assert found.amount == found.while_off == 0


# Facts


def test_the_facts_of_a_group() -> None:
    """What the rules need, and what its shut-off must know; its name is its id."""
    tags = [{"Key": "team", "Value": "cs", "ResourceId": "jd-web", "PropagateAtLaunch": True}]
    group = seen(Tags=tags, Instances=members("InService", "Pending"))
    assert group == Resource(
        place=PLACE,
        kind="auto_scaling_group",
        id="jd-web",
        own_name="jd-web",
        tags={"team": "cs"},
        power=Power.ON,
        born=BORN,
        lost_with_it=LOST,
        traits={
            "min": "1",
            "max": "5",
            "desired": "2",
            "members": "2",
            "suspended": "",
            "deletion_protection": "none",
            "types": "t3.micro:2",
            "member": "i-05b4f7d5be44822a6",
        },
    )


@pytest.mark.parametrize(
    ("sizes", "states", "power"),
    [
        ((1, 5, 2), ["InService"] * 2, Power.ON),
        ((0, 5, 0), [], Power.ON),  # a policy or a person may let it grow any minute
        ((0, 5, 0), ["Terminating"], Power.ON),
        ((1, 1, 1), [], Power.ON),
        ((0, 0, 0), ["InService"], Power.MOVING),
        ((0, 0, 0), ["Terminating:Wait"], Power.MOVING),
        ((0, 0, 0), [], Power.OFF),
    ],
)
def test_its_power(sizes: tuple[int, int, int], states: list[str], power: Power) -> None:
    """Off is what has no member, and gets none."""
    smallest, largest, wanted = sizes
    group = seen(
        MinSize=smallest, MaxSize=largest, DesiredCapacity=wanted, Instances=members(*states)
    )
    assert group.power is power


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"Instances": members("InService", "Terminating")}, None),
        ({"Instances": [member(protected=True)]}, "1 of its members is protected from scale-in"),
        ({"Instances": [member("Terminating:Wait", protected=True)]}, None),
        (
            {"Instances": members("Standby", "EnteringStandby")},
            "2 of its members are in Standby, which no scale-in ends",
        ),
        (
            {"Instances": members("Terminating:Retained")},
            "1 of its members is retained by its lifecycle policy",
        ),
        ({"SuspendedProcesses": [{"ProcessName": "Terminate"}]}, None),
        (
            {
                "Instances": members("InService"),
                "SuspendedProcesses": [{"ProcessName": "Terminate", "SuspensionReason": "x"}],
            },
            "its process Terminate is suspended",
        ),
        ({"WarmPoolConfiguration": {"MinSize": 2, "PoolState": "Stopped"}}, None),
        ({"WarmPoolConfiguration": {"MinSize": 0, "PoolState": "Running"}}, None),
        (
            {"WarmPoolConfiguration": {"MinSize": 2, "PoolState": "Running"}},
            "its warm pool keeps 2 running",
        ),
        (
            {
                "WarmPoolConfiguration": {
                    "MaxGroupPreparedCapacity": 4,
                    "MinSize": 0,
                    "PoolState": "Running",
                }
            },
            "its warm pool keeps 4 running",
        ),
    ],
)
def test_who_would_outlive_a_size_of_zero(more: dict[str, Any], why: str | None) -> None:
    """Told in words; what ends already does not count."""
    assert seen(**more).cannot_shut_off == why


def test_barriers_beside() -> None:
    """What a person should know of it, though nothing is in the way today."""
    pool = {"MinSize": 2, "PoolState": "Stopped"}
    group = seen(
        NewInstancesProtectedFromScaleIn=True,
        DeletionProtection="prevent-force-deletion",
        WarmPoolConfiguration=pool,
    )
    assert KIND.barriers
    assert KIND.barriers(None, group) == [
        "what it launches is protected from scale-in",
        "its warm pool keeps 2, whatever its sizes",
        "force deletion is prevented: AWS will refuse to delete it while members run",
    ]
    assert KIND.barriers(None, seen()) == []


def test_who_has_only_moved_the_date_is_told_of_the_sizes() -> None:
    """In the console nothing else shows how they come back."""
    tags = [{"Key": "JanitorCapacity", "Value": "min=1 max=4 desired=2"}]
    group = seen(MinSize=0, MaxSize=0, DesiredCapacity=0, Tags=tags)
    assert KIND.barriers
    assert KIND.barriers(None, group) == [
        "it was shut off; with `janitor restore` it gets back its sizes: min 1, max 4, desired 2"
    ]


@pytest.mark.parametrize(
    ("level", "protected"),
    [
        ("none", None),
        ("prevent-force-deletion", None),
        ("prevent-all-deletion", True),
        ("prevent-what-nobody-knows-yet", True),
    ],
)
def test_its_deletion_protection(level: str, *, protected: bool | None) -> None:
    """S4: what prevents all deletion exempts; where nothing does the Permanent tag has the word."""
    assert seen(DeletionProtection=level).protected is protected


def test_where_aws_knows_no_deletion_protection() -> None:
    """A region without it shows none."""
    row = {key: value for key, value in ROW.items() if key != "DeletionProtection"}
    assert _asg_facts.resource(row, PLACE).protected is None


def test_a_service_that_operates_it() -> None:
    """AWS names it: it is held."""
    operator = {"Managed": True, "Principal": "batch.amazonaws.com"}
    assert seen(Operator=operator).follows == "the service batch.amazonaws.com"


def test_the_stack_that_made_it() -> None:
    """It may make it again, so it is named."""
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": "demo"}]
    assert seen(Tags=tags).stack == "CloudFormation stack demo"


@pytest.mark.parametrize("missing", ["MinSize", "MaxSize", "DesiredCapacity", "CreatedTime"])
def test_a_row_that_is_cut_raises(missing: str) -> None:
    """What was not shown is not read as nothing."""
    row = {key: value for key, value in ROW.items() if key != missing}
    with pytest.raises(KeyError):
        _asg_facts.resource(row, PLACE)


# Sizes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min=1 max=4 desired=2", "it gets back its sizes: min 1, max 4, desired 2"),
        (
            " min=1 max=4 desired=2 resume=ScheduledActions ",
            "it gets back its sizes: min 1, max 4, desired 2; its scheduled actions run again",
        ),
        (
            "min=1 max=4",
            f"its tag JanitorCapacity 'min=1 max=4' {UNREADABLE}",
        ),
        (
            "min=-1 max=4 desired=2",
            f"its tag JanitorCapacity 'min=-1 max=4 desired=2' {UNREADABLE}",
        ),
        (None, None),
    ],
)
def test_what_would_be_given_back(text: str | None, words: str | None) -> None:
    """As the record says; one that a person has spoilt is told, and never guessed."""
    tags = [] if text is None else [{"Key": "JanitorCapacity", "Value": text}]
    group = seen(MinSize=0, MaxSize=0, DesiredCapacity=0, Tags=tags)
    assert _asg_sizes.taken(group) == words


def test_a_record_reads_as_it_was_written() -> None:
    """Of any sizes."""
    for sizes in (_asg_sizes.Sizes(0, 10000, 7), _asg_sizes.Sizes(1, 2, 1, resume=True)):
        tags = [{"Key": "JanitorCapacity", "Value": sizes.text}]
        assert _asg_sizes.recorded(seen(Tags=tags)) == sizes


# Calls


@pytest.fixture
def client() -> Any:
    """The janitor's own client."""
    return wiring.connect().clients(PLACE, "autoscaling")


def test_many_names_are_asked_for_in_few_calls(account: Account, client: Any) -> None:
    """A hundred on a page; one that nobody bears is passed over."""
    account.group("jd-web", size=1)
    names = [f"jd-{number}" for number in range(150)]
    account.clear_calls()
    assert [r.id for r in KIND.read(client, PLACE, [*names, "jd-web"])] == ["jd-web"]
    assert [len(call.params["AutoScalingGroupNames"]) for call in account.calls] == [100, 51]


def test_a_group_that_is_being_deleted_is_gone(account: Account, client: Any) -> None:
    """AWS shows it as long as its members end."""
    account.group("jd-web")
    (listed,) = KIND.read(client, PLACE, ["jd-web"])
    KIND.terminate(client, listed)
    shown = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert [group["Status"] for group in shown] == ["Delete in progress"]
    assert KIND.read(client, PLACE, ["jd-web"]) == []


@pytest.mark.parametrize(
    ("more", "force"),
    [
        ({}, False),
        ({"Instances": members("InService")}, True),
        ({"Instances": members("Terminating:Wait")}, False),
        ({"Instances": members("Terminating:Retained")}, True),
        ({"WarmPoolConfiguration": {"MinSize": 0, "PoolState": "Stopped"}}, True),
    ],
)
def test_force_is_for_what_stays_otherwise(more: dict[str, Any], *, force: bool) -> None:
    """Whoever ends by himself is waited for: force would skip his lifecycle hooks."""
    asked: list[dict[str, Any]] = []

    class Scaling:
        """A client that writes down what it is asked."""

        def delete_auto_scaling_group(self, **parameters: Any) -> None:
            """Delete it."""
            asked.append(parameters)

    KIND.terminate(Scaling(), seen(**more))
    forced = {"ForceDelete": True} if force else {}
    assert asked == [{"AutoScalingGroupName": "jd-web", **forced}]


def test_the_manifest_is_the_whole_row(account: Account, client: Any) -> None:
    """Kept as JSON; of what AWS does not show any more there is none, so nothing ends."""
    account.group("jd-web", size=1)
    (listed,) = KIND.read(client, PLACE, ["jd-web"])
    described = KIND.remembering.describe(client, [listed])
    kept = KIND.remembering.manifest(client, listed, described)
    assert kept["group"]["MaxSize"] == 2
    assert kept["group"]["CreatedTime"].startswith("2026-11-22")
    with pytest.raises(LookupError, match="does not show jd-web"):
        KIND.remembering.manifest(client, listed, {})


@pytest.mark.parametrize(("share", "spot"), [(100, False), (50, True), (0, True)])
def test_members_that_may_be_spot(share: int, *, spot: bool) -> None:
    """A policy that takes less than all on demand: nobody knows what such members cost."""
    policy = {"InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": share}}
    assert ("spot" in seen(MixedInstancesPolicy=policy).traits) is spot
    assert "spot" not in seen().traits
