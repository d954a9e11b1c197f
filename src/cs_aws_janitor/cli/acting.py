"""Carrying out a person's command on one resource after the other, and telling what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.shared.errors import DONE, PARTLY, REFUSED, JanitorError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.acts import Act

_SENTENCES = {
    "extend": "Expiration moved from {old} to {new}",
    "keep": "protected, and kept for good: {new}",
    "release": "no longer kept",
}


def carry_out(ready: Ready, deeds: Sequence[Callable[[], Act]]) -> int:
    """Do all `deeds`, though one be refused; the exit code.

    0: all done. 1: something was done, and something not. 2: nothing was done.
    """
    from cs_aws_janitor.cli import printing

    done: list[Act] = []
    refused: list[JanitorError] = []
    for deed in deeds:
        try:
            ready.ledger.check_writable()
            done.append(deed())
        except JanitorError as error:
            refused.append(error)
            if isinstance(error, LedgerError):
                break  # nothing is done without it
    if done:
        with printing.nobody_may_read():
            _show(done, ready.asked.form)
    for each in refused:
        printing.show_error(str(each))
    begun = bool(done) or any(each.exit_code == PARTLY for each in refused)
    return (PARTLY if begun else REFUSED) if refused else DONE


def _show(done: Sequence[Act], form: str) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.shared.safe import safe

    if form == "json":
        printing.show_json({"version": 1, "acts": [_as_json(act) for act in done]})
        return
    for act in done:
        lead = f"{act.resource.id} ({act.called})" if act.called else act.resource.id
        sentence = _SENTENCES[act.name].format(old=act.old or "none", new=act.new)
        click.echo(safe(f"{lead}: {sentence}" + (f"; {act.hint}" if act.hint else "")))


def _as_json(act: Act) -> dict[str, Any]:
    return {
        "account": act.resource.place.account,
        "region": act.resource.place.region,
        "kind": act.resource.kind,
        "id": act.resource.id,
        "name": act.called,
        "act": act.name,
        "old": act.old,
        "new": act.new,
        "reason": act.reason,
        "hint": act.hint,
    }
