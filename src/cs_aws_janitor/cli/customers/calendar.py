"""`janitor customers calendar`: the touchpoints as a feed for calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.customers import options
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted

AHEAD = 92  # days


@click.command("calendar")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The feed. Without it: [customers] calendar of the settings.",
)
@click.option(
    "--ahead",
    type=click.IntRange(0, 3660),
    default=AHEAD,
    show_default=True,
    metavar="DAYS",
    help="How far repeated touchpoints are shown.",
)
@options.shared(options.customers_file, options.playbooks_folder, options.today, options.narrowed)
def calendar(wanted: Wanted, *, out: Path | None, ahead: int) -> int:
    """Write the touchpoints as a calendar feed (iCalendar), an event on the day each is due.

    Written again, events keep their identity: what moved is updated, what is gone is cancelled,
    and what is past stays.

    \b
    janitor customers calendar --customers customers.toml --out touchpoints.ics
    janitor customers calendar --csm csm-1 --out csm-1.ics --ahead 365
    """
    from cs_aws_janitor.cli.customers.setting_up import get_ready, show_problems
    from cs_aws_janitor.customers_places import at
    from cs_aws_janitor.shared import clock

    ready = get_ready(wanted)
    try:
        from cs_aws_janitor.customers.sinks.calendar import CalendarSink
    except ModuleNotFoundError as error:
        raise ready.door.lacks(error) from None
    until = ready.today.day + timedelta(days=ahead)
    ready = replace(ready, today=replace(ready.today, ahead=until))
    place = out or ready.settings.customers.calendar
    if place is None:
        raise RefusedError("there is no file for the feed", "Name one with --out FILE.ics")
    found = ready.round
    events = CalendarSink(at(ready.door, place), clock.now).replace(
        found.tasks(), lambda key: found.seen().covers_key(key), ready.today.day
    )
    click.echo(f"{place}: {events:,} events")
    show_problems(ready)
    return ready.exit_code
