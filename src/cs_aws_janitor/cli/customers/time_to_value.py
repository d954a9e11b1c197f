"""`janitor customers time-to-value`: how long until customers are engaged and onboarded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.customers import options

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers.report.time_to_value_report import Found
    from cs_aws_janitor.customers.time_to_value import Goals
    from cs_aws_janitor.customers_ready import Ready


@click.command("time-to-value")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the page (html) here."
)
@options.looking("table", "json", "csv", "html")
def time_to_value(wanted: Wanted, *, out: Path | None) -> int:
    """Show the time to engage, to first value and to onboard, and of product usage.

    Each is met, at risk, missed or not yet known; with sums per CSM and per quarter.

    \b
    janitor customers time-to-value --customers customers.toml
    janitor customers time-to-value --format html --out time-to-value.html
    janitor customers time-to-value --format json | jq '.customers[].time_to_onboard'
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import get_ready, show_problems
    from cs_aws_janitor.customers.report import time_to_value_report as report
    from cs_aws_janitor.customers.time_to_value import measures

    if out and wanted.form != "html":
        raise click.UsageError("--out is for the page: add --format html.")
    ready = get_ready(wanted)
    day, goals = ready.today.day, _goals(ready)
    found = [
        (customer, measures(customer, day, goals, ready.first_values.get(customer.id)))
        for customer in ready.book.customers()
    ]
    if wanted.form == "json":
        printing.show_json(report.body(found, day, ready.problems))
        return ready.exit_code
    if wanted.form == "csv":
        printing.show_csv(report.COLUMNS, report.measure_rows(found))
    elif wanted.form == "html":
        _write_page(report.Found(found, day, [str(each) for each in ready.book.problems]), out)
    else:
        printing.show_tables(report.tables(found), no_color=wanted.no_color)
    show_problems(ready)
    return ready.exit_code


def _goals(ready: Ready) -> Goals:
    from cs_aws_janitor.customers.time_to_value import Goals

    own = ready.settings.customers
    return Goals(dict(own.goals), own.usage_goals)


def _write_page(found: Found, out: Path | None) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.customers.report.time_to_value_page import page

    printing.show_page(page(found), out)
