"""`janitor extend`: I need it longer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options

if TYPE_CHECKING:
    from datetime import datetime

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.sweep import Rules


@click.command("extend")
@click.argument("wanted", metavar="ID...", nargs=-1, required=True)
@click.option("--days", type=click.IntRange(min=1, max=3660), help="So many days longer.")
@click.option("--months", type=click.IntRange(min=1, max=120), help="So many months longer.")
@click.option("--until", metavar="DATE", help="Until this day: 2026-12-31.")
@click.option(
    "--reason", type=options.REASON, help="Why; written on the resource and in the ledger."
)
@click.option("--beyond", is_flag=True, help="Further than extension.longest allows.")
@options.shared(options.places, options.format_option("table", "json"))
def extend_command(
    asked: Asked,
    *,
    wanted: tuple[str, ...],
    days: int | None,
    months: int | None,
    until: str | None,
    reason: str | None,
    beyond: bool,
) -> int:
    """Move the Expiration of resources to a later date, and undo a shut-off mark.

    Days and months count from the present Expiration, or from today where that has passed.
    Nothing is started: whoever needs it on starts it. An Auto Scaling group, which was scaled to
    zero, gets back its sizes.

    \b
    janitor extend i-0abc1234def567890 --days 14
    janitor extend jd-GitLabRunner --months 2 --reason "proof of concept at ACME"
    """
    from cs_aws_janitor.cli import acting
    from cs_aws_janitor.cli.setting_up import find, get_ready
    from cs_aws_janitor.resources import acts

    if sum(given is not None for given in (days, months, until)) != 1:
        raise click.UsageError("Give one of --days, --months and --until.")
    ready = get_ready(asked)
    rules = ready.rules
    ready.ledger.check_writable()
    moved = []
    for resource in find(ready, wanted):
        at = _new_date(resource, rules, days=days, months=months, until=until)
        acts.check_span(rules, at, beyond=beyond)
        day = rules.policy.day_of(at)
        moved.append(partial(acts.extend, ready.world, rules, resource, day, reason))
    return acting.carry_out(ready, moved)


def _new_date(
    resource: Resource, rules: Rules, *, days: int | None, months: int | None, until: str | None
) -> datetime:
    from datetime import datetime, time, timedelta

    from cs_aws_janitor.cli.setting_up import read_instant
    from cs_aws_janitor.resources import standing
    from cs_aws_janitor.shared.months import months_later

    zone = rules.policy.timezone
    if until is not None:
        return read_instant(until, zone, "--until")
    today = rules.policy.today(rules.now)
    day = max(standing.read(resource, rules.policy, rules.now).expires_on or today, today)
    try:
        later = day + timedelta(days=days) if days else months_later(day, months or 0)
    except (OverflowError, ValueError) as error:
        raise click.UsageError(f"{day} cannot be moved that far") from error
    return datetime.combine(later, time(), tzinfo=zone)
