"""The life of Auto Scaling groups: scaled to zero with a record, given back, deleted."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from cs_aws_janitor.cli import janitor as command
from cs_aws_janitor.shared.errors import JanitorError
from tests.iam.enforcing import enforce
from tests.stories.driver import Janitor
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.strict.aws import Account

WEB, RECORD = "jd-web", "JanitorCapacity"
TAKEN = "min=1 max=4 desired=2 resume=ScheduledActions"
GIVEN = "it gets back its sizes: min 1, max 4, desired 2; its scheduled actions run again"


@pytest.fixture
def janitor(account: Account, tmp_path: Path) -> Iterator[Janitor]:
    """A janitor of Auto Scaling groups alone, which types its commands here."""
    started = Janitor(account, tmp_path, "auto_scaling_group")
    yield started
    started.close()


def shown(account: Account, name: str = WEB) -> dict[str, Any]:
    """The group as AWS shows it; nothing where it is gone."""
    client = account.client("autoscaling")
    found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return dict(found[0]) if found else {}


def sizes(account: Account, name: str = WEB) -> tuple[int, int, int]:
    """Minimum, maximum and desired capacity."""
    group = shown(account, name)
    return group["MinSize"], group["MaxSize"], group["DesiredCapacity"]


def members(account: Account, name: str = WEB) -> list[str]:
    """The ids of its members."""
    return [each["InstanceId"] for each in shown(account, name).get("Instances", ())]


def suspended(account: Account) -> list[str]:
    """The processes that do not run."""
    return [each["ProcessName"] for each in shown(account)["SuspendedProcesses"]]


def resize(account: Account, smallest: int, largest: int, wanted: int) -> None:
    """A person sets the sizes."""
    account.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=WEB, MinSize=smallest, MaxSize=largest, DesiredCapacity=wanted
    )


def typed(*words: str) -> tuple[int, str]:
    """The exit code of a command, and what it says."""
    done = CliRunner().invoke(command, words, standalone_mode=False)
    if isinstance(done.exception, JanitorError | click.ClickException):
        return done.exception.exit_code, str(done.exception)
    assert done.exception is None, done.exception
    return done.return_value or 0, done.stdout


# A life


def test_a_life(account: Account, janitor: Janitor) -> None:
    """S2 to S6: tagged, scaled to zero after 14 days, deleted after 7 more, without force."""
    account.group(WEB)
    phases = []
    for days in (0, 6, 7, 1, 6, 1):
        account.travel(days=days)
        phases.append((janitor.phase(WEB), janitor.run().result(WEB)))
    assert phases == [
        ("new", "done"),
        ("active", "none"),
        ("expiring", "done"),
        ("expired", "done"),
        ("waiting", "none"),
        ("due", "done"),
    ]
    assert shown(account) == {}
    (end,) = [call for call in account.calls if call.operation == "DeleteAutoScalingGroup"]
    assert end.params == {"AutoScalingGroupName": WEB}
    (kept,) = janitor.entries("manifest")
    assert kept["manifest"]["tags"][RECORD] == TAKEN
    assert kept["manifest"]["group"]["LaunchConfigurationName"] == WEB


def test_its_members_follow(account: Account, janitor: Janitor) -> None:
    """The record first, then the sizes; the mark once the last member is gone."""
    account.group(WEB)
    went = members(account)
    janitor.until_expired()
    account.clear_calls()
    assert "its 2 members end with it" in janitor.step(WEB).reason
    janitor.run()
    assert [call.operation for call in account.writes] == [
        "CreateOrUpdateTags",
        "SuspendProcesses",
        "UpdateAutoScalingGroup",
        "CreateOrUpdateTags",
    ]
    assert sizes(account) == (0, 0, 0)
    assert {account.state(each) for each in went} == {"terminated"}
    assert account.tags(WEB)[RECORD] == TAKEN
    assert "ShutOff" in account.tags(WEB)


def test_the_tags_of_the_janitor_are_the_groups_alone(account: Account, janitor: Janitor) -> None:
    """What is launched later inherits none of them."""
    account.group(WEB)
    janitor.run()
    assert {each["Key"]: each["PropagateAtLaunch"] for each in shown(account)["Tags"]} == {
        "Discovered": False,
        "Expiration": False,
    }


def test_members_that_take_their_time(account: Account, janitor: Janitor) -> None:
    """A hook may hold one for hours: the 7 days begin when the last is gone."""
    account.group(WEB)
    account.stopping_takes(hours=3)
    janitor.until_expired()
    assert "marked when it is seen off" in janitor.run().why(WEB)
    assert "ShutOff" not in account.tags(WEB)
    account.travel(hours=3)
    janitor.run()
    assert account.tags(WEB)["ShutOff"] == account.now.isoformat()
    assert account.tags(WEB)[RECORD] == TAKEN


def test_a_group_at_zero_that_may_grow_is_on(account: Account, janitor: Janitor) -> None:
    """A policy could let it grow any minute: that is taken from it as well."""
    account.group(WEB, DesiredCapacity=0, MinSize=0)
    janitor.until_waiting()
    assert sizes(account) == (0, 0, 0)
    assert account.tags(WEB)[RECORD] == "min=0 max=4 desired=0 resume=ScheduledActions"


def test_a_group_that_is_off_is_only_marked(account: Account, janitor: Janitor) -> None:
    """Nothing is taken from it, so nothing is recorded."""
    account.group(WEB)
    janitor.run()
    resize(account, 0, 0, 0)
    account.travel(days=14)
    janitor.run()
    assert "ShutOff" in account.tags(WEB)
    assert RECORD not in account.tags(WEB)
    assert suspended(account) == []


def test_its_schedule_does_not_undo_it(account: Account, janitor: Janitor) -> None:
    """What comes every morning has no effect while it is shut off, and has it again later."""
    account.group(WEB)
    later = {"MinSize": 2, "MaxSize": 2, "DesiredCapacity": 2}
    for name, days in (("while off", 15), ("later", 30)):
        account.client("autoscaling").put_scheduled_update_group_action(
            AutoScalingGroupName=WEB,
            ScheduledActionName=name,
            StartTime=account.now + timedelta(days=days),
            **later,
        )
    janitor.until_waiting()
    account.travel(days=2)
    assert sizes(account) == (0, 0, 0)
    assert typed("extend", WEB, "--days", "30")[0] == 0
    assert sizes(account) == (1, 4, 2)
    account.travel(days=14)
    assert sizes(account) == (2, 2, 2)


def test_a_schedule_that_a_person_has_suspended_stays_so(
    account: Account, janitor: Janitor
) -> None:
    """Only what the shut-off took is given back."""
    account.group(WEB)
    account.client("autoscaling").suspend_processes(
        AutoScalingGroupName=WEB, ScalingProcesses=["ScheduledActions", "AZRebalance"]
    )
    janitor.until_waiting()
    assert account.tags(WEB)[RECORD] == "min=1 max=4 desired=2"
    assert typed("extend", WEB, "--days", "30")[0] == 0
    assert sorted(suspended(account)) == ["AZRebalance", "ScheduledActions"]


# Crashes


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_loses_no_size(
    account: Account, janitor: Janitor, number: int, *, after: bool
) -> None:
    """Whichever call of the shut-off is the last: the next run carries on, and all comes back."""
    account.group(WEB)
    janitor.until_expired()
    (account.die_after_write if after else account.die_before_write)(number)
    with suppress(DiedError):
        janitor.run()
    account.allow_all()
    account.travel(minutes=5)
    janitor.run()
    assert janitor.phase(WEB) == "waiting"
    assert account.tags(WEB)[RECORD] == TAKEN
    assert typed("extend", WEB, "--days", "30")[0] == 0
    assert sizes(account) == (1, 4, 2)
    assert suspended(account) == []


def test_a_crash_after_which_it_grows(account: Account, janitor: Janitor) -> None:
    """Its own policy scales it between two runs: that its schedule ran is not forgotten."""
    account.group(WEB)
    janitor.until_expired()
    account.die_after_write(2)
    with suppress(DiedError):
        janitor.run()
    account.allow_all()
    assert suspended(account) == ["ScheduledActions"]
    resize(account, 1, 4, 3)
    account.travel(minutes=5)
    janitor.run()
    assert account.tags(WEB)[RECORD] == "min=1 max=4 desired=3 resume=ScheduledActions"
    assert typed("extend", WEB, "--days", "30")[0] == 0
    assert (sizes(account), suspended(account)) == ((1, 4, 3), [])


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_while_it_is_given_back(
    account: Account, janitor: Janitor, number: int, *, after: bool
) -> None:
    """The same command carries on; the record goes last of all."""
    account.group(WEB)
    janitor.until_waiting()
    (account.die_after_write if after else account.die_before_write)(number)
    with suppress(DiedError):
        typed("extend", WEB, "--days", "30")
    account.allow_all()
    assert typed("extend", WEB, "--days", "30")[0] == 0
    assert sizes(account) == (1, 4, 2)
    assert suspended(account) == []
    assert not {RECORD, "ShutOff"} & account.tags(WEB).keys()


def test_an_old_record_is_not_the_truth(account: Account, janitor: Janitor) -> None:
    """A person has set other sizes since and moved the date in the console: those count."""
    account.group(WEB)
    janitor.until_waiting()
    account.tag(WEB, Expiration="2027-01-10")
    janitor.run()
    resize(account, 2, 6, 3)
    account.client("autoscaling").resume_processes(
        AutoScalingGroupName=WEB, ScalingProcesses=["ScheduledActions"]
    )
    account.at("2027-01-10T06:00")
    janitor.run()
    assert account.tags(WEB)[RECORD] == "min=2 max=6 desired=3 resume=ScheduledActions"
    assert sizes(account) == (0, 0, 0)


def test_where_no_record_can_be_written_nothing_is_taken(
    account: Account, janitor: Janitor
) -> None:
    """The group stays as it is, and is reported."""
    account.group(WEB)
    janitor.until_expired()
    account.deny("autoscaling:CreateOrUpdateTags")
    assert janitor.run().result(WEB) == "failed"
    assert sizes(account) == (1, 4, 2)


# What keeps members alive


def protect_members(account: Account) -> None:
    """Scale-in protection for all of them."""
    account.client("autoscaling").set_instance_protection(
        AutoScalingGroupName=WEB, InstanceIds=members(account), ProtectedFromScaleIn=True
    )


def stand_by(account: Account) -> None:
    """One member is set aside."""
    account.client("autoscaling").enter_standby(
        AutoScalingGroupName=WEB,
        InstanceIds=members(account)[:1],
        ShouldDecrementDesiredCapacity=True,
    )


def suspend_terminate(account: Account) -> None:
    """Nothing is scaled in."""
    account.client("autoscaling").suspend_processes(
        AutoScalingGroupName=WEB, ScalingProcesses=["Terminate"]
    )


def running_pool(account: Account) -> None:
    """A warm pool whose instances run."""
    account.client("autoscaling").put_warm_pool(
        AutoScalingGroupName=WEB, MinSize=3, PoolState="Running"
    )


@pytest.mark.parametrize(
    ("keep", "why"),
    [
        (protect_members, "2 of its members are protected from scale-in"),
        (stand_by, "1 of its members is in Standby, which no scale-in ends"),
        (suspend_terminate, "its process Terminate is suspended"),
        (running_pool, "its warm pool keeps 3 running"),
    ],
)
def test_what_outlives_a_size_of_zero_is_told(
    account: Account, janitor: Janitor, keep: Any, why: str
) -> None:
    """It is only marked, and its members run on; they end with it after the 7 days (S7)."""
    account.group(WEB)
    keep(account)
    before = sizes(account)
    janitor.until_expired()
    assert f"{why}, so it is only marked" in janitor.step(WEB).reason
    assert why in typed("explain", WEB)[1]
    janitor.run()
    assert sizes(account) == before
    assert "ShutOff" in account.tags(WEB)
    assert account.tags(WEB)["JanitorNote"].startswith("Marked on 2026-12-06")
    went = members(account)
    account.travel(days=7)
    assert janitor.step(WEB).reason.startswith("marked on 2026-12-06, 7 days ago; its 2 members")
    janitor.run()
    account.travel(hours=1)
    assert {account.state(each) for each in went} == {"terminated"}
    assert shown(account) == {}


# S7


def test_on_again_and_not_extended(account: Account, janitor: Janitor) -> None:
    """A person set its sizes again: no more is taken from it, and it ends by force when due."""
    account.group(WEB)
    janitor.until_waiting()
    resize(account, 1, 1, 1)
    (member,) = members(account)
    assert janitor.step(WEB).verbs == ()
    account.travel(days=7)
    janitor.run()
    assert account.state(member) == "shutting-down"
    assert shown(account)["Status"] == "Delete in progress"
    assert [step for step in janitor.plan().steps if step.id == WEB] == []
    account.travel(minutes=5)
    assert shown(account) == {}


def test_a_member_that_comes_at_the_last_moment(account: Account, janitor: Janitor) -> None:
    """Only what was seen to have members is deleted by force: AWS refuses, and says why."""
    account.group(WEB)
    janitor.until_due()
    janitor.before(
        "DeleteAutoScalingGroup", lambda: resize(account, 1, 1, 1), service="auto-scaling"
    )
    ran = janitor.run()
    assert ran.result(WEB) == "blocked"
    assert "ResourceInUse" in ran.why(WEB)
    assert len(members(account)) == 1


def test_a_group_that_a_person_has_just_deleted(account: Account, janitor: Janitor) -> None:
    """It is told as changed, and nothing has failed."""
    account.group(WEB)
    janitor.until_due()
    client = account.client("autoscaling")
    janitor.before(
        "DeleteAutoScalingGroup",
        lambda: client.delete_auto_scaling_group(AutoScalingGroupName=WEB),
        service="auto-scaling",
    )
    assert janitor.run().result(WEB) == "changed"


# Exempt and held


def test_permanent_exempts(account: Account, janitor: Janitor) -> None:
    """S4: the tag alone, also after the shut-off."""
    account.group(WEB)
    janitor.until_due()
    account.tag(WEB, Permanent="the runners of the demos")
    assert janitor.run().results == {}
    assert janitor.phase(WEB) == "exempt"


@pytest.mark.parametrize(
    ("level", "phase", "results"),
    [
        ("prevent-all-deletion", "exempt", {}),
        ("prevent-force-deletion", "expired", {WEB: "done"}),
        ("none", "expired", {WEB: "done"}),
    ],
)
def test_its_own_deletion_protection(
    account: Account, janitor: Janitor, level: str, phase: str, results: dict[str, str]
) -> None:
    """Where AWS prevents all deletion it is exempt, with a word on the missing explanation."""
    account.group(WEB, DeletionProtection=level)
    janitor.until_expired()
    assert janitor.phase(WEB) == phase
    assert ("no Permanent tag says why" in janitor.attention(WEB)) is (phase == "exempt")
    assert janitor.run().results == results


def test_force_that_is_prevented(account: Account, janitor: Janitor) -> None:
    """AWS refuses to end it while members run: blocked, and told beforehand."""
    account.group(WEB, DeletionProtection="prevent-force-deletion")
    janitor.until_waiting()
    resize(account, 1, 1, 1)
    account.travel(days=7)
    assert "AWS will refuse to delete it while members run" in typed("explain", WEB)[1]
    assert janitor.run().result(WEB) == "blocked"
    resize(account, 0, 0, 0)
    account.travel(minutes=5)
    janitor.run()
    assert shown(account) == {}


@pytest.mark.parametrize(
    ("tag", "owner"),
    [
        ({"eks:nodegroup-name": "blue"}, "EKS node group blue"),
        ({"elasticbeanstalk:environment-name": "shop"}, "Elastic Beanstalk environment shop"),
        ({"AmazonECSManaged": ""}, "ECS capacity provider"),
        ({"AWSBatchServiceTag": "batch"}, "Batch compute environment batch"),
        ({"karpenter.sh/nodepool": "spot"}, "Karpenter node pool spot"),
        ({"kubernetes.io/cluster/demo": "owned"}, "Kubernetes cluster demo"),
    ],
)
def test_whose_it_is(account: Account, janitor: Janitor, tag: dict[str, str], owner: str) -> None:
    """It is tagged, and everything else is up to what owns it."""
    account.group(WEB)
    account.tag(WEB, **tag)
    janitor.until_expired()
    assert janitor.step(WEB).reason == f"follows {owner}"
    assert janitor.run().results == {}
    assert sizes(account) == (1, 4, 2)


def test_a_denied_listing_is_a_blind_spot(account: Account, janitor: Janitor) -> None:
    """Nothing is concluded from what was not seen."""
    account.group(WEB)
    janitor.until_expired()
    account.deny("autoscaling:DescribeAutoScalingGroups")
    plan = janitor.plan()
    assert [(row.kind, row.status) for row in plan.blind_spots] == [
        ("auto_scaling_group", "denied")
    ]
    assert plan.steps == ()


# Given back


def test_extend_gives_back(account: Account, janitor: Janitor) -> None:
    """S3: the sizes come back with the time, and it is said."""
    account.group(WEB)
    janitor.until_waiting()
    code, said = typed("extend", WEB, "--days", "30")
    assert (code, GIVEN in said) == (0, True)
    assert sizes(account) == (1, 4, 2)
    assert len(members(account)) == 2
    assert not {RECORD, "ShutOff"} & account.tags(WEB).keys()
    assert janitor.phase(WEB) == "active"


def test_keep_gives_back(account: Account, janitor: Janitor) -> None:
    """S4: who keeps it keeps what it was."""
    account.group(WEB)
    janitor.until_waiting()
    assert typed("keep", WEB, "--reason", "the runners of the demos")[0] == 0
    assert sizes(account) == (1, 4, 2)
    assert janitor.phase(WEB) == "exempt"


def test_extend_takes_nothing_back_that_a_person_has_set(
    account: Account, janitor: Janitor
) -> None:
    """Sizes that were set since stay; only the schedule and the record are put right."""
    account.group(WEB)
    janitor.until_waiting()
    resize(account, 1, 1, 1)
    said = typed("extend", WEB, "--days", "30")[1]
    assert "its sizes were set to min 1, max 1, desired 1 meanwhile, and stay so" in said
    assert sizes(account) == (1, 1, 1)
    assert suspended(account) == []
    assert RECORD not in account.tags(WEB)


def test_a_record_that_somebody_wrote_over(account: Account, janitor: Janitor) -> None:
    """The date is moved; the sizes are a person's to set."""
    account.group(WEB)
    janitor.until_waiting()
    account.tag(WEB, **{RECORD: "two"})
    code, said = typed("extend", WEB, "--days", "30")
    assert (code, "says no sizes: set them yourself" in said) == (0, True)
    assert sizes(account) == (0, 0, 0)
    assert typed("restore", WEB, "--yes")[0] == 0
    assert account.tags(WEB)[RECORD] == "two"


