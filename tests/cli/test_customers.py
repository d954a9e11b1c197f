"""`janitor customers` as whoever starts it sees it: what it prints, writes, and exits with."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import vobject
from click.testing import CliRunner
from lxml import html

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import JanitorError, RefusedError
from cs_aws_janitor.shared.lease import FileSlot, Holder, hold
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

BOOK = """\
[[customer]]
id = "acme"
name = "Acme GmbH"
segment = "strategic"
region = "EMEA"
country = "DE"
annual_value = 120000
started = 2026-01-15
contracted = 2026-01-10
csm = "Jo"
onboarding = {opened = 2026-01-15}
licences = {sold = 500, activated = 60}
[[customer.contact]]
name = "Ann"
title = "CTO"
email = "ann@acme.example"
labels = ["GitLab Admin"]
[[customer.event]]
kind = "call"
on = 2026-01-16
"""
BAD = '[[customer]]\nid = "beta"\nname = "Beta"\nstarted = "soon"\n'
SETTINGS = """\
[customers]
source = "book.toml"
tasks = "tasks"
ledger = "customers.jsonl"
calendar = "feed.ics"
"""
HOLDER = Holder("another run", "elsewhere", 1)
INTRODUCTION = "acme/account-onboarding/personal-introduction/2026-01-15"


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "janitor.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JANITOR_CONFIG", raising=False)
    yield
    log.configure(0)  # what logs next writes to a stream that is open


def customers(*words: str, today: str | None = "2026-01-20") -> Result:
    """Run a command of customers; its exit code is what it returns."""
    day = ["--today", today] if today else []
    return CliRunner().invoke(
        janitor, ["customers", *words, *day], prog_name="janitor", standalone_mode=False
    )


def code(done: Result) -> int:
    """The exit code that `main` would end with."""
    if done.exception is None:
        return int(done.return_value or 0)
    if isinstance(done.exception, JanitorError):
        return done.exception.exit_code
    return 2


def shown(*words: str, today: str | None = "2026-01-20") -> Any:
    """What a command prints as JSON."""
    done = customers(*words, "--format", "json", today=today)
    assert done.exception is None, done.output
    return json.loads(done.stdout)


def test_a_plan_as_the_contract_has_it() -> None:
    """The members of a task, and no more than the contract and the sort of task ask for."""
    plan = shown("plan")
    assert (plan["version"], plan["today"]) == (1, "2026-01-20")
    (task,) = [each for each in plan["tasks"] if each["key"] == INTRODUCTION]
    assert task == {
        "key": INTRODUCTION,
        "customer": "acme",
        "playbook": "account-onboarding",
        "touchpoint": "personal-introduction",
        "title": "Personal introduction: Acme GmbH",
        "opens": "2026-01-17",
        "due": "2026-01-20",
        "status": "due",
        "assignee": "Jo",
        "notes": task["notes"],
        "sink": "file",
    }
    assert {each["status"] for each in plan["tasks"]} == {"upcoming", "open", "due", "overdue"}
    assert plan["problems"] == plan["flags"] == plan["changes"] == []


def test_a_plan_writes_nothing_anywhere(tmp_path: Path) -> None:
    """Neither a task, nor a ledger, nor a lock."""
    before = sorted(tmp_path.rglob("*"))
    for words in (("plan",), ("list",), ("time-to-value",), ("contacts",), ("plan", "--dry-run")):
        assert code(customers(*words)) == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_table_shows_what_waits_and_all_of_it_on_demand() -> None:
    """What has opened, by the day it is due, and a line that sums up."""
    lines = customers("plan").stdout.splitlines()
    assert lines[0].startswith("Touchpoints that wait: ")
    assert lines[1].split() == "DUE STATUS WHAT FOR OPENS PLAYBOOK SINK".split()
    days = [line.split()[0] for line in lines[2 : lines.index("")]]
    assert days == sorted(days)
    assert lines[-1].startswith("As of 2026-01-20: 1 customer: ")
    everything = customers("plan", "--all").stdout
    assert "Renewal follow-up: Acme GmbH" in everything
    assert "Renewal follow-up: Acme GmbH" not in customers("plan").stdout


def test_a_plan_as_csv() -> None:
    """A row for each task."""
    rows = list(csv.DictReader(io.StringIO(customers("plan", "--format", "csv").stdout)))
    (row,) = [each for each in rows if each["key"] == INTRODUCTION]
    assert (row["due"], row["status"], row["assignee"]) == ("2026-01-20", "due", "Jo")


def test_a_run_creates_once(tmp_path: Path) -> None:
    """Every task that has opened; a second run nothing, and the plan shows them as delivered."""
    waiting = [t["key"] for t in shown("plan")["tasks"] if t["status"] != "upcoming"]
    first = shown("run", "--yes")
    assert sorted(o["key"] for o in first["outcomes"]) == sorted(waiting)
    assert {(o["verb"], o["result"], o["why"]) for o in first["outcomes"]} == {
        ("create", "done", None)
    }
    assert len(list((tmp_path / "tasks").rglob("*.md"))) == len(waiting)
    assert shown("run")["outcomes"] == []
    plan = shown("plan")
    assert [t["key"] for t in plan["tasks"] if t["status"] == "delivered"] == waiting
    assert "No touchpoint waits." in customers("plan").stdout
    assert "There was nothing to do." in customers("run").stdout


def test_a_run_logs_what_it_did(tmp_path: Path) -> None:
    """With -v each delivery is a line on standard error, and the run itself is the last one."""
    done = customers("run", "-v")
    *deliveries, ended = [json.loads(line) for line in done.stderr.splitlines()]
    assert {each["event"] for each in deliveries} == {"task.delivered"}
    assert (
        len(deliveries)
        == len(list((tmp_path / "tasks").rglob("*.md")))
        == ended["deliveries_create"]
    )
    assert (ended["event"], ended["wing"], ended["problems"]) == ("run.ended", "customers", 0)
    assert (ended["run_exit_code"], ended["customers"], ended["failures"]) == (0, 1, 0)
    (directive,) = ended["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Janitor/Customers"
    assert all(type(ended[metric["Name"]]) in {int, float} for metric in directive["Metrics"])


def test_a_run_that_is_refused_logs_why() -> None:
    """Its line has the exit code and claims nothing of what was not seen."""
    done = customers("run", "-v", "--customers", "none.toml")
    (line,) = [json.loads(each) for each in done.stderr.splitlines() if "run.ended" in each]
    assert (line["run_exit_code"], line["refused"]) == (2, 1)
    assert "none.toml cannot be read" in line["why"]
    assert "customers" not in line


def test_what_changed_is_shown_and_done(tmp_path: Path) -> None:
    """A later contact moves the follow-up: the plan says so before the run does it."""
    customers("run", today="2026-02-13")
    event = '[[customer.event]]\nkind = "mail"\non = 2026-02-13\n'
    (tmp_path / "book.toml").write_text(BOOK + event, encoding="utf-8")
    (change,) = shown("plan", today="2026-02-13")["changes"]
    assert (change["verb"], change["due"]) == ("update", "2026-03-13")
    assert "to be changed" in customers("plan", today="2026-02-13").stdout
    (outcome,) = shown("run", today="2026-02-13")["outcomes"]
    assert (outcome["key"], outcome["result"]) == (change["key"], "done")


@pytest.mark.parametrize("command", ["plan", "run", "list", "time-to-value", "contacts"])
def test_a_bad_row_is_told_and_the_others_go_on(tmp_path: Path, command: str) -> None:
    """File, row and field on standard error or in JSON; exit code 1."""
    (tmp_path / "book.toml").write_text(BAD + BOOK, encoding="utf-8")
    done = customers(command)
    assert code(done) == 1
    assert done.stderr.splitlines() == [
        (
            f"janitor: {tmp_path / 'book.toml'}, row 1, beta, started: "
            "'soon' is not a date; write it as 2026-12-06"
        )
    ]
    assert "acme" in done.stdout.lower()
    assert shown(command)["problems"] == [
        {
            "customer": "beta",
            "file": str(tmp_path / "book.toml"),
            "row": 1,
            "field": "started",
            "why": "'soon' is not a date; write it as 2026-12-06",
        }
    ]


def test_a_bad_playbook_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """Its file, line and key; exit code 1."""
    customers("playbooks", "init", today=None)
    broken = tmp_path / "config" / "playbooks" / "csm-onboarding.toml"
    broken.write_text('title = "x"\n[touchpoint.y]\ndays = "z"\n', encoding="utf-8")
    done = customers("plan")
    assert code(done) == 1
    assert "csm-onboarding.toml, line 3: touchpoint.y.days: it is neither" in done.stderr
    assert "Personal introduction" in done.stdout
    assert shown("plan")["problems"][0]["line"] == 2
    checked = customers("playbooks", "check", today=None)
    assert code(checked) == 1
    assert "account-onboarding" in checked.stdout


def test_playbooks_are_copied_and_never_written_over(tmp_path: Path) -> None:
    """What a team has edited stays; what is copied is right."""
    first = customers("playbooks", "init", "--out", "ours", today=None)
    assert first.stdout.count("is written") == 4
    edited = tmp_path / "ours" / "csm-onboarding.toml"
    edited.write_text('title = "x"\n', encoding="utf-8")
    again = customers("playbooks", "init", "--out", "ours", today=None)
    assert again.stdout.count("was left as it is") == 4
    assert edited.read_text(encoding="utf-8") == 'title = "x"\n'
    assert code(customers("playbooks", "check", today=None)) == 0


# Words, settings, and what is refused.
REFUSED = [
    (("plan",), "", "there is no file of customers"),
    (("plan", "--customers", "none.toml"), SETTINGS, "none.toml cannot be read"),
    (("plan", "--customers", "janitor.toml"), SETTINGS, "janitor.toml has no list of customers"),
    (("plan", "--playbooks", "nowhere"), SETTINGS, "the folder of playbooks nowhere"),
    (("plan", "--customers", "empty.csv"), SETTINGS, "empty.csv is empty. Write it again"),
    (("run", "--customers", "empty.json"), SETTINGS, "empty.json is empty. Write it again"),
    (("calendar",), '[customers]\nsource = "book.toml"\n', "there is no file for the feed"),
    (
        ("plan",),
        "[customers]\nsorce = 1\n",
        "janitor.toml, line 2: customers.sorce: unknown key",
    ),
]


@pytest.mark.parametrize(("words", "settings", "why"), REFUSED)
def test_refusals(tmp_path: Path, words: tuple[str, ...], settings: str, why: str) -> None:
    """One line, exit code 2, nothing written."""
    (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
    for name, content in {"empty.csv": "\ufeff\r\n", "empty.json": ""}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = customers(*words)
    assert isinstance(done.exception, JanitorError)
    assert (code(done), done.stdout) == (2, "")
    assert str(done.exception).startswith(why)
    assert "\n" not in str(done.exception)


@pytest.mark.parametrize("today", ["soon", "2026-13-01", "20260120", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none(today: str) -> None:
    """`--today` takes a date, and says how it is written."""
    done = customers("plan", today=today)
    assert code(done) == 2
    assert "write it as 2026-12-06" in str(done.exception)


def test_only_some_customers(tmp_path: Path) -> None:
    """By id and by CSM, in any case; what others have is not touched by that."""
    other = '[[customer]]\nid = "coda"\nname = "Coda"\nstarted = 2026-01-15\ncsm = "Ray"\n'
    (tmp_path / "book.toml").write_text(BOOK + other, encoding="utf-8")
    assert {t["customer"] for t in shown("plan", "--csm", "ray")["tasks"]} >= {"coda"}
    assert "acme" not in {t["customer"] for t in shown("plan", "--csm", "ray")["tasks"]}
    assert [c["id"] for c in shown("list", "--customer", "acme")["customers"]] == ["acme"]
    customers("calendar")
    customers("calendar", "--customer", "coda")
    feed = vobject.readOne((tmp_path / "feed.ics").read_text(encoding="utf-8"))
    assert {event.status.value for event in feed.vevent_list} == {"CONFIRMED"}


@pytest.mark.parametrize("command", ["plan", "list", "contacts", "time-to-value"])
def test_a_customer_that_is_not_there(command: str) -> None:
    """It is told, with the one that was probably meant; the others that are named are shown."""
    done = customers(command, "--customer", "acne", "--customer", "acme")
    assert code(done) == 1
    assert done.stderr == "janitor: acne: there is no such customer; did you mean 'acme'?\n"
    assert "acme" in done.stdout.lower()


def test_time_to_value_as_the_contract_has_it() -> None:
    """Each metric with days, goal and status; sums beside them."""
    value = shown("time-to-value", today="2026-01-30")
    (acme,) = value["customers"]
    assert acme["time_to_engage"] | {"began": None, "by": None} == {
        "days": 1, "goal": 14, "status": "met", "began": None, "by": None,
    }  # fmt: skip
    assert acme["time_to_first_value"]["days"] == 20
    assert acme["time_to_onboard"]["status"] == "unknown"
    assert value["summary"]["csm"]["Jo"]["time_to_engage"]["met"] == 1
    assert list(value["summary"]["quarter"]) == ["2026-Q1"]


def test_first_value_is_remembered_by_a_run() -> None:
    """Seen by a run on one day, the first value date is that day from then on."""
    customers("run", today="2026-01-20")
    customers("run", today="2026-02-20")
    (acme,) = shown("time-to-value", today="2026-03-20")["customers"]
    assert acme["time_to_first_value"]["days"] == 10


def test_goals_are_settings(tmp_path: Path) -> None:
    """A team has its own goals, for metrics of product usage too."""
    goals = "[customers.goals]\ntime_to_engage = 0\n[customers.usage_goals]\nci = 5\n"
    (tmp_path / "janitor.toml").write_text(SETTINGS + goals, encoding="utf-8")
    usage = BOOK.replace(
        'csm = "Jo"', 'csm = "Jo"\nsubscribed = 2026-01-15\nusage = {ci = 2026-01-19}'
    )
    (tmp_path / "book.toml").write_text(usage, encoding="utf-8")
    (acme,) = shown("time-to-value")["customers"]
    assert acme["time_to_engage"]["status"] == "missed"
    assert [(u["metric"], u["days"], u["status"]) for u in acme["usage"]] == [("ci", 4, "met")]


def test_the_page_stands_alone(tmp_path: Path) -> None:
    """One file: charts as SVG, no script, nothing fetched; names of others are only text."""
    hostile = BOOK.replace("Acme GmbH", "<script>alert(1)</script>")
    (tmp_path / "book.toml").write_text(hostile + BAD, encoding="utf-8")
    assert code(customers("time-to-value", "--format", "html", "--out", "page.html")) == 1
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = html.fromstring(text)
    assert page.xpath("//script | //link | //img | //iframe | //@src | //@href") == []
    assert "url(" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert "<script>alert(1)</script>" in page.xpath("string((//table)[last()])")
    assert len(page.xpath("//section//svg//rect")) >= 2
    assert page.xpath("//section/h3/text()")[:3] == [
        "Time to engage", "Time to first value", "Time to onboard",
    ]  # fmt: skip
    assert page.xpath("//h2/text()")[-3:] == [
        "By CSM", "By the quarter in which it began", "Every customer",
    ]  # fmt: skip
    assert "2026-Q1" in page.xpath("(//table)[2]//td/text()")
    assert "until" not in page.text_content()
    assert "row 2, beta, started" in page.xpath("string(//div[@class='problems'])")
    assert customers("time-to-value", "--format", "html").stdout == text


def test_the_page_of_an_empty_book(tmp_path: Path) -> None:
    """A book without dates has a page without charts, and no fault."""
    (tmp_path / "book.toml").write_text('[[customer]]\nid = "a"\nname = "A"\n', encoding="utf-8")
    page = html.fromstring(customers("time-to-value", "--format", "html").stdout)
    assert page.xpath("//section//svg") == []
    assert len(page.xpath("//section")) == 3


def test_contacts_say_what_is_missing() -> None:
    """Per customer and contact, and how complete the rest is."""
    (acme,) = shown("contacts")["customers"]
    assert {(gap["contact"], gap["what"]) for gap in acme["missing"]} == {
        ("Ann", "role"),
        ("Ann", "contact number"),
        (None, "1 of at least 2 regular contacts that can be reached"),
        (None, "a Slack channel named #a_acme-gmbh-internal"),
    }
    assert acme["completeness"] == 0.5


def test_a_list_says_what_is_next() -> None:
    """Each customer with its people, its onboarding, what waits and what comes next."""
    (acme,) = shown("list")["customers"]
    assert (acme["csm"], acme["onboarding"], acme["last_contact"]) == ("Jo", "open", "2026-01-16")
    assert (acme["next"], acme["next_on"]) == ("installation-follow-up", "2026-01-23")
    assert acme["waiting"] > acme["overdue"] > 0


def test_the_calendar_is_written_and_kept(tmp_path: Path) -> None:
    """An event for each touchpoint; written again it is the same, and what is gone is cancelled."""
    done = customers("calendar", "--out", "own.ics")
    assert (code(done), done.stdout.split(": ")[0]) == (0, "own.ics")
    text = (tmp_path / "own.ics").read_bytes()
    customers("calendar", "--out", "own.ics")
    assert (tmp_path / "own.ics").read_bytes() == text
    renewed = BOOK.replace('csm = "Jo"', 'csm = "Jo"\nrenewed = true')
    (tmp_path / "book.toml").write_text(renewed, encoding="utf-8")
    customers("calendar", "--out", "own.ics")
    feed = vobject.readOne((tmp_path / "own.ics").read_text(encoding="utf-8"))
    gone = [e.summary.value for e in feed.vevent_list if e.status.value == "CANCELLED"]
    assert gone == ["Renewal: Acme GmbH"]


def test_a_run_into_the_calendar(tmp_path: Path) -> None:
    """The sink is a setting; tasks that are put there are events."""
    settings = SETTINGS + 'sink = "calendar"\nmails = "file"\n'
    (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
    outcomes = shown("run")["outcomes"]
    feed = vobject.readOne((tmp_path / "feed.ics").read_text(encoding="utf-8"))
    put = {o["title"] for o in outcomes if o["sink"] == "calendar"}
    assert {event.summary.value for event in feed.vevent_list} == put
    assert {o["sink"] for o in outcomes} == {"calendar", "file"}


def test_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run while one is under way is refused before its first task."""
    with hold(FileSlot(tmp_path / "customers.jsonl.lock"), HOLDER, clock.now):
        done = customers("run")
    assert (code(done), (tmp_path / "tasks").exists()) == (2, False)
    assert "another run" in str(done.exception)
    assert code(customers("run")) == 0


