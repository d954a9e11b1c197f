"""Who made what: CloudTrail is asked once of each of which nobody is known, and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.permissions import Facts, document
from tests.iam.enforcing import enforce
from tests.strict import trail

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

OWNERS = """
[[owner]]
initials = "jd"
email = "jd@example.com"
logins = ["jdoe", "root"]
"""
MADE = "RunInstances"
ASKING = "owners.cloudtrail = true"


@pytest.fixture(autouse=True)
def _asking(janitor: Janitor, tmp_path: Path) -> None:
    """A team that has CloudTrail asked."""
    (tmp_path / "owners.toml").write_text(OWNERS, encoding="utf-8")
    janitor.settings('owners.file = "owners.toml"', "naming.grace = '30d'", ASKING)


def looked_up(account: Account) -> int:
    """How many times CloudTrail was asked."""
    return sum(call.operation == "LookupEvents" for call in account.calls)


def made(account: Account, identity: Any, name: str | None = None) -> str:
    """An instance that somebody has made, half an hour ago."""
    instance = account.launch(name)
    account.called(instance, MADE, identity)
    account.travel(minutes=30)
    return instance


@pytest.mark.parametrize(
    ("identity", "owner"),
    [
        (trail.user("jdoe"), "jd"),
        (trail.user("JDoe"), "jd"),
        (trail.session("jd@example.com"), "jd"),
        (trail.session("MK@Example.com"), "mk@example.com"),
        (trail.session("mk@elsewhere.example"), None),
        (trail.session("i-0abc1234def567890", "runner"), None),
        (trail.user("somebody"), None),
        (trail.ROOT, "jd"),
        ({"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/jdoe"}, "jd"),
        ({"type": "SAMLUser", "userName": "jd@example.com"}, "jd"),
        ({**trail.user("jdoe"), "invokedBy": "cloudformation.amazonaws.com"}, "jd"),
        (trail.SCALING, None),
        (trail.SERVICE, None),
        ({**trail.ROOT, "invokedBy": "autoscaling.amazonaws.com"}, None),
        ({"type": "IdentityCenterUser", "onBehalfOf": {}}, None),
        ({}, None),
    ],
)
def test_a_person_is_found(
    account: Account, janitor: Janitor, identity: Any, owner: str | None
) -> None:
    """By a login, by an address of the list, or of the team's domain; no service is a person."""
    instance = made(account, identity)
    janitor.run()
    assert janitor.step(instance).owner == owner
    janitor.run()
    assert looked_up(account) == 1


def test_a_name_or_a_tag_comes_first(account: Account, janitor: Janitor) -> None:
    """Where they mean somebody nothing is asked; where they do not, who made it counts."""
    account.launch("jd-box")
    account.launch("zz-box", tags={"Owner": "jd"})
    janitor.run()
    assert looked_up(account) == 0
    stranger = made(account, trail.session("mk@example.com"), "zz-box")
    janitor.run()
    assert janitor.step(stranger).owner == "mk@example.com"
    account.tag(stranger, Owner="jd")
    assert janitor.step(stranger).owner == "jd"


def test_nothing_is_asked_unless_it_is_allowed(account: Account, janitor: Janitor) -> None:
    """Never by a plan, and not without the setting; what was learned does not count then either."""
    instance = made(account, trail.user("jdoe"))
    janitor.plan()
    assert looked_up(account) == 0
    janitor.run()
    assert (janitor.step(instance).owner, looked_up(account)) == ("jd", 1)
    janitor.without(ASKING)
    made(account, trail.user("jdoe"))
    janitor.run()
    assert (janitor.step(instance).owner, looked_up(account)) == (None, 1)


def test_what_is_not_found_is_asked_once_more_and_then_never(
    account: Account, janitor: Janitor
) -> None:
    """An event shows some minutes after its call; after an hour there is none."""
    instance = account.launch(None)
    account.called(instance, MADE, trail.user("jdoe"))
    janitor.run()
    assert (janitor.step(instance).owner, looked_up(account)) == (None, 1)
    account.travel(minutes=10)
    janitor.run()
    assert (janitor.step(instance).owner, looked_up(account)) == ("jd", 2)
    untold = account.launch(None)
    account.travel(hours=2)
    for _ in range(3):
        janitor.run()
    assert (janitor.step(untold).owner, looked_up(account)) == (None, 3)