def test_restore_gives_back(account: Account, janitor: Janitor) -> None:
    """The plan says what comes back and that the date stays; a run would delete it when due."""
    account.group(WEB)
    janitor.until_waiting()
    account.clear_calls()
    outlook = "its Expiration 2026-12-06 is unchanged, and it is terminated on 2026-12-13"
    code, said = typed("restore", WEB, "--plan")
    assert code == 0
    assert GIVEN in said
    assert outlook in said
    assert account.writes == []
    code, said = typed("restore", WEB, "--yes", "--format", "json")
    told = json.loads(said)
    assert (code, told["result"], told["gives_back"]) == (0, "done", GIVEN)
    assert outlook in told["outlook"]
    assert sizes(account) == (1, 4, 2)
    assert RECORD not in account.tags(WEB)
    assert account.tags(WEB)["Expiration"] == "2026-12-06"
    (entry,) = janitor.entries("act")
    assert (entry["act"], entry["id"], entry["reason"]) == ("restore", WEB, GIVEN)
    code, said = typed("restore", WEB, "--yes")
    assert (code, "nothing was taken from it" in said) == (2, True)


def test_restore_of_what_is_gone(account: Account, janitor: Janitor) -> None:
    """After its end it is told why it does not come back; of what never was, nothing is known."""
    account.group(WEB)
    janitor.until_due()
    janitor.run()
    code, said = typed("restore", WEB, "--plan")
    assert (code, "is made again from its launch template" in said) == (2, True)
    code, said = typed("restore", "jd-other", "--plan")
    assert code == 2
    assert "holds no manifest of 'jd-other'" in said
    assert "no resource 'jd-other' was found" in said


