"""What was saved: sums by action, each saving with its arithmetic, and JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import prices
from cs_aws_janitor.resources.report import words
from cs_aws_janitor.resources.savings import SAVING
from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from datetime import tzinfo

    from cs_aws_janitor.resources.savings import Saving, Savings

_DIGITS = 1  # of hours


def sums(saved: Savings) -> Table:
    """How much each action saved, of how many resources, and all together."""
    rows = []
    for verb in SAVING:
        those = {replace(s.action, name=None, owner=None) for s in saved.found}
        count = sum(1 for action in those if action.verb is verb)
        rows.append((words.verbs([verb]), str(count), f"{saved.amount(verb):,}"))
    rows.append(("all", "", f"{saved.amount():,}"))
    right = frozenset({"RESOURCES", "USD SAVED"})
    return Table("Saved, as an estimate", ("BY", "RESOURCES", "USD SAVED"), rows, right)


def arithmetic(saved: Savings, zone: tzinfo) -> Table:
    """Each saving: its hours as a part of a month, times what the month no longer costs."""
    rows = [
        (
            s.action.region,
            s.action.kind,
            s.action.id,
            s.action.name or "",
            s.action.owner or "",
            words.verbs([s.action.verb]),
            words.instant(s.start.astimezone(zone)),
            words.instant(s.end.astimezone(zone)),
            s.ended_by or "goes on",
            f"{s.hours:,.{_DIGITS}f} h / {prices.HOURS} h x ({s.running:,} - {s.remaining:,})",
            f"{s.amount:,}",
        )
        for s in saved.found
    ]
    columns = "REGION KIND ID NAME OWNER BY FROM TO END ARITHMETIC".split()
    title = f"How: {len(rows)}"
    return Table(title, (*columns, "USD SAVED"), rows, right=frozenset({"ARITHMETIC", "USD SAVED"}))


def unknown(saved: Savings) -> list[str]:
    """What the sums go by, and what they leave out; a line each."""
    lists = sorted({s.by for s in saved.found})
    lines = [f"By AWS's list prices: {'; '.join(lists)}."] if lists else []
    if saved.without:
        actions = words.counted(len(saved.without), "action")
        lines.append(f"{actions} had no estimate, and counted for nothing.")
    return lines


def as_json(saved: Savings, zone: tzinfo) -> dict[str, Any]:
    """The sums, and a row for each saving."""
    by = {verb.value: str(saved.amount(verb)) for verb in SAVING}
    return {
        "currency": prices.CURRENCY,
        "total": str(saved.amount()),
        "by_action": by,
        "without_estimate": len(saved.without),
        "savings": [_row(s, zone) for s in saved.found],
    }


def _row(s: Saving, zone: tzinfo) -> dict[str, Any]:
    return {
        "account": s.action.account,
        "region": s.action.region,
        "kind": s.action.kind,
        "id": s.action.id,
        "name": s.action.name,
        "owner": s.action.owner,
        "action": s.action.verb.value,
        "from": s.start.astimezone(zone).isoformat(),
        "to": s.end.astimezone(zone).isoformat(),
        "ended_by": s.ended_by or None,
        "hours": f"{s.hours:.{_DIGITS}f}",
        "monthly_before": str(s.running),
        "monthly_after": str(s.remaining),
        "amount": str(s.amount),
        "prices": s.by,
    }
