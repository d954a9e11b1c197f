"""The CloudFormation template: that of the settings, whole, and nothing that cfn-lint minds."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]
from cfnlint.decode import cfn_yaml  # type: ignore[import-untyped]
from click.testing import CliRunner, Result

from cs_aws_janitor import lambda_events
from cs_aws_janitor.cli import janitor
from cs_aws_janitor.resources import permissions
from cs_aws_janitor.resources.figures import Run, figures
from cs_aws_janitor.resources.report.dashboard import dashboard
from cs_aws_janitor.settings import NAMESPACE
from cs_aws_janitor.shared import metrics
from cs_aws_janitor.shared.errors import JanitorError

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
MANAGED = "AWS::IAM::ManagedPolicy"
LEDGER = '[ledger]\ns3 = "s3://the-bucket/janitor"\n'
PLAIN = f'accounts = ["123456789012"]\n{LEDGER}'
DISCOVERING = f'backup.group_image = true\n[organization]\nrole = "team/janitor"\n{LEDGER}'
ROLE = "arn:aws:iam::210987654321:role/janitor"
IN_SLACK = f'{PLAIN}[notify.slack]\nby = "bot"\nchannel = "C1"\ntoken_from = "BOT"\n'
TOLD = f"""{PLAIN}
[owners]
people = [{{initials = "jd", email = "jd@example.com"}}]
cloudtrail = true
[notify]
sns_topic = "arn:aws:sns:eu-west-1:123456789012:janitor"
email_from = "janitor@example.com"
email_region = "eu-west-1"
"""
CUSTOMERS = f"""
{PLAIN}
[customers]
source = "s3://the-bucket/book.csv"
playbooks = "s3://the-bucket/playbooks"
sink = "gitlab"
mails = "mail"
[customers.gitlab]
project = "group/customers"
token_from = "TEAM_TOKEN"
[customers.mail]
ses = true
sender = "cs@example.com"
"""
LARGE = f"""
# Größe: 2 accounts
timezone = "Europe/Berlin"
accounts = ["123456789012", {{id = "210987654321", role = "{ROLE}", external_id = "s3cret"}}]
[tags]
permanent = "Keep: why"
{LEDGER}
# end
"""


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(janitor, ["deploy", "template", *arguments])


def made(folder: Path, text: str, *arguments: str) -> str:
    """The template for these settings."""
    (folder / "janitor.toml").write_text(text, encoding="utf-8")
    ran = run("--config", str(folder / "janitor.toml"), *arguments)
    if ran.exception:
        raise ran.exception
    return ran.output


def resources(template: str) -> dict[str, Any]:
    """The resources in it."""
    found: dict[str, Any] = cfn_yaml.loads(template)["Resources"]
    return found


def statements(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the policies of the role allow: the managed ones, then its own."""
    managed = [each["Properties"] for each in found.values() if each["Type"] == MANAGED]
    assert all(policy["Roles"] == [{"Ref": "Role"}] for policy in managed)
    policies = [*managed, *found["Role"]["Properties"]["Policies"]]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def test_the_one_that_lies_there_is_that_of_its_settings() -> None:
    """Where it does not: janitor deploy template --config deploy/janitor.toml --out it."""
    ran = run("--config", str(DEPLOY / "janitor.toml"))
    assert ran.output == (DEPLOY / "template.yaml").read_text(encoding="utf-8")


def test_the_token_of_slack_stands_in_parameter_store(tmp_path: Path) -> None:
    """The functions that send read it there; whoever sends nothing in Slack has no right to."""
    found = resources(made(tmp_path, IN_SLACK))
    variables = {
        name: found[name]["Properties"]["Environment"]["Variables"].get("BOT")
        for name in ("Function", "ShardFunction", "CreationFunction")
    }
    own = "ssm:/cs-aws-janitor/secrets/BOT"
    assert variables == {"Function": own, "ShardFunction": own, "CreationFunction": None}
    (right,) = (each for each in statements(found) if each["Sid"] == "ReadSlackSecret")
    assert right["Action"] == "ssm:GetParameter"
    assert right["Resource"]["Fn::Sub"].endswith(":parameter/cs-aws-janitor/secrets/BOT")
    assert "ReadSlackSecret" not in made(tmp_path, PLAIN)


