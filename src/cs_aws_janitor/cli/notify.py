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
    from cs_aws_janitor.resources.digest import Digest
    from cs_aws_janitor.resources.policy import Policy


@click.command("notify")
@click.option("--preview", is_flag=True, help="Only show what would be sent.")
@options.shared(options.selection)
def notify_command(asked: Asked, *, preview: bool) -> int:
    """Tell owners what is due to be told, and do nothing else.

    One digest for each owner; `janitor run` sends the same at its end.

    \b
    janitor notify --preview              what would be sent to whom; never sends
    janitor notify --preview --owner jd   what of jd's
    janitor notify                        send it now

    Exit code 1: something could not be sent, and stays due; or was not seen.
    """
    from cs_aws_janitor import running
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import get_ready, look
    from cs_aws_janitor.resources.sweep import Wish

    ready = get_ready(asked)
    if ready.post is None:
        cure = "Set sns_topic or email_from under [notify]"
        raise RefusedError("no channel is set, so nobody can be told", cure)
    if preview:
        plan = look(ready, Wish()).plan
        _show(ready.post.preview(plan), ready.rules.policy)
        printing.show_unseen(plan)
        return PARTLY if running.unseen(plan) else DONE
    running.require_named(ready, asked.accounts)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready) as halted:
        plan = look(ready, Wish()).plan
        told = ready.post.deliver(plan, halted)
    failed = Counter(each.why for each in told if each.why)
    for why, count in failed.items():
        printing.show_error(f"{_things(count)} not told of, and stay due: {why}")
    click.echo(f"Told: {_things(len(told) - failed.total())}.")
    printing.show_unseen(plan)
    return PARTLY if failed or running.unseen(plan) else DONE


def _show(sent: Iterable[tuple[str, Digest]], policy: Policy) -> None:
    from cs_aws_janitor.resources.report import digest_report

    empty = True
    for channel, each in sent:
        to = (each.person and (each.person.email or each.person.initials)) or "nobody who is known"
        click.echo(f"{'' if empty else chr(10)}By {channel}, to {to}:")
        click.echo(digest_report.text(each, policy))
        empty = False
    if empty:
        click.echo("Nothing is due to be told.")


def _things(count: int) -> str:
    """`1 thing`, `2 things`."""
    from cs_aws_janitor.resources.report import words

    return words.counted(count, "thing")
