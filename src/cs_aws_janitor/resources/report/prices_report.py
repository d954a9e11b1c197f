"""The list prices that estimates go by, in rows and in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.estimating import lines_of
from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cs_aws_janitor.resources.estimating import Estimator
    from cs_aws_janitor.resources.prices import Price, Row

    Shown = dict[str, Any]

COLUMNS = "region usage_type variant usd unit what as_of".split()
FEW = 12  # so many variants of a line are shown without being asked for


def rows(estimator: Estimator, regions: Collection[str], part: str | None) -> list[Shown]:
    """Every price that counts, or those in whose usage type or variant `part` stands."""
    return [
        row
        for price in lines_of(estimator.kinds)
        for (region, usage), found in sorted(estimator.table.rows.items())
        if usage == price.usage and (not regions or region in regions)
        for row in _rows(region, price, found, part or "")
    ]


def summed(shown: Sequence[Shown]) -> list[Shown]:
    """The same with one row for the many variants of a line."""
    lines: dict[tuple[str, str], list[Shown]] = {}
    for row in shown:
        lines.setdefault((row["usage_type"], row["region"]), []).append(row)
    return [
        row
        for those in lines.values()
        for row in (those if len(those) <= FEW else [_summed(those)])
    ]


def table(shown: Sequence[Shown], count: int) -> Table:
    """`shown` as a table, with how many there are of them."""
    heads = tuple(column.replace("_", " ").upper() for column in COLUMNS)
    cells = [tuple(str(row[column]) for column in COLUMNS) for row in shown]
    return Table(f"List prices in USD: {count:,}", heads, cells, right=frozenset({"USD"}))


def _rows(region: str, price: Price, row: Row, part: str) -> list[Shown]:
    about = {"region": region, "usage_type": price.usage, "unit": price.unit}
    about |= {"what": price.words, "as_of": str(row.as_of)}
    return [
        {**about, "variant": variant, "usd": f"{usd:f}"}
        for variant, usd in sorted(row.usd.items())
        if part in variant or part in price.usage
    ]


def _summed(those: Sequence[Shown]) -> Shown:
    return {**those[0], "variant": f"({len(those):,} of them)", "usd": ""}