def test_a_torn_ledger_is_told(tmp_path: Path) -> None:
    """A line that a crash has torn is passed over, and said."""
    customers("run")
    with (tmp_path / "customers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"entry": "delivery", "key": "acme/x", "du')
    done = customers("plan")
    assert "the ledger: line " in done.stderr
    assert "No touchpoint waits." in done.stdout


def test_a_ledger_that_cannot_be_written_stops_a_run(tmp_path: Path) -> None:
    """Nothing is delivered that could not be recorded."""
    (tmp_path / "customers.jsonl").mkdir()
    done = customers("run")
    assert isinstance(done.exception, JanitorError)
    assert not isinstance(done.exception, RefusedError)
    assert not (tmp_path / "tasks").exists()


def test_the_demo_shows_it_all_in_one_screen(tmp_path: Path) -> None:
    """What is due, what is delivered, what changes; nothing is left behind."""
    before = sorted(tmp_path.rglob("*"))
    done = customers("demo", today=None)
    assert code(done) == 0
    assert len(done.stdout.splitlines()) <= 60
    for line in (
        "A sample book of business on Monday, 2026-03-02.",
        "Touchpoints that wait: 21",
        "at risk: the customer delays the onboarding",
        "2026-03-02  once more    creates nothing",
        "moved: Follow-up after 30 days: Acme Ltd, due 2026-04-02",
        "created: Open the onboarding call-to-action: Orbit Inc",
    ):
        assert line in done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_a_playbook_with_a_sink_that_is_not_set_up(tmp_path: Path) -> None:
    """Told with file and line, at the touchpoint or at the top, where it stands."""
    folder = tmp_path / "books"
    folder.mkdir()
    one = 'title = "A"\nafter = "started"\nassignee = ["csm"]\n'
    touchpoint = '[touchpoint.a]\ntitle = "A"\ndays = 1\nnotes = ["b"]\n'
    (folder / "at-top.toml").write_text(f'{one}sink = "gitlab"\n{touchpoint}', encoding="utf-8")
    (folder / "below.toml").write_text(f'{one}{touchpoint}sink = "fil"\n', encoding="utf-8")
    faulty = (
        f'{one}{touchpoint}sink = "fax"\n[touchpoint.b]\ntitle = "B"\ndays = "x"\nnotes = ["b"]\n'
    )
    (folder / "both.toml").write_text(faulty, encoding="utf-8")
    done = customers("playbooks", "check", "--playbooks", str(folder), today=None)
    assert code(done) == 1
    there = "there are: file, calendar"
    assert done.stderr.splitlines() == [
        (
            f"janitor: {folder}/at-top.toml, line 4: sink: there is no sink 'gitlab'; "
            f"set it up in the settings; {there}"
        ),
        (
            f"janitor: {folder}/below.toml, line 8: touchpoint.a.sink: there is no sink 'fil'; "
            "did you mean 'file'?"
        ),
        (
            f"janitor: {folder}/both.toml, line 8: touchpoint.a.sink: there is no sink 'fax'; "
            f"set it up in the settings; {there}"
        ),
        (
            f"janitor: {folder}/both.toml, line 11: touchpoint.b.days: it is neither a number nor"
            " two of them, the first and the last"
        ),
    ]


def test_a_plan_does_without_the_sdk_of_aws() -> None:
    """It is not even loaded where nothing lies in AWS: that would take longer than a small plan."""
    told = "import sys; from cs_aws_janitor.cli import main; sys.argv[1:] = sys.argv[1].split()\n"
    told += "try: main()\nfinally: assert not {'boto3', 'botocore'} & sys.modules.keys()"
    words = [sys.executable, "-c", told, "customers plan --today 2026-01-20"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own
