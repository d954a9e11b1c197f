"""What is missing in what is known of people, as tables and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.customers.contacts import Integrity
    from cs_aws_janitor.customers.model import Customer

    Found = Sequence[tuple[Customer, Integrity]]

COLUMNS = "customer name csm completeness contact missing".split()


def row(customer: Customer, integrity: Integrity) -> dict[str, Any]:
    """One customer, and everything that is missing, as JSON has it."""
    missing = [{"contact": gap.contact, "what": gap.what} for gap in integrity.gaps]
    return {
        "customer": customer.id,
        "name": customer.name,
        "csm": customer.csm or None,
        "completeness": round(integrity.completeness, 3),
        "missing": missing,
    }


def gap_rows(found: Found) -> Iterator[dict[str, Any]]:
    """A row for each thing that is missing; one for a customer of whom nothing is."""
    for customer, integrity in found:
        whole = row(customer, integrity)
        for gap in whole["missing"] or [{"contact": None, "what": None}]:
            yield {**whole, "contact": gap["contact"], "missing": gap["what"]}


def tables(found: Found) -> list[Table]:
    """How complete each customer is, the least complete first, and what is missing."""
    order = sorted(found, key=lambda each: (each[1].completeness, each[0].id))
    rows = [
        (
            customer.id,
            percent(integrity),
            gap.contact or "",
            gap.what,
        )
        for customer, integrity in order
        for gap in integrity.gaps
    ]
    title = f"What is missing: {len(rows):,}" if rows else "Nothing is missing."
    heads = ("CUSTOMER", "COMPLETE", "CONTACT", "WHAT")
    return [Table(title, heads, rows, frozenset({"COMPLETE"})), _sums(found)]


def percent(integrity: Integrity) -> str:
    """The completeness, rounded down: 100 % is everything."""
    return f"{int(integrity.completeness * 100)} %"


def _sums(found: Found) -> Table:
    by_csm: dict[str, list[Integrity]] = {}
    for customer, integrity in found:
        by_csm.setdefault(customer.csm or "nobody", []).append(integrity)
    rows = [
        (
            csm,
            str(len(own)),
            str(sum(not each.gaps for each in own)),
            f"{int(100 * sum(each.completeness for each in own) / len(own))} %",
        )
        for csm, own in sorted(by_csm.items())
    ]
    heads = ("CSM", "CUSTOMERS", "WHOLE", "COMPLETE")
    return Table(f"Customers: {len(found):,}", heads, rows, frozenset(heads[1:]))