some_settings = pytest.mark.parametrize(
    "text",
    [PLAIN, LARGE, DISCOVERING, TOLD, CUSTOMERS, IN_SLACK],
    ids=["plain", "large", "discovering", "told", "both", "slack"],
)


@some_settings
@pytest.mark.parametrize("place", [(), ("--settings", "s3://etc/janitor.toml")])
def test_cfn_lint_finds_nothing(tmp_path: Path, text: str, place: tuple[str, ...]) -> None:
    """No error, no warning, no hint."""
    found = lint(made(tmp_path, text, *place), config=ManualArgs(regions=["eu-west-1"]))
    assert [str(each) for each in found] == []


@pytest.mark.parametrize("text", [PLAIN, LARGE], ids=["plain", "large"])
def test_the_settings_come_through_as_they_are(tmp_path: Path, text: str) -> None:
    """To the letter, whatever stands in them."""
    kept = resources(made(tmp_path, text))["Settings"]["Properties"]
    assert (kept["Value"], kept["Tier"]) == (text, "Standard")


def test_settings_that_are_kept_elsewhere(tmp_path: Path) -> None:
    """Then the stack keeps none, and the function may read that place and no other."""
    found = resources(made(tmp_path, PLAIN, "--settings", "s3://etc/team/janitor.toml"))
    assert "Settings" not in found
    variables = found["Function"]["Properties"]["Environment"]["Variables"]
    assert variables == {"JANITOR_CONFIG": "s3://etc/team/janitor.toml"}
    (read,) = [each for each in statements(found) if each["Sid"] == "ReadSettings"]
    assert read["Action"] == "s3:GetObject"
    assert read["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:s3:::etc/team/janitor.toml"}


def test_large_settings_take_the_advanced_tier(tmp_path: Path) -> None:
    """Up to what Parameter Store takes; beyond it they are refused, with what to do."""
    text = PLAIN + "# " + "x" * 5000 + "\n"
    assert resources(made(tmp_path, text))["Settings"]["Properties"]["Tier"] == "Advanced"
    with pytest.raises(JanitorError, match="name it with --settings s3://bucket/key"):
        made(tmp_path, text + "# " + "x" * 5000 + "\n")


def test_the_role_may_tell_owners_where_a_channel_is_set(tmp_path: Path) -> None:
    """By this topic and as this sender alone; without a channel it may tell nobody."""
    found = {each["Sid"]: each for each in statements(resources(made(tmp_path, TOLD)))}
    topic = "arn:aws:sns:eu-west-1:123456789012:janitor"
    assert (found["Publish"]["Action"], found["Publish"]["Resource"]) == (["sns:Publish"], [topic])
    mail = found["Mail"]
    assert (mail["Action"], mail["Resource"]) == (
        ["ses:SendEmail"],
        ["arn:aws:ses:eu-west-1:*:identity/*"],
    )
    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": "janitor@example.com"}}
    assert any("cloudtrail:LookupEvents" in each["Action"] for each in found.values())
    plain = statements(resources(made(tmp_path, PLAIN)))
    acts = {action for each in plain for action in each["Action"]}
    assert acts.isdisjoint({"sns:Publish", "ses:SendEmail", "cloudtrail:LookupEvents"})


def test_a_file_of_people_is_refused(tmp_path: Path) -> None:
    """A function has none: every run would fail by it."""
    (tmp_path / "owners.toml").write_text('[[owner]]\ninitials = "jd"', encoding="utf-8")
    with pytest.raises(JanitorError, match="name a file of people, and a function has none"):
        made(tmp_path, f'owners.file = "owners.toml"\n{PLAIN}')


@some_settings
def test_the_role_has_what_the_command_prints(tmp_path: Path, text: str) -> None:
    """The least policy of the caller, and beside it only logs, dead letters and the settings."""
    found = statements(resources(made(tmp_path, text)))
    config = str(tmp_path / "janitor.toml")
    asked = ["permissions", "run", "--for", "caller", "--config", config]
    printed = json.loads(CliRunner().invoke(janitor, asked).stdout)["Statement"]
    assert found[: len(printed)] == printed
    assert [each["Sid"] for each in found[len(printed) :]] == [
        "Log",
        "LeaveDeadLetters",
        "KeepRuns",
        "ReadSettings",
        *(["ReadSlackSecret"] if text == IN_SLACK else []),
    ]


