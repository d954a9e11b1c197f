"""Options that the commands of customers share."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.cli import options

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Option


class _Day(click.ParamType[date]):
    """A date such as 2026-12-06."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-12-06", param, ctx)
        if day.isoformat() != value or not 1990 <= day.year < 2200:  # noqa: PLR2004  as in rows
            self.fail(f"{value!r} is not a date to plan for; write it as 2026-12-06", param, ctx)
        return day


class _Location(click.Path):
    """A file or a folder on this machine, or a place in S3: `s3://bucket/key`."""

    def __init__(self, *, folder: bool) -> None:
        super().__init__(path_type=Path, dir_okay=folder, file_okay=not folder)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or not value.startswith("s3:"):
            return super().convert(value, param, ctx)
        from cs_aws_janitor.settings import names

        try:
            return names.s3(value) if self.dir_okay else names.s3_object(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


customers_file = click.option(
    "--customers",
    "customers_file",
    type=_Location(folder=False),
    help="TOML, JSON or CSV; s3://bucket/key too. Without it: [customers] source of the settings.",
)
playbooks_folder = click.option(
    "--playbooks",
    "playbooks_folder",
    type=_Location(folder=True),
    help="A folder; s3://bucket/prefix too. Without it: [customers] playbooks, ./config/playbooks,"
    " the shipped ones.",
)
today = click.option("--today", type=_Day(), help="As if it were this day.", metavar="DATE")
narrowed = options.stacked(
    click.option("--customer", "ids", multiple=True, metavar="ID", help="Only this customer."),
    click.option("--csm", "csms", multiple=True, metavar="NAME", help="Only this CSM's."),
)
shared = partial(options.shared, into=options.Wanted)


def looking(*formats: str) -> Option:
    """What every command that only looks at customers takes."""
    return shared(
        customers_file,
        playbooks_folder,
        today,
        narrowed,
        options.format_option(*formats),
        options.no_color,
    )