def test_restore_finds_what_was_made_again(account: Account, janitor: Janitor) -> None:
    """Of two groups of one name, of which one is gone, the one that stands is meant."""
    account.group(WEB)
    janitor.until_due()
    janitor.run()
    account.client("autoscaling").delete_launch_configuration(LaunchConfigurationName=WEB)
    account.group(WEB, size=1)
    janitor.until_waiting()
    assert typed("restore", WEB, "--yes")[0] == 0
    assert sizes(account) == (1, 2, 1)


# Names


@pytest.mark.parametrize("name", ["jd/web", "jd-0123456789", "jd web!*[0]", "jd{id}web"])
def test_odd_names(account: Account, janitor: Janitor, name: str) -> None:
    """It is found by its name and by its ARN, whatever signs that holds."""
    account.group(name)
    account.group(f"{name}-2", size=1)
    janitor.until_waiting()
    arn = shown(account, name)["AutoScalingGroupARN"]
    for wanted in (name, arn):
        code, said = typed("explain", wanted)
        assert (code, name in said) == (0, True)
    assert typed("extend", arn, "--days", "30")[0] == 0
    assert sizes(account, name) == (1, 4, 2)
    assert sizes(account, f"{name}-2") == (0, 0, 0)
    code, said = typed("history", arn)
    assert (code, "Expiration moved" in said) == (0, True)


