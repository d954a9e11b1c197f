"""The account on one page: all that it tells of, whatever stands on the tags."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from cs_aws_janitor.resources import sweep
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Power, Verb
from cs_aws_janitor.resources.plan import Breach, Coverage
from cs_aws_janitor.resources.policy import Rollout
from cs_aws_janitor.resources.prices import Estimate
from cs_aws_janitor.resources.report.page import Facts, page
from cs_aws_janitor.resources.report.timeline import DAYS
from cs_aws_janitor.resources.savings import savings
from tests.resources.fakes import ACTIVE, DUE, EXPIRED, HERE, NOW, POLICY, THERE, House, Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_aws_janitor.resources.model import Resource

SECTIONS = ["glance", "next", "saved", "phases", "look", "seen", "all"]
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "quotes": "' autofocus onfocus='alert(1)",
    "end of the sheet": "</style></script><img src=x onerror=alert(1)>",
    "link": "javascript:alert(1)",
    "template": "{{ 7 * 7 }}{% for x in y %}",
    "turned around": "jd-\u202egpj.exe\u2066",
    "long": "jd-" + "W" * 240,
    "bell": "jd-\x07\x1b[2J",
}


def cost(resource: Resource) -> Estimate | None:
    """Ten a month, three while off; of what has no name nothing is known."""
    if not resource.tags.get("Name"):
        return None
    return Estimate(Decimal("10.00"), Decimal("3.00"), "us-east-1", date(2026, 7, 20))


def facts(*shelves: Shelf, **more: Any) -> Facts:
    """What a look at `shelves` has seen."""
    house = House(*shelves, policy=more.pop("policy", POLICY))
    rules = sweep.Rules(house.policy, NOW, Ledger(house.kept), cost)
    wish = sweep.Wish(everything=True, until=NOW + timedelta(days=DAYS))
    looked = sweep.look(house.world, rules, wish)
    saved = savings(more.pop("entries", ()), NOW, house.policy.terminate_after)
    return Facts(looked.plan, looked.outlooks, saved, house.policy, **more)


def read(text: str) -> Any:
    """The page as a browser reads it."""
    return html.document_fromstring(text)


def column(found: Any, table: str, at: int) -> list[str]:
    """The cells of one column."""
    rows = found.xpath(f"//table[@id='{table}']/tbody/tr")
    return ["".join(row.xpath("*")[at].itertext()).strip() for row in rows]


def card(found: Any, says: str) -> str:
    """The number that stands before these words at a glance."""
    (number,) = found.xpath(f"//ul[@class='cards']/li[contains(., '{says}')]/b")
    return str(number.text)


def shut_off(at: str, name: str = "jd-thing") -> Mapping[str, Any]:
    """An entry of the ledger: one was shut off then."""
    money = {"amount": "73.00", "while_off": "0.00", "currency": "USD", "besides": None}
    return {
        "entry": "outcome", "at": at, "account": HERE.account, "region": HERE.region,
        "kind": "thing", "id": f"t-{at}", "name": name, "owner": "jd", "verbs": ["shut_off"],
        "carried_out": ["shut_off"], "result": "done", "facts": {"power": "on"},
        "monthly_cost": {**money, "region": "us-east-1", "as_of": "2026-07-20"},
    }  # fmt: skip


def test_every_section_is_there() -> None:
    """Headings go down one step at a time, and each section is named by its own."""
    shelf = Shelf()
    shelf.put("t-1", ACTIVE)
    found = read(page(facts(shelf)))
    assert found.xpath("//section/@aria-labelledby") == SECTIONS
    assert found.xpath("//section/h2/@id") == SECTIONS
    assert found.xpath("//nav//@href") == [f"#{section}" for section in SECTIONS]
    levels = [int(each.tag[1]) for each in found.xpath("//h1|//h2|//h3|//h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert found.xpath("/html/@lang") == ["en"]
    assert all(found.xpath(f"//*[@id='{each[1:]}']") for each in found.xpath("//@href"))


def test_an_empty_account() -> None:
    """It has every section, and each says that there is nothing."""
    found = read(page(facts(Shelf())))
    assert found.xpath("//section/h2/@id") == SECTIONS
    assert found.xpath("//table[@id='resources']") == []
    assert card(found, "resources") == "0"
    assert "Seen, and nothing there: eu-west-1" in found.text_content()


def test_nowhere_to_look() -> None:
    """Without any place there is still a page."""
    assert "there was nothing to look at" in page(facts())


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_stands_on_tags_is_inert(hostile: str) -> None:
    """It makes no element and no attribute; what does not show is written out."""
    plain, evil = Shelf(), Shelf()
    plain.put("t-1", {**DUE, "Name": "jd-x", "Permanent": "x"})
    evil.put("t-1", {**DUE, "Name": f"jd-{hostile}", "Permanent": hostile})
    expected, found = (read(page(facts(each, chosen="owner x"))) for each in (plain, evil))
    assert [each.tag for each in found.iter()] == [each.tag for each in expected.iter()]
    assert [sorted(each.keys()) for each in found.iter()] == [
        sorted(each.keys()) for each in expected.iter()
    ]
    assert not {"\u202e", "\u2066", "\x07", "\x1b"} & set(found.text_content())
    if hostile.isprintable():
        assert column(found, "resources", 1) == [f"jd-{hostile}"]


def test_nothing_is_fetched() -> None:
    """No address, no sheet of others, no picture; and a browser is told to refuse them."""
    shelf = Shelf()
    shelf.put("t-1", DUE)
    text = page(facts(shelf, entries=[shut_off("2026-11-20T06:00:00+00:00")]))
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\bsrc=|<link|<img|<iframe", text)
    found = read(text)
    assert {href[0] for href in found.xpath("//@href")} == {"#"}
    (rule,) = found.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert rule.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        sealed = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{sealed}'" in rule
    assert found.xpath("//@style | //@onclick") == []


def test_money_at_a_glance() -> None:
    """What is off costs what it costs while off; what a run and the days to come take away."""
    shelf = Shelf()
    shelf.put("t-1", ACTIVE)  # shut off on 2027-01-01: within 30 days
    shelf.put("t-2", ACTIVE | {"Expiration": "2027-02-20"})  # not within
    shelf.put("t-3", EXPIRED)
    shelf.put("t-4", DUE, Power.OFF)
    shelf.put("t-5", {k: v for k, v in ACTIVE.items() if k != "Name"})
    found = read(page(facts(shelf)))
    assert card(found, "as it stands") == "33.00 USD"  # three run, one is off
    assert card(found, "after the next run") == "10.00 USD"  # 7 of t-3 and 3 of t-4
    assert card(found, "if nobody keeps") == "20.00 USD"  # 7 of t-1, 10 of t-3, 3 of t-4
    assert "us-east-1 of 2026-07-20" in found.text_content()
    assert "1 of the resources have no estimate" in found.text_content()


def test_what_happens_in_the_next_days() -> None:
    """Each owner has a line, and below it each day on which something happens."""
    shelf = Shelf()
    shelf.put("t-1", ACTIVE | {"Expiration": "2026-12-20"})
    shelf.put("t-2", ACTIVE | {"Name": "ab-late", "Expiration": "2027-02-20"})
    shelf.put("t-3", {k: v for k, v in ACTIVE.items() if k != "Name"})
    found = read(page(facts(shelf)))
    assert column(found, "owners", 0) == ["jd", "(unknown)"]
    assert [column(found, "owners", at) for at in (2, 3)] == [["1", "2"], ["1", "0"]]
    (line,) = found.xpath("(//table[@id='owners']//svg)[1]/@aria-label")
    assert line.split("; ")[3:] == ["2026-12-20: 1 shut off or marked", "2026-12-27: 1 terminated"]
    assert list(zip(column(found, "days-0", 0), column(found, "days-0", 5), strict=True)) == [
        ("2026-12-13", "its owner is told"),
        ("2026-12-17", "its owner is told"),
        ("2026-12-19", "its owner is told"),
        ("2026-12-20", "it is shut off"),
        ("2026-12-27", "it is backed up and terminated"),
    ]
    # The one without a name: shut off by the next run, so there is less to do on its day.
    unnamed = list(zip(column(found, "days-1", 0), column(found, "days-1", 5), strict=True))
    assert unnamed[0] == ("2026-12-06", "it is shut off")
    assert unnamed[-1] == ("2027-01-01", "it is marked, or shut off if it was started again")


def test_what_is_only_tagged_yet_has_its_days_after_that() -> None:
    """A rollout moves what would have happened before it to its first day."""
    shelf = Shelf()
    shelf.put("t-1", ACTIVE | {"Expiration": "2026-12-10"})
    shelf.put("t-2", ACTIVE | {"Expiration": "2026-12-20"})
    rollout = Rollout(date(2026, 12, 15))
    found = read(page(facts(shelf, policy=replace(POLICY, rollout=rollout))))
    days = list(zip(column(found, "days-0", 0), column(found, "days-0", 5), strict=True))
    assert [day for day, what in days if what == "it is shut off"] == ["2026-12-15", "2026-12-20"]
    ends = [day for day, what in days if what.endswith("terminated")]
    assert ends == ["2026-12-22", "2026-12-27"]


def test_what_is_protected_has_no_end() -> None:
    """Protection is read of all to which something would happen by then, and of no other."""
    shelf = Shelf(protected={"t-1"})
    shelf.put("t-1", ACTIVE)
    shelf.put("t-2", ACTIVE | {"Expiration": "2027-02-20"})
    found = read(page(facts(shelf)))
    assert shelf.calls("protected") == [("t-1",)]
    assert found.xpath("//table[@id='owners']") == []
    assert column(found, "resources", 5) == ["active", "exempt"]


def test_what_was_saved_in_each_week() -> None:
    """A week begins on Monday; the bars are those of the figures, and no week is left out."""
    entries = [shut_off("2026-11-09T00:00:00+00:00"), shut_off("2026-11-26T00:00:00+00:00")]
    found = read(page(facts(Shelf(), entries=entries)))
    weeks = ["2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]
    assert column(found, "weeks", 0) == weeks
    # 0.10 an hour: 7 days of the first, then 4 days and 3 days of the second.
    assert column(found, "weeks", 3) == ["16.80", "0.00", "9.60", "7.20"]
    heights = found.xpath("//section[@aria-labelledby='saved']//rect[@x]/@height")
    assert heights == ["120.00", "68.57", "51.43"]
    assert card(found, "saved so far") == "33.60 USD"


def test_blind_spots_come_first_and_are_told_at_the_top() -> None:
    """What could not be seen is missing on the page, which says so."""
    shelf, dark = Shelf(), Shelf(THERE)
    shelf.put("t-1", ACTIVE)

    def denied(_: object) -> None:
        raise TypeError("shown in another shape")

    dark.refuses["discover"] = denied
    found = read(page(facts(shelf, dark)))
    assert found.xpath("//header/p[@class='warn']/a/@href") == ["#seen"]
    statuses = column(found, "coverage", 3)
    assert (statuses[0] != "ok", statuses[1:]) == (True, ["ok"])
    assert column(found, "coverage", 1)[0] == "us-east-1"


def test_what_could_not_be_read_of_the_ledger_is_told() -> None:
    """Else a sum would seem whole that is not."""
    assert "2 lines of the ledger could not be read" in page(facts(Shelf(), torn=2))


def test_a_limit_that_a_run_would_pass_is_told() -> None:
    """Where nothing would be done, nothing is said to be saved by it."""
    shelf = Shelf()
    shelf.put("t-1", DUE)
    seen = facts(shelf)
    breach = Breach(HERE, "thing", Verb.TERMINATE, "30 would be hit")
    limited = replace(seen, plan=replace(seen.plan, breaches=(breach,)))
    found = read(page(limited))
    assert column(found, "breaches", 3) == ["30 would be hit"]
    assert card(found, "after the next run") == "0.00 USD"


def test_a_time_that_was_asked_for_is_no_present() -> None:
    """The page says that it is decided for another time than it was seen at."""
    seen = facts(Shelf())
    then = replace(seen.plan, as_of=NOW + timedelta(days=9))
    found = read(page(replace(seen, plan=then)))
    assert "As of 2026-12-15 06:00 UTC" in found.text_content()
    assert "decided for a time that was asked for" in found.text_content()


def test_two_thousand_resources() -> None:
    """All of them are in the list, by owner and by what happens next; no more than once each."""
    shelf = Shelf()
    for number in range(2000):
        until = date(2026, 12, 7) + timedelta(days=number % 90)
        named = {"Name": f"{'abcdefgh'[number % 8]}x-thing", "Expiration": until.isoformat()}
        shelf.put(f"t-{number:05}", ACTIVE | named)
    found = read(page(facts(shelf)))
    ids = column(found, "resources", 0)
    assert (len(ids), len(set(ids))) == (2000, 2000)
    order = list(zip(column(found, "resources", 2), column(found, "resources", 6), strict=True))
    assert order == sorted(order)
    assert found.xpath("//details[@open]") == []


def test_every_table_can_be_read_aloud() -> None:
    """Columns and rows have heads; roles stay where a narrow screen lays cells out as blocks."""
    shelf = Shelf()
    shelf.put("t-1", DUE)
    found = read(page(facts(shelf, entries=[shut_off("2026-11-20T06:00:00+00:00")])))
    tables = found.xpath("//table")
    assert len(tables) == 6
    for table in tables:
        assert table.xpath("caption")
        heads = table.xpath("thead/tr/th[@scope='col']")
        for row in table.xpath("tbody/tr[@role='row']"):
            assert len(row.xpath("*[@role]")) == len(heads)
            assert row.xpath("*")[0].get("scope") == "row"
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in found.xpath("//svg"))


def test_disabled_regions_are_no_blind_spots() -> None:
    """They are named below the table."""
    seen = facts(Shelf())
    off = Coverage(THERE, "thing", "disabled")
    plan = replace(seen.plan, coverage=(*seen.plan.coverage, off))
    text = page(replace(seen, plan=plan))
    assert "Not enabled, so nothing to see: us-east-1" in text
    assert "may be more than is shown" not in text
