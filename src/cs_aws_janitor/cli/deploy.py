"""`janitor deploy`: what it takes to run it in AWS, filled in from the settings."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.options import Asked, config_file

if TYPE_CHECKING:
    from cs_aws_janitor.settings import Settings

_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]+/[\w./+=@-]+|ssm:/[\w./-]+", re.ASCII)


class _Place(click.ParamType[str]):
    """Where settings are kept in AWS."""

    name = "place"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _PLACE.fullmatch(value):
            self.fail(f"{value!r} is no such place; write s3://bucket/key or ssm:/name", param, ctx)
        return value


@click.group("deploy")
def deploy_command() -> None:
    """Print what it takes to run the janitor in AWS.

    \b
    make lambda                                    the zip; then put it into a bucket
    janitor deploy template > template.yaml        the rest, for CloudFormation
    janitor deploy state-machine > machine.json    only for thousands of accounts and regions
    """


@deploy_command.command("template")
@click.option(
    "--settings", "place", type=_Place(), help="Where they are kept: s3://bucket/key or ssm:/name."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there, not here."
)
@config_file
def template(config_file: Path | None, *, place: str | None, out: Path | None) -> None:
    """Print the CloudFormation template, filled in from the settings. Asks nothing of AWS.

    Function, role with the least policy, schedule, rule that has instances tagged as they come up,
    dead-letter queue, alarms, logs, and the bucket of the ledger. The settings go into it as they
    are, and the stack keeps them in Parameter Store; with --settings they are read from elsewhere.
    Where they name customers, a second function and its schedule run janitor customers run; it
    needs the zip of make lambda ARGS="--wing customers", and its secrets in Parameter Store, each
    as /cs-aws-janitor/secrets/NAME.

    \b
    janitor deploy template --config team.toml --out template.yaml
    aws cloudformation deploy --template-file template.yaml --stack-name cs-aws-janitor \\
      --capabilities CAPABILITY_IAM --parameter-overrides CodeBucket=B CodeKey=janitor.zip
    """
    from cs_aws_janitor import deployment, deployment_customers
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.permissions import least
    from cs_aws_janitor.cli.setting_up import read_settings

    settings = read_settings(config_file)
    policy = least(Asked(), settings, "run", "caller")
    blocks = deployment.blocks(settings, _text(settings), place, policy)
    made = deployment.fill(_starter("template.yaml"), blocks)
    printing.show_file(made, out)
    if why := deployment_customers.why_not(settings):
        printing.show_error(f"the customers' wing is left out of it: {why}")


@deploy_command.command("state-machine")
def state_machine() -> None:
    """Print the definition of the state machine, for thousands of accounts and regions.

    It is put into the bucket of the zip, and the template is told its key; the template fills in
    the names in it.

    \b
    janitor deploy state-machine > machine.json
    aws s3 cp machine.json s3://CODE/machine-1.json
    aws cloudformation deploy ... --parameter-overrides StateMachineKey=machine-1.json ...
    """
    click.echo(_starter("state-machine.asl.json"), nl=False)


def _starter(name: str) -> str:
    """A file that ships with the package."""
    return (files("cs_aws_janitor") / "starter" / name).read_text(encoding="utf-8")


def _text(settings: Settings) -> str:
    """What the file of `settings` holds: it was read just now."""
    return settings.file.read_text(encoding="utf-8-sig") if settings.file else ""