def test_a_name_tag_names_it_too(account: Account, janitor: Janitor) -> None:
    """One that its members inherit is as good as its own."""
    account.group("asg-7F3K", Tags=[{"Key": "Name", "Value": WEB, "PropagateAtLaunch": True}])
    janitor.run()
    assert janitor.step("asg-7F3K").name == WEB
    assert typed("explain", WEB)[0] == 0


def test_one_name_in_two_regions(account: Account, janitor: Janitor) -> None:
    """Neither is taken for the other, though its name looks like an id."""
    name = "web-0123456789"
    account.group(name)
    account.group(name, region="us-east-1")
    janitor.regions("eu-west-1", "us-east-1")
    janitor.run()
    code, said = typed("explain", name)
    assert (code, "Give its ARN, or its region with --region" in said) == (2, True)
    account.deny("autoscaling:*", region="us-east-1")
    assert typed("extend", name, "--days", "30")[0] == 2


# Permissions


def test_each_command_asks_for_what_is_printed(account: Account, janitor: Janitor) -> None:
    """A life under the printed policies: every call is in them, and every action is used."""
    account.group(WEB)
    account.group("jd-kept")

    def obeys(what: str) -> set[str]:
        account.clear_calls()
        policy = json.loads(typed("permissions", what)[1])
        enforce(policy)
        return {action for one in policy["Statement"] for action in one["Action"]}

    def used() -> set[str]:
        return {call.name for call in account.calls} | {"iam:ListAccountAliases"}

    janitor.run()
    allowed = obeys("run")
    janitor.run()
    account.travel(days=14)
    janitor.run()
    account.tag("jd-kept", Expiration="2027-01-31")
    account.travel(days=7)
    janitor.run()
    assert used() | {"sts:GetCallerIdentity"} == allowed
    assert shown(account) == {}
    for what, words in (
        ("restore", ["restore", "jd-kept", "--yes"]),
        ("extend", ["extend", "jd-kept", "--days", "30"]),
        ("keep", ["keep", "jd-kept", "--reason", "the runners"]),
    ):
        account.tag("jd-kept", **{RECORD: TAKEN, "ShutOff": "2026-12-06"})
        resize_to_zero(account, "jd-kept")
        allowed = obeys(what)
        code, said = typed(*words)
        assert code == 0, said
        assert used() >= allowed
        assert sizes(account, "jd-kept") == (1, 4, 2)


