"""Many accounts: listed or discovered, entered through their roles, each apart from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.shared.errors import RefusedError
from tests.strict.organizations import Organisation, founded

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

OWN, OTHER, THIRD = "123456789012", "210987654321", "333333333333"


def role(account: str, name: str = "janitor") -> str:
    """The ARN of the role in an account."""
    return f"arn:aws:iam::{account}:role/{name}"


def listed(*accounts: str) -> str:
    """Accounts with a role each, as they are listed."""
    tables = (f'{{id = "{each}", role = "{role(each)}"}}' for each in accounts)
    return f'["{OWN}", {", ".join(tables)}]'


@pytest.fixture
def organisation(account: Account, janitor: Janitor) -> Organisation:
    """An organisation, and a janitor that discovers its accounts; none is listed."""
    janitor.accounts("[]")
    janitor.settings('organization.role = "janitor"')
    return founded(account)


def seen(janitor: Janitor) -> set[str]:
    """The accounts of which everything was seen."""
    plan = janitor.plan()
    assert plan.blind_spots == ()
    return {row.place.account for row in plan.coverage}


# Listed


def test_one_run_acts_in_every_account(account: Account, janitor: Janitor) -> None:
    """What is un-named is shut off in each, by the role of each, and nowhere else."""
    other = account.other(OTHER)
    here, there = account.launch(None), other.launch(None)
    apart = account.other(THIRD).launch(None)
    janitor.accounts(listed(OTHER))
    ran = janitor.run()
    assert ran.results == {here: "done", there: "done"}
    assert [account.state(each) for each in (here, there, apart)] == ["stopped"] * 2 + ["running"]
    places = {outcome.step.place.account: outcome.step.id for outcome in ran.outcomes.values()}
    assert places == {OWN: here, OTHER: there}
    assert {entry["account"] for entry in janitor.entries("outcome")} == {OWN, OTHER}


def test_a_role_is_assumed_once_as_the_settings_say(account: Account, janitor: Janitor) -> None:
    """Once for all regions, with the external id and the name of the session."""
    table = f'id = "{OTHER}", role = "{role(OTHER)}"'
    janitor.accounts(f'[{{{table}, external_id = "ours", session_name = "demo-cs"}}]')
    janitor.regions("eu-west-1", "us-east-1", "eu-central-1")
    assert len(janitor.plan().coverage) == 3
    (assumed,) = [call for call in account.calls if call.operation == "AssumeRole"]
    assert assumed.params["RoleArn"] == role(OTHER)
    assert assumed.params["ExternalId"] == "ours"
    assert assumed.params["RoleSessionName"] == "demo-cs"


def test_a_role_that_cannot_be_assumed_is_one_blind_spot(
    account: Account, janitor: Janitor
) -> None:
    """It is named, with why; every other account is seen to, and no region is asked in vain."""
    account.deny("sts:AssumeRole", of=role(OTHER))
    blind, fine = account.other(OTHER).launch(None), account.other(THIRD).launch(None)
    janitor.accounts(listed(OTHER, THIRD))
    janitor.regions("eu-west-1", "us-east-1")
    ran = janitor.run()
    assert ran.results == {fine: "done"}
    assert account.state(blind) == "running"
    (spot,) = ran.plan.blind_spots
    assert (spot.place.account, spot.place.region, spot.status) == (OTHER, "*", "denied")
    assert f"the role {role(OTHER)} cannot be assumed (denied: AssumeRole" in (spot.why or "")


def test_an_account_that_throttles_or_breaks_leaves_the_others_alone(
    account: Account, janitor: Janitor
) -> None:
    """A role that nobody answers for is a blind spot that failed, not one that is denied."""
    account.fail("sts:AssumeRole")
    here = account.launch(None)
    janitor.accounts(listed(OTHER))
    ran = janitor.run()
    assert ran.results == {here: "done"}
    assert [spot.status for spot in ran.plan.blind_spots] == ["failed"]


def test_regions_of_their_own(account: Account, janitor: Janitor) -> None:
    """Each account is looked at in its own regions; one whose regions may not be listed is told."""
    table = f'{{id = "{OTHER}", role = "{role(OTHER)}", regions = ["us-east-1"]}}'
    janitor.accounts(f'["{OWN}", {table}]')
    rows = {(row.place.account, row.place.region) for row in janitor.plan().coverage}
    assert rows == {(OWN, "eu-west-1"), (OTHER, "us-east-1")}
    account.deny("ec2:DescribeRegions")
    janitor.regions()
    (spot,) = janitor.plan().blind_spots
    assert (spot.place.account, spot.place.region) == (OWN, "*")


# Discovered


def test_every_account_of_the_organisation(janitor: Janitor, organisation: Organisation) -> None:
    """All that are active, the caller's own among them, which needs no role."""
    first, second = organisation.account("one"), organisation.account("two")
    assert seen(janitor) == {OWN, first, second}


def test_units_and_what_is_nested_in_them(janitor: Janitor, organisation: Organisation) -> None:
    """A unit stands for all that it holds at any depth; one in it may be named as well."""
    demos, others = organisation.unit("demos"), organisation.unit("others")
    emea = organisation.unit("emea", demos)
    berlin = organisation.unit("berlin", emea)
    top, deep = organisation.account("top", demos), organisation.account("deep", berlin)
    organisation.account("other", others)
    janitor.settings(f'organization.units = ["{demos}", "{berlin}"]')
    assert seen(janitor) == {top, deep}


