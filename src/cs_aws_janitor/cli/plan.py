"""`janitor plan`: what a run would do now, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, PARTLY, RefusedError

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.plan import Plan


@click.command("plan")
@click.option("--dry-run", is_flag=True, help="Accepted, and changes nothing: a plan is dry.")
@click.option("--all", "everything", is_flag=True, help="Also show what is left as it is.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save it for `janitor apply`."
)
@options.shared(
    options.selection,
    options.as_of,
    options.format_option("table", "json", "csv", "html"),
    options.no_color,
)
def plan_command(
    asked: Asked,
    *,
    dry_run: bool,  # noqa: ARG001  a plan is always dry
    everything: bool,
    out: Path | None,
) -> int:
    """Show what a run would do now, and why. Never writes to AWS.

    \b
    janitor plan                              everything, everywhere
    janitor plan --region eu-west-1 --all     also what is left as it is
    janitor plan --as-of 2026-12-24           the same rules at another time
    janitor plan --out plan.json              then: janitor apply plan.json
    janitor plan --format html > plan.html    the page of janitor report

    Exit code 0: everything was seen. 1: something could not be seen, or a limit would be hit.
    """
    from cs_aws_janitor import looking
    from cs_aws_janitor.cli import printing, reporting
    from cs_aws_janitor.cli.setting_up import get_ready, look
    from cs_aws_janitor.resources import plan_json
    from cs_aws_janitor.resources.report import plan_report
    from cs_aws_janitor.resources.sweep import Wish

    ready = get_ready(asked)
    wish = Wish(everything=everything)
    looked = look(ready, reporting.ahead(ready, wish) if asked.form == "html" else wish)
    plan = looked.plan
    if out:
        _save(plan, out)
    if asked.form == "json":
        printing.show_json(plan_json.rows(plan))
    elif asked.form == "csv":
        rows = (plan_report.csv_row(plan_json.dump_step(step)) for step in plan.steps)
        printing.show_csv(plan_report.STEP_COLUMNS, rows)
        printing.show_unseen(plan)
    elif asked.form == "html":
        printing.show_page(reporting.page_of(ready, looked))
    else:
        printing.show_tables(plan_report.tables(plan), no_color=asked.no_color)
        printing.show_summary(plan)
    return PARTLY if looking.unseen(plan) or plan.breaches else DONE


def _save(plan: Plan, out: Path) -> None:
    from cs_aws_janitor.resources import plan_json
    from cs_aws_janitor.shared.json_text import json_text

    try:
        with out.open("w", encoding="utf-8") as file:
            file.writelines(json_text(plan_json.rows(plan)))
    except OSError as error:
        raise RefusedError(f"{out} cannot be written: {error.strerror}") from error
    only = plan.as_of != plan.made_at
    use = f"{out}, only to be looked at (--as-of)" if only else f"janitor apply {out}"
    click.echo(f"Saved: {use}", err=True)
