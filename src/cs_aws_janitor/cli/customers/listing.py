"""`janitor customers list`: every customer on a line, with what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.customers import options

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted


@click.command("list")
@options.looking("table", "json", "csv")
def listing(wanted: Wanted) -> int:
    """Show each customer with its people, its onboarding, what waits and what comes next.

    \b
    janitor customers list --customers customers.toml
    janitor customers list --csm csm-1 --format csv > csm-1.csv
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import get_ready, show_problems
    from cs_aws_janitor.customers.report import overview_report
    from cs_aws_janitor.customers.schedule import schedule

    ready = get_ready(wanted)
    customers = list(ready.book.customers())
    found = schedule(customers, ready.playbooks, ready.today)
    overviews = overview_report.overviews(customers, found, ready.today.day)
    if wanted.form == "json":
        rows = map(overview_report.row, overviews)
        head = {"version": 1, "today": str(ready.today.day)}
        printing.show_json({**head, "customers": rows, "problems": ready.problems})
        return ready.exit_code
    if wanted.form == "csv":
        printing.show_csv(overview_report.COLUMNS, map(overview_report.row, overviews))
    else:
        printing.show_tables([overview_report.table(overviews)], no_color=wanted.no_color)
    show_problems(ready)
    return ready.exit_code
