"""`janitor permissions`: what it prints is what the commands ask for, no more and no less."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared.errors import JanitorError
from tests.iam.asking import of_s3
from tests.iam.enforcing import enforce
from tests.iam.judge import Judge
from tests.strict import images_of_snapshots  # noqa: F401  it enters the rules of a restore
from tests.strict.regions import ALL

if TYPE_CHECKING:
    from click.testing import Result

    from tests.strict.aws import Account

    Policy = dict[str, Any]

OTHER, ROLE = "210987654321", "arn:aws:iam::210987654321:role/team/janitor"
GOV_ROLE = ROLE.replace("aws", "aws-us-gov")
ONE_KIND = 'kinds = ["ec2_instance"]\n'
HERE = f'accounts = ["123456789012"]\nregions = ["eu-west-1"]\n{ONE_KIND}'
IN_S3 = 'ledger.s3 = "s3://our-bucket/janitor"\n'
# The calls that IAM knows by another name; the rest are called as its actions are.
ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}

# A restore finds out from the ledger in which form a backup was made, so its policy has both.
NOT_FROM_AN_IMAGE = {
    "snapshot": set(),
    "image": {"ec2:DeregisterImage", "ec2:DescribeSnapshots", "ec2:RegisterImage"},
}


def settings(text: str) -> None:
    """Write janitor.toml."""
    Path("janitor.toml").write_text(text, encoding="utf-8")


def run(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(janitor, words, standalone_mode=False)


def code(ran: Result) -> int:
    """Its exit code."""
    error = ran.exception
    if isinstance(error, JanitorError | click.ClickException):
        return error.exit_code
    assert error is None, error
    return ran.return_value or 0


def printed(*words: str) -> Policy:
    """The policy that the command prints."""
    ran = run("permissions", *words)
    assert code(ran) == 0, ran.output
    policy: Policy = json.loads(ran.stdout)
    return policy


def actions(policy: Policy) -> set[str]:
    """Every action in it."""
    return {action for one in policy["Statement"] for action in one["Action"]}


def used(account: Account) -> set[str]:
    """The actions that the calls recorded so far are known by in IAM."""
    return {ACTIONS.get(call.name, call.name) for call in account.calls}


def in_s3(account: Account, policy: Policy) -> None:
    """Every call to S3 recorded so far is allowed, on its own object."""
    judge = Judge(policy)
    for call in account.calls:
        assert call.service != "s3" or judge.allows(of_s3(call)), call


def done(*words: str) -> list[dict[str, Any]]:
    """What became of each step of a run, all of which went well."""
    ended = run(*words, "--yes", "--format", "json")
    assert code(ended) == 0, ended.output
    outcomes: list[dict[str, Any]] = json.loads(ended.stdout)["outcomes"]
    return outcomes


@pytest.fixture
def bucket(account: Account) -> str:
    """A bucket for the ledger."""
    where = {"LocationConstraint": "eu-west-1"}
    client = account.client("s3")
    client.create_bucket(Bucket="our-bucket", CreateBucketConfiguration=where)
    return "our-bucket"


# The calls of a life are the printed ones: while it is lived AWS enforces the policy


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_run_asks_for_what_is_printed(account: Account, form: str) -> None:
    """Every verb is carried out under the policy of `run`, and every action of it is used."""
    settings(f'{HERE}{IN_S3}backup.as = "{form}"\n')
    policy = printed("run")
    enforce(policy)
    kept = account.launch("jd-Kept", protected=True)
    plain, spot = account.launch(user_data="#!/bin/sh"), account.launch("jd-S", spot="persistent")
    bare, moved = account.launch(None), account.launch("jd-Moved")
    done("run")
    assert account.state(bare) == "stopped"
    account.untag(bare, "Expiration")  # its day of discovery counts on
    account.start(bare)
    account.tag(bare, Name="jd-Bare")
    account.travel(days=14)
    done("run")
    assert all("ShutOff" in account.tags(one) for one in (plain, spot, bare, moved))
    account.tag(moved, Expiration="2027-01-31")
    done("run")
    assert "ShutOff" not in account.tags(moved)
    account.travel(days=7)
    done("run")
    account.travel(hours=1)
    answer_on_a_terminal(account, "run")
    gone = [account.state(one) for one in (plain, spot, bare)]
    assert gone == ["shutting-down"] * 3
    assert [account.state(one) for one in (kept, moved)] == ["running", "stopped"]
    assert used(account) == actions(policy)
    in_s3(account, policy)


def answer_on_a_terminal(account: Account, *words: str) -> None:
    """Do it as a person does: one is asked for the alias, which is read from the account."""
    account.client("iam").create_account_alias(AccountAlias="demo")
    terminal, inside = os.openpty()
    os.write(terminal, b"demo\n")
    with pytest.MonkeyPatch.context() as surroundings, os.fdopen(inside) as stdin:
        surroundings.setattr("sys.stdin", stdin)
        assert janitor.main(words, standalone_mode=False) == 0
    os.close(terminal)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_looking_asks_for_what_is_printed(account: Account, form: str) -> None:
    """`plan`, `list`, `explain` and `history` need the policy of `plan`, and all of it."""
    settings(f'{HERE}{IN_S3}backup.as = "{form}"\n')
    spot = account.launch("jd-S", spot="one-time")
    due = account.launch("jd-Due")
    done("run")
    account.travel(days=14)
    done("run")
    account.travel(days=7)
    done("run")
    account.travel(hours=1)
    account.clear_calls()
    policy = printed("plan")
    enforce(policy)
    looks = (["plan"], ["list", "--protection"], ["report"], ["explain", due], ["explain", "jd-S"])
    for words in looks:
        assert code(run(*words)) == 0, words
    assert code(run("history", spot)) == 0
    assert account.writes == []
    assert used(account) == actions(policy)
    in_s3(account, policy)


@pytest.mark.usefixtures("bucket")
def test_extend_asks_for_what_is_printed(account: Account) -> None:
    """A date is moved, a mark undone and another spelling removed under the policy of `extend`."""
    settings(HERE + IN_S3)
    instance = account.launch()
    done("run")
    account.tag(instance, expiration="2026-12-01")
    account.travel(days=14)
    done("run")
    account.clear_calls()
    policy = printed("extend")
    enforce(policy)
    assert code(run("extend", instance, "--days", "14")) == 0
    assert not {"expiration", "ShutOff"} & account.tags(instance).keys()
    assert used(account) == actions(policy)
    in_s3(account, policy)


@pytest.mark.usefixtures("bucket")
def test_keep_and_release_ask_for_what_is_printed(account: Account) -> None:
    """Protection is set and taken off under the policy of `keep`, and nowhere else."""
    settings(HERE + IN_S3)
    instance = account.launch()
    done("run")
    account.untag(instance, "Discovered")  # so that the ledger is asked for it
    account.clear_calls()
    policy = printed("keep")
    enforce(policy)
    assert code(run("keep", instance, "--reason", "the runner of the demos")) == 0
    assert account.protected(instance)
    assert code(run("release", "jd-GitLabRunner")) == 0
    assert not account.protected(instance)
    assert used(account) == actions(policy)
    in_s3(account, policy)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_restore_asks_for_what_is_printed(account: Account, form: str) -> None:
    """What a run has terminated comes back under the policy of `restore`, and all of it is used."""
    settings(f'{HERE}{IN_S3}backup.as = "{form}"\n')
    account.client("ec2").create_key_pair(KeyName="jd")
    iam = account.client("iam")
    iam.create_instance_profile(InstanceProfileName="runner")
    more = {"KeyName": "jd", "IamInstanceProfile": {"Name": "runner"}}
    gone = account.launch(volumes=2, user_data="#!/bin/sh", more=more)
    account.tag(account.volumes(gone)[0], Name="disk")
    for time in ({"days": 0}, {"days": 14}, {"days": 7}, {"hours": 1}, {"hours": 1}):
        account.travel(**time)
        done("run")
    assert account.state(gone) == "terminated"
    account.clear_calls()
    policy = printed("restore")
    enforce(policy)
    answer_on_a_terminal(account, "restore", gone)
    (back,) = account.instances()
    assert account.state(back) == "running"
    # No call is named as this action: AWS asks for it where a launch gives a profile.
    assert used(account) | {"iam:PassRole"} == actions(policy) - NOT_FROM_AN_IMAGE[form]
    in_s3(account, policy)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("run", ["keep", "--reason", "the runner of the demos"]),
        ("extend", ["keep", "--reason", "the runner of the demos"]),
        ("plan", ["extend", "--days", "14"]),
    ],
)
def test_no_policy_does_for_another_command(account: Account, what: str, words: list[str]) -> None:
    """Runs and those who extend cannot protect, and who may look can move no date."""
    settings(HERE)
    instance = account.launch()
    done("run")
    before = account.tags(instance)
    enforce(printed(what))
    assert code(run(*words, instance)) == 2
    assert not account.protected(instance)
    assert account.tags(instance) == before


def test_all_regions_are_listed(account: Account) -> None:
    """Where the settings name no region, DescribeRegions is asked for and printed."""
    settings('accounts = ["123456789012"]\n')
    account.launch()
    policy = printed("plan")
    enforce(policy)
    for region in ALL:
        if region != "eu-west-1":
            account.deny_region(region)
    run("plan")
    assert "ec2:DescribeRegions" in used(account) & actions(policy)
    assert used(account) <= actions(policy)


def test_roles_are_assumed(account: Account) -> None:
    """Another account is looked at through its role: sts:AssumeRole is asked for and printed."""
    settings(
        f'accounts = ["123456789012", {{id = "{OTHER}", role = "{ROLE}"}}]\n'
        f'regions = ["eu-west-1"]\n{ONE_KIND}'
    )
    account.other(OTHER).launch(None)
    policy = printed("plan")
    enforce(policy)
    assert code(run("plan")) == 0
    assert used(account) == {
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeInstances",
        "sts:AssumeRole",
        "sts:GetCallerIdentity",
    }
    assert used(account) <= actions(policy)


@pytest.mark.parametrize("by_units", [True, False])
def test_accounts_are_discovered(account: Account, by_units: bool) -> None:  # noqa: FBT001  a row
    """What AWS Organizations is asked is printed, for all accounts and for those of some units."""
    people = account.client("organizations")
    people.create_organization(FeatureSet="ALL")
    root = people.list_roots()["Roots"][0]["Id"]
    made = people.create_account(AccountName="demo", Email="demo@example.com")
    account.other(made["CreateAccountStatus"]["AccountId"]).launch(None)
    units = f'units = ["{root}"]' if by_units else ""
    settings(f'regions = ["eu-west-1"]\n[organization]\nrole = "team/janitor"\n{units}')
    policy = printed("plan")
    enforce(policy)
    assert code(run("plan")) == 0
    asked = {"ListAccountsForParent", "ListOrganizationalUnitsForParent"}
    assert {each for each in used(account) if each.startswith("organizations:")} == {
        f"organizations:{each}" for each in (asked if by_units else {"ListAccounts"})
    }
    assert "sts:AssumeRole" in used(account)
    assert used(account) <= actions(policy)


# What it prints


@pytest.mark.parametrize("what", ["plan", "run", "extend", "keep", "restore"])
def test_iam_takes_it_as_it_is_printed(account: Account, what: str) -> None:
    """It can be pasted: IAM makes a managed policy of it."""
    settings(HERE + IN_S3)
    text = run("permissions", what).stdout
    iam = account.client("iam")
    made = iam.create_policy(PolicyName=what, PolicyDocument=text)
    assert made["Policy"]["Arn"].endswith(f"policy/{what}")


def test_run_is_what_is_meant_without_a_word(account: Account) -> None:
    """`janitor permissions` prints the policy of `run`, and works without a settings file."""
    assert printed() == printed("run")
    assert account.calls == []


def test_only_the_chosen_kinds(account: Account) -> None:
    """`--kind` narrows it; a kind that there is not is refused."""
    only, every = actions(printed("run", "--kind", "ec2_instance")), actions(printed("run"))
    assert every - only >= {"ec2:DeleteVolume", "rds:StopDBInstance"}
    assert {one.partition(":")[0] for one in only} == {"ec2", "iam", "sts"}
    refused = run("permissions", "--kind", "ec2_instances")
    assert code(refused) == 2
    assert "there is no kind 'ec2_instances'; there are: " in str(refused.exception)
    assert account.calls == []


def test_another_settings_file(tmp_path: Path) -> None:
    """`--config` names the file whose settings it follows."""
    other = tmp_path / "other.toml"
    other.write_text('[tags]\nshut_off = "Off"\n', encoding="utf-8")
    assert "aws:ResourceTag/Off" in json.dumps(printed("run", "--config", str(other)))


@pytest.mark.usefixtures("account")
def test_only_the_chosen_accounts_and_regions() -> None:
    """`--account` and `--region` narrow ARNs, roles and the condition, as they narrow a run."""
    settings(f'accounts = ["123456789012", {{id = "{OTHER}", role = "{ROLE}"}}]\n')
    ours = printed("run", "--account", "123456789012", "--region", "eu-west-1")
    text = json.dumps(ours)
    assert OTHER not in text
    assert "ec2:DescribeRegions" not in text
    assert '"aws:RequestedRegion": ["eu-west-1"]' in text
    theirs = json.dumps(printed("run", "--account", OTHER))
    assert ROLE in theirs
    assert "123456789012" not in theirs


@pytest.mark.usefixtures("account")
def test_accounts_with_regions_of_their_own() -> None:
    """The condition names the regions of all accounts, and falls away where one has them all."""
    one = '{id = "123456789012", regions = ["eu-west-1"]}'
    settings(f'accounts = [{one}, {{id = "{OTHER}", role = "{ROLE}", regions = ["us-east-1"]}}]\n')
    assert '"aws:RequestedRegion": ["eu-west-1", "us-east-1"]' in json.dumps(printed())
    settings(f'accounts = [{one}, {{id = "{OTHER}", role = "{ROLE}"}}]\n')
    assert "aws:RequestedRegion" not in json.dumps(printed())


@pytest.mark.usefixtures("account")
def test_the_caller_and_its_roles_have_policies_of_their_own() -> None:
    """`--for caller` acts in no account that has a role; `--for role` acts in no other."""
    settings(f'accounts = ["123456789012", {{id = "{OTHER}", role = "{ROLE}"}}]\n{IN_S3}')
    caller, role = printed("--for", "caller"), printed("--for", "role")
    assert f":{OTHER}:instance" not in json.dumps(caller)
    assert ":123456789012:instance" not in json.dumps(role)
    assert {"sts:AssumeRole", "s3:PutObject", "ec2:StopInstances"} <= actions(caller)
    assert f"janitor/locks/{OTHER}" in json.dumps(caller)
    assert not any(action.startswith(("sts:", "s3:")) for action in actions(role))
    settings(f'accounts = [{{id = "{OTHER}", role = "{ROLE}"}}]\n')
    assert actions(printed("--for", "caller")) == {"sts:AssumeRole", "sts:GetCallerIdentity"}


@pytest.mark.usefixtures("account")
def test_whoever_discovers_accounts_has_policies_of_both_sides() -> None:
    """The caller's own may be one of them; `--account` narrows what is acted in."""
    settings(f'{IN_S3}[organization]\nrole = "janitor"\n')
    caller, role = printed("--for", "caller"), printed("--for", "role")
    assert {"organizations:ListAccounts", "sts:AssumeRole", "ec2:StopInstances"} <= actions(caller)
    assert "ec2:StopInstances" in actions(role)
    assert not any(action.startswith(("sts:", "s3:", "organ")) for action in actions(role))
    assert "arn:aws:ec2:*:*:instance/*" in json.dumps(role)
    one = json.dumps(printed("--for", "role", "--account", OTHER))
    assert f"arn:aws:ec2:*:{OTHER}:instance/*" in one
    assert "arn:aws:ec2:*:*:instance/*" not in one


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('regions = ["eu-west-1"]', "arn:aws:ec2"),
        ('regions = ["cn-north-1"]', "arn:aws-cn:ec2"),
        ('regions = ["us-gov-west-1"]', "arn:aws-us-gov:ec2"),
        (f'accounts = [{{id = "{OTHER}", role = "{GOV_ROLE}"}}]', "arn:aws-us-gov:ec2"),
    ],
)
def test_the_partition_is_that_of_roles_and_regions(text: str, start: str) -> None:
    """China and GovCloud have ARNs of their own."""
    settings(text)
    assert f"{start}:*:" in json.dumps(printed())


