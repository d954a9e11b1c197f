"""Many accounts, as whoever starts the command sees them: in tables, JSON, refusals, exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.strict.organizations import founded

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

OWN, OTHER, THIRD = "123456789012", "210987654321", "333333333333"
ROLES = {each: f"arn:aws:iam::{each}:role/janitor" for each in (OTHER, THIRD)}
TABLES = ", ".join(f'{{id = "{each}", role = "{role}"}}' for each, role in ROLES.items())
SETTINGS = f"""\
accounts = ["{OWN}", {TABLES}]
regions = ["eu-west-1"]
kinds = ["ec2_instance"]
ledger.path = "ledger.jsonl"
"""
DISCOVERING = """\
regions = ["eu-west-1"]
kinds = ["ec2_instance"]
ledger.path = "ledger.jsonl"
organization.role = "janitor"
"""


def test_a_table_tells_the_accounts_apart(janitor: Janitor) -> None:
    """Each row has its account, and the last line says over how many it was looked."""
    janitor.settings = SETTINGS
    here = janitor.account.launch(None)
    there = janitor.account.other(OTHER).launch(None)
    said = janitor("plan")
    assert said.code == 0
    rows = [line.split() for line in said.out.splitlines() if "un-named " in line]
    assert {row[3]: row[0] for row in rows} == {here: OWN, there: OTHER}
    assert "Seen, and nothing there: 1 region of 1 account\n" in said.out
    assert "2 resources in 3 regions of 3 accounts: 2 un-named. No blind spots.\n" in said.out
    done = janitor("run", "--yes")
    assert [line.split()[0] for line in done.out.splitlines() if "shut off  done" in line] == [
        OWN,
        OTHER,
    ]
    listed = janitor("list")
    assert f"\n{OTHER}  eu-west-1  ec2_instance  {there}" in listed.out


def test_a_role_that_cannot_be_assumed_fails_the_exit_code_alone(janitor: Janitor) -> None:
    """The other accounts are seen to; the line in the table names the role and why."""
    janitor.settings = SETTINGS
    janitor.account.deny("sts:AssumeRole", of=ROLES[OTHER])
    unnamed = janitor.account.other(THIRD).launch(None)
    said = janitor("run", "--yes", "--format", "json")
    assert (said.code, said.err) == (1, "")
    assert [(o["account"], o["id"], o["result"]) for o in said.json["outcomes"]] == [
        (THIRD, unnamed, "done")
    ]
    (blind,) = [row for row in said.json["coverage"] if row["status"] != "ok"]
    assert (blind["account"], blind["region"], blind["status"]) == (OTHER, "*", "denied")
    assert blind["why"].startswith(f"the role {ROLES[OTHER]} cannot be assumed (denied: Assume")
    shown = janitor("plan")
    assert (shown.code, "1 blind spot." in shown.out) == (1, True)
    assert f"the role {ROLES[OTHER]} cannot be assumed" in shown.out


def test_nothing_is_taken_for_gone_in_an_account_that_cannot_be_entered(janitor: Janitor) -> None:
    """Whoever asks for a resource there hears that something could not be seen."""
    janitor.settings = SETTINGS
    hidden = janitor.account.other(OTHER).launch("jd-hidden")
    janitor.account.deny("sts:AssumeRole", of=ROLES[OTHER])
    for wanted in (hidden, "jd-hidden"):
        refusal = janitor("explain", wanted).refusal
        assert "could not be seen: the role arn:aws:iam::210987654321:role/janitor" in refusal


def test_a_region_of_one_account_is_no_slip(janitor: Janitor) -> None:
    """`--region` narrows the accounts that have it; one that none has is refused."""
    elsewhere = f'{{id = "{OTHER}", role = "{ROLES[OTHER]}", regions = ["us-east-1"]}}'
    janitor.settings = SETTINGS.replace(TABLES, elsewhere)
    here = janitor.account.launch(None)
    there = janitor.account.other(OTHER).launch(None, region="us-east-1")
    narrowed = janitor("plan", "--region", "us-east-1", "--format", "json").json
    assert {(row["account"], row["region"]) for row in narrowed["coverage"]} == {
        (OTHER, "us-east-1")
    }
    refusal = janitor("plan", "--region", "eu-north-1").refusal
    assert refusal.startswith("region eu-north-1 is not among the regions of any account. Add it")
    assert janitor("plan", "--out", "plan.json").code == 0
    applied = janitor("apply", "plan.json", "--yes", "--format", "json")
    assert {o["id"]: o["result"] for o in applied.json["outcomes"]} == {here: "done", there: "done"}


def test_discovered_accounts_may_be_touched(janitor: Janitor) -> None:
    """They are named by the organisation: a run acts in them without a list."""
    janitor.settings = DISCOVERING
    organisation = founded(janitor.account)
    first, second = organisation.account("one"), organisation.account("two")
    unnamed = janitor.account.other(second).launch(None)
    said = janitor("run", "--yes", "--format", "json")
    assert said.code == 0
    assert {row["account"] for row in said.json["coverage"]} == {OWN, first, second}
    assert [(o["account"], o["id"]) for o in said.json["outcomes"]] == [(second, unnamed)]
    narrowed = janitor("plan", "--account", first, "--format", "json")
    assert {row["account"] for row in narrowed.json["coverage"]} == {first}


def test_an_account_outside_of_the_organisation_is_refused(janitor: Janitor) -> None:
    """`--account` narrows what is discovered, and lets nobody in who is not."""
    founded(janitor.account).account("one")
    for settings in (DISCOVERING, f'{DISCOVERING}organization.exclude = ["{OWN}"]\n'):
        janitor.settings = settings
        wanted = OWN if "exclude" in settings else OTHER
        assert janitor("run", "--yes", "--account", wanted).refusal == (
            f"account {wanted} is not among those that the settings list or discover. "
            "Check --account, and units and exclude in [organization]"
        )


@pytest.mark.parametrize(
    ("units", "denied", "line"),
    [
        ("", "organizations:ListAccounts", "AWS Organizations may not be asked for its accounts"),
        (
            'organization.units = ["ou-ab12-11111111"]\n',
            "iam:Nothing",
            "organization.units: there is no unit ou-ab12-11111111 in this organisation. Check",
        ),
    ],
)
def test_what_cannot_be_discovered_is_one_line(
    janitor: Janitor, units: str, denied: str, line: str
) -> None:
    """It names the call or the unit; nothing is looked at, and nothing written."""
    founded(janitor.account).account("one")
    janitor.settings = DISCOVERING + units
    janitor.account.deny(denied)
    assert janitor("run", "--yes").refusal.startswith(line)
    assert janitor.account.writes == []
