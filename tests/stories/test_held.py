"""What something else manages is left to it: tagged where due, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

MANAGERS = [
    ("aws:autoscaling:groupName", "Auto Scaling group x"),
    ("eks:nodegroup-name", "EKS node group x"),
    ("eks:cluster-name", "EKS cluster x"),
    ("aws:eks:cluster-name", "EKS cluster x"),
    ("kubernetes.io/cluster/demo", "Kubernetes cluster demo"),
    ("karpenter.sh/nodepool", "Karpenter node pool x"),
    ("karpenter.sh/provisioner-name", "Karpenter provisioner x"),
    ("elasticbeanstalk:environment-name", "Elastic Beanstalk environment x"),
    ("aws:elasticmapreduce:job-flow-id", "EMR cluster x"),
    ("aws:ecs:clusterName", "ECS cluster x"),
    ("AmazonECSManaged", "ECS capacity provider x"),
    ("AWSBatchServiceTag", "Batch compute environment x"),
    ("aws:batch:compute-environment", "Batch compute environment x"),
]


@pytest.mark.parametrize(("key", "title"), MANAGERS)
def test_a_member_follows_its_manager(
    account: Account, janitor: Janitor, key: str, title: str
) -> None:
    """Held for all of its life: tagged once, neither shut off for its name nor when it expires."""
    instance = account.launch(None, tags={key: "x"})
    for days in (0, 14, 7):
        account.travel(days=days)
        janitor.run()
        step = janitor.step(instance)
        assert (str(step.phase), step.reason) == ("held", f"follows {title}")
    assert {call.operation for call in account.writes} == {"CreateTags"}
    assert account.tags(instance)["Expiration"] == "2026-12-06"
    assert account.state(instance) == "running"


def test_a_real_group_is_left_in_peace(account: Account, janitor: Janitor) -> None:
    """The members of an Auto Scaling group live on, and none is launched in their place."""
    members = {account.launch("jd-web", asg="web") for _ in range(3)}
    alone = account.launch("jd-alone")
    janitor.until_backed_up()
    janitor.run()
    account.travel(minutes=5)
    assert set(account.instances()) == members
    assert account.state(alone) == "terminated"
    assert {janitor.phase(member) for member in members} == {"held"}


def test_what_joins_a_group_is_held_from_then_on(account: Account, janitor: Janitor) -> None:
    """Attached between the plan and the stop: the facts are read again, and it stays on."""
    instance = account.launch()
    janitor.until_expired()
    tags = {"aws:autoscaling:groupName": "web"}
    janitor.before("DescribeInstances", lambda: account.tag_by_aws(instance, tags), number=2)
    ran = janitor.run()
    assert (ran.result(instance), account.state(instance)) == ("changed", "running")
    assert "follows was None and is 'Auto Scaling group web'" in ran.why(instance)


def test_what_leaves_a_group_lives_by_its_own_dates(account: Account, janitor: Janitor) -> None:
    """Without its manager's tag the lifecycle applies again."""
    instance = account.launch(tags={"karpenter.sh/nodepool": "web"})
    janitor.until_expired()
    account.untag(instance, "karpenter.sh/nodepool")
    janitor.run()
    assert account.state(instance) == "stopped"


def test_a_protected_member_is_still_held(account: Account, janitor: Janitor) -> None:
    """Why it is left alone is its manager, protected or not; protection is not even read."""
    instance = account.launch(tags={"aws:autoscaling:groupName": "web"}, protected=True)
    janitor.until_expired()
    account.clear_calls()
    assert janitor.phase(instance) == "held"
    assert {call.operation for call in account.calls} == {"DescribeInstances"}


# Rollout


def test_a_gentle_first_install(account: Account, janitor: Janitor) -> None:
    """`rollout.tag_only_until`: until that day everything is tagged and nothing else is done."""
    janitor.settings("rollout.tag_only_until = 2026-12-10")
    plain, unnamed = account.launch(), account.launch(None)
    for days in (0, 14):
        account.travel(days=days)
        janitor.run()
        assert {janitor.phase(i) for i in (plain, unnamed)} == {"held"}
    assert {call.operation for call in account.writes} == {"CreateTags"}
    assert [account.state(i) for i in (plain, unnamed)] == ["running", "running"]


def test_the_day_on_which_a_rollout_ends(account: Account, janitor: Janitor) -> None:
    """From then on the same rules hold as everywhere."""
    janitor.settings("rollout.tag_only_until = 2026-12-10")
    plain, unnamed = account.launch(), account.launch(None)
    janitor.run()
    account.at("2026-12-10T00:00")
    janitor.run()
    assert [account.state(i) for i in (plain, unnamed)] == ["stopped", "stopped"]
    assert account.tags(plain)["ShutOff"].startswith("2026-12-10")
