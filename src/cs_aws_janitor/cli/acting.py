"""Printing what a person's command did to resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.shared.errors import DONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.resources.acts import Act
    from cs_aws_janitor.resources.policy import TagKeys

_SENTENCES = {
    "extend": "Expiration moved from {old} to {new}",
    "keep": "protected, and kept for good: {new}",
    "release": "no longer kept",
}


def show(done: Sequence[Act], keys: TagKeys, form: str) -> int:
    """Print one line, or one JSON object, per act."""
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources import tags
    from cs_aws_janitor.resources.report.safe import safe

    if form == "json":
        acts = [
            {
                "account": act.resource.place.account,
                "region": act.resource.place.region,
                "kind": act.resource.kind,
                "id": act.resource.id,
                "act": act.name,
                "old": act.old,
                "new": act.new,
                "hint": act.hint,
            }
            for act in done
        ]
        printing.show_json({"version": 1, "acts": acts})
        return DONE
    for act in done:
        name = tags.read(act.resource.tags, keys).name
        lead = f"{act.resource.id} ({name})" if name else act.resource.id
        sentence = _SENTENCES[act.name].format(old=act.old or "none", new=act.new)
        click.echo(safe(f"{lead}: {sentence}" + (f"; {act.hint}" if act.hint else "")))
    return DONE
