"""`janitor config`: write a starter file, check the settings, show what holds."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.options import config_file, format_option
from cs_aws_janitor.cli.setting_up import read_settings
from cs_aws_janitor.shared.errors import REFUSED, RefusedError, SettingsError
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.settings import Effective, Settings

STARTER = Path("janitor.toml")
STDOUT = "-"
WIDEST = 56


@click.group("config")
def config_command() -> None:
    """Write, check and show the settings.

    \b
    janitor config init      write a commented janitor.toml to start from
    janitor config check     is mine right? every fault at once, with its cure
    janitor config show      which values hold, and where each comes from
    """


@config_command.command("init")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=STARTER,
    show_default=True,
    help="Where to write it; - prints it.",
)
@click.option("--force", is_flag=True, help="Replace the file where there is one.")
def init(out: Path, *, force: bool) -> None:
    """Write a commented file to start from.

    As it is, it changes no default.

    \b
    janitor config init                            ./janitor.toml
    janitor config init --out config/janitor.toml  elsewhere
    janitor config init --out - | less             only look at it
    """
    text = (files("cs_aws_janitor") / "starter" / "janitor.toml").read_text(encoding="utf-8")
    if str(out) == STDOUT:
        click.echo(text, nl=False)
        return
    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        cure = "Write elsewhere with --out, or replace it with --force."
        raise RefusedError(f"{out} is there already", cure) from None
    except OSError as error:
        cure = "Name a file in a folder that you may write to."
        raise RefusedError(f"{out} cannot be written ({error.strerror})", cure) from None
    click.echo(f"{out} is written. Fill in accounts; then: janitor config check")


@config_command.command("check")
@config_file
@click.pass_context
def check(context: click.Context, config_file: Path | None) -> None:
    """Name every fault of the settings, and of the playbooks.

    Each stands on its own line, with its place and its cure. Exit code 2 where there is a fault.
    Of customers the file is opened, the mapping of Salesforce compared with what customers have,
    and every playbook read. Nothing is asked of anybody.

    \b
    janitor config check                       the file that the other commands would read
    janitor config check --config team.toml    this one
    """
    try:
        settings = read_settings(config_file)
    except SettingsError as error:
        click.echo("\n".join(error.problems), err=True)
        context.exit(REFUSED)
    if found := list(_faults_of_customers(config_file)):
        for each in found:
            click.echo(safe(each), err=True)
        context.exit(REFUSED)
    if settings.file is None:
        click.echo("no settings file, so the defaults hold; 'janitor config init' writes one")
    else:
        click.echo(f"{settings.file}: ok")
    click.echo(_summary(settings))


def _faults_of_customers(config_file: Path | None) -> Iterator[str]:
    from cs_aws_janitor import customers_checking
    from cs_aws_janitor.cli.customers.setting_up import door_of
    from cs_aws_janitor.cli.options import Wanted

    yield from customers_checking.faults(door_of(Wanted(config_file)))


@config_command.command("show")
@config_file
@format_option("table", "toml", "json")
def show(config_file: Path | None, form: str) -> None:
    """Show which values hold, and why.

    Each comes from the settings file or is the default. External ids are masked.

    \b
    janitor config show                                     as a table
    janitor config show --format toml > all.toml            every value as it would stand in a file
    janitor config show --format json | jq '.settings[] | select(.from != "default")'
    """
    from cs_aws_janitor.settings import effective, toml

    settings = read_settings(config_file)
    values = effective(settings)
    if form == "toml":
        click.echo(toml.document(values))
    elif form == "json":
        click.echo(_as_json(settings, values))
    else:
        click.echo(
            _table(
                settings,
                [
                    (v.key, "(not set)" if v.value is None else toml.written(v.value), v.origin)
                    for v in values
                ],
            )
        )


@config_command.command("schema")
def schema_() -> None:
    """Print the JSON Schema for editors.

    By it they complete and check janitor.toml while it is being written.

    \b
    janitor config schema > janitor.schema.json    beside janitor.toml, whose first line names it
    """
    from cs_aws_janitor.resources.kinds import KINDS
    from cs_aws_janitor.settings import schema

    click.echo(json.dumps(schema(KINDS), indent=2, ensure_ascii=False))


def _summary(settings: Settings) -> str:
    from cs_aws_janitor.resources.kinds import KINDS

    named = [f"{a.id} ({a.name})" if a.name else a.id for a in settings.accounts]
    if settings.organization.role:
        units = settings.organization.units
        named.append(f"those of {'the organisation' if units is None else ', '.join(units)}")
    accounts = ", ".join(named) if named else "none, so 'run' and 'apply' refuse"
    kinds = "all" if settings.kinds is None else f"{', '.join(settings.kinds)}; of"
    regions = "all" if settings.regions is None else ", ".join(settings.regions)
    return f"accounts: {accounts}; regions: {regions}; kinds: {kinds} {len(KINDS)}"


def _table(settings: Settings, rows: Sequence[tuple[str, str, str]]) -> str:
    head = ("KEY", "VALUE", "FROM")
    # One long value, such as many accounts, may not push every origin out of sight.
    key, value = (min(max(len(row[n]) for row in (head, *rows)), WIDEST) for n in (0, 1))
    lines = [f"{row[0]:{key}}  {row[1]:{value}}  {row[2]}" for row in (head, *rows)]
    source = settings.file or "no settings file, so the defaults hold"
    return "\n".join([f"settings: {source}", "", *lines])


def _as_json(settings: Settings, values: Sequence[Effective]) -> str:
    content = {
        "version": 1,
        "file": str(settings.file) if settings.file else None,
        "settings": [{"key": v.key, "value": v.value, "from": v.origin} for v in values],
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=str)
