"""`janitor keep` and `janitor release`: what is permanent, on a person's explicit word."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.acts import Act
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.sweep import Rules, World

    Deed = Callable[[World, Rules, Resource], Act]


@click.command("keep")
@click.argument("wanted", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--reason",
    type=options.TAG_VALUE,
    required=True,
    help="Why it is permanent and what for; a tag says so.",
)
@options.shared(options.places, options.format_option("table", "json"))
def keep_command(asked: Asked, *, wanted: tuple[str, ...], reason: str) -> int:
    """Make resources permanent: termination protection, and a tag that says why.

    \b
    janitor keep i-0abc1234def567890 --reason "demo runner of the EMEA team, asked for weekly"
    """
    from cs_aws_janitor.resources import acts

    return _act(asked, wanted, partial(acts.keep, reason=reason))


@click.command("release")
@click.argument("wanted", metavar="ID...", nargs=-1, required=True)
@options.shared(options.places, options.format_option("table", "json"))
def release_command(asked: Asked, *, wanted: tuple[str, ...]) -> int:
    """Take `janitor keep` back: the protection and the tag go, and the ordinary life goes on.

    \b
    janitor release jd-GitLabRunner
    """
    from cs_aws_janitor.resources import acts

    return _act(asked, wanted, acts.release)


def _act(asked: Asked, wanted: tuple[str, ...], deed: Deed) -> int:
    from cs_aws_janitor.cli import acting
    from cs_aws_janitor.cli.setting_up import find, get_ready

    ready = get_ready(asked)
    ready.ledger.check_writable()
    found = find(ready, wanted)
    return acting.carry_out(ready, [partial(deed, ready.world, ready.rules, r) for r in found])
