"""Playbooks as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.customers.playbook import Playbook, Touchpoint


def table(found: Sequence[Playbook]) -> Table:
    """Every touchpoint of every playbook, with when it comes and who has it."""
    rows = [
        (playbook.name, each.name, when(each), " or ".join(each.assignee), each.sink or "")
        for playbook in found
        for each in playbook.touchpoints
    ]
    title = f"Playbooks: {len(found)}, touchpoints: {len(rows)}"
    return Table(title, ("PLAYBOOK", "TOUCHPOINT", "WHEN", "FOR", "SINK"), rows)


def when(touchpoint: Touchpoint) -> str:
    """When it comes: `day 2 to 5 after started`."""
    window = touchpoint.window
    unit = "month" if window.months else "day"
    days = f"{window.first}" if window.first == window.last else f"{window.first} to {window.last}"
    if touchpoint.every is None:
        return f"{unit} {days} after {touchpoint.after}"
    quarterly = (
        f", quarterly from {touchpoint.quarterly_from:,}" if touchpoint.quarterly_from else ""
    )
    return f"every {touchpoint.every}{quarterly}: {unit} {days}"