def resize_to_zero(account: Account, name: str) -> None:
    """As a shut-off leaves it."""
    account.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=0, MaxSize=0, DesiredCapacity=0
    )
    account.travel(minutes=5)


# An image of one member first


@pytest.fixture
def saving(janitor: Janitor) -> Janitor:
    """A janitor that makes an image of one member before it shuts a group off."""
    janitor.settings("backup.group_image = true")
    return janitor


def images(account: Account) -> list[dict[str, Any]]:
    """The images that are the account's own."""
    found: list[dict[str, Any]] = account.client("ec2").describe_images(Owners=["self"])["Images"]
    return found


def test_no_image_is_made_unasked(account: Account, janitor: Janitor) -> None:
    """It costs money, and most members hold nothing."""
    account.group(WEB)
    janitor.until_waiting()
    assert images(account) == []


def test_an_image_is_made_first(account: Account, saving: Janitor) -> None:
    """Begun, waited for over runs, and only then the members end."""
    account.group(WEB, Tags=[{"Key": "team", "Value": "cs", "PropagateAtLaunch": True}])
    first = members(account)[0]
    saving.until_expired()
    ran = saving.run()
    (image,) = images(account)
    assert ran.result(WEB) == "done"
    assert ran.why(WEB) == f"its image {image['ImageId']} is not complete yet; shut off when it is"
    assert sizes(account) == (1, 4, 2)
    (begun,) = [call for call in account.calls if call.operation == "CreateImage"]
    assert (begun.params["InstanceId"], begun.params["NoReboot"]) == (first, True)
    assert {tag["Key"]: tag["Value"] for tag in image["Tags"]} == {
        "team": "cs",
        "Name": WEB,
        "Discovered": "2026-12-06",
        "Expiration": "2027-03-06",
        "JanitorSource": WEB,
        "JanitorShutOff": "2026-12-06T00:00:00+00:00",
    }
    account.travel(minutes=10)
    saving.run()
    assert len(images(account)) == 1
    assert sizes(account) == (0, 0, 0)
    assert saving.phase(WEB) == "waiting"


