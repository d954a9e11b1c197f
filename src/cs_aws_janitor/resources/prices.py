"""What things cost: the lines of the price table, charges, and the estimate of a month. Pure.

An estimate is what AWS would charge by its public list, on demand and before any discount, for a
month of 730 hours. What is not known has no estimate. Where the list of a region is not at hand,
that of another one in the same partition counts, and the estimate names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.resources.model import Place, Resource

HOURS = Decimal(730)  # of a month, as AWS's own calculator counts
CURRENCY = "USD"
CENT = Decimal("0.01")
STAND_IN = "us-east-1"  # the region whose list counts where a region's own is not at hand
COMMERCIAL = "aws"  # the partition it may stand in for


@dataclass(frozen=True, slots=True)
class Price:
    """A line of the price table: one thing that AWS charges for.

    `words` say what one unit is. `usage` is AWS's usage type, without what stands for the region
    before it and what tells its variants apart after it; `unit` is AWS's unit. Its products are
    found in the list of `service` by `asked`: questions, each of attributes and their values.
    `told_by` are the attributes that name a variant; without any it is the rest of the usage type.
    `while_off`: it is charged also while the resource is shut off.
    """

    words: str
    usage: str
    unit: str
    service: str
    asked: tuple[Mapping[str, str], ...]
    told_by: tuple[str, ...] = ()
    while_off: bool = False


@dataclass(frozen=True, slots=True, eq=False)  # known again as itself alone: that is quick
class Charge:
    """So many units of a price each month."""

    price: Price
    amount: Decimal
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Pricing:
    """What a kind is charged for.

    `charges` gives what one resource is charged, or None where its facts do not tell. `besides`
    says what it also costs, running or shut off, that no estimate of it holds.
    """

    prices: tuple[Price, ...]
    charges: Callable[[Resource], tuple[Charge, ...] | None]
    besides: str | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a month costs, and a month while shut off, in USD.

    By the list prices of `region` as of `as_of`; `besides` is what is not in it.
    """

    amount: Decimal
    while_off: Decimal
    region: str
    as_of: date
    besides: str | None = None
    currency: str = CURRENCY


@dataclass(frozen=True, slots=True)
class Row:
    """The prices of one line in one region on one day: USD of a unit by variant."""

    as_of: date
    usd: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Quote:
    """What one unit costs, and where and when that was the price."""

    usd: Decimal
    region: str
    as_of: date


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Rows by region and usage type; of two for the same the `newer` one counts."""

    rows: Mapping[tuple[str, str], Row] = field(default_factory=dict)

    def newer(self, rows: Mapping[tuple[str, str], Row]) -> PriceTable:
        """This table with `rows` in the place of its own."""
        return PriceTable({**self.rows, **rows})

    def quote(self, charge: Charge, place: Place) -> Quote | None:
        """The price of one unit of `charge` in `place`, or None where it is not known."""
        for region in (place.region, STAND_IN):
            row = self.rows.get((region, charge.price.usage))
            if row is not None:
                usd = row.usd.get(charge.variant)
                return None if usd is None else Quote(usd, region, row.as_of)
            if place.partition != COMMERCIAL:
                break
        return None


def estimate(
    charges: Sequence[Charge],
    place: Place,
    table: PriceTable,
    besides: str | None = None,
    *,
    goes_on: bool = False,
) -> Estimate | None:
    """What `charges` come to a month by `table`, or None where one of them has no known price.

    `goes_on`: it cannot be shut off, so all of it is charged whatever is done.
    """
    quotes = [table.quote(charge, place) for charge in charges]
    known = [quote for quote in quotes if quote is not None]
    if not charges or len(known) < len(quotes):
        return None
    sums = [c.amount * q.usd for c, q in zip(charges, known, strict=True)]
    off = (cost for c, cost in zip(charges, sums, strict=True) if c.price.while_off or goes_on)
    return Estimate(
        rounded(sum(sums, Decimal())),
        rounded(sum(off, Decimal())),
        ", ".join(sorted({quote.region for quote in known})),
        min(quote.as_of for quote in known),
        besides,
    )


def units(shown: str | None) -> Decimal | None:
    """An amount as AWS shows it, a whole number; None for what is none."""
    return Decimal(shown) if shown and shown.isascii() and shown.isdigit() else None


def rounded(amount: Decimal) -> Decimal:
    """`amount` in whole cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)