def test_the_root_is_a_unit(janitor: Janitor, organisation: Organisation) -> None:
    """Its id stands for everything."""
    inside = organisation.account("in", organisation.unit("demos"))
    janitor.settings(f'organization.units = ["{organisation.root}"]')
    assert seen(janitor) == {OWN, inside}


def test_who_is_excluded_or_suspended_is_left_out(
    account: Account, janitor: Janitor, organisation: Organisation
) -> None:
    """Nobody looks there, no role is assumed, and it is no blind spot."""
    kept, excluded = organisation.account("kept"), organisation.account("excluded")
    suspended = organisation.account("suspended")
    organisation.client.close_account(AccountId=suspended)
    janitor.settings(f'organization.exclude = ["{excluded}", "{OWN}"]')
    assert seen(janitor) == {kept}
    roles = [call.params["RoleArn"] for call in account.calls if call.operation == "AssumeRole"]
    assert roles == [role(kept)]


def test_what_is_discovered_is_looked_after(
    account: Account, janitor: Janitor, organisation: Organisation
) -> None:
    """A discovered account is acted in; one without the role is a blind spot that is named."""
    first, second = organisation.account("one"), organisation.account("two")
    account.deny("sts:AssumeRole", of=role(second))
    unnamed = account.other(first).launch(None)
    ran = janitor.run()
    assert ran.results == {unnamed: "done"}
    assert account.state(unnamed) == "stopped"
    assert [spot.place.account for spot in ran.plan.blind_spots] == [second]


def test_what_is_listed_holds_for_what_is_discovered(
    account: Account, janitor: Janitor, organisation: Organisation
) -> None:
    """A listed account keeps its own role and regions; without a role it has that of all."""
    first, second = organisation.account("one"), organisation.account("two")
    own_role = f'{{id = "{first}", role = "{role(first, "its-own")}"}}'
    janitor.accounts(f'[{own_role}, {{id = "{second}", regions = ["us-east-1"]}}]')
    janitor.settings('organization.external_id = "ours"')
    assert seen(janitor) == {OWN, first, second}
    assumed = {c.params["RoleArn"]: c.params for c in account.calls if c.operation == "AssumeRole"}
    assert assumed.keys() == {role(first, "its-own"), role(second)}
    assert "ExternalId" not in assumed[role(first, "its-own")]
    assert assumed[role(second)]["ExternalId"] == "ours"
    assert {r.place.region for r in janitor.plan().coverage if r.place.account == second} == {
        "us-east-1"
    }


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")]
)
def test_an_organisation_of_another_partition(
    account: Account,
    janitor: Janitor,
    monkeypatch: pytest.MonkeyPatch,
    partition: str,
    region: str,
) -> None:
    """GovCloud and China are asked at home, and the roles there have ARNs of their own."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    member = founded(account, region).account("member")
    janitor.accounts("[]")
    janitor.settings('organization.role = "janitor"')
    janitor.regions(region)
    plan = janitor.plan()
    assert plan.blind_spots == ()
    assert {(row.place.account, row.place.partition) for row in plan.coverage} == {
        (account.id, partition),
        (member, partition),
    }
    (assumed,) = [call for call in account.calls if call.operation == "AssumeRole"]
    assert assumed.params["RoleArn"] == f"arn:{partition}:iam::{member}:role/janitor"
    assert assumed.region == region


# What cannot be discovered


def refusal(janitor: Janitor) -> str:
    """Why nothing is looked at."""
    with pytest.raises(RefusedError) as refused:
        janitor.plan()
    return str(refused.value)


def test_an_organisation_that_may_not_be_asked(
    account: Account, janitor: Janitor, organisation: Organisation
) -> None:
    """The line names the call that is denied, and who may be asked instead."""
    assert organisation.root
    account.deny("organizations:ListAccounts")
    told = refusal(janitor)
    assert "AWS Organizations may not be asked for its accounts (denied: ListAccounts" in told
    assert "Use the management account or a delegated administrator" in told


def test_a_part_of_the_accounts_is_not_taken_for_all(
    account: Account, janitor: Janitor, organisation: Organisation
) -> None:
    """Where the units in a unit may not be listed, nothing is looked at."""
    janitor.settings(f'organization.units = ["{organisation.root}"]')
    account.deny("organizations:ListOrganizationalUnitsForParent")
    assert "denied: ListOrganizationalUnitsForParent" in refusal(janitor)


def test_a_unit_that_there_is_not(janitor: Janitor, organisation: Organisation) -> None:
    """It is named, with the key of the settings."""
    assert organisation.root
    janitor.settings('organization.units = ["ou-ab12-11111111"]')
    assert refusal(janitor) == (
        "organization.units: there is no unit ou-ab12-11111111 in this organisation. "
        "Check its id in the settings"
    )


def test_an_empty_unit(janitor: Janitor, organisation: Organisation) -> None:
    """Nobody is told that all is well where nothing was looked at."""
    janitor.settings(f'organization.units = ["{organisation.unit("empty")}"]')
    assert refusal(janitor).startswith("no active account was discovered, and none is listed. ")


def test_an_account_without_an_organisation(janitor: Janitor) -> None:
    """It is said, with what to do."""
    janitor.accounts("[]")
    janitor.settings('organization.role = "janitor"')
    assert refusal(janitor) == (
        "the account of these credentials belongs to no organisation. "
        "List accounts, and remove [organization]"
    )