def test_the_bucket_of_the_ledger_is_kept_and_exempt(tmp_path: Path) -> None:
    """Versioned, encrypted, closed to the public, left when the stack goes, and marked as kept."""
    template = made(tmp_path, LARGE)
    bucket = resources(template)["LedgerBucket"]
    kept = bucket["Properties"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert kept["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "BucketEncryption" in kept
    assert all(kept["PublicAccessBlockConfiguration"].values())
    assert [tag["Key"] for tag in kept["Tags"]] == ["Keep: why"]
    assert 'Default: "the-bucket"' in template


def test_one_run_at_a_time_and_alarms_for_what_fails(tmp_path: Path) -> None:
    """And for a run that does not come; its failures are not repeated but kept as dead letters."""
    found = resources(made(tmp_path, PLAIN))
    assert found["Function"]["Properties"]["ReservedConcurrentExecutions"] == 1
    assert found["FunctionFailures"]["Properties"]["MaximumRetryAttempts"] == 0
    alarms = {name for name, each in found.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    own = {"FailureAlarm", "MissingAlarm", "DeadLetterAlarm", "ExecutionAlarm"}
    assert alarms == own | {"CustomersFailureAlarm", "CustomersMissingAlarm"}
    missing = found["MissingAlarm"]["Properties"]
    assert missing["TreatMissingData"] == "breaching"
    told = metrics.facts(figures(Run(0, datetime.now(UTC), 1.0)), datetime.now(UTC), NAMESPACE)
    assert missing["Namespace"] == told["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    assert missing["MetricName"] in told


def test_the_dashboard_is_over_the_metrics_of_the_settings(tmp_path: Path) -> None:
    """CloudFormation fills in the region, and nothing else; then it is what the janitor draws."""
    template = made(tmp_path, f'{PLAIN}[metrics]\nnamespace = "Team/Janitor"\n')
    found = resources(template)
    body = found["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert set(re.findall(r"\$\{[^}]*\}", body)) == {"${AWS::Region}"}
    there = body.replace("${AWS::Region}", "eu-west-1")
    assert json.loads(there) == dashboard("Team/Janitor", "eu-west-1")
    assert found["MissingAlarm"]["Properties"]["Namespace"] == "Team/Janitor"


def many(accounts: int) -> str:
    """Settings that list so many accounts."""
    ids = range(100_000_000_000, 100_000_000_000 + accounts)
    rows = (f'{{id = "{each}", role = "arn:aws:iam::{each}:role/j"}}' for each in ids)
    return f"accounts = [{', '.join(rows)}]\n{LEDGER}"


def test_a_policy_for_many_accounts_is_in_parts(tmp_path: Path) -> None:
    """Each short enough for IAM, all together the whole of it; nothing that cfn-lint minds."""
    template = made(tmp_path, many(400), "--settings", "s3://etc/janitor.toml")
    found = resources(template)
    parts = [r["Properties"]["PolicyDocument"] for r in found.values() if r["Type"] == MANAGED]
    assert len(parts) > 2
    assert all(permissions.length(part) <= permissions.MANAGED for part in parts)
    assert all(
        len({one["Sid"] for one in part["Statement"]}) == len(part["Statement"]) for part in parts
    )
    assumed = [
        arn
        for one in statements(found)
        if one["Action"] == ["sts:AssumeRole"]
        for arn in one["Resource"]
    ]
    assert len(assumed) == len(set(assumed)) == 400
    linted = lint(template, config=ManualArgs(regions=["eu-west-1"]))
    assert [str(each) for each in linted] == []


def test_more_accounts_than_a_role_can_name(tmp_path: Path) -> None:
    """They are refused now, with the way that has no such end."""
    with pytest.raises(JanitorError, match=r"discover them: role in \[organization\]"):
        made(tmp_path, many(2000), "--settings", "s3://etc/janitor.toml")


def test_the_schedule_keeps_to_the_time_zone_of_the_team(tmp_path: Path) -> None:
    """06:00 is that of the people whose resources it looks after."""
    schedule = resources(made(tmp_path, LARGE))["RunSchedule"]["Properties"]
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert json.loads(schedule["Target"]["Input"]) == {"janitor": "run"}


def test_the_customers_wing_is_a_function_of_its_own(tmp_path: Path) -> None:
    """With its schedule, its role and its secrets, none of which stands in the template."""
    template = made(tmp_path, CUSTOMERS)
    found = resources(template)
    parameters = cfn_yaml.loads(template)["Parameters"]
    assert parameters["CustomersSchedule"]["Default"] == "cron(0 7 * * ? *)"
    target = found["CustomersRunSchedule"]["Properties"]["Target"]
    assert lambda_events.read(json.loads(target["Input"])) == lambda_events.CustomersRun()
    assert found["CustomersFunction"]["Properties"]["Environment"]["Variables"] == {
        "JANITOR_CONFIG": "ssm:/cs-aws-janitor/settings",
        "TEAM_TOKEN": "ssm:/cs-aws-janitor/secrets/TEAM_TOKEN",
    }
    (own,) = found["CustomersRole"]["Properties"]["Policies"]
    allowed = own["PolicyDocument"]["Statement"]
    config = str(tmp_path / "janitor.toml")
    printed = CliRunner().invoke(janitor, ["permissions", "customers", "--config", config])
    assert json.loads(printed.stdout)["Statement"] == allowed[3:-1]
    assert [each["Sid"] for each in allowed] == [
        "Log", "LeaveDeadLetters", "ReadSettings",
        "Begin", "ListBuckets", "ReadObjects", "KeepObjects", "SendMails", "ReadSecrets",
    ]  # fmt: skip
    assert "TEAM_TOKEN" not in json.dumps(found["Function"])
    namespace = found["CustomersMissingAlarm"]["Properties"]["Namespace"]
    assert namespace == f"{NAMESPACE}/Customers"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PLAIN, ""),
        (
            f'{PLAIN}[customers]\nsource = "book.csv"\n',
            "customers.sink is 'file'. Set customers.sink to another sink,",
        ),
        (
            CUSTOMERS.replace("[customers]", '[customers]\nledger = "customers.jsonl"', 1),
            "customers.ledger is one (",
        ),
    ],
)
def test_without_customers_their_wing_is_not_started(tmp_path: Path, text: str, why: str) -> None:
    """Nor where a function could not run it, which is said beside the template."""
    (tmp_path / "janitor.toml").write_text(text, encoding="utf-8")
    ran = run("--config", str(tmp_path / "janitor.toml"))
    assert cfn_yaml.loads(ran.stdout)["Parameters"]["CustomersSchedule"]["Default"] == ""
    lead = "janitor: the customers' wing is left out of it: a function keeps no file, and "
    assert ran.stderr.startswith(f"{lead}{why}") if why else ran.stderr == ""


def test_the_definition_that_is_printed_is_that_which_lies_there() -> None:
    """Whoever has installed the package has no folder deploy/."""
    ran = CliRunner().invoke(janitor, ["deploy", "state-machine"])
    assert ran.output == (DEPLOY / "state-machine.asl.json").read_text(encoding="utf-8")
    assert json.loads(ran.output)["StartAt"] == "Shards"


def test_the_state_machine_gets_what_its_definition_asks_for(tmp_path: Path) -> None:
    """Each name in deploy/state-machine.asl.json has a value, and none is left over."""
    definition = (DEPLOY / "state-machine.asl.json").read_text(encoding="utf-8")
    given = resources(made(tmp_path, PLAIN))["StateMachine"]["Properties"]
    asked = set(re.findall(r"\$\{(\w+)\}", definition))
    assert set(given["DefinitionSubstitutions"]) == asked
    assert given["DefinitionSubstitutions"]["RunsFolder"] == "janitor/runs"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('accounts = ["123456789012"]\n', "the settings keep the ledger in a file"),
        (LEDGER, "the settings name no account"),
    ],
)
def test_settings_that_no_function_could_work_with(tmp_path: Path, text: str, told: str) -> None:
    """They are refused now, not when the function first runs."""
    with pytest.raises(JanitorError, match=told):
        made(tmp_path, text)


@pytest.mark.parametrize("place", ["etc/janitor.toml", "s3://bucket", "ssm:name", 's3://b-b/"x'])
def test_a_place_for_settings_that_is_none(place: str) -> None:
    """It is refused as it is typed."""
    ran = run("--settings", place)
    assert ran.exit_code == 2
    assert "is no such place; write s3://bucket/key or ssm:/name" in " ".join(ran.output.split())


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(JanitorError, match="cannot be written: No such file"):
        made(tmp_path, PLAIN, "--out", str(tmp_path / "none" / "template.yaml"))
