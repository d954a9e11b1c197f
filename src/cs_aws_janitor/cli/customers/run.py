"""`janitor customers run`: put what is due where the team works, each of it once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options as common
from cs_aws_janitor.cli.customers import options
from cs_aws_janitor.shared.errors import DONE, PARTLY

if TYPE_CHECKING:
    from cs_aws_janitor.cli.customers.setting_up import Ready
    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers.rounds import Outcome, Round

LOST = "the lock was lost to another run"


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

    Exit code 0: all done. 1: a task was refused and stays due, or something could not be read.
    2: refused before the first task.
    """
    from cs_aws_janitor.cli import printing

    ready, found, ended = deliver(wanted)
    with printing.nobody_may_read():
        _show(found, ended, ready, wanted)
    failed = any(outcome.result != "done" for outcome in ended)
    return PARTLY if failed else ready.exit_code or DONE


def deliver(wanted: Wanted) -> tuple[Ready, Round, list[Outcome]]:
    """One run under its lock: what it worked with, what the day asked for, how each step ended."""
    from cs_aws_janitor.cli.customers.setting_up import get_ready, one_at_a_time, sinks
    from cs_aws_janitor.cli.setting_up import read_settings
    from cs_aws_janitor.customers.rounds import carry_out, remember_first_values
    from cs_aws_janitor.shared.logs import log

    with one_at_a_time(read_settings(wanted.config_file)) as lease:
        ready = get_ready(wanted)
        ready.ledger.check_writable()
        found = ready.round
        steps = list(found.steps())
        reached = ready.book.in_use - ready.first_values.keys()
        remember_first_values(reached, ready.ledger, ready.today.day)

        def halted() -> str | None:
            return LOST if lease.lost else None

        ended = list(carry_out(steps, sinks(ready.settings), ready.ledger, halted))
    results = Counter(outcome.result for outcome in ended)
    log.info("run.ended", wing="customers", problems=len(ready.book.problems), **results)
    return ready, found, ended


def _show(found: Round, ended: list[Outcome], ready: Ready, wanted: Wanted) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import show_problems
    from cs_aws_janitor.customers.report import plan_report

    if wanted.form == "json":
        printing.show_json(plan_report.run_body(found, ended, ready.problems))
        return
    if wanted.form == "csv":
        rows = map(plan_report.outcome_row, ended)
        printing.show_csv(plan_report.OUTCOME_COLUMNS, rows)
    else:
        tables = plan_report.run_tables(found, ended)
        printing.show_tables(tables, no_color=wanted.no_color)
        click.echo(f"\n{plan_report.run_summary(found, ended)}")
    show_problems(ready)
