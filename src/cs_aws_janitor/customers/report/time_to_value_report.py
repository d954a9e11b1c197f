"""Time to value as tables and as rows of JSON and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cs_aws_janitor.customers.time_to_value import METRICS, STATUSES, due_by, summary
from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.time_to_value import Measure, Sums

    Measured = Sequence[tuple[Customer, list[Measure]]]
    Row = dict[str, Any]

COLUMNS = "customer name csm metric subscription days goal status began by".split()
NAMES = {
    "time_to_engage": "Time to engage",
    "time_to_first_value": "Time to first value",
    "time_to_onboard": "Time to onboard",
}


class Found(NamedTuple):
    """What was measured, as of which day, and what could not be read."""

    measured: Measured
    today: date
    problems: Sequence[str]


def name(metric: str) -> str:
    """What people call a metric."""
    return NAMES.get(metric, f"Usage: {metric}")


def body(measured: Measured, today: date, problems: Iterable[Row]) -> Row:
    """Everything, as JSON has it."""
    return {
        "version": 1,
        "today": str(today),
        "customers": (_customer_row(*each) for each in measured),
        "summary": {
            sort: {key: {s.metric: _sums_row(s) for s in sums} for key, sums in groups.items()}
            for sort, groups in summary(measured).items()
        },
        "problems": problems,
    }


def measure_rows(measured: Measured) -> Iterator[Row]:
    """A row for each metric of each customer."""
    for customer, found in measured:
        own = {"customer": customer.id, "name": customer.name, "csm": customer.csm}
        for each in found:
            row = {"metric": each.metric, "subscription": each.subscription, **_row(each)}
            yield own | row


def tables(measured: Measured) -> list[Table]:
    """Each customer, then the sums per CSM and per quarter."""
    heads = ("CUSTOMER", "CSM", *(NAMES[metric].upper() for metric in METRICS), "USAGE")
    rows = [
        (
            customer.id,
            customer.csm,
            *(_said(each) for each in found[: len(METRICS)]),
            ", ".join(f"{each.metric} {_said(each)}" for each in found[len(METRICS) :]),
        )
        for customer, found in measured
    ]
    sums = summary(measured)
    return [
        Table(f"Time to value, in days: {len(rows):,} customers", heads, rows),
        _sums_table("By CSM", "CSM", sums["csm"]),
        _sums_table("By the quarter in which it began", "QUARTER", sums["quarter"]),
    ]


def _customer_row(customer: Customer, found: Sequence[Measure]) -> Row:
    usage = [
        {"subscription": each.subscription, "metric": each.metric, **_row(each)}
        for each in found[len(METRICS) :]
    ]
    return {
        "customer": customer.id,
        "name": customer.name,
        "csm": customer.csm or None,
        **{each.metric: _row(each) for each in found[: len(METRICS)]},
        "usage": usage,
    }


def _row(measure: Measure) -> Row:
    last = due_by(measure)
    return {
        "days": measure.days,
        "goal": measure.goal,
        "status": measure.status,
        "began": str(measure.began) if measure.began else None,
        "by": str(last) if last else None,
    }


def _sums_row(sums: Sums) -> Row:
    return {**sums.statuses, "median": sums.median}


def _said(measure: Measure) -> str:
    """`11 met`; without days what is known of it."""
    if measure.days is not None:
        return f"{measure.days} {measure.status}"
    last = due_by(measure)
    if measure.status == "unknown" and last is None:
        return "not yet known"
    word = "not yet known" if measure.status == "unknown" else measure.status
    return f"{word}, goal {last}" if last else word


def _sums_table(title: str, head: str, groups: Mapping[str, Sequence[Sums]]) -> Table:
    heads = (head, "METRIC", *(each.upper() for each in STATUSES), "MEDIAN")
    rows = [
        (
            key,
            name(each.metric),
            *(str(each.statuses[status]) for status in STATUSES),
            "" if each.median is None else f"{each.median:g}",
        )
        for key, sums in groups.items()
        for each in sums
    ]
    return Table(title, heads, rows, frozenset(heads[2:]))
