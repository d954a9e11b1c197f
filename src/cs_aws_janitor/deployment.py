"""The CloudFormation template, filled in from the settings. Text in, text out.

What is filled in stands between two comments, `# fill: NAME` and `# end`, which stay: a template
that is filled can be filled again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import deployment_customers
from cs_aws_janitor.deployment_secrets import parameter, secrets
from cs_aws_janitor.resources import permissions
from cs_aws_janitor.resources.report.dashboard import dashboard
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cs_aws_janitor.settings import Settings

PARAMETER = "/cs-aws-janitor/settings"
STANDARD, ADVANCED = 4096, 8192  # characters that Parameter Store takes
_BLOCK = re.compile(r"(?ms)^(?P<lead> *)# fill: (?P<name>[a-z-]+)\n.*?^ *# end$")
_PLAIN = re.compile(r"(?:[!-~][ -~]*\n|\n(?!\Z))+")  # what a block of YAML holds as it stands
MANAGED = 10  # policies that a role takes, as IAM counts before anyone asks for more
_MARK = re.compile(r"(?m)^ *# (?:fill|end)")
_WHY = "The ledger of the janitor: what was done, and what a restore needs"


def fill(template: str, lines: Mapping[str, Sequence[str]]) -> str:
    """`template` with the `lines` of each block, by its name, in the place of those that stand."""

    def filled(found: re.Match[str]) -> str:
        lead, name = found["lead"], found["name"]
        inside = "".join(f"{lead}{line}\n" if line else "\n" for line in lines[name])
        return f"{lead}# fill: {name}\n{inside}{lead}# end"

    return _BLOCK.sub(filled, template)


def blocks(
    settings: Settings, text: str, place: str | None, policy: Mapping[str, Any]
) -> dict[str, list[str]]:
    """The lines of every block: from the settings, of which `text` is what their file holds.

    `place` is where they are kept otherwise (`s3://...`, `ssm:...`); without it the stack keeps
    them. Raises RefusedError for what no function could work with.
    """
    ledger = settings.ledger.s3
    if ledger is None:
        raise RefusedError(
            "the settings keep the ledger in a file, and a function has none",
            'Set s3 = "s3://bucket/prefix" under [ledger]; the template makes the bucket',
        )
    if not settings.accounts and not settings.organization.role:
        raise RefusedError(
            "the settings name no account, and a run would refuse all",
            "Fill in accounts, or discover them: role in [organization]",
        )
    if settings.owners.file:
        raise RefusedError(
            "the settings name a file of people, and a function has none",
            'List them in the settings: people = [{initials = "jd", ...}] under [owners]',
        )
    where = place or f"ssm:{PARAMETER}"
    runs, old = f"{ledger.prefix}/runs".removeprefix("/"), "Id: old-runs, Status: Enabled"
    return {
        "runs": [f'Resource: !Sub "arn:${{AWS::Partition}}:s3:::{ledger.bucket}/{runs}/*"'],
        "old-runs": [f"- {{{old}, Prefix: {_quoted(f'{runs}/')}, ExpirationInDays: 90}}"],
        "runs-folder": [f"RunsFolder: {_quoted(runs)}"],
        "ledger-bucket": [f"Default: {_quoted(ledger.bucket)}"],
        "permanent": [f"- {{Key: {_quoted(settings.tags.permanent)}, Value: {_quoted(_WHY)}}}"],
        "settings": [] if place else list(_parameter(text)),
        "policy": list(_policies(policy)),
        "namespace": [f"Namespace: {_quoted(settings.metrics.namespace)}"],
        "dashboard": list(_dashboard(settings.metrics.namespace)),
        "settings-permission": list(_permission(where)),
        "config": [f"JANITOR_CONFIG: {_quoted(where)}"],
        "slack-secret": secrets(settings.notify.slack.variables),
        "slack-permission": list(_slack_permission(settings)),
        **deployment_customers.blocks(settings),
        "timezone": [f"ScheduleExpressionTimezone: {_quoted(str(settings.timezone))}"],
    }


def _quoted(text: str) -> str:
    return json.dumps(text)


def _parameter(text: str) -> Iterator[str]:
    """The resource that keeps the settings."""
    if len(text) > ADVANCED:
        raise RefusedError(
            f"the settings have {len(text):,} characters, and Parameter Store takes {ADVANCED:,}",
            "Put them into a bucket, and name it with --settings s3://bucket/key",
        )
    yield "Settings:"
    yield "  Type: AWS::SSM::Parameter"
    yield "  Properties:"
    yield f"    Name: {PARAMETER}"
    yield "    Type: String"
    yield f"    Tier: {'Standard' if len(text) <= STANDARD else 'Advanced'}"
    yield "    Description: The settings of the janitor, as its janitor.toml has them."
    if _PLAIN.fullmatch(text) and not _MARK.search(text):
        yield "    Value: |"
        yield from (f"      {line}" if line else "" for line in text.splitlines())
    else:
        yield f"    Value: {_quoted(text)}"


def _policies(policy: Mapping[str, Any]) -> Iterator[str]:
    """The resources that give the role its policy: parts that are short enough for IAM."""
    parts = permissions.parts(policy)
    if len(parts) > MANAGED:
        raise RefusedError(
            f"the policy of the function has {len(parts)} parts, and a role takes {MANAGED}",
            "Give the role in each account one name, and discover them: role in [organization]",
        )
    for number, part in enumerate(parts, 1):
        yield f"Policy{number}:"
        yield "  Type: AWS::IAM::ManagedPolicy"
        yield "  Properties:"
        yield f"    Description: What the janitor may do, part {number} of {len(parts)}."
        yield "    Roles: [!Ref Role]"
        yield "    PolicyDocument:"
        yield f"      Version: {_quoted(part['Version'])}"
        yield "      Statement:"
        yield from (f"        - {json.dumps(each)}" for each in part["Statement"])


def _dashboard(namespace: str) -> Iterator[str]:
    """The body of the dashboard, a line for each graph; CloudFormation fills in the region."""
    widgets = dashboard(namespace, "${AWS::Region}")["widgets"]
    lines = [json.dumps(each) for each in widgets]
    yield "DashboardBody: !Sub |"
    yield '  {"widgets": ['
    yield from (f"  {line}," for line in lines[:-1])
    yield f"  {lines[-1]}"
    yield "  ]}"


def _slack_permission(settings: Settings) -> Iterator[str]:
    """The statement that lets the functions read that parameter."""
    for name in settings.notify.slack.variables:
        yield "- Sid: ReadSlackSecret"
        yield "  Effect: Allow"
        yield "  Action: ssm:GetParameter"
        yield f"  Resource: {parameter(name)}"


def _permission(where: str) -> Iterator[str]:
    """The statement that lets the function read its settings."""
    scheme, _, name = where.partition(":")
    if scheme == "ssm":
        action = "ssm:GetParameter"
        arn = f"ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{name}"
    else:
        action, arn = "s3:GetObject", f"s3:::{name.removeprefix('//')}"
    yield "- Sid: ReadSettings"
    yield "  Effect: Allow"
    yield f"  Action: {action}"
    yield f'  Resource: !Sub "arn:${{AWS::Partition}}:{arn}"'
