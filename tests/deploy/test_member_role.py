"""The role in each account: what CloudFormation makes of the template is what the janitor needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint.api import lint_all  # type: ignore[import-untyped]  # it ships no types
from click.testing import CliRunner
from moto.iam.models import iam_backends

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared.errors import RefusedError
from tests.iam.enforcing import enforce

if TYPE_CHECKING:
    from tests.strict.aws import Account

DEPLOY = Path(__file__).parents[2] / "deploy"
OTHER = "210987654321"
CALLER = "arn:aws:iam::123456789012:role/starts-the-janitor"
PRINT = ("permissions", "run", "--for", "role")


def printed(*words: str) -> str:
    """What `janitor permissions` prints by the settings here."""
    ran = CliRunner().invoke(janitor, [*PRINT, *words], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def deployed(account: Account, template: str, **parameters: str) -> Any:
    """The role that a stack of `template` makes in an account, as IAM there has it."""
    given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
    account.client("cloudformation").create_stack(
        StackName="janitor",
        TemplateBody=template,
        Parameters=given,
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    (role,) = iam_backends[account.id]["aws"].roles.values()
    return role


@pytest.mark.parametrize("settings", ["", '[organization]\nrole = "team/looks-after"\n'])
@pytest.mark.usefixtures("account")
def test_cloudformation_finds_no_fault(settings: str) -> None:
    """cfn-lint finds neither an error nor a reason to warn, whatever the settings ask for."""
    Path("janitor.toml").write_text(settings, encoding="utf-8")
    found = lint_all(printed("--format", "member-role"))
    assert [each for each in found if each.rule.severity != "informational"] == []


def test_the_role_has_the_printed_policy_and_the_name_of_the_settings(account: Account) -> None:
    """Exactly what `--for role` prints, under the name and the path that are assumed."""
    Path("janitor.toml").write_text(
        'tags.shut_off = "Off"\n[organization]\nrole = "team/looks-after"\n', encoding="utf-8"
    )
    template = printed("--format", "member-role")
    role = deployed(account.other(OTHER), template, Caller=CALLER)
    assert role.arn == f"arn:aws:iam::{OTHER}:role/team/looks-after"
    (policy,) = role.policies.values()
    assert policy == json.loads(printed())


@pytest.mark.parametrize("external_id", ["", "ours"])
def test_only_the_caller_may_assume_it(account: Account, external_id: str) -> None:
    """The trust policy names who starts the janitor, and the external id where there is one."""
    template = (DEPLOY / "member-role.yaml").read_text(encoding="utf-8")
    given = {"Caller": CALLER, "ExternalId": external_id}
    role = deployed(account.other(OTHER), template, **given)
    (statement,) = json.loads(role.assume_role_policy_document)["Statement"]
    condition = statement.pop("Condition", None)
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": CALLER},
        "Action": "sts:AssumeRole",
    }
    assert condition == ({"StringEquals": {"sts:ExternalId": "ours"}} if external_id else None)


def test_the_role_suffices_for_a_run(account: Account) -> None:
    """A run in another account is done under the policy of the template alone."""
    template = (DEPLOY / "member-role.yaml").read_text(encoding="utf-8")
    other = account.other(OTHER)
    role = deployed(other, template, Caller=CALLER)
    unnamed = other.launch(None)
    Path("janitor.toml").write_text(
        f'accounts = [{{id = "{OTHER}", role = "{role.arn}"}}]\nregions = ["eu-west-1"]\n',
        encoding="utf-8",
    )
    (policy,) = role.policies.values()
    ran = CliRunner().invoke(janitor, ["permissions", "run", "--for", "caller"])
    enforce(policy, json.loads(ran.stdout))
    ran = CliRunner().invoke(janitor, ["run", "--yes"], standalone_mode=False)
    assert (ran.return_value, account.state(unnamed)) == (0, "stopped")


@pytest.mark.usefixtures("account")
def test_the_template_is_of_the_role_alone() -> None:
    """Without `--for role` it would give the caller's own permissions to another account."""
    words = ["permissions", "--format", "member-role"]
    ran = CliRunner().invoke(janitor, words, standalone_mode=False)
    assert isinstance(ran.exception, RefusedError)
    assert "Add --for role" in str(ran.exception)
