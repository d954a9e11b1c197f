"""`janitor run`: plan and carry out; once, or for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import JanitorError

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked


@click.command("run")
@click.option("--every", type=options.SPAN, help="Run for ever, this often: 30m, 1h, 1d.")
@options.yes
@options.shared(options.selection, options.format_option("table", "json", "csv"), options.no_color)
def run_command(asked: Asked, *, every: float | None, yes: bool) -> int:
    """Do now what `janitor plan` shows.

    On a terminal it shows the plan and asks for the account's alias before the first write.

    \b
    janitor run --yes                      for cron
    janitor run --yes --every 1h           as a daemon; ends after the step in hand on SIGTERM
    janitor run --account 123456789012     without a settings file

    Exit code 0: all done. 1: a step failed, was blocked or changed, or something was not seen.
    2: refused before the first step.
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.daemon import repeat
    from cs_aws_janitor.cli.setting_up import require_terminal_or

    require_terminal_or(yes=yes)
    if every is None:
        return _once(asked, yes=yes)

    def once() -> int:
        try:
            return _once(asked, yes=yes)
        except JanitorError as error:
            # A daemon outlives an expired token and a settings file in mid-edit.
            printing.show_error(str(error))
            return error.exit_code

    return repeat(once, every)


def _once(asked: Asked, *, yes: bool) -> int:
    """Look, confirm, carry out, tell; the exit code. Settings and clock are read afresh."""
    from cs_aws_janitor import running
    from cs_aws_janitor.cli import carrying_out
    from cs_aws_janitor.cli.carrying_out import Manner
    from cs_aws_janitor.cli.setting_up import get_ready, look
    from cs_aws_janitor.resources.sweep import Wish

    ready = get_ready(asked)
    running.require_named(ready, asked.accounts)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready) as halted:
        looked = look(ready, Wish(sightings=True))
        running.remember(ready, looked)
        return carrying_out.carry_out(ready, looked.plan, Manner(yes=yes, halted=halted))
