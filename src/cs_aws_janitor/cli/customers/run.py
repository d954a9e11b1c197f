"""`janitor customers run`: put what is due where the team works, each of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options as common
from cs_aws_janitor.cli.customers import options

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers_running import Ended


@click.command("run")
@click.option("--yes", is_flag=True, help="Accepted, as by janitor run: nothing is asked.")
@options.shared(
    options.customers_file,
    options.playbooks_folder,
    options.today,
    common.format_option("table", "json", "csv"),
    common.no_color,
)
def run(wanted: Wanted, *, yes: bool) -> int:  # noqa: ARG001  nothing is asked
    """Put every task that has opened into its sink, once; for cron.

    What was created is changed there when its dates or its assignee change, and taken back when
    it is not called for any more. A second run creates nothing.

    \b
    janitor customers run --customers customers.toml
    0 7 * * 1-5  janitor customers run --config /etc/janitor.toml    in a crontab

    With -v it logs a line for each task, and one with the figures of the run: JSON off a terminal,
    from which CloudWatch reads metrics by itself.

    Exit code 0: all done. 1: a task was refused and stays due, or something could not be read.
    2: refused before the first task.
    """
    from cs_aws_janitor import customers_running
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import door_of, scope_of
    from cs_aws_janitor.shared.logs import log

    with customers_running.line(log.info) as line:
        door = door_of(wanted)
        line.namespace = door.settings.metrics.namespace
        ended = customers_running.deliver(door, scope_of(wanted))
        line.tell(ended)
    with printing.nobody_may_read():
        _show(ended, wanted)
    return ended.exit_code


def _show(ended: Ended, wanted: Wanted) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import show_problems
    from cs_aws_janitor.customers.report import plan_report

    found, outcomes = ended.found, ended.outcomes
    if wanted.form == "json":
        printing.show_json(plan_report.run_body(found, outcomes, ended.ready.problems))
        return
    if wanted.form == "csv":
        rows = map(plan_report.outcome_row, outcomes)
        printing.show_csv(plan_report.OUTCOME_COLUMNS, rows)
    else:
        tables = plan_report.run_tables(found, outcomes)
        printing.show_tables(tables, no_color=wanted.no_color)
        click.echo(f"\n{plan_report.run_summary(found, outcomes)}")
    show_problems(ended.ready)
