"""Options that several commands share, and the values that they turn into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Any]


def _stacked(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


config_file = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="JANITOR_CONFIG",
    help="Settings file. Without it: ./janitor.toml, then ./config/janitor.toml.",
)

selection = _stacked(
    click.option("--account", "accounts", multiple=True, metavar="ID", help="Only this account."),
    click.option("--region", "regions", multiple=True, metavar="NAME", help="Only this region."),
    click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind."),
    click.option("--owner", "owners", multiple=True, metavar="NAME", help="Only this owner's."),
)

verbose = click.option("-v", "--verbose", count=True, help="Log what is done, to standard error.")
no_color = click.option("--no-color", is_flag=True, help="No colour, even on a terminal.")
yes = click.option("--yes", is_flag=True, help="Do not ask; for unattended use.")


def format_option(*formats: str) -> Callable[[Command], Command]:
    """`--format`, with the first of `formats` as the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print the result.",
    )
