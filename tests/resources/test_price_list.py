"""AWS's price list: which of its products are a line of the table, and what is made of odd ones."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.price_list import fetch, questions
from cs_aws_janitor.resources.prices import Price, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TODAY = date(2026, 11, 22)
BOX = Price("an hour", "BoxUsage", "Hrs", "AmazonEC2", ({"tenancy": "Shared"},))
DISK = Price("a GB", "EBS:VolumeUsage", "GB-Mo", "AmazonEC2", ({"productFamily": "Storage"},))
ENGINE = Price(
    "an hour",
    "InstanceUsage",
    "Hrs",
    "AmazonRDS",
    ({"databaseEngine": "MySQL"}, {"databaseEngine": "PostgreSQL"}),
    ("instanceType", "databaseEngine"),
)


def product(usage: str, usd: str, unit: str = "Hrs", **attributes: str) -> dict[str, Any]:
    """One product as AWS describes it, with a price for any amount."""
    step = {"unit": unit, "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": usd}}
    terms = {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": step}}}}
    return {"product": {"attributes": {"usagetype": usage, **attributes}}, "terms": terms}


class PriceList:
    """Gives every product that is asked for, one on a page."""

    def __init__(self, *products: dict[str, Any] | str) -> None:
        self.products = [p if isinstance(p, str) else json.dumps(p) for p in products]
        self.asked: list[Mapping[str, Any]] = []

    def get_paginator(self, operation: str) -> PriceList:
        """Of the only operation there is."""
        assert operation == "get_products"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Page by page."""
        self.asked.append(asked)
        yield from ({"PriceList": [one]} for one in self.products)


def read(price: Price, *products: dict[str, Any] | str, region: str = "eu-west-1") -> Any:
    """What is found of a line."""
    found = fetch(PriceList(*products), [price], [region], TODAY)
    assert found[region, price.usage].as_of == TODAY
    return {variant: str(usd) for variant, usd in found[region, price.usage].usd.items()}


@pytest.mark.parametrize("before", ["", "EU-", "EUW1-", "USE1-", "APN1-"])
def test_usage_types_are_read_without_their_region(before: str) -> None:
    """AWS writes the region before them, but not everywhere."""
    assert read(BOX, product(f"{before}BoxUsage:t3.micro", "0.0104000000")) == {
        "t3.micro": "0.0104"
    }


def test_variants_are_told_by_the_rest_of_the_usage_type() -> None:
    """Or by the attributes that the line names, where that is written short."""
    disks = (
        product("EBS:VolumeUsage", "0.05", "GB-Mo"),
        product("EBS:VolumeUsage.gp3", "0.08", "GB-Mo"),
    )
    assert read(DISK, *disks) == {"": "0.05", "gp3": "0.08"}
    engine = {"instanceType": "db.m5.xlarge", "databaseEngine": "MySQL"}
    assert read(ENGINE, product("InstanceUsage:db.m5.xl", "0.342", **engine)) == {
        "db.m5.xlarge MySQL": "0.342"
    }


def steps(*ranges: tuple[str, str]) -> dict[str, Any]:
    """A product whose price depends on how much it is."""
    made = product("BoxUsage:t3.micro", "0.01")
    (term,) = made["terms"]["OnDemand"].values()
    (one,) = term["priceDimensions"].values()
    term["priceDimensions"] = {
        start: {**one, "beginRange": start, "endRange": end} for start, end in ranges
    }
    return made


@pytest.mark.parametrize(
    "other",
    [
        product("DedicatedUsage:t3.micro", "0.01"),
        product("BoxUsageOfAnotherKind:t3.micro", "0.01"),
        product("UnusedBox:t3.micro", "0.01"),
        product("BoxUsage:t3.micro", "0.01", "Quantity"),
        product("BoxUsage:t3.micro", "0.0000000000"),
        steps(("0", "100"), ("100", "Inf")),
        steps(("0", "100")),
        {"product": {"attributes": {}}, "terms": {}},
        {"product": {"attributes": {"usagetype": "BoxUsage:t3.micro"}}, "terms": {"Reserved": {}}},
    ],
    ids=lambda other: json.dumps(other)[:60],
)
def test_what_is_another_thing_is_passed_over(other: dict[str, Any]) -> None:
    """Another usage, another unit, no price, or one that hangs on the amount."""
    assert read(BOX, other, product("BoxUsage:m5.large", "0.096")) == {"m5.large": "0.096"}


