"""`janitor notify`: tell owners now, or show what they would be told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, PARTLY, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.delivering import Parcel, Post


@click.command("notify")
@click.option("--preview", is_flag=True, help="Only show what would be sent.")
@click.option(
    "--week", is_flag=True, help="With --preview: show the summary of the week, due or not."
)
@options.shared(options.selection)
def notify_command(asked: Asked, *, preview: bool, week: bool) -> int:
    """Tell owners what is due to be told, and do nothing else.

    One digest for each owner, and once a week a summary for the owner of the account; `janitor
    run` sends the same at its end. What is narrowed by region, kind or owner has no summary.

    \b
    janitor notify --preview              what would be sent to whom; never sends
    janitor notify --preview --owner jd   what of jd's
    janitor notify --preview --week       and the summary of the week as of now
    janitor notify                        send it now

    Exit code 1: something could not be sent, and stays due; or was not seen.
    """
    from cs_aws_janitor import looking, running
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import get_ready, look_to_tell, narrowed
    from cs_aws_janitor.resources.sweep import Wish

    if week and (not preview or narrowed(asked)):
        raise click.UsageError("--week goes with --preview, and without --region, --kind, --owner.")
    ready = get_ready(asked)
    _post(ready)
    if preview:
        ready, looked = look_to_tell(ready, Wish(), week=week)
        _show(_post(ready).parcels(looked.plan, week=week))
        printing.show_unseen(looked.plan)
        return PARTLY if looking.unseen(looked.plan) else DONE
    running.require_named(ready, asked.accounts)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready) as halted:
        ready, looked = look_to_tell(ready, Wish())
        told = _post(ready).deliver(looked.plan, halted)
    failed = Counter(each.why for each in told if each.why)
    for why, count in failed.items():
        printing.show_error(f"{_things(count)} not told of, and stay due: {why}")
    click.echo(f"Told: {_things(len(told) - failed.total())}.")
    printing.show_unseen(looked.plan)
    return PARTLY if failed or looking.unseen(looked.plan) else DONE


def _post(ready: Ready) -> Post:
    if ready.post is None:
        cure = "Set sns_topic, email_from or slack.by under [notify]"
        raise RefusedError("no channel is set, so nobody can be told", cure)
    return ready.post


def _show(parcels: Iterable[Parcel]) -> None:
    from cs_aws_janitor.resources.report import letter_report

    empty = True
    for each in parcels:
        to = each.channel.to(each.digest.person)
        click.echo(f"{'' if empty else chr(10)}By {each.channel.name}, to {to}:")
        click.echo(letter_report.text(each.letter))
        empty = False
    if empty:
        click.echo("Nothing is due to be told.")


def _things(count: int) -> str:
    """`1 thing`, `2 things`."""
    from cs_aws_janitor.resources.report import words

    return words.counted(count, "thing")
