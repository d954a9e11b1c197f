"""AWS's own price list, asked for the lines of our table, region by region.

Source: the AWS Price List API, GetProducts. A product counts where its usage type and unit are
those of the line, and where it has one on-demand price for any amount. Of two prices for one
variant none is taken: what tells them apart is not known.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.price_files import usd
from cs_aws_janitor.resources.prices import CURRENCY, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from cs_aws_janitor.resources.prices import Price

    Found = tuple[str, Decimal]  # a variant and its price

PAGE = 100
AT_ONCE = 8
REGION = re.compile(r"[A-Z][A-Z0-9]{1,4}-")  # before a usage type, in most regions: EUW1-, EU-
ANY_AMOUNT = ("0", "Inf")
_UNITS = {"gb-month": "gb-mo"}  # both are written for the same


def fetch(
    client: Any,
    lines: Sequence[Price],
    regions: Sequence[str],
    today: date,
    told: Callable[[], object] = lambda: None,
) -> dict[tuple[str, str], Row]:
    """What each of `lines` costs in each of `regions`, by region and usage type.

    A line that AWS lists no price for has a row without any. `told` is called once a row is read.
    Raises what the SDK raises, and ValueError for a product that is not one: then nothing counts.
    """

    def read(where: tuple[str, Price]) -> Row:
        region, price = where
        row = Row(today, _sole(_products(client, price, region)))
        told()
        return row

    wanted = [(region, price) for region in regions for price in lines]
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prices")
    try:
        rows = list(pool.map(read, wanted))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {(r, p.usage): row for (r, p), row in zip(wanted, rows, strict=True)}


def _products(client: Any, price: Price, region: str) -> Iterator[Found]:
    for asked in price.asked:
        filters = [
            {"Type": "TERM_MATCH", "Field": name, "Value": value}
            for name, value in {"regionCode": region, **asked}.items()
        ]
        pages = client.get_paginator("get_products").paginate(
            ServiceCode=price.service,
            Filters=filters,
            FormatVersion="aws_v1",
            PaginationConfig={"PageSize": PAGE},
        )
        for page in pages:
            for text in page["PriceList"]:
                yield from _read(text, price)


def _sole(found: Iterable[Found]) -> dict[str, Decimal]:
    prices: dict[str, set[Decimal]] = {}
    for variant, amount in found:
        prices.setdefault(variant, set()).add(amount)
    return {variant: amounts.pop() for variant, amounts in prices.items() if len(amounts) == 1}


def _read(text: str, price: Price) -> Iterator[Found]:
    """The variant of `price` that a product is, with its price; nothing where it is another."""
    try:
        body = json.loads(text)
        attributes: Mapping[str, str] = body["product"]["attributes"]
        usage = REGION.sub("", attributes.get("usagetype", ""), count=1)
        variant = _variant(usage, attributes, price)
        if variant is not None:
            for amount in _on_demand(body["terms"].get("OnDemand", {}), price):
                yield variant, amount
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"a product of {price.service} that is none ({error!r})") from error


def _variant(usage: str, attributes: Mapping[str, str], price: Price) -> str | None:
    rest = usage.removeprefix(price.usage)
    if rest == usage or (rest and rest[0] not in ":."):
        return None
    if price.told_by:
        named = [attributes.get(name, "") for name in price.told_by]
        return " ".join(named) if all(named) else None
    return rest[1:]


def _on_demand(terms: Mapping[str, Any], price: Price) -> Iterator[Decimal]:
    for term in terms.values():
        dimensions = list(term["priceDimensions"].values())
        if len(dimensions) != 1:
            continue  # by steps of the amount
        one = dimensions[0]
        steps = (one.get("beginRange", "0"), one.get("endRange", "Inf"))
        fits = steps == ANY_AMOUNT and _unit(one["unit"]) == _unit(price.unit)
        if fits and CURRENCY in one["pricePerUnit"]:
            amount = usd(one["pricePerUnit"][CURRENCY])
            if amount:  # what costs nothing is a way to count, and no price
                yield amount.normalize()


def _unit(name: str) -> str:
    lower = name.lower()
    return _UNITS.get(lower, lower)
