"""Money: what things cost, where the prices come from, and what was saved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.price_list_server import Listed, instance, listing, product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blackbox.janitor import Janitor, Said

TYPE = "t3.micro"
VIRGINIA, IRELAND = "7.59", "8.32"  # 730 hours at 0.0104, and at 0.0114


@pytest.fixture
def prices() -> Iterator[Listed]:
    """AWS's price list for Ireland, with much beside that is no Linux on demand."""
    with listing(
        instance("t3.nano", "0.0057000000"),
        instance(TYPE, "0.0114000000"),
        instance("t3.small", "0.0228000000"),
        instance(TYPE, "0.0206", operatingSystem="Windows"),
        instance(TYPE, "0.0104", region="us-east-1"),
        product("EU-DedicatedUsage:t3.micro", "0.02", regionCode="eu-west-1"),
    ) as listed:
        yield listed


def refresh(janitor: Janitor, prices: Listed, *words: str) -> Said:
    """Refresh the prices of EC2 instances."""
    kinds = () if "--kind" in words else ("--kind", "ec2_instance")
    return janitor("prices", "refresh", *kinds, *words, AWS_ENDPOINT_URL_PRICING=prices.url)


def launched(janitor: Janitor, name: str | None = "jd-box") -> str:
    """An instance of a type that has a price."""
    return janitor.account.launch(name, type=TYPE)


def cost(janitor: Janitor, resource: str) -> Any:
    """What the plan says that it costs."""
    steps = janitor("plan", "--all", "--format", "json").json["steps"]
    (found,) = [step["monthly_cost"] for step in steps if step["id"] == resource]
    return found


def test_what_it_costs_stands_beside_what_happens_to_it(janitor: Janitor) -> None:
    """In tables, CSV and JSON, running and while shut off, and called an estimate with its day."""
    made = launched(janitor)
    assert cost(janitor, made) == {
        "amount": VIRGINIA,
        "currency": "USD",
        "while_off": "0.00",
        "besides": "its volumes",
        "region": "us-east-1",
        "as_of": "2026-07-20",
    }
    for command in ("plan", "list"):
        (line,) = [row for row in janitor(command).out.splitlines() if made in row]
        assert line.split()[-2:] == [f"{VIRGINIA}+", "0.00+"]
        shown = janitor(command).out
        assert "USD/MONTH  WHILE OFF" in shown
        assert "estimates of a month, by AWS's list prices: us-east-1 of 2026-07-20" in shown
        assert "+ means: and besides its volumes (ec2_instance)." in shown
        (row,) = janitor(command, "--format", "csv").rows
        assert (row["monthly_cost"], row["while_off"], row["currency"]) == (VIRGINIA, "0.00", "USD")


def test_what_is_not_known_has_no_estimate(janitor: Janitor) -> None:
    """A type without a price, and a spot instance, whose price is another every hour."""
    made = janitor.account.launch("jd-box", type="u-0tb0.metal")
    spot = janitor.account.launch("jd-spot", spot="one-time")
    assert "u-0tb0.metal" not in janitor("prices", "show", "u-0tb0.metal").out
    assert cost(janitor, made) is None
    assert cost(janitor, spot) is None
    (line,) = [row for row in janitor("list").out.splitlines() if spot in row]
    assert line.endswith("no estimate")


def test_a_refresh_counts_from_then_on(janitor: Janitor, prices: Listed) -> None:
    """With its own region and day; all pages are read, and only what is needed is asked."""
    made = launched(janitor)
    said = refresh(janitor, prices)
    cache = janitor.home / "cache" / "cs-aws-janitor" / "prices.json"
    assert (said.code, said.err) == (0, "")
    assert said.out == f"3 prices of 1 region, as of 2026-11-22: {cache}\n"
    assert [asked.get("NextToken") for asked in prices.asked] == [None, "2"]
    found = cost(janitor, made)
    assert (found["amount"], found["region"], found["as_of"]) == (
        IRELAND,
        "eu-west-1",
        "2026-11-22",
    )
    shown = janitor("prices", "show", TYPE, "--format", "csv").rows
    assert [(row["region"], row["variant"], row["usd"]) for row in shown] == [
        ("eu-west-1", TYPE, "0.0114"),
        ("us-east-1", TYPE, "0.0104"),
    ]


def test_a_second_refresh_keeps_the_other_regions(janitor: Janitor, prices: Listed) -> None:
    """Each row is as old as its own refresh."""
    assert refresh(janitor, prices).code == 0
    janitor.settings = janitor.settings.replace("eu-west-1", "us-east-1")
    assert refresh(janitor, prices).code == 0
    shown = janitor("prices", "show", TYPE, "--format", "json").json["prices"]
    assert [(row["region"], row["as_of"]) for row in shown] == [
        ("eu-west-1", "2026-11-22"),
        ("us-east-1", "2026-11-22"),
    ]


