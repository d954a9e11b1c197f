"""`janitor customers plan`: what is due, and what a run would do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.customers import options

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers.rounds import Round
    from cs_aws_janitor.customers_ready import Ready


@click.command("plan")
@click.option("--dry-run", is_flag=True, help="Accepted, and changes nothing: a plan is dry.")
@click.option("--all", "everything", is_flag=True, help="Also what is to come or was delivered.")
@options.looking("table", "json", "csv")
def plan(
    wanted: Wanted,
    *,
    dry_run: bool,  # noqa: ARG001  a plan is always dry
    everything: bool,
) -> int:
    """Show what is due, and what a run would do about it. Writes nothing anywhere.

    A table shows what has opened and is not delivered; JSON and CSV hold every task, each with
    its status: upcoming, open, due, overdue or delivered.

    \b
    janitor customers plan --customers customers.toml
    janitor customers plan --csm csm-1 --all       also what is to come
    janitor customers plan --today 2026-12-24         what that day will bring
    janitor customers plan --format json | jq '.tasks[] | select(.status == "overdue")'

    Exit code 0: everything could be read. 1: a row or a playbook could not; the others count.
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import get_ready, show_problems
    from cs_aws_janitor.customers.report import plan_report

    ready = get_ready(wanted)
    found = ready.round
    if wanted.form == "json":
        printing.show_json(plan_report.body(found, ready.problems))
    elif wanted.form == "csv":
        printing.show_csv(plan_report.COLUMNS, map(plan_report.row, found.tasks()))
        show_problems(ready)
    else:
        _show_tables(found, ready, wanted, everything=everything)
    return ready.exit_code


def _show_tables(found: Round, ready: Ready, wanted: Wanted, *, everything: bool) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import show_problems
    from cs_aws_janitor.customers.report import plan_report

    tables = plan_report.tables(found, everything=everything)
    printing.show_tables(tables, no_color=wanted.no_color)
    click.echo(f"\n{plan_report.summary(found)}")
    show_problems(ready)
