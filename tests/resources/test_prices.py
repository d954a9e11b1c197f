"""Estimates: what is charged times what it costs, and nothing where a part is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.prices import Charge, Price, PriceTable, Row, estimate

ACCOUNT = "123456789012"
IRELAND, VIRGINIA = Place(ACCOUNT, "eu-west-1"), Place(ACCOUNT, "us-east-1")
OLD, NEW = date(2026, 7, 20), date(2026, 11, 1)

HOUR = Price("an hour of a box", "BoxUsage", "Hrs", "AmazonEC2", ({},))
GB = Price("a GB of a disk", "Disk", "GB-Mo", "AmazonEC2", ({},), while_off=True)
TABLE = PriceTable(
    {
        ("us-east-1", "BoxUsage"): Row(OLD, {"big": Decimal("0.096"), "odd": Decimal("0.00005")}),
        ("us-east-1", "Disk"): Row(NEW, {"": Decimal("0.08")}),
        ("eu-west-1", "Disk"): Row(NEW, {"": Decimal("0.088")}),
    }
)


def box(variant: str, hours: int = 730) -> Charge:
    """The hours of a box, which end when it is off."""
    return Charge(HOUR, Decimal(hours), variant)


def disk(size: int) -> Charge:
    """A disk, which is charged for as long as it is there."""
    return Charge(GB, Decimal(size))


def estimated(*charges: Charge, place: Place = VIRGINIA, **how: bool) -> Any:
    """The estimate of what is charged so."""
    return estimate(charges, place, TABLE, "its traffic", **how)


@pytest.mark.parametrize(
    ("charges", "amount", "while_off"),
    [
        ((box("big"),), "70.08", "0.00"),
        ((box("big"), disk(100)), "78.08", "8.00"),
        ((disk(1),), "0.08", "0.08"),
        ((box("odd", 100),), "0.01", "0.00"),
    ],
    ids=["hours end", "disks go on", "only a disk", "half a cent is one"],
)
def test_a_month(charges: tuple[Charge, ...], amount: str, while_off: str) -> None:
    """Units times prices, in whole cents; while shut off only what goes on."""
    found = estimated(*charges)
    assert (str(found.amount), str(found.while_off), found.currency) == (amount, while_off, "USD")
    assert (found.region, found.besides) == ("us-east-1", "its traffic")


def test_one_part_that_is_not_known_leaves_no_estimate() -> None:
    """Half a sum would be a guess; so would be the sum of nothing."""
    assert estimated(box("new-type")) is None
    assert estimated(disk(10), box("new-type")) is None
    assert estimated() is None


def test_the_oldest_price_dates_an_estimate() -> None:
    """It is as good as the part that was looked up first."""
    assert estimated(box("big"), disk(1)).as_of == OLD
    assert estimated(disk(1)).as_of == NEW


def test_what_cannot_be_shut_off_goes_on_costing() -> None:
    """A box that AWS would not stop saves nothing by being marked."""
    found = estimated(box("big"), goes_on=True)
    assert (found.while_off, found.amount) == (Decimal("70.08"), Decimal("70.08"))


def test_another_region_stands_in_and_is_named() -> None:
    """The price of the own region counts; where its list is not at hand, that of us-east-1."""
    assert (estimated(disk(100), place=IRELAND).amount, estimated(disk(100)).amount) == (
        Decimal("8.80"),
        Decimal("8.00"),
    )
    assert estimated(disk(100), place=IRELAND).region == "eu-west-1"
    assert estimated(box("big"), place=IRELAND).region == "us-east-1"
    assert estimated(box("big"), disk(1), place=IRELAND).region == "eu-west-1, us-east-1"


def test_nothing_stands_in_for_what_the_own_list_lacks() -> None:
    """Where AWS's list of the region is at hand and has no such price, there is none."""
    here = TABLE.newer({("eu-west-1", "BoxUsage"): Row(NEW, {})})
    assert here.quote(box("big"), IRELAND) is None
    assert here.quote(box("big"), VIRGINIA) is not None


def test_nothing_stands_in_for_another_partition() -> None:
    """China and GovCloud have prices of their own, and China another currency."""
    assert estimated(disk(1), place=Place(ACCOUNT, "cn-north-1", "aws-cn")) is None
    assert estimated(disk(1), place=Place(ACCOUNT, "us-gov-west-1", "aws-us-gov")) is None