def test_a_refresh_that_is_refused_changes_nothing(janitor: Janitor, prices: Listed) -> None:
    """One line with the permission's name; what was known before still counts."""
    made = launched(janitor)
    assert refresh(janitor, prices).code == 0
    prices.refuses = (400, "AccessDeniedException")
    said = refresh(janitor, prices)
    assert said.refusal == (
        "AWS's price list cannot be read (denied: GetProducts: AccessDeniedException: You may not)."
        " Nothing was changed. `janitor permissions prices` prints what it needs"
    )
    assert cost(janitor, made)["amount"] == IRELAND
    assert "pricing:GetProducts" in janitor("permissions", "prices").out


def test_an_odd_price_list_changes_nothing(janitor: Janitor, prices: Listed) -> None:
    """A product that is none makes the whole answer doubtful."""
    made = launched(janitor)
    prices.spoil = lambda _: ["<html>"]
    assert (
        "AWS's price list cannot be read (ValueError: a product" in refresh(janitor, prices).refusal
    )
    assert cost(janitor, made)["amount"] == VIRGINIA


def test_what_aws_does_not_list_is_told(janitor: Janitor, prices: Listed) -> None:
    """And another region does not stand in for it any more."""
    made = launched(janitor)
    prices.products.clear()
    said = refresh(janitor, prices)
    assert "AWS lists no price of BoxUsage in eu-west-1: what needs it has no estimate" in said.out
    assert cost(janitor, made) is None


def test_a_damaged_cache_is_told_and_passed_over(janitor: Janitor, prices: Listed) -> None:
    """One line on standard error; a refresh mends it."""
    made = launched(janitor)
    cache = janitor.home / "cache" / "cs-aws-janitor" / "prices.json"
    cache.parent.mkdir(parents=True)
    cache.write_text("{}")
    for words in (("plan",), ("list",), ("explain", made), ("prices", "show")):
        said = janitor(*words)
        assert said.code == 0
        assert said.err == (
            f"janitor: the prices in {cache} are damaged (it lacks 'version'). Write it anew with"
            " `janitor prices refresh`, or remove it; until then the packaged prices count\n"
        )
    assert cost(janitor, made)["amount"] == VIRGINIA
    assert refresh(janitor, prices).code == 0
    assert cost(janitor, made)["amount"] == IRELAND


def test_a_cache_that_cannot_be_written_is_told(janitor: Janitor, prices: Listed) -> None:
    """In one line that says where and what to do."""
    (janitor.home / "cache").write_text("no folder")
    said = refresh(janitor, prices)
    assert said.refusal.startswith(f"the prices cannot be kept in {janitor.home}/cache/")
    assert said.refusal.endswith("Set XDG_CACHE_HOME")


def test_an_explanation_shows_the_arithmetic(janitor: Janitor) -> None:
    """What a month costs, of what it is made, and what is not in it."""
    made = launched(janitor)
    assert "730 x 0.0104 USD = 7.59 USD" in janitor("explain", made).out
    assert "by the list of us-east-1 of 2026-07-20" in janitor("explain", made).out
    assert janitor("explain", made, "--format", "json").json["monthly_cost"]["amount"] == VIRGINIA


def test_the_ledger_tells_what_was_saved(janitor: Janitor) -> None:
    """A whole life: shut off, left for 7 days, terminated; each saves, and says how much."""
    made = launched(janitor)
    assert janitor("run", "--yes").code == 0
    janitor.account.travel(days=14)
    assert janitor("run", "--yes").code == 0
    janitor.account.travel(days=7)
    janitor("run", "--yes")
    janitor.account.travel(minutes=10)
    assert janitor("run", "--yes").code == 0
    janitor.account.travel(days=10)
    said = janitor("savings", "--format", "json").json
    assert [(row["action"], row["id"], row["ended_by"]) for row in said["savings"]] == [
        ("shut_off", made, "terminated"),
        ("terminate", made, None),
    ]
    shut_off, terminated = (float(row["amount"]) for row in said["savings"])
    assert shut_off == pytest.approx(7 * 24 * 0.0104, abs=0.05)
    assert terminated == pytest.approx(10 * 24 * 0.0104, abs=0.05)
    assert said["total"] == f"{shut_off + terminated:.2f}"
    shown = janitor("savings", "--explain").out
    assert f"h / 730 h x ({VIRGINIA} - 0.00)" in shown
    assert said["total"] in shown
    assert janitor("savings", "--owner", "mk", "--format", "json").json["total"] == "0.00"
    assert janitor("savings", "--since", "2027-06-01").out.count("0.00") == 3
    outcomes = [
        json.loads(line)
        for line in (janitor.home / "ledger.jsonl").read_text().splitlines()
        if json.loads(line)["entry"] == "outcome"
    ]
    assert {entry["monthly_cost"]["amount"] for entry in outcomes} == {VIRGINIA}


def test_a_ledger_without_anything_saved(janitor: Janitor) -> None:
    """It is nothing, and no error; a date that is none is refused."""
    assert janitor("savings", "--format", "json").json["total"] == "0.00"
    assert "'soon' is not a date" in janitor("savings", "--since", "soon").misuse
