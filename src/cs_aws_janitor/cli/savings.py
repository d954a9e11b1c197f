"""`janitor savings`: what was saved, by which action, and how that is counted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.savings import Action


@click.command("savings")
@click.option("--since", metavar="DATE", help="Only what was saved from this day on: 2026-12-06.")
@click.option("--explain", is_flag=True, help="Show the arithmetic of every saving.")
@options.shared(options.selection, options.format_option("table", "json"), options.no_color)
def savings_command(asked: Asked, *, since: str | None, explain: bool) -> int:
    """Say what was saved and by which action, as far as the ledger can tell: an estimate.

    It counts what would have been charged, by the list prices known at the time, had nobody else
    shut a resource off or ended it. A shut-off saves only what is not charged while off: volumes
    and addresses go on costing. It counts until the termination, until a person extends, keeps or
    releases the resource, or until it is seen running; where the ledger says nothing more, for as
    long as lifecycle.terminate_after, and no longer. A termination saves all that the resource
    cost, until it is restored; what its backup costs is not taken off. What had no estimate
    counts for nothing. With a ledger in a file AWS is not asked.

    \b
    janitor savings                       everything so far
    janitor savings --since 2026-12-01    this month
    janitor savings --owner jd --explain  mine, and how it is counted
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import ledger_to_read, read_instant, read_settings
    from cs_aws_janitor.resources import savings
    from cs_aws_janitor.resources.report import savings_report

    settings = read_settings(asked.config_file)
    zone = settings.timezone
    start = read_instant(since, zone, "--since") if since is not None else None
    ledger = ledger_to_read(settings)
    saved = savings.savings(ledger.entries(), clock.now(), settings.policy().terminate_after)
    saved = (saved.since(start) if start else saved).of(partial(fits, asked))
    printing.show_torn(ledger)
    if asked.form == "json":
        shown = {"version": 1, "timezone": str(zone), **savings_report.as_json(saved, zone)}
        printing.show_json({**shown, "torn": ledger.torn})
        return DONE
    tables = [savings_report.sums(saved)]
    tables += [savings_report.arithmetic(saved, zone)] if explain else []
    printing.show_tables(tables, no_color=asked.no_color)
    for line in savings_report.unknown(saved):
        click.echo(line)
    return DONE


def fits(asked: Asked, action: Action) -> bool:
    """Whether the options of the command line select it."""
    owners = {owner.lower() for owner in asked.owners}
    return (
        (not asked.accounts or action.account in asked.accounts)
        and (not asked.regions or action.region in asked.regions)
        and (not asked.kinds or action.kind in asked.kinds)
        and (not owners or (action.owner or "").lower() in owners)
    )
