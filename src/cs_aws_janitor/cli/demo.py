"""`janitor demo`: weeks of a sample account in one screen, without an account of one's own."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing, contextmanager, nullcontext
from importlib.util import find_spec
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from socket import socket

    from cs_aws_janitor.demo.account import Sample
    from cs_aws_janitor.demo.story import Day
    from cs_aws_janitor.demo.telling import Line

WIDTH = 100
DATE, WHO, LABEL, COUNT = 12, 9, 12, 4  # widths of columns
EXTRA = ("moto", "time_machine", "flask", "flask_cors")
_COLOURS = {
    "person": "cyan",
    "tag": "green",
    "clear_mark": "green",
    "shut_off": "yellow",
    "terminate": "red",
    "notify": "blue",
    "flag": "magenta",
    "failed": "red",
}


@click.command("demo")
@click.option("--serve", is_flag=True, help="Leave the account up afterwards, for other shells.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="With --serve: here, not on a free port."
)
@options.no_color
@options.verbose
def demo_command(*, serve: bool, port: int | None, no_color: bool, verbose: int) -> int:
    """Watch the janitor at work on a sample account. Needs neither AWS nor a network.

    The account lives in this process and in a folder that is removed at the end. Your own
    credentials, settings and ledger are neither read nor touched.

    \b
    janitor demo
    janitor demo --serve     then, in another shell: janitor plan, explain, extend, run, history
    """
    from cs_aws_janitor.demo.shelter import sheltered
    from cs_aws_janitor.shared.logs import log

    if port and not serve:
        raise click.UsageError("--port is of use with --serve only.")
    _require_extra()
    log.configure(verbose)
    colour = sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")
    with _ended_by_sigterm(), sheltered() as folder, _listening(port or 0, serve=serve) as heard:
        _show_opening()
        from cs_aws_janitor.demo import account

        with account.opened(folder) as sample:
            days = _tell(sample, colour=colour)
            _show_sums(days)
            if heard:
                _serve(sample, heard, days[-1])
            else:
                _show_next()
    return DONE


def _require_extra() -> None:
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise RefusedError(
            f"the demo needs packages that are not installed ({', '.join(missing)})",
            "Install them: pip install 'cs-aws-janitor[demo]'",
        )


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: nothing is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _listening(port: int, *, serve: bool) -> AbstractContextManager[socket | None]:
    """The socket for `--serve`, had before all else: a port that is taken is told at once."""
    if not serve:
        return nullcontext()
    from cs_aws_janitor.demo.serving import listen

    return listen(port)


def _tell(sample: Sample, *, colour: bool) -> list[Day]:
    """Go through the days and print, as they come, those on which something happens."""
    from cs_aws_janitor.demo import story
    from cs_aws_janitor.demo.telling import Teller

    teller, days = Teller(), []
    with closing(story.days(sample)) as coming:  # whatever happens, the clock is set right again
        for day in coming:
            days.append(day)
            date = f"{day.on}"
            for line in teller.told(day):
                _show_line(date, line, colour=colour)
                date = ""
    return days


def _show_line(date: str, line: Line, *, colour: bool) -> None:
    who = line.who.ljust(WHO)
    if colour:
        who = click.style(who, fg=_COLOURS.get(line.tone))
    _show_wrapped(date.ljust(DATE) + who, line.what, DATE + WHO)


def _show_wrapped(lead: str, text: str, indent: int) -> None:
    """Print `text` beside `lead`, which is `indent` columns wide, within WIDTH columns."""
    from cs_aws_janitor.shared.safe import safe

    first, *rest = wrap(safe(text), WIDTH - indent, break_on_hyphens=False) or [""]
    click.echo(lead + first)
    for more in rest:
        click.echo(" " * indent + more)


def _show_opening() -> None:
    from cs_aws_janitor.demo.life import BEGAN

    click.echo(
        "A sample AWS account inside this process: no network, no credentials, nothing of yours.\n"
        f"{BEGAN} days of it, one `janitor run` a day; days without news are left out.\n"
    )


def _show_sums(days: Sequence[Day]) -> None:
    from cs_aws_janitor.demo.summing_up import sums

    click.echo("\nWhat came of it:")
    for each in sums(days):
        lead = f"  {each.label.ljust(LABEL)}{str(each.count).rjust(COUNT)}   "
        _show_wrapped(lead, each.what, len(lead))


def _show_next() -> None:
    click.echo(
        "\nTry next:\n"
        "  janitor demo --serve   the same account stays up, to plan, explain, extend and run in\n"
        "  janitor plan           in your own account: what a run would do, and why; never writes\n"
        "  janitor config init    a file for the settings of your team"
    )


def _serve(sample: Sample, listening: socket, last: Day) -> None:
    """Leave the account up until Ctrl-C or SIGTERM."""
    from cs_aws_janitor.demo.serving import serving, to_paste

    named = next((step.name for step in last.plan.steps if step.verbs and step.name), "ID")
    sample.take_alias()
    try:
        with serving(listening) as (address, thread):
            click.echo("\nThe account is up until Ctrl-C. Paste into another shell:\n")
            for line in to_paste(address, sample.config):
                click.echo(line)
            tries = ", ".join(
                ("plan", f"explain {named}", f"extend {named} --days 14", "run", "history")
            )
            click.echo(f"\nThen try there: janitor {tries}")
            thread.join()
    except KeyboardInterrupt:
        click.echo("\nThe account is gone.")