def test_the_snapshots_of_its_image_bear_its_labels(account: Account, saving: Janitor) -> None:
    """So they are known as the janitor's, and go with it when its own time has come."""
    account.group(WEB)
    saving.until_waiting()
    (image,) = images(account)
    person: Any = account.client("ec2")
    made = person.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert made
    assert all(each["Tags"] == image["Tags"] for each in made)


def test_an_image_that_fails(account: Account, saving: Janitor) -> None:
    """Its members stay until that is mended."""
    account.group(WEB)
    saving.until_expired()
    account.snapshots_fail()
    saving.run()
    account.travel(minutes=10)
    ran = saving.run()
    (image,) = images(account)
    assert ran.result(WEB) == "failed"
    assert f"its image {image['ImageId']} failed" in ran.why(WEB)
    assert sizes(account) == (1, 4, 2)
    account.snapshots_fail(on=False)
    account.client("ec2").deregister_image(ImageId=image["ImageId"])
    saving.run()
    account.travel(minutes=10)
    saving.run()
    assert sizes(account) == (0, 0, 0)


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_makes_no_second_image(account: Account, saving: Janitor, *, after: bool) -> None:
    """It is found by its name, which is one for each Expiration."""
    account.group(WEB)
    saving.until_expired()
    (account.die_after_write if after else account.die_before_write)(1)
    with suppress(DiedError):
        saving.run()
    account.allow_all()
    saving.run()
    account.travel(minutes=10)
    saving.run()
    assert len(images(account)) == 1
    assert sizes(account) == (0, 0, 0)


