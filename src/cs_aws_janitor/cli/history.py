"""`janitor history`: what was done, when, why and with what result."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.ledger_history import Deed, Wanted
    from cs_aws_janitor.shared.table import Table

COLUMNS = "at by account region kind id name owner what result reason why".split()
COMMON = ("account", "region", "kind")


@click.command("history")
@click.argument("resource", metavar="[ID]", required=False)
@click.option("--since", metavar="DATE", help="From this day on: 2026-12-06.")
@options.shared(options.selection, options.format_option("table", "json", "csv"), options.no_color)
def history_command(asked: Asked, *, resource: str | None, since: str | None) -> int:
    """Say what was done, when, to what, why, and with what result; oldest first.

    It reads the ledger: what run and apply did, and whatever people did with extend, keep and
    release. ID is a resource id, an ARN, or a Name. With a ledger in a file AWS is not asked.

    \b
    janitor history                               everything
    janitor history i-0abc1234def567890           what became of mine?
    janitor history --since 2026-12-01 --format csv > december.csv
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import ledger_to_read, read_instant, read_settings
    from cs_aws_janitor.resources.kinds import KINDS
    from cs_aws_janitor.resources.ledger_history import Wanted, chosen, deeds

    settings = read_settings(asked.config_file)
    wanted = Wanted(
        resource,
        read_instant(since, settings.timezone, "--since") if since is not None else None,
        asked.accounts,
        asked.regions,
        asked.kinds,
        [owner.lower() for owner in asked.owners],
        {kind.name: kind.arns for kind in KINDS.values()},
    )
    ledger = ledger_to_read(settings)
    found = chosen(deeds(ledger.entries(), settings.naming.pattern), wanted)
    printing.show_torn(ledger)
    rows = [_row(deed, settings.timezone) for deed in found]
    if asked.form == "json":
        shown = {"version": 1, "timezone": str(settings.timezone), "history": rows}
        printing.show_json({**shown, "torn": ledger.torn})
    elif asked.form == "csv":
        printing.show_csv(COLUMNS, rows)
    elif found:
        printing.show_tables([_table(found, settings.timezone)], no_color=asked.no_color)
    else:
        where = settings.ledger.path or settings.ledger.s3
        click.echo(f"The ledger {where} knows of nothing done{_but(wanted)}.")
    return DONE


def _row(deed: Deed, zone: tzinfo) -> dict[str, Any]:
    return {**asdict(deed), "at": deed.at.astimezone(zone).isoformat() if deed.at else None}


def _table(done: Sequence[Deed], zone: tzinfo) -> Table:
    """The deeds in a table; what is the same for all of them stands in its title."""
    from cs_aws_janitor.resources.report import words
    from cs_aws_janitor.shared.safe import safe
    from cs_aws_janitor.shared.table import Table

    common = [each for each in COMMON if len({getattr(deed, each) for deed in done}) == 1]
    places = [each for each in COMMON if each not in common]
    title = f"What was done: {len(done)}" + "".join(
        f", {each} {safe(getattr(done[0], each))}" for each in common
    )
    rows = [
        (
            words.instant(deed.at.astimezone(zone)) if deed.at else "?",
            deed.by,
            *(getattr(deed, each) for each in places),
            deed.id,
            deed.name or "",
            deed.what,
            deed.result,
            deed.why or deed.reason or "",
        )
        for deed in done
    ]
    heads = ("WHEN", "BY", *map(str.upper, places), "ID", "NAME", "WHAT", "RESULT", "WHY")
    return Table(title, heads, rows)


def _but(wanted: Wanted) -> str:
    """What was asked for, where that may be why nothing is shown."""
    about = f" to {wanted.resource!r}" if wanted.resource is not None else ""
    since = f" since {wanted.since:%Y-%m-%d}" if wanted.since else ""
    narrowed = wanted.accounts or wanted.regions or wanted.kinds or wanted.owners
    return about + since + (" that fits the other options" if narrowed else "")
