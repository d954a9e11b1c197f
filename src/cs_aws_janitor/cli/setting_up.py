"""From options to the things that commands work with: settings, rules, ledger, world."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor import ready
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.sweep import Look, Wish
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws


@dataclass(frozen=True, slots=True)
class Ready(ready.Ready):
    """Everything a command needs to look at AWS and to act on it; `asked` is what it was told."""

    asked: Asked


def read_settings(config_file: Path | None) -> Settings:
    """The settings, by the search order of `command-line.md`."""
    from cs_aws_janitor.resources.kinds import KINDS
    from cs_aws_janitor.settings import load

    try:
        here = Path.cwd()
    except FileNotFoundError as error:
        raise RefusedError("the folder it was started in is gone", "Start it elsewhere") from error
    return load(config_file, os.environ, here, KINDS)


def get_ready(asked: Asked) -> Ready:
    """Read the settings and the clock once, find out who is calling, and what can be looked at."""
    from cs_aws_janitor import looking, wiring

    settings = read_settings(asked.config_file)
    kinds = chosen_kinds(settings, asked.kinds)
    as_of = asked.as_of
    now = None if as_of is None else read_instant(as_of, settings.policy().timezone, "--as-of")
    scope = ready.Scope(kinds, frozenset(asked.accounts), frozenset(asked.regions))
    made = looking.prepare(wiring.connect(settings.partition), settings, scope, _command())
    rules = made.rules if now is None else replace(made.rules, now=now)
    known = {each.name: getattr(made, each.name) for each in fields(made)}
    return Ready(**{**known, "rules": rules}, asked=asked)


def open_ledger(settings: Settings, aws: Aws) -> Ledger:
    """The ledger where the settings have it: in S3 or in a file."""
    from cs_aws_janitor import looking

    return looking.open_ledger(settings, aws, _command())


def ledger_to_read(settings: Settings) -> Ledger:
    """The ledger for who only reads it: where it is in a file, AWS is not asked."""
    if settings.ledger.path:
        from cs_aws_janitor.resources.ledger import Ledger
        from cs_aws_janitor.shared.ledger_file import File

        return Ledger(File(settings.ledger.path))
    from cs_aws_janitor import wiring

    return open_ledger(settings, wiring.connect(settings.partition))


def _command() -> str:
    return click.get_current_context().info_name or "run"


def look(ready: Ready, wish: Wish) -> Look:
    """See what the options selected, as `wish` has it; with progress on a terminal."""
    from cs_aws_janitor import looking
    from cs_aws_janitor.cli import printing

    owners = frozenset(owner.lower() for owner in ready.asked.owners)
    with printing.progress(len(ready.world.places) * len(ready.world.kinds)) as covered:
        wish = replace(wish, owners=owners, covered=covered)
        looked = looking.look(ready, wish)
    printing.show_torn(ready.ledger)
    printing.show_trouble(ready.estimator)
    return looked


def look_to_tell(ready: Ready, wish: Wish, *, week: bool = False) -> tuple[Ready, Look]:
    """The same, and `ready` to tell of the week where that is due (`week`: anyhow).

    What the options have narrowed by region, kind or owner is no whole account to tell of.
    """
    from cs_aws_janitor import running

    if narrowed(ready.asked):
        return ready, look(ready, wish)
    looked = look(ready, running.also_the_week(ready, wish, anyhow=week))
    return running.telling_the_week(ready, looked), looked


def narrowed(asked: Asked) -> bool:
    """Whether the options leave something out of an account."""
    return bool(asked.regions or asked.kinds or asked.owners)


def find(ready: Ready, wanted: Sequence[str]) -> list[Resource]:
    """The resources that `wanted` names, with what the ledger remembers of them."""
    from cs_aws_janitor.resources import finding
    from cs_aws_janitor.resources.inspection import remembered

    policy = ready.rules.policy
    found = finding.find(ready.world, wanted, policy.keys)
    return [remembered(ready.ledger, resource, policy) for resource in found]


def read_instant(text: str, zone: tzinfo, option: str | None = None) -> datetime:
    """A date that was typed as an `option`, read as strictly as one on a tag.

    Of two readings none is taken: whoever typed it can be asked.
    """
    from cs_aws_janitor.resources import dates

    try:
        reading = dates.read(text, zone)
    except dates.UnreadableDateError:
        what = f"{text!r} is not a date; write it as 2026-12-06 or 2026-12-06T18:00+01:00"
        raise click.BadParameter(what, param_hint=option) from None
    if reading.ambiguous:
        what = f"{text!r} has two readings; write it as {reading.at:%Y-%m-%d}"
        raise click.BadParameter(what, param_hint=option)
    return reading.at


def require_terminal_or(*, yes: bool) -> None:
    """Refuse an unattended start that was not asked for: nobody could be asked."""
    if not yes and not sys.stdin.isatty():
        raise RefusedError(
            "there is no terminal on which to confirm", "Pass --yes for unattended use"
        )


def confirm(ready: Ready, accounts: Iterable[str]) -> None:
    """Have a person type the alias of each account before the first write."""
    for account in sorted(set(accounts)):
        alias = ready.aws.alias(account)
        what = f"account {account}" if alias == account else f"account {account} ({alias})"
        typed: str = click.prompt(f"Type {alias} to let the janitor act in {what}", err=True)
        if typed.strip() != alias:
            raise RefusedError(f"{typed.strip()!r} is not {alias!r}, so nothing was done")


def chosen_kinds(settings: Settings, wanted: Sequence[str]) -> Mapping[str, Kind]:
    """The kinds of the settings, or those that were `wanted`."""
    from cs_aws_janitor.resources.kinds import KINDS

    for name in wanted:
        if name not in KINDS:
            raise click.BadParameter(
                f"there is no kind {name!r}; there are: {', '.join(KINDS)}", param_hint="--kind"
            )
    names = wanted or settings.kinds or tuple(KINDS)
    return {name: KINDS[name] for name in names}