def test_an_attribute_that_is_missing_names_no_variant() -> None:
    """A database of an engine that is not told is no line of ours."""
    assert (
        read(ENGINE, product("InstanceUsage:db.m5.xl", "0.342", instanceType="db.m5.xlarge")) == {}
    )


def test_of_two_prices_for_one_none_is_taken() -> None:
    """Something that we do not know tells them apart; the same price twice is one."""
    twice = (product("BoxUsage:a", "0.10"), product("EU-BoxUsage:a", "0.2"))
    assert read(BOX, *twice, product("BoxUsage:b", "0.1")) == {"b": "0.1"}
    assert read(BOX, product("BoxUsage:a", "0.10"), product("BoxUsage:a", "0.1")) == {"a": "0.1"}


def test_a_line_without_a_price_has_an_empty_row() -> None:
    """So that another region does not stand in for what AWS does not sell there."""
    assert fetch(PriceList(), [BOX], ["eu-west-1"], TODAY) == {
        ("eu-west-1", "BoxUsage"): Row(TODAY, {})
    }


def test_only_what_is_needed_is_asked() -> None:
    """Each question of a line, for each region; all pages of the answer."""
    listed = PriceList()
    found = fetch(listed, [BOX, ENGINE], ["eu-west-1", "us-east-1"], TODAY)
    assert set(found) == {
        (region, usage)
        for region in ("eu-west-1", "us-east-1")
        for usage in ("BoxUsage", "InstanceUsage")
    }
    asked = [
        (one["ServiceCode"], *(f["Value"] for f in one["Filters"] if f["Type"] == "TERM_MATCH"))
        for one in listed.asked
    ]
    assert sorted(asked) == sorted(
        (service, region, value)
        for region in ("eu-west-1", "us-east-1")
        for service, value in (
            ("AmazonEC2", "Shared"),
            ("AmazonRDS", "MySQL"),
            ("AmazonRDS", "PostgreSQL"),
        )
    )


@pytest.mark.parametrize(
    "odd",
    [
        "{",
        "[]",
        "null",
        '{"product": {}}',
        '{"product": {"attributes": []}, "terms": {}}',
        json.dumps(product("BoxUsage:a", "much")),
        json.dumps(product("BoxUsage:a", "-1")),
        "[" * 100_000,
    ],
    ids=lambda odd: odd[:60],
)
def test_a_product_that_is_none_is_no_price(odd: str) -> None:
    """Nothing of such an answer counts: it is told, and what was known before stays."""
    with pytest.raises(ValueError, match="a product of AmazonEC2 that is none"):
        read(BOX, product("BoxUsage:m5.large", "0.096"), odd)


def test_prices_are_exact() -> None:
    """As many digits as AWS writes; ten is ten."""
    exact = read(BOX, product("BoxUsage:a", "2.4633600000"), product("BoxUsage:b", "10.0000000000"))
    assert {key: Decimal(usd) for key, usd in exact.items()} == {
        "a": Decimal("2.46336"),
        "b": Decimal(10),
    }


def test_what_two_lines_ask_is_asked_once() -> None:
    """One answer tells both, and no more is told than there were questions."""
    other = Price("a GB of a snapshot", "EBS:SnapshotUsage", "GB-Mo", "AmazonEC2", DISK.asked)
    listed = PriceList(
        product("EBS:VolumeUsage.gp3", "0.08", "GB-Mo"),
        product("EBS:SnapshotUsage", "0.05", "GB-Mo"),
    )
    told: list[object] = []
    found = fetch(listed, [DISK, other], ["eu-west-1"], TODAY, told.append)
    assert [dict(row.usd) for row in found.values()] == [
        {"gp3": Decimal("0.08")},
        {"": Decimal("0.05")},
    ]
    assert len(listed.asked) == len(told) == questions([DISK, other]) == 1
