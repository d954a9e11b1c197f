"""`janitor list`: resources with their owner, phase and expiration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, PARTLY

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.shared.table import Table


@click.command("list")
@click.option("--expiring", type=click.IntRange(min=0), metavar="DAYS", help="Within these days.")
@click.option("--protection", is_flag=True, help="Read it for all: one more call per resource.")
@options.shared(
    options.selection,
    options.as_of,
    options.format_option("table", "json", "csv", "html"),
    options.no_color,
)
def list_command(asked: Asked, *, expiring: int | None, protection: bool) -> int:
    """List resources with owner, phase and expiration. Never writes to AWS.

    On a terminal they stand under their owner, by what happens next; in two lines each where it
    is narrow.

    \b
    janitor list --owner jd             mine
    janitor list --expiring 7           what expires within a week
    janitor list --format csv > a.csv   for a spreadsheet
    janitor list --format html          the page of janitor report
    """
    from cs_aws_janitor import looking
    from cs_aws_janitor.cli import printing, reporting
    from cs_aws_janitor.cli.setting_up import get_ready, look
    from cs_aws_janitor.resources import plan_json
    from cs_aws_janitor.resources.report import plan_report
    from cs_aws_janitor.resources.sweep import Wish

    ready = get_ready(asked)
    wish = Wish(everything=True, protection=protection)
    looked = look(ready, reporting.ahead(ready, wish) if asked.form == "html" else wish)
    plan = looked.plan
    if expiring is not None:
        last = ready.rules.now + timedelta(days=expiring)
        soon = [s for s in plan.steps if s.expiration and s.expiration <= last]
        plan = replace(plan, steps=tuple(soon))
    if asked.form == "json":
        made = plan_json.rows(plan)
        shown = {key: made[key] for key in ("version", "as_of", "timezone", "coverage")}
        printing.show_json({**shown, "resources": made["steps"]})
    elif asked.form == "csv":
        rows = (plan_report.csv_row(plan_json.dump_step(step)) for step in plan.steps)
        printing.show_csv(plan_report.STEP_COLUMNS, rows)
        printing.show_unseen(plan)
    elif asked.form == "html":
        also = f"what expires within {expiring} days" if expiring is not None else ""
        printing.show_page(reporting.page_of(ready, replace(looked, plan=plan), also))
    else:
        tables = [_for_terminal(plan) if printing.on_terminal() else plan_report.listing(plan)]
        if plan.blind_spots:
            tables.append(plan_report.coverage(plan))
        printing.show_tables(tables, no_color=asked.no_color)
        printing.show_summary(plan)
    return PARTLY if looking.unseen(plan) else DONE


def _for_terminal(plan: Plan) -> Table:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources.report import plan_report

    shown = plan_report.by_owner(plan)
    return shown if printing.fits(shown) else plan_report.by_owner_narrow(plan)
