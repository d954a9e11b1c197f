"""The other half of `janitor restore`: what still stands gets back what its shut-off took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.shared.errors import DONE, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.giving_back import Return


def show(ready: Ready, promised: Return) -> int:
    """Say what would be given back; the exit code."""
    from cs_aws_janitor.cli import printing

    if ready.asked.form == "json":
        printing.show_json(_as_json(promised))
    else:
        click.echo(_text(promised))
    return DONE


def give(ready: Ready, promised: Return, halted: Callable[[], str | None], *, yes: bool) -> int:
    """Confirm, give back, tell; the exit code."""
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import confirm
    from cs_aws_janitor.resources import giving_back
    from cs_aws_janitor.shared.safe import safe

    if not yes:
        click.echo(_text(promised), err=ready.asked.form == "json")
        confirm(ready, {promised.resource.place.account})
    if why := halted():
        raise RefusedError(f"nothing was given back: {why}", "Run it again")
    act = giving_back.give_back(ready.world, ready.rules, promised)
    if ready.asked.form == "json":
        printing.show_json({**_as_json(promised), "result": "done"})
    else:
        click.echo(safe(f"{promised.resource.id}: {act.reason}; {act.hint}"))
    return DONE


def _text(promised: Return) -> str:
    from cs_aws_janitor.shared.safe import safe

    where = f"{promised.resource.id} in {promised.resource.place.region}"
    return safe(f"{where} stands shut off: {promised.taken}; {promised.outlook}")


def _as_json(promised: Return) -> dict[str, Any]:
    from cs_aws_janitor.resources import plan_json

    resource = promised.resource
    return {
        "version": plan_json.VERSION,
        "account": resource.place.account,
        "region": resource.place.region,
        "kind": resource.kind,
        "id": resource.id,
        "name": promised.called,
        "gives_back": promised.taken,
        "outlook": promised.outlook,
    }
