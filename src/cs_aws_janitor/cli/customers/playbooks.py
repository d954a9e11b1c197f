"""`janitor customers playbooks`: check, list and copy the playbooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options as common
from cs_aws_janitor.cli.customers import options
from cs_aws_janitor.shared.errors import DONE, PARTLY, RefusedError

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted


@click.group("playbooks")
def playbooks() -> None:
    """The playbooks: which touchpoints customers have. A team edits them without code.

    \b
    janitor customers playbooks init     copy the shipped ones, to start from
    janitor customers playbooks check    is mine right? every fault with its line
    """


@playbooks.command("check")
@options.shared(options.playbooks_folder, common.no_color)
def check(wanted: Wanted) -> int:
    """Name every fault of the playbooks, each with its file and line.

    That includes sinks that the settings do not set up. Exit code 1 where there is a fault.

    \b
    janitor customers playbooks check
    janitor customers playbooks check --playbooks our/playbooks
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import door_of, scope_of
    from cs_aws_janitor.customers.playbook_files import read_playbooks, unknown_sinks
    from cs_aws_janitor.customers.report.playbook_report import table
    from cs_aws_janitor.customers_places import playbooks_folder

    door = door_of(wanted)
    folder = playbooks_folder(door, scope_of(wanted))
    found, misprints = read_playbooks(folder)
    misprints += unknown_sinks(folder, door.settings.customers.sink_names)
    printing.show_tables([table(found)], no_color=wanted.no_color)
    for each in sorted(misprints, key=lambda misprint: misprint.place):
        printing.show_error(str(each))
    return PARTLY if misprints else DONE


@playbooks.command("init")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("config/playbooks"),
    show_default=True,
    help="The folder to copy them to.",
)
def init(out: Path) -> None:
    """Copy the shipped playbooks, to edit them; what is there already is left as it is.

    \b
    janitor customers playbooks init                       ./config/playbooks
    janitor customers playbooks init --out our/playbooks   elsewhere
    """
    from cs_aws_janitor.customers_places import shipped_playbooks

    try:
        out.mkdir(parents=True, exist_ok=True)
        for path in sorted(shipped_playbooks().glob("*.toml")):
            copy = out / path.name
            if copy.exists():
                click.echo(f"{copy}: it is there already, and was left as it is")
                continue
            copy.write_bytes(path.read_bytes())
            click.echo(f"{copy} is written")
    except OSError as error:
        cure = "Name a folder that you may write to."
        raise RefusedError(f"{out} cannot be written ({error.strerror})", cure) from None
