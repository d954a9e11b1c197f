"""What is printed: harmless whatever stands on a resource, and lost without harm."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

HOSTILE = {
    "ab-\x9b31mred\x9b0m": "ab-\\x9b31mred\\x9b0m",  # a terminal takes one character as an escape
    "ab-first\nsecond\tthird": "ab-first\\nsecond\\tthird",
    "ab-\u202egnp.exe": "ab-\\u202egnp.exe",  # turns the rest of the line around
    "ab-\u2028line\u200bless": "ab-\\u2028line\\u200bless",
    "=cmd|'/C calc'!A0": "=cmd|'/C calc'!A0",
    "@SUM(1)": "@SUM(1)",
    'ab-"quoted", and more': 'ab-"quoted", and more',
    "ab-Grüße-日本-🎉": "ab-Grüße-日本-🎉",
    f"ab-{'x' * 253}": f"ab-{'x' * 253}",
}
REASON = "so \x1b[31mit\u202e\ngoes"


def harmless(text: str) -> bool:
    """Whether a terminal would obey nothing of it but its line breaks."""
    return all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp"} for c in text)


def test_hostile_values_are_shown_harmlessly(janitor: Janitor) -> None:
    """As escapes in tables and sentences, never as a formula in CSV, whole and exact in JSON."""
    ids = {name: janitor.account.launch(name) for name in HOSTILE}
    turned = ids["ab-\u202egnp.exe"]
    janitor.account.tag(turned, Expiration="next\n\u202efriday")

    table = janitor("plan")
    assert harmless(table.out)
    assert all(shown in table.out for shown in HOSTILE.values())
    rows = janitor("plan", "--all", "--format", "csv")
    assert harmless(rows.out)
    assert {row["name"].removeprefix("'") for row in rows.rows} == set(HOSTILE.values())
    assert not any(row["name"].startswith(("=", "@")) for row in rows.rows)
    exact = janitor("plan", "--all", "--format", "json")
    assert exact.out.isascii()
    assert {step["name"]: step["id"] for step in exact.json["steps"]} == ids

    explained = janitor("explain", turned)
    assert harmless(explained.out)
    assert r"It is unreadable: Expiration 'next\n\u202efriday' is not a date." in explained.out
    moved = janitor("extend", turned, "--days", "3", "--reason", REASON)
    assert (moved.code, harmless(moved.out)) == (0, True)
    # A control character on a tag would make the answers of AWS unreadable.
    note = janitor.account.tags(turned)["JanitorNote"]
    assert note == "Extended on 2026-11-22 to 2026-11-25. Reason: so [31mit goes"
    told = janitor("history")
    assert harmless(told.out)
    assert r"ab-\u202egnp.exe" in told.out


def test_hostile_words_of_errors_are_harmless(janitor: Janitor) -> None:
    """Also what is refused is shown without its teeth."""
    assert harmless(janitor("explain", "\x1b[31mred\u202e").refusal)
    assert harmless(janitor("apply", "\x1b[31mplan.json", "--yes").refusal)


def test_a_reader_may_leave(janitor: Janitor) -> None:
    """`| head` is no error; a run whose reader has left does all it has to, and says so by 0."""
    for number in range(8):
        janitor.account.launch(f"ab-{number}-{'x' * 240}")
    for form in ("table", "json"):
        said = janitor.shell(f"janitor plan --format {form} | head -1; echo ${{PIPESTATUS[0]}}")
        assert (said.out.splitlines()[-1], said.err) == ("0", "")
    for words in ("plan", "plan --format json", "plan --format csv", "list", "--help"):
        said = janitor.shell(f"janitor {words} | true; echo ${{PIPESTATUS[0]}}")
        assert (said.out, said.err) == ("0\n", ""), words
    said = janitor.shell("janitor run --yes | true; echo ${PIPESTATUS[0]}")
    assert (said.out, said.err) == ("0\n", "")
    assert all("Discovered" in janitor.account.tags(i) for i in janitor.account.instances())


def test_output_that_cannot_be_written(janitor: Janitor) -> None:
    """A full disk is told in one line; a closed stream is nothing to fail for."""
    said = janitor.shell("janitor plan > /dev/full; echo $?")
    assert said.out == "1\n"
    assert said.err == "janitor: its output cannot be written: No space left on device\n"
    janitor.account.launch()
    said = janitor.shell("janitor run --yes --format json > /dev/full; echo $?")
    assert said.out == "0\n"  # what counts was done, and stands in the ledger
    assert said.err == (
        "janitor: what was done stands in the ledger, but not here: No space left on device\n"
    )
    assert janitor.shell("janitor list >&- 2>&- <&-; echo $?").out == "0\n"
    assert janitor.shell("janitor run 2>&- <&-; echo $?").out == "2\n"


def test_a_folder_that_is_gone(janitor: Janitor) -> None:
    """Whoever stands in a deleted folder hears that, not of a fault of ours."""
    said = janitor.shell("mkdir gone && cd gone && rmdir ../gone && janitor plan")
    assert said.refusal == "the folder it was started in is gone. Start it elsewhere"


def test_a_ledger_that_cannot_be_written_stops_all_that_writes(janitor: Janitor) -> None:
    """Before the first call that changes anything: a device, a folder, a place that is closed."""
    instance = janitor.account.launch()
    plain = janitor.settings
    for place, why in (
        ("/dev/full", "the ledger /dev/full is not an ordinary file. Set ledger.path to one"),
        ("/proc/no/ledger", "the ledger /proc/no/ledger cannot be written: No such file"),
        (str(janitor.home), f"the ledger {janitor.home} cannot be written: Is a directory"),
    ):
        janitor.settings = plain.replace("ledger.jsonl", place)
        assert janitor("run", "--yes").refusal.startswith(why)
    assert janitor("extend", instance, "--days", "1").refusal.startswith(why)
    assert janitor.account.writes == []


def test_a_disk_that_fills_meanwhile(janitor: Janitor) -> None:
    """What took effect is told, with exit code 1, though it could not be written down."""
    instance = janitor.account.launch()
    assert janitor("extend", instance, "--days", "1").code == 0
    said = janitor.shell(f"ulimit -f 0; janitor extend {instance} --days 1")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"janitor: {instance}: extend took effect, but the ledger ")
    assert janitor.account.tags(instance)["Expiration"] == "2026-12-08"
    [kept] = (janitor.home / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[:1]
    assert json.loads(kept)["act"] == "extend"


def test_a_disk_that_fills_during_a_run(janitor: Janitor) -> None:
    """Nothing more is done, each step that is left says why; the traceback is for the log."""
    for _ in range(4):
        janitor.account.launch()
    assert janitor("run", "--yes").code == 0  # from here on the ledger is longer than the limit
    instance = janitor.account.launch()
    said = janitor.shell("ulimit -f 1; janitor run --yes --format json")
    (outcome,) = json.loads(said.out)["outcomes"]
    assert (said.code, outcome["id"], outcome["result"]) == (1, instance, "failed")
    assert "ledger.jsonl cannot be written: File too large" in outcome["why"]
    assert json.loads(said.err)["event"] == "crew.broke"
