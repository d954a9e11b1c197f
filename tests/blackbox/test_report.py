"""`janitor report`, `--format html`, and a list on a terminal: what is there, for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import html

from tests.blackbox.janitor import SETTINGS

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor


def test_a_page_is_written_and_nothing_else(janitor: Janitor) -> None:
    """The file holds the page; AWS is only read, and the ledger is left as it is."""
    account = janitor.account
    account.launch("jd-<b>GitLab</b>")
    assert janitor("run", "--yes").code == 0
    ledger = (janitor.home / "ledger.jsonl").read_bytes()
    account.clear_calls()
    said = janitor("report", "--out", "report.html")
    assert (said.code, said.out, said.err) == (0, "", "report.html is written\n")
    text = (janitor.home / "report.html").read_text(encoding="utf-8")
    assert account.writes == []
    assert (janitor.home / "ledger.jsonl").read_bytes() == ledger
    page = html.document_fromstring(text)
    assert "jd-<b>GitLab</b>" in page.xpath("string(//table[@id='resources'])")
    assert "2026-12-13" in page.xpath("string(//table[@id='days-0'])")  # its end, decided again
    assert janitor("report").out == text


def test_the_page_is_narrowed_and_set_to_another_time(janitor: Janitor) -> None:
    """By the options of list, which it names."""
    mine, yours = janitor.account.launch("jd-mine"), janitor.account.launch("ab-yours")
    assert janitor("run", "--yes").code == 0
    said = janitor("report", "--owner", "JD", "--as-of", "2026-12-24").out
    assert (mine in said, yours in said) == (True, False)
    assert "As of 2026-12-24 00:00 UTC. Only owner JD." in said
    assert "decided for a time that was asked for" in said


def test_plan_and_list_print_the_same_page(janitor: Janitor) -> None:
    """With all that there is; a list of what expires soon holds no more than that."""
    made = janitor.account.launch("jd-box")
    page = janitor("report").out
    assert made in page
    assert janitor("plan", "--format", "html").out == page
    assert janitor("list", "--format", "html").out == page
    soon = janitor("list", "--expiring", "3", "--format", "html").out
    assert made not in soon
    assert "Only what expires within 3 days." in soon


def test_what_could_not_be_seen_is_on_the_page_and_in_the_exit_code(janitor: Janitor) -> None:
    """A region that is denied is a blind spot, and not empty."""
    janitor.settings = SETTINGS.replace('["eu-west-1"]', '["eu-west-1", "us-east-1"]')
    janitor.account.deny("ec2:DescribeInstances", region="us-east-1")
    said = janitor("report", "--out", "report.html")
    assert said.code == 1
    assert "janitor: ec2_instance in us-east-1 of 123456789012: " in said.err
    page = html.parse(str(janitor.home / "report.html"))
    assert page.xpath("string(//header/p[@class='warn']/a)") == "1 blind spot"


def test_a_page_that_cannot_be_written_is_refused(janitor: Janitor) -> None:
    """In one line that says where and why."""
    said = janitor("report", "--out", "none/report.html")
    assert said.refusal == "none/report.html cannot be written: No such file or directory"


def test_on_a_terminal_a_list_stands_under_its_owners(janitor: Janitor) -> None:
    """Each with the sum of theirs, by what happens next; piped, each row says all by itself."""
    until = {"jd-late": "2026-12-24", "jd-soon": "2026-12-07", "ab-box": "2026-12-09"}
    for name, day in until.items():
        janitor.account.launch(name, tags={"Expiration": day})
    shown = janitor.on_terminal("list", "--no-color").out
    lines = [re.sub(r"\s+", " ", line.strip()) for line in shown.splitlines()]
    heads = [line for line in lines if " resource" in line and "USD" not in line]
    assert heads[:2] == ["ab 1 resource 7.59+", "jd 2 resources 15.18+"]
    assert shown.index("jd-soon") < shown.index("jd-late")
    piped = [line for line in janitor("list").out.splitlines() if "i-" in line]
    assert [" jd " in line or " ab " in line for line in piped] == [True] * 3