@pytest.mark.usefixtures("account")
def test_the_partition_is_that_of_the_region_chosen_for_aws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the settings name neither roles nor regions, as where accounts are discovered."""
    monkeypatch.setenv("AWS_REGION", "us-gov-west-1")
    settings('[organization]\nrole = "janitor"\n')
    text = json.dumps(printed())
    assert "arn:aws-us-gov:ec2:*:" in text
    assert "arn:aws-us-gov:iam::*:role/janitor" in text
    assert "arn:aws:" not in text


@pytest.mark.usefixtures("account")
def test_a_policy_that_is_too_long_is_refused() -> None:
    """IAM would not take it: nothing is printed, and the cure is named."""
    many = [f'{{id = "{n:012}", role = "arn:aws:iam::{n:012}:role/janitor"}}' for n in range(150)]
    settings(f"accounts = [{', '.join(many)}]")
    refused = run("permissions")
    assert code(refused) == 2
    assert refused.stdout == ""
    assert "a role takes 10,240. --part 1 to --part " in str(refused.exception)
    assert actions(printed("--for", "role"))


def test_a_long_policy_is_printed_in_parts_as_well() -> None:
    """What is too long for a managed policy is said; the parts say the same, and no more."""
    settings(f"{HERE}backup.group_image = true\n".replace(ONE_KIND, ""))
    whole = run("permissions")
    assert (code(whole), "not into one managed policy" in whole.stderr) == (0, True)
    parts = [printed("run", "--part", str(number)) for number in (1, 2)]
    assert [s for part in parts for s in part["Statement"]] == json.loads(whole.stdout)["Statement"]
    refused = run("permissions", "--part", "3")
    assert (code(refused), "the policy has 2 parts" in str(refused.exception)) == (2, True)
