"""`janitor run`: plan and carry out; once, or for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import JanitorError

if TYPE_CHECKING:
    from pathlib import Path

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.cli.telling import Telling


@click.command("run")
@click.option("--every", type=options.SPAN, help="Run for ever, this often: 30m, 1h, 1d.")
@click.option("--jitter", type=options.SPAN, help="Begin each further run later by up to this: 5m.")
@options.file_option("--health", "Keep this file true of the daemon: its state, as JSON.")
@options.file_option("--metrics", "Write the figures of each run there, for Prometheus: FILE.prom.")
@options.yes
@options.shared(options.selection, options.format_option("table", "json", "csv"), options.no_color)
def run_command(
    asked: Asked,
    *,
    every: float | None,
    jitter: float | None,
    health: Path | None,
    metrics: Path | None,
    yes: bool,
) -> int:
    """Do now what `janitor plan` shows.

    On a terminal it shows the plan and asks for the account's alias before the first write.

    \b
    janitor run --yes                      for cron
    janitor run --yes --every 1h           as a daemon; ends after the step in hand on SIGTERM
    janitor run --yes --every 1h --jitter 5m --health /run/janitor.json
    janitor run --account 123456789012     without a settings file

    The daemon logs one line a run to standard error, a run by itself does so with -v: JSON off a
    terminal, from which CloudWatch reads metrics by itself.

    Exit code 0: all done. 1: a step failed, was blocked or changed, or something was not seen.
    2: refused before the first step.
    """
    from cs_aws_janitor.cli import printing, replacing
    from cs_aws_janitor.cli.daemon import Rhythm, repeat
    from cs_aws_janitor.cli.health import Health
    from cs_aws_janitor.cli.setting_up import require_terminal_or
    from cs_aws_janitor.cli.telling import Telling

    _require_sense(every, jitter, health)
    require_terminal_or(yes=yes)
    for file in filter(None, (health, metrics)):
        replacing.check(file)
    how = Telling(always=every is not None, textfile=metrics)
    if every is None:
        return _once(asked, how, yes=yes)

    def once() -> int:
        try:
            return _once(asked, how, yes=yes)
        except JanitorError as error:
            # A daemon outlives an expired token and a settings file in mid-edit.
            printing.show_error(str(error))
            return error.exit_code

    return repeat(once, Rhythm(every, jitter or 0.0), Health(health))


def _require_sense(every: float | None, jitter: float | None, health: Path | None) -> None:
    if every is None and (jitter is not None or health is not None):
        given = "--jitter" if jitter is not None else "--health"
        raise click.UsageError(f"{given} is of the daemon alone: give --every as well.")
    if every is not None and jitter is not None and jitter >= every:
        raise click.UsageError("--jitter must be shorter than --every.")


def _once(asked: Asked, how: Telling, *, yes: bool) -> int:
    """Look, confirm, carry out, tell; the exit code. Settings and clock are read afresh."""
    from cs_aws_janitor import running
    from cs_aws_janitor.cli import carrying_out, telling
    from cs_aws_janitor.cli.carrying_out import Manner
    from cs_aws_janitor.cli.setting_up import get_ready, look_to_tell
    from cs_aws_janitor.resources.sweep import Wish

    with telling.told(how) as tell:
        ready = get_ready(asked)
        running.require_named(ready, asked.accounts)
        ready.ledger.check_writable()
        with running.one_at_a_time(ready) as halted:
            ready, looked = look_to_tell(ready, Wish(sightings=True))
            running.remember(ready, looked)
            manner = Manner(yes=yes, halted=halted)
            finished = carrying_out.carry_out(ready, looked.plan, manner)
        return tell(ready, looked.plan, finished)
