"""`janitor prices`: the list prices that estimates go by, shown and refreshed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.prices import Row
    from cs_aws_janitor.settings import Settings

COMMERCIAL = "aws"
LISTED_AT = "us-east-1"  # one of the regions in which AWS's price list can be asked

kind = click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind's.")
region = click.option("--region", "regions", multiple=True, metavar="NAME", help="Only this one's.")


@click.group("prices")
def prices_command() -> None:
    """Show and refresh the list prices that estimates of costs go by.

    \b
    janitor prices show           what the estimates go by now
    janitor prices show t3.       every price whose name holds this
    janitor prices refresh        from AWS's own price list, for your regions

    The package brings the prices of us-east-1 of a day that is shown. They stand in for other
    regions until these are refreshed. What is not in the list has no estimate.
    """


@prices_command.command("show")
@click.argument("part", required=False)
@options.shared(kind, region, options.format_option("table", "json", "csv"), options.no_color)
def show_command(asked: Asked, *, part: str | None) -> int:
    """Show the prices that estimates go by, with their region and day. Asks nothing of AWS.

    PART narrows it down to those in whose usage type or variant it stands. Without it, lines of
    many prices are only counted.

    \b
    janitor prices show
    janitor prices show m5.large --region us-east-1
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import chosen_kinds, read_settings
    from cs_aws_janitor.resources.estimating import Estimator
    from cs_aws_janitor.resources.report import prices_report
    from cs_aws_janitor.settings import price_cache

    kinds = chosen_kinds(read_settings(asked.config_file), asked.kinds)
    estimator = Estimator(kinds, price_cache(os.environ))
    rows = prices_report.rows(estimator, asked.regions, part)
    printing.show_trouble(estimator)
    if asked.form == "json":
        printing.show_json({"version": 1, "currency": "USD", "prices": rows})
    elif asked.form == "csv":
        printing.show_csv(prices_report.COLUMNS, rows)
    else:
        shown = rows if part else prices_report.summed(rows)
        printing.show_tables([prices_report.table(shown, len(rows))], no_color=asked.no_color)
    return DONE


@prices_command.command("refresh")
@options.shared(options.places, kind)
def refresh_command(asked: Asked) -> int:
    """Fetch the prices of the account's regions from AWS's price list, into a cache.

    It asks for what the configured kinds are charged for, and for nothing else. What it finds
    counts from then on, with its own day and region. It lies in $XDG_CACHE_HOME or ~/.cache, in
    cs-aws-janitor/prices.json. `janitor permissions prices` prints what it needs.

    \b
    janitor prices refresh
    janitor prices refresh --region eu-west-1 --kind ec2_instance
    """
    from cs_aws_janitor import wiring
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import chosen_kinds, read_settings
    from cs_aws_janitor.resources import price_files, price_list
    from cs_aws_janitor.resources.estimating import lines_of
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.refusals import Refusal, attempt
    from cs_aws_janitor.resources.report import words

    settings = read_settings(asked.config_file)
    lines = lines_of(chosen_kinds(settings, asked.kinds))
    cache = _cache()
    aws = wiring.connect(settings.partition)
    if aws.partition != COMMERCIAL:
        raise RefusedError(f"AWS has no price list in USD for the partition {aws.partition}")
    regions = _regions(aws, settings, asked)
    client = aws.clients(Place(aws.account, LISTED_AT, aws.partition), "pricing")
    today = clock.now().date()
    total = price_list.questions(lines) * len(regions)
    with printing.progress(total, "Asking AWS's price list") as told:
        answer = attempt(lambda: price_list.fetch(client, lines, regions, today, told))
    if isinstance(answer, Refusal):
        raise RefusedError(
            f"AWS's price list cannot be read ({answer.sentence})",
            "Nothing was changed. `janitor permissions prices` prints what it needs",
        )
    price_files.write(cache, {**_kept(cache), **answer})
    found = sum(len(row.usd) for row in answer.values())
    of = words.counted(len(regions), "region")
    click.echo(f"{words.counted(found, 'price')} of {of}, as of {today}: {cache}")
    for where, usage in sorted(key for key, row in answer.items() if not row.usd):
        click.echo(f"AWS lists no price of {usage} in {where}: what needs it has no estimate")
    return DONE


def _cache() -> Path:
    from cs_aws_janitor.settings import price_cache

    cache = price_cache(os.environ)
    if cache is None:
        raise RefusedError("there is no home to keep the prices in", "Set XDG_CACHE_HOME")
    return cache


def _kept(cache: Path) -> Mapping[tuple[str, str], Row]:
    """What stood in the cache; nothing where it was damaged, for it is written anew."""
    from cs_aws_janitor.resources import price_files

    try:
        return price_files.read(cache)
    except price_files.PriceFileError:
        return {}


def _regions(aws: Any, settings: Settings, asked: Asked) -> list[str]:
    """The regions of the accounts that are looked at, that can be seen."""
    from cs_aws_janitor import wiring
    from cs_aws_janitor.accounts import Selection, named_accounts

    selection = Selection(frozenset(asked.accounts), frozenset(asked.regions))
    accounts = named_accounts(aws, settings, selection)
    lit, dark = wiring.places(aws, settings, accounts, selection.regions)
    for place, status, why in dark:
        if status == "denied":
            raise RefusedError(f"account {place.account}: {why}", "Or name them with --region")
    return sorted({place.region for place in lit})
