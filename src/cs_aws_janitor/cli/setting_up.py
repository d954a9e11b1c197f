"""From options to the things that commands work with: settings, rules, ledger, world."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import LedgerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.resources.sweep import Look, Rules, Wish, World
    from cs_aws_janitor.settings import Account, Settings
    from cs_aws_janitor.shared.lease import Holder, Slot
    from cs_aws_janitor.wiring import Aws

LOST = "the lock was lost to another run"


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything a command needs to look at AWS and to act on it.

    `started` is the present, which `--as-of` does not move; `rules.now` is what is decided for.
    """

    asked: Asked
    started: datetime
    settings: Settings
    aws: Aws
    accounts: Sequence[Account]
    world: World
    rules: Rules
    ledger: Ledger


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
    from cs_aws_janitor import wiring
    from cs_aws_janitor.resources.sweep import Rules, World

    settings = read_settings(asked.config_file)
    kinds = _kinds(settings, asked.kinds)
    policy = settings.policy()
    started = clock.now()
    as_of = asked.as_of
    now = started if as_of is None else read_instant(as_of, policy.timezone, "--as-of")
    aws = wiring.connect()
    selection = wiring.Selection(frozenset(asked.accounts), frozenset(asked.regions))
    accounts = wiring.named_accounts(aws, settings, selection)
    lit, dark = wiring.places(aws, settings, accounts, selection.regions)
    ledger = open_ledger(settings, aws)
    world = World(lit, kinds, aws.clients, wiring.coverage_of(dark, kinds))
    rules = Rules(policy, now, ledger)
    return Ready(asked, started, settings, aws, accounts, world, rules, ledger)


def open_ledger(settings: Settings, aws: Aws) -> Ledger:
    """The ledger where the settings have it: in S3 or in a file."""
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.ledger_s3 import S3
    from cs_aws_janitor.shared.ledger_file import File

    by = click.get_current_context().info_name or "run"
    if place := settings.ledger.s3:
        return Ledger(S3(aws.at_home("s3"), place.bucket, place.prefix), by)
    return Ledger(File(_path(settings)), by)


def _path(settings: Settings) -> Path:
    path = settings.ledger.path
    if path is None:
        raise RefusedError("the settings name no place for the ledger", "Set ledger.path")
    if path.exists() and not (path.is_file() or path.is_dir()):
        # A device may have no end.
        raise LedgerError(f"the ledger {path} is not an ordinary file", "Set ledger.path to one")
    return path


@contextmanager
def one_at_a_time(ready: Ready) -> Iterator[Callable[[], str | None]]:
    """Hold the lock of every account; what is given says why to stop, once a lock is lost.

    Raises LockedError while another run is under way.
    """
    from cs_aws_janitor.shared.lease import hold

    holder = _holder()
    with ExitStack() as stack:
        leases = [
            stack.enter_context(hold(_slot(ready, account.id), holder, clock.now))
            for account in ready.accounts
        ]
        yield lambda: LOST if any(lease.lost for lease in leases) else None


def _holder() -> Holder:
    from cs_aws_janitor.shared.lease import Holder

    host, pid = socket.gethostname(), os.getpid()
    return Holder(f"process {pid} on {host}", host, pid)


def _slot(ready: Ready, account: str) -> Slot:
    from cs_aws_janitor.resources.lease_s3 import S3Slot
    from cs_aws_janitor.shared.lease import FileSlot

    if place := ready.settings.ledger.s3:
        key = "/".join(part for part in (place.prefix, "locks", account) if part)
        return S3Slot(ready.aws.at_home("s3"), place.bucket, key)
    path = _path(ready.settings)
    return FileSlot(path.with_name(f"{path.name}.{account}.lock"))


def look(ready: Ready, wish: Wish) -> Look:
    """See what the options selected, as `wish` has it; with progress on a terminal."""
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources import sweep

    owners = frozenset(owner.lower() for owner in ready.asked.owners)
    with printing.progress(len(ready.world.places) * len(ready.world.kinds)) as covered:
        wish = replace(wish, owners=owners, covered=covered)
        looked = sweep.look(ready.world, ready.rules, wish)
    printing.show_torn(ready.ledger)
    return replace(looked, plan=replace(looked.plan, made_at=ready.started))


def find(ready: Ready, wanted: Sequence[str]) -> list[Resource]:
    """The resources that `wanted` names, with what the ledger remembers of them."""
    from cs_aws_janitor.resources import finding
    from cs_aws_janitor.resources.inspection import recall

    keys = ready.rules.policy.keys
    found = finding.find(ready.world, wanted, keys)
    return [recall(ready.ledger, resource, keys) for resource in found]


def unseen(plan: Plan) -> bool:
    """Whether something may be there that the plan does not know of."""
    return bool(plan.blind_spots) or "unknown" in plan.phases


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


def require_named(ready: Ready) -> None:
    """Refuse to write to an account that neither the settings nor `--account` names."""
    named = {account.id for account in ready.settings.accounts} | set(ready.asked.accounts)
    for account in ready.accounts:
        if account.id not in named:
            raise RefusedError(
                f"account {account.id} is not named, so nothing may be changed in it",
                f'Write accounts = ["{account.id}"] in janitor.toml, '
                f"or pass --account {account.id}",
            )


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


def _kinds(settings: Settings, wanted: Sequence[str]) -> Mapping[str, Kind]:
    from cs_aws_janitor.resources.kinds import KINDS

    for name in wanted:
        if name not in KINDS:
            raise click.BadParameter(
                f"there is no kind {name!r}; there are: {', '.join(KINDS)}", param_hint="--kind"
            )
    names = wanted or settings.kinds or tuple(KINDS)
    return {name: KINDS[name] for name in names}