@pytest.mark.parametrize("how", ["deny", "throttle", "fail"])
def test_a_refusal_is_no_failure(account: Account, janitor: Janitor, how: str) -> None:
    """Its owner is nobody's for now, nothing else is asked in that place, the next run asks."""
    instances = [made(account, trail.user("jdoe")) for _ in range(3)]
    getattr(account, how)("cloudtrail:LookupEvents")
    assert set(janitor.run().results.values()) == {"done"}
    assert looked_up(account) == 1
    assert {janitor.step(each).owner for each in instances} == {None}
    account.allow_all()
    janitor.run()
    assert {janitor.step(each).owner for each in instances} == {"jd"}


def test_it_keeps_to_the_pace_of_cloudtrail(account: Account, janitor: Janitor) -> None:
    """Two calls a second; none is refused."""
    instances = [made(account, trail.user("jdoe")) for _ in range(10)]
    before = account.waited
    janitor.run()
    assert {janitor.step(each).owner for each in instances} == {"jd"}
    assert looked_up(account) == 10
    assert account.waited - before >= 5


def test_a_run_asks_a_hundred_times_in_a_place(account: Account, janitor: Janitor) -> None:
    """The others are asked of by the next; those of whom something is known are done meanwhile."""
    instances = [account.launch(None) for _ in range(105)]
    account.travel(hours=2)
    assert len(janitor.run().results) == 105
    assert looked_up(account) == 100
    janitor.run()
    assert looked_up(account) == 105
    assert len(instances) == len(janitor.entries("creator"))


def test_what_is_older_than_the_history_is_not_asked_of(account: Account, janitor: Janitor) -> None:
    """CloudTrail keeps 90 days."""
    made(account, trail.user("jdoe"))
    account.travel(days=91)
    janitor.run()
    assert looked_up(account) == 0


def test_of_several_events_the_one_that_made_it(account: Account, janitor: Janitor) -> None:
    """Behind pages of others; a call that failed made nothing."""
    instance = made(account, trail.user("jdoe"))
    account.called(instance, MADE, trail.user("mk"), error="Client.DryRunOperation")
    for _ in range(60):
        account.called(instance, "CreateTags", trail.user("mk"))
    account.travel(minutes=30)
    janitor.run()
    assert (janitor.step(instance).owner, looked_up(account)) == ("jd", 2)


def test_what_a_service_keeps_is_not_asked_of(account: Account, janitor: Janitor) -> None:
    """A member of a group is the group's."""
    account.group("web")
    account.travel(hours=2)
    janitor.run()
    assert looked_up(account) == 0


def test_the_answer_is_written_down_before_anything_is_done(
    account: Account, janitor: Janitor
) -> None:
    """What a run that is killed then has learned need not be asked again."""
    instance = made(account, trail.session("jd@example.com", "AWSReservedSSO_Admin_01"))
    account.deny("ec2:CreateTags")
    janitor.run()
    (entry,) = janitor.entries("creator")
    assert (entry["id"], entry["login"], entry["event"]) == (instance, "jd@example.com", MADE)
    assert entry["means"] == "a session of the role AWSReservedSSO_Admin_01"
    janitor.run()
    assert looked_up(account) == 1


@pytest.mark.parametrize("asks", [True, False])
def test_the_printed_policy_is_what_it_takes(
    account: Account, janitor: Janitor, *, asks: bool
) -> None:
    """With `owners.cloudtrail` it allows the look-up; without it AWS refuses that one."""
    instance = made(account, trail.user("jdoe"))
    begun = {"Effect": "Allow", "Action": ["iam:*", "sts:*"], "Resource": ["*"]}
    policy = document([KINDS["ec2_instance"]], "run", Facts(creators=asks))
    enforce(policy, {"Version": "2012-10-17", "Statement": [begun]})
    assert janitor.run().result(instance) == "done"
    assert janitor.step(instance).owner == ("jd" if asks else None)