def test_a_denied_image_ends_nothing(account: Account, saving: Janitor) -> None:
    """What was to be kept is not lost for want of a permission."""
    account.group(WEB)
    saving.until_expired()
    account.deny("ec2:CreateImage")
    assert saving.run().result(WEB) == "failed"
    assert sizes(account) == (1, 4, 2)


def test_a_group_that_is_extended_meanwhile(account: Account, saving: Janitor) -> None:
    """It is not shut off; the image expires as every backup does."""
    account.group(WEB)
    saving.until_expired()
    saving.run()
    assert typed("extend", WEB, "--days", "30")[0] == 0
    account.travel(minutes=10)
    assert saving.run().results == {}
    assert sizes(account) == (1, 4, 2)


def test_another_expiration_is_another_image(account: Account, saving: Janitor) -> None:
    """What members hold goes on; an old image is not taken for a new one."""
    account.group(WEB)
    saving.until_expired()
    saving.run()
    assert typed("extend", WEB, "--until", "2027-01-10")[0] == 0
    account.at("2027-01-10T06:00")
    saving.run()
    assert len(images(account)) == 2
    assert sizes(account) == (1, 4, 2)


def test_what_cannot_be_imaged_is_shut_off(account: Account, saving: Janitor) -> None:
    """Of an instance store there is no image."""
    account.launch("jd-store", asg=WEB, instance_store=True)
    saving.until_waiting()
    assert images(account) == []
    assert sizes(account) == (0, 0, 0)


def test_an_image_stays_within_what_is_printed(account: Account, saving: Janitor) -> None:
    """The policy of `run` follows the setting."""
    account.group(WEB)
    saving.run()
    account.travel(days=14)
    policy = json.loads(typed("permissions", "run")[1])
    enforce(policy)
    account.clear_calls()
    assert saving.run().result(WEB) == "done"
    account.travel(minutes=10)
    saving.run()
    assert sizes(account) == (0, 0, 0)
    asked = {call.name for call in account.calls if call.service == "ec2"}
    named = {action for one in policy["Statement"] for action in one["Action"]}
    assert asked == {name for name in named if name.startswith("ec2:")} - {"ec2:CreateTags"}
