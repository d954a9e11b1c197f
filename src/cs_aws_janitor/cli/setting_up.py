"""From options to the things that commands work with: settings, rules, ledger, world."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.lease import Holder, Slot
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.resources.sweep import Look, Rules, World
    from cs_aws_janitor.settings import Account, Settings
    from cs_aws_janitor.wiring import Aws

LOST = "the lock was lost to another run"


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything a command needs to look at AWS and to act on it."""

    asked: Asked
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

    return load(config_file, os.environ, Path.cwd(), KINDS)


def get_ready(asked: Asked) -> Ready:
    """Read the settings and the clock once, find out who is calling, and what can be looked at."""
    from cs_aws_janitor import wiring
    from cs_aws_janitor.resources.sweep import Rules, World

    settings = read_settings(asked.config_file)
    kinds = _kinds(settings, asked.kinds)
    policy = settings.policy()
    now = read_instant(asked.as_of, policy.timezone) if asked.as_of else clock.now()
    aws = wiring.connect()
    selection = wiring.Selection(frozenset(asked.accounts), frozenset(asked.regions))
    accounts = wiring.named_accounts(aws, settings, selection)
    lit, dark = wiring.places(aws, settings, accounts, selection.regions)
    ledger = open_ledger(settings, aws)
    world = World(lit, kinds, aws.clients, wiring.coverage_of(dark, kinds))
    return Ready(asked, settings, aws, accounts, world, Rules(policy, now, ledger), ledger)


def open_ledger(settings: Settings, aws: Aws) -> Ledger:
    """The ledger where the settings have it: in S3 or in a file."""
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.ledger_file import File
    from cs_aws_janitor.resources.ledger_s3 import S3

    if place := settings.ledger.s3:
        return Ledger(S3(aws.at_home("s3"), place.bucket, place.prefix))
    return Ledger(File(_path(settings)))


def _path(settings: Settings) -> Path:
    path = settings.ledger.path
    if path is None:
        raise RefusedError("the settings name no place for the ledger", "Set ledger.path")
    return path


@contextmanager
def one_at_a_time(ready: Ready) -> Iterator[Callable[[], str | None]]:
    """Hold the lock of every account; what is given says why to stop, once a lock is lost.

    Raises LockedError while another run is under way.
    """
    from cs_aws_janitor.resources.lease import hold

    holder = _holder()
    with ExitStack() as stack:
        leases = [
            stack.enter_context(hold(_slot(ready, account.id), holder, clock.now))
            for account in ready.accounts
        ]
        yield lambda: LOST if any(lease.lost for lease in leases) else None


def _holder() -> Holder:
    from cs_aws_janitor.resources.lease import Holder

    host, pid = socket.gethostname(), os.getpid()
    return Holder(f"process {pid} on {host}", host, pid)


def _slot(ready: Ready, account: str) -> Slot:
    from cs_aws_janitor.resources.lease import FileSlot
    from cs_aws_janitor.resources.lease_s3 import S3Slot

    if place := ready.settings.ledger.s3:
        key = "/".join(part for part in (place.prefix, "locks", account) if part)
        return S3Slot(ready.aws.at_home("s3"), place.bucket, key)
    path = _path(ready.settings)
    return FileSlot(path.with_name(f"{path.name}.{account}.lock"))


def look(ready: Ready, *, everything: bool = False, protection: bool = False) -> Look:
    """See what the options selected, with progress on a terminal."""
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources import sweep

    owners = frozenset(owner.lower() for owner in ready.asked.owners)
    with printing.progress(len(ready.world.places) * len(ready.world.kinds)) as covered:
        wish = sweep.Wish(owners, everything, protection, covered)
        looked = sweep.look(ready.world, ready.rules, wish)
    printing.show_torn(ready.ledger)
    return looked


def unseen(plan: Plan) -> bool:
    """Whether something may be there that the plan does not know of."""
    return bool(plan.blind_spots) or "unknown" in plan.phases


def read_instant(text: str, zone: tzinfo) -> datetime:
    """A date that was typed as an option, read as strictly as one on a tag."""
    from cs_aws_janitor.resources import dates

    try:
        return dates.read(text, zone).at
    except dates.UnreadableDateError:
        raise click.BadParameter(
            f"{text!r} is not a date; write it as 2026-12-06 or 2026-12-06T18:00+01:00"
        ) from None


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
