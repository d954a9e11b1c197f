"""From options to what the commands of customers work with."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers_ready import Door, Ready, Scope
    from cs_aws_janitor.wiring import Aws


def get_ready(wanted: Wanted) -> Ready:
    """Read the settings and the clock once, the playbooks, and the ledger.

    Raises RefusedError where there is no file of customers, or nothing to plan by.
    """
    from cs_aws_janitor import customers_running

    return customers_running.prepare(door_of(wanted), scope_of(wanted))


def door_of(wanted: Wanted) -> Door:
    """The settings, and the world as a command finds it; AWS is asked if something lies there."""
    from cs_aws_janitor.cli.setting_up import read_settings
    from cs_aws_janitor.customers_ready import Door

    settings = read_settings(wanted.config_file)

    @cache
    def connect() -> Aws:
        from cs_aws_janitor import wiring

        return wiring.connect(settings.partition)

    return Door(settings, connect, os.environ, _command())


def scope_of(wanted: Wanted) -> Scope:
    """What the options say."""
    from cs_aws_janitor.customers_ready import Scope

    csms = frozenset(csm.lower() for csm in wanted.csms)
    customers, playbooks = wanted.customers_file, wanted.playbooks_folder
    return Scope(customers, playbooks, wanted.today, frozenset(wanted.ids), csms)


def _command() -> str:
    context = click.get_current_context(silent=True)
    return (context and context.info_name) or "run"


def show_problems(ready: Ready) -> None:
    """Say on standard error what could not be read, a line each."""
    from cs_aws_janitor.cli import printing

    for each in (*ready.misprints, *ready.book.problems):
        printing.show_error(str(each))
    for line in ready.ledger.torn:
        printing.show_error(f"the ledger: {line}")
