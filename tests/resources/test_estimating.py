"""Who estimates: by the packaged prices, and by the refreshed ones where there are any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources import price_files
from cs_aws_janitor.resources.estimating import Estimator, lines_of
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.model import Place, Resource
from cs_aws_janitor.resources.prices import Row
from tests.resources.fakes import KIND

if TYPE_CHECKING:
    from pathlib import Path

IRELAND = Place("123456789012", "eu-west-1")
BOX = Resource(IRELAND, "ec2_instance", "i-1", traits={"type": "m5.large"})
DAY = date(2026, 11, 22)


def test_the_packaged_prices_count_where_there_are_no_others(tmp_path: Path) -> None:
    """For each resource of its own: its type, and whether it can be shut off."""
    estimator = Estimator(KINDS, tmp_path / "prices.json")
    found = [estimator(BOX), estimator(replace(BOX, cannot_shut_off="so")), estimator(BOX)]
    assert [(e.amount, e.while_off) for e in found if e] == [
        (Decimal("70.08"), Decimal("0.00")),
        (Decimal("70.08"), Decimal("70.08")),
        (Decimal("70.08"), Decimal("0.00")),
    ]
    assert estimator(replace(BOX, traits={"type": "unheard.of"})) is None
    assert estimator(replace(BOX, traits={**BOX.traits, "platform": "Windows"})) is None
    assert estimator.trouble is None


def test_refreshed_prices_count_before_them(tmp_path: Path) -> None:
    """With their own region and day."""
    cache = tmp_path / "prices.json"
    row = Row(DAY, {"m5.large": Decimal("0.107")})
    price_files.write(cache, {("eu-west-1", "BoxUsage"): row})
    found = Estimator(KINDS, cache)(BOX)
    assert found
    assert (found.amount, found.region, found.as_of) == (Decimal("78.11"), "eu-west-1", DAY)


def test_a_damaged_cache_is_trouble_and_no_price(tmp_path: Path) -> None:
    """The packaged prices count; why the others do not is kept for whoever tells it."""
    cache = tmp_path / "prices.json"
    cache.write_text("{")
    estimator = Estimator(KINDS, cache)
    found = estimator(BOX)
    assert found
    assert found.region == "us-east-1"
    assert str(cache) in (estimator.trouble or "")


@pytest.mark.parametrize("traits", [{"type": "m5.large"}, {"type": "unheard.of"}, {}])
def test_the_parts_of_an_estimate_are_all_or_none(traits: dict[str, str]) -> None:
    """They add up to it."""
    estimator = Estimator(KINDS)
    resource = replace(BOX, traits=traits)
    found = estimator(resource)
    parts = estimator.parts(resource)
    assert bool(parts) is bool(found)
    if found:
        assert sum(charge.amount * quote.usd for charge, quote in parts) == found.amount


def test_a_kind_without_prices_has_no_estimate() -> None:
    """Nothing is known of what it costs."""
    estimator = Estimator({KIND.name: KIND})
    thing = Resource(IRELAND, KIND.name, "t-1")
    assert (estimator(thing), estimator.parts(thing), lines_of({KIND.name: KIND})) == (None, [], [])
