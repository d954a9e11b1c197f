"""AWS's own price list, asked for the lines of our table, region by region.

Source: the AWS Price List API, GetProducts. A product counts where its usage type and unit are
those of the line, and where it has one on-demand price for any amount. Of two prices for one
variant none is taken: what tells them apart is not known.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.price_files import usd
from cs_aws_janitor.resources.prices import CURRENCY, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from cs_aws_janitor.resources.prices import Price

    Found = tuple[str, str, Decimal]  # a usage type, its variant, and the price
    Question = tuple[str, tuple[tuple[str, str], ...]]  # a service, and attributes

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
    told: Callable[[object], object] = lambda _: None,
) -> dict[tuple[str, str], Row]:
    """What each of `lines` costs in each of `regions`, by region and usage type.

    A line that AWS lists no price for has a row without any. What several lines ask is asked once;
    `told` is called when a region has answered one question. Raises what the SDK raises, and
    ValueError for a product that is not one: then nothing counts.
    """
    asking = _asking(lines)
    wanted = [(region, question) for region in regions for question in asking]

    def read(where: tuple[str, Question]) -> list[Found]:
        region, question = where
        found = list(_answer(client, region, question, asking[question]))
        told(where)
        return found

    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prices")
    try:
        answers = list(pool.map(read, wanted))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    found = defaultdict(list)
    for (region, _), answer in zip(wanted, answers, strict=True):
        for usage, variant, amount in answer:
            found[region, usage].append((variant, amount))
    keys = [(region, price.usage) for region in regions for price in lines]
    return {key: Row(today, _sole(found[key])) for key in keys}


def questions(lines: Sequence[Price]) -> int:
    """How many questions each region is asked about `lines`."""
    return len(_asking(lines))


def _asking(lines: Iterable[Price]) -> dict[Question, list[Price]]:
    """Each question, and the lines that ask it."""
    asking = defaultdict(list)
    for price in lines:
        for asked in price.asked:
            asking[price.service, tuple(sorted(asked.items()))].append(price)
    return dict(asking)


def _answer(
    client: Any, region: str, question: Question, lines: Sequence[Price]
) -> Iterator[Found]:
    service, asked = question
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=service,
        Filters=[
            {"Type": "TERM_MATCH", "Field": name, "Value": value}
            for name, value in (("regionCode", region), *asked)
        ],
        FormatVersion="aws_v1",
        PaginationConfig={"PageSize": PAGE},
    )
    for page in pages:
        for text in page["PriceList"]:
            yield from _read(text, lines)


def _sole(found: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """The price of each variant; of two for one none is taken."""
    prices: dict[str, set[Decimal]] = {}
    for variant, amount in found:
        prices.setdefault(variant, set()).add(amount)
    return {variant: amounts.pop() for variant, amounts in prices.items() if len(amounts) == 1}


def _read(text: str, lines: Sequence[Price]) -> Iterator[Found]:
    """The usage type, variant and price of a product, where it is one of `lines`."""
    try:
        body = json.loads(text)
        attributes: Mapping[str, str] = body["product"]["attributes"]
        usage = REGION.sub("", attributes.get("usagetype", ""), count=1)
        for price in lines:
            variant = _variant(usage, attributes, price)
            if variant is not None:
                for amount in _on_demand(body["terms"].get("OnDemand", {}), price):
                    yield price.usage, variant, amount
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        service = lines[0].service
        raise ValueError(f"a product of {service} that is none ({error!r})") from error


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
