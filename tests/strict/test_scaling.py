"""The strict Auto Scaling itself: what AWS refuses, and how long its members take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.strict.aws import Account

WEB = "jd-web"


@pytest.fixture
def scaling(account: Account) -> Any:
    """A person's client; the group stands."""
    account.group(WEB)
    return account.client("autoscaling")


def states(scaling: Any) -> list[str]:
    """The states of its members, in order of the alphabet."""
    (group,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return sorted(each["LifecycleState"] for each in group["Instances"])


def to_zero(scaling: Any) -> None:
    """All sizes to nothing."""
    scaling.update_auto_scaling_group(
        AutoScalingGroupName=WEB, MinSize=0, MaxSize=0, DesiredCapacity=0
    )


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    """The error code of a refusal."""
    return str(refused.value.response["Error"]["Code"])


def delete(scaling: Any, **how: bool) -> str:
    """What AWS refuses it with; '' where it deletes it."""
    try:
        scaling.delete_auto_scaling_group(AutoScalingGroupName=WEB, **how)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_members_take_their_time(account: Account, scaling: Any) -> None:
    """They are Terminating first, and the group cannot go until they have gone."""
    assert delete(scaling) == "ResourceInUse"
    to_zero(scaling)
    assert states(scaling) == ["Terminating", "Terminating"]
    assert delete(scaling) == "ScalingActivityInProgress"
    account.travel(minutes=1)
    assert states(scaling) == []
    assert delete(scaling) == ""
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_force_ends_whoever_is_left(account: Account, scaling: Any) -> None:
    """The group is shown as long as they end; nothing can be changed in it any more."""
    assert delete(scaling, ForceDelete=True) == ""
    with pytest.raises(ClientError, match="pending delete"):
        to_zero(scaling)
    account.travel(minutes=1)
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert account.instances() == []


def test_who_is_protected_from_scale_in_stays(account: Account, scaling: Any) -> None:
    """The sizes are set all the same; force takes the member too."""
    shown = scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    ids = [each["InstanceId"] for each in shown]
    scaling.set_instance_protection(
        AutoScalingGroupName=WEB, InstanceIds=ids[:1], ProtectedFromScaleIn=True
    )
    to_zero(scaling)
    account.travel(minutes=1)
    assert states(scaling) == ["InService"]
    assert delete(scaling) == "ResourceInUse"
    assert delete(scaling, ForceDelete=True) == ""
    account.travel(minutes=1)
    assert account.instances() == []


def test_a_suspended_terminate_keeps_all(account: Account, scaling: Any) -> None:
    """Until it is resumed, but for force."""
    scaling.suspend_processes(AutoScalingGroupName=WEB, ScalingProcesses=["Terminate"])
    to_zero(scaling)
    account.travel(minutes=1)
    assert states(scaling) == ["InService", "InService"]


@pytest.mark.parametrize(
    ("level", "answers"),
    [
        ("none", ("", "")),
        ("prevent-force-deletion", ("", "ValidationError")),
        ("prevent-all-deletion", ("ValidationError", "ValidationError")),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_deletion_protection(
    account: Account, scaling: Any, level: str, answers: tuple[str, str], *, force: bool
) -> None:
    """By its level; the listing shows it."""
    to_zero(scaling)
    account.travel(minutes=1)
    scaling.update_auto_scaling_group(AutoScalingGroupName=WEB, DeletionProtection=level)
    (group,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["DeletionProtection"] == level
    assert delete(scaling, ForceDelete=force) == answers[force]


@pytest.mark.parametrize("sizes", [(2, 1, 1), (0, 1, 2), (1, 2, 0)])
def test_sizes_that_do_not_fit(scaling: Any, sizes: tuple[int, int, int]) -> None:
    """Minimum, desired and maximum stand in this order."""
    least, most, wanted = sizes
    with pytest.raises(ClientError) as refused:
        scaling.update_auto_scaling_group(
            AutoScalingGroupName=WEB, MinSize=least, MaxSize=most, DesiredCapacity=wanted
        )
    assert code(refused) == "ValidationError"
    assert states(scaling) == ["InService", "InService"]


@pytest.mark.parametrize(
    ("group", "key", "value"),
    [("jd-other", "a", "b"), (WEB, "aws:a", "b"), (WEB, "a" * 129, "b"), (WEB, "a", "b" * 257)],
)
def test_tags_that_cannot_be_written(
    account: Account, scaling: Any, group: str, key: str, value: str
) -> None:
    """None of the call is written: one bad row is enough."""
    row = {"ResourceType": "auto-scaling-group", "PropagateAtLaunch": False}
    rows = [
        row | {"ResourceId": WEB, "Key": "good", "Value": "x"},
        row | {"ResourceId": group, "Key": key, "Value": value},
    ]
    with pytest.raises(ClientError) as refused:
        scaling.create_or_update_tags(Tags=rows)
    assert code(refused) == "ValidationError"
    assert account.tags(WEB) == {}


def test_fifty_tags_are_all(account: Account, scaling: Any) -> None:
    """One more is refused; one that stands may be written again."""
    account.tag(WEB, **{f"key-{number}": "x" for number in range(50)})
    with pytest.raises(ClientError) as refused:
        account.tag(WEB, more="x")
    assert code(refused) == "LimitExceeded"
    account.tag(WEB, **{"key-7": "y"})
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"]


@pytest.mark.parametrize("asked", [{"MaxRecords": 101}, {"AutoScalingGroupNames": ["a"] * 51}])
def test_how_much_fits_on_a_page(scaling: Any, asked: dict[str, Any]) -> None:
    """A hundred; and fifty names, where no size is given."""
    with pytest.raises(ClientError) as refused:
        scaling.describe_auto_scaling_groups(**asked)
    assert code(refused) == "ValidationError"


def test_a_scheduled_action_comes_or_is_missed(account: Account, scaling: Any) -> None:
    """While its process is suspended its time passes, and it does not come later."""
    for name, minutes, size in (("first", 10, 1), ("second", 20, 3)):
        scaling.put_scheduled_update_group_action(
            AutoScalingGroupName=WEB,
            ScheduledActionName=name,
            StartTime=account.now.replace(minute=minutes),
            MinSize=size,
            MaxSize=size,
            DesiredCapacity=size,
        )
    scaling.suspend_processes(AutoScalingGroupName=WEB, ScalingProcesses=["ScheduledActions"])
    account.travel(minutes=15)
    scaling.resume_processes(AutoScalingGroupName=WEB, ScalingProcesses=["ScheduledActions"])
    assert len(states(scaling)) == 2
    account.travel(minutes=10)
    assert len(states(scaling)) == 3
