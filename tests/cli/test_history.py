"""`janitor history`: what became of mine, when, why, and by which command."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

import cs_aws_janitor
from cs_aws_janitor.cli import janitor
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Phase, Place, Resource, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.plan import Step
from cs_aws_janitor.shared.errors import LedgerError
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from click.testing import Result as Ran

    from tests.strict.aws import Account
    from tests.strict.server import Endpoint

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = Place("123456789012", "eu-west-1")
ID = "i-0abc1234def567890"
ARN = f"arn:aws:ec2:eu-west-1:123456789012:instance/{ID}"
LEDGER = Path("ledger.jsonl")
SETTINGS = '[ledger]\npath = "ledger.jsonl"\n'


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("janitor.toml").write_text(SETTINGS)


@pytest.fixture
def ledger() -> Ledger:
    """The ledger of the settings, written to on 6 December."""
    return Ledger(File(LEDGER), now=lambda: NOW)


def step(resource_id: str = ID, name: str | None = "jd-GitLabRunner", **more: Any) -> Step:
    """A step that shuts it off."""
    given: dict[str, Any] = {
        "place": PLACE,
        "kind": "ec2_instance",
        "owner": "jd" if name else None,
        "phase": Phase.EXPIRED,
        "verbs": (Verb.SHUT_OFF,),
        "reason": "Expiration 2026-12-06 has come",
        "next_on": date(2026, 12, 13),
    }
    return Step(id=resource_id, name=name, **given | more)


def done(of: Step, at: datetime = NOW) -> Outcome:
    """All of it was carried out."""
    return Outcome(of, Result.DONE, at, None, of.verbs)


def extended(**more: Any) -> dict[str, Any]:
    """What `extend` writes into the ledger."""
    return {
        "act": "extend",
        "account": PLACE.account,
        "region": PLACE.region,
        "kind": "ec2_instance",
        "id": ID,
        "name": "jd-GitLabRunner",
        "old": "2026-12-06",
        "new": "2026-12-20",
        "reason": "proof of concept",
        **more,
    }


def history(*words: str) -> Ran:
    """What `janitor history …` does."""
    return CliRunner().invoke(janitor, ["history", *words], env={"JANITOR_CONFIG": None})


def rows(*words: str) -> list[dict[str, Any]]:
    """What it tells a program."""
    ran = history(*words, "--format", "json")
    assert ran.exit_code == 0, ran.output
    told: list[dict[str, Any]] = json.loads(ran.stdout)["history"]
    return told


def whats(*words: str) -> list[str]:
    """What was done, by its words alone."""
    return [row["what"] for row in rows(*words)]


# What is told


def test_a_line_says_when_by_what_to_what_why_and_how_it_ended(ledger: Ledger) -> None:
    """One line for each thing done, oldest first; what is common to all stands above."""
    ledger.record(done(step()))
    ledger.act(extended())
    assert [line.split("  ") for line in squeezed(history().stdout)] == [
        ["What was done: 2, account 123456789012, region eu-west-1, kind ec2_instance"],
        ["WHEN", "BY", "ID", "NAME", "WHAT", "RESULT", "WHY"],
        [
            "2026-12-06 06:00 UTC",
            "run",
            ID,
            "jd-GitLabRunner",
            "shut off",
            "done",
            "Expiration 2026-12-06 has come",
        ],
        [
            "2026-12-06 06:00 UTC",
            "extend",
            ID,
            "jd-GitLabRunner",
            "Expiration moved from 2026-12-06 to 2026-12-20",
            "done",
            "proof of concept",
        ],
    ]


def squeezed(text: str) -> list[str]:
    """The lines, with two spaces between cells."""
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines(text)]
    return ["  ".join(line) for line in cells]


def lines(text: str) -> list[str]:
    """The lines of a text."""
    return text.splitlines()


def test_what_differs_has_a_column(ledger: Ledger) -> None:
    """Account, region and kind are told for each line where they are not all the same."""
    ledger.record(done(step()), done(step("i-2", place=Place("210987654321", "us-east-1"))))
    title, head, *told = squeezed(history().stdout)
    assert title == "What was done: 2, kind ec2_instance"
    assert head.split()[2:4] == ["ACCOUNT", "REGION"]
    assert [line.split("  ")[2:4] for line in told] == [
        ["123456789012", "eu-west-1"],
        ["210987654321", "us-east-1"],
    ]


def test_the_time_is_told_in_the_teams_zone(ledger: Ledger) -> None:
    """`timezone` of the settings, and always with the zone."""
    Path("janitor.toml").write_text(f'timezone = "Europe/Berlin"\n{SETTINGS}')
    ledger.record(done(step()))
    assert "2026-12-06 07:00 CET" in history().stdout
    assert [row["at"] for row in rows()] == ["2026-12-06T07:00:00+01:00"]


def test_a_failure_says_why_it_failed(ledger: Ledger) -> None:
    """What stood against it comes before what called for it; a program gets both."""
    ledger.record(Outcome(step(), Result.BLOCKED, NOW, "it has stop protection"))
    assert "blocked  it has stop protection" in history().stdout
    [row] = rows()
    assert (row["reason"], row["why"]) == (
        "Expiration 2026-12-06 has come",
        "it has stop protection",
    )


@pytest.mark.parametrize(
    ("carried_out", "what"),
    [
        ((Verb.BACK_UP, Verb.TERMINATE), "back up, terminate"),
        ((Verb.BACK_UP,), "back up; not terminate"),
        ((), "back up, terminate"),
    ],
)
def test_what_was_not_carried_out_is_not_told_as_done(
    ledger: Ledger, carried_out: tuple[Verb, ...], what: str
) -> None:
    """A backup that is not complete yet ends a step as done, and nothing was terminated."""
    planned = step(verbs=(Verb.BACK_UP, Verb.TERMINATE))
    ledger.record(Outcome(planned, Result.DONE, NOW, "its backup is not complete", carried_out))
    assert whats() == [what]


def test_it_says_which_command_it_was() -> None:
    """run, apply, and what people do."""
    Ledger(File(LEDGER)).record(done(step()))
    Ledger(File(LEDGER), by="apply").record(done(step()))
    for act in ("extend", "keep", "release"):
        Ledger(File(LEDGER)).act(extended(act=act))
    assert [row["by"] for row in rows()] == ["run", "apply", "extend", "keep", "release"]
    assert whats()[3:] == ["protected, and kept for good", "no longer kept"]


def test_an_act_may_say_that_it_failed(ledger: Ledger) -> None:
    """What a person asked for is told as done, unless its entry says how else it ended."""
    ledger.act(extended(act="keep"))
    ledger.act(extended(act="restore", result="failed", why="it did not start"))
    assert [(row["what"], row["result"], row["why"]) for row in rows()] == [
        ("protected, and kept for good", "done", None),
        ("restore", "failed", "it did not start"),
    ]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_manifest_is_never_shown(ledger: Ledger, form: str) -> None:
    """User data may hold passwords: only what it was backed up as is told."""
    resource = Resource(PLACE, "ec2_instance", ID)
    ledger.keep_manifest(resource, ["snap-1", "snap-2"], {"user_data": "c2VjcmV0"})
    out = history("--format", form).output
    assert "backed up as snap-1, snap-2" in out
    assert "c2VjcmV0" not in out
    assert "user_data" not in out


def test_memory_is_no_deed(ledger: Ledger) -> None:
    """Sightings and notices are the janitor's own; so is whatever a later version writes."""
    ledger.remember([(step(), "2026-11-22", "2026-12-06")])
    ledger.tell([(step(), 3)])
    LEDGER.write_text(LEDGER.read_text() + '{"entry": "verdict", "id": "i-1"}\n')
    assert rows() == []


def test_nothing_is_said_to_be_nothing(ledger: Ledger) -> None:
    """An empty answer names the ledger that was read, and what was asked of it."""
    where = LEDGER.resolve()
    assert history().stdout == f"The ledger {where} knows of nothing done.\n"
    ledger.record(done(step()))
    assert history("i-0", "--since", "2026-12-01", "--owner", "jd").stdout == (
        f"The ledger {where} knows of nothing done to 'i-0' since 2026-12-01"
        " that fits the other options.\n"
    )


def test_csv_is_for_spreadsheets(ledger: Ledger) -> None:
    """One row each under a header; no name becomes a formula."""
    ledger.record(done(step(name='=cmd|"/c calc"!A1')))
    [row] = csv.DictReader(lines(history("--format", "csv").stdout))
    assert row["name"] == """'=cmd|"/c calc"!A1"""
    assert row["at"] == "2026-12-06T06:00:00+00:00"
    assert row["what"] == "shut off"
    assert row["why"] == ""


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_names_do_not_reach_the_terminal_as_they_are(ledger: Ledger, form: str) -> None:
    """Whoever may tag may write control characters: they are shown, not obeyed."""
    ledger.record(done(step(name="jd-\x1b[2J\u202e\ud800")))
    out = history("--format", form).output
    assert not set(out) & set("\x1b\u202e\ud800")


# What is asked for


@pytest.mark.parametrize("wanted", [ID, ARN, "jd-GitLabRunner"])
def test_one_resource_is_named_by_id_arn_or_name(ledger: Ledger, wanted: str) -> None:
    """Whichever is at hand; others are left out."""
    ledger.record(done(step()), done(step("i-2", "ab-Other")))
    assert [row["id"] for row in rows(wanted)] == [ID]


def test_a_name_finds_what_was_done_under_another(ledger: Ledger) -> None:
    """It was shut off for want of a name, and named only then: all of its history is told."""
    ledger.record(done(step(name=None)), done(step("i-2", None)))
    ledger.act(extended(act="keep"))
    resource = Resource(PLACE, "ec2_instance", ID)
    ledger.keep_manifest(resource, ["snap-1"], {})
    found = rows("jd-GitLabRunner")
    assert [row["id"] for row in found] == [ID, ID, ID]
    assert [row["name"] for row in found] == [None, "jd-GitLabRunner", "jd-GitLabRunner"]


def test_an_arn_means_its_own_place(ledger: Ledger) -> None:
    """The same id in another account or region is another resource."""
    ledger.record(done(step()), done(step(place=Place("123456789012", "us-east-1"))))
    assert [row["region"] for row in rows(ARN)] == ["eu-west-1"]
    assert len(rows(ID)) == 2


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:rds:eu-west-1:123456789012:db:web", "rds_instance"),
        ("arn:aws:rds:eu-west-1:123456789012:cluster:web", "rds_cluster"),
        (
            "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1-2:autoScalingGroupName/web",
            "auto_scaling_group",
        ),
    ],
)
def test_an_arn_means_its_own_kind(ledger: Ledger, arn: str, kind: str) -> None:
    """People give one name to several kinds; what was done to one was not done to another."""
    for each in ("rds_instance", "rds_cluster", "auto_scaling_group"):
        ledger.record(done(step("web", None, kind=each)))
    assert [row["kind"] for row in rows(arn)] == [kind]
    assert len(rows("web")) == 3


def test_the_arn_of_a_snapshot_names_no_account(ledger: Ledger) -> None:
    """It is found all the same."""
    ledger.record(done(step("snap-0abc1234def567890", kind="backup")))
    assert len(rows("arn:aws:ec2:eu-west-1::snapshot/snap-0abc1234def567890")) == 1


@pytest.mark.parametrize(
    ("since", "days"),
    [
        ("2026-12-06", [6, 7]),
        ("2026-12-06T00:00:01", [7]),
        ("2026-12-06T00:30+01:00", [6, 7]),
        ("7 Dec 2026", [7]),
        ("2026-12-08", []),
    ],
)
def test_since_counts_from_the_beginning_of_a_day(
    ledger: Ledger, since: str, days: list[int]
) -> None:
    """From 00:00 of that day in the team's zone, or from an instant."""
    for day in (5, 6, 7):
        ledger.record(done(step(), datetime(2026, 12, day, tzinfo=UTC)))
    assert [int(row["at"][8:10]) for row in rows("--since", since)] == days


@pytest.mark.parametrize("since", ["soon", "14", "", "Dec 2026", "2026-13-01", "12/01/2026"])
def test_since_is_never_guessed(since: str) -> None:
    """What is no date, or could be two, is refused with the form that is meant."""
    ran = history("--since", since)
    assert ran.exit_code == 2
    assert repr(since) in ran.stderr
    assert "2026-12-0" in ran.stderr


def test_the_common_options_narrow_it(ledger: Ledger) -> None:
    """Accounts, regions, kinds and owners; of people's acts the name tells the owner."""
    other = Place("210987654321", "us-east-1")
    disk = step("vol-1", "AB-Disk", kind="ebs_volume", place=other, owner="AB")
    ledger.record(done(step()), done(disk))
    ledger.act(extended(id="i-3", name="ab-Third"))
    assert [row["id"] for row in rows("--account", "123456789012")] == [ID, "i-3"]
    assert [row["id"] for row in rows("--region", "us-east-1")] == ["vol-1"]
    assert [row["id"] for row in rows("--kind", "ebs_volume", "--kind", "x")] == ["vol-1"]
    assert [row["id"] for row in rows("--owner", "JD")] == [ID]
    assert [row["id"] for row in rows("--owner", "ab")] == ["vol-1", "i-3"]


# What may be wrong with a ledger


def test_a_torn_line_is_told_and_the_rest_is_shown(ledger: Ledger) -> None:
    """A crash tore the last line: that is said on standard error, and no reason to fail."""
    ledger.record(done(step()))
    LEDGER.write_text(LEDGER.read_text() + '{"entry": "manifest", "manifest": {"user_data": "c2')
    ran = history("--format", "json")
    assert ran.exit_code == 0
    assert len(json.loads(ran.stdout)["history"]) == 1
    assert json.loads(ran.stdout)["torn"] == ["line 2 is torn and was passed over"]
    assert ran.stderr == "janitor: the ledger: line 2 is torn and was passed over\n"


def test_a_damaged_entry_is_shown_as_far_as_it_can_be_read(ledger: Ledger) -> None:
    """What is missing or of another sort is told as unknown; a time that is unknown may count."""
    LEDGER.write_text(
        '{"entry": "outcome", "at": "soon", "verbs": "shut_off", "id": 7, "by": {}}\n'
        '{"entry": "act", "act": "lend", "at": "0001-01-01", "name": ["x"]}\n'
        '{"entry": "manifest", "backups": null, "at": "2026-12-06T06:00:00"}\n'
    )
    ledger.check_writable()
    told = [(row["at"], row["by"], row["what"]) for row in rows("--since", "2026-12-01")]
    assert told == [
        (None, "?", "?"),
        (None, "lend", "lend"),
        ("2026-12-06T06:00:00+00:00", "run", "what it was is recorded"),
    ]
    assert history().stdout.count("?") > 3


def test_a_ledger_that_cannot_be_read_is_refused() -> None:
    """It is a folder: one line with its cure, and exit code 2."""
    LEDGER.mkdir()
    ran = history()
    assert isinstance(ran.exception, LedgerError)
    assert ran.exception.exit_code == 2
    assert "Set ledger.path to a file" in str(ran.exception)


def test_aws_is_not_asked(ledger: Ledger) -> None:
    """With a ledger in a file no credentials are needed, and not even boto3 is imported."""
    ledger.record(done(step()))
    code = (
        "import sys; sys.modules['boto3'] = None; sys.argv[1:] = ['history'];"
        "from cs_aws_janitor.cli import main; main()"
    )
    ran = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(cs_aws_janitor.__file__).parent.parent)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ID in ran.stdout


def test_the_history_of_a_run_is_told_from_s3(account: Account, endpoint: Endpoint) -> None:
    """What one machine did is told on another, where both have their ledger in one bucket."""
    instance = account.launch(None)
    bucket = {"Bucket": "janitor-ledger"}
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    account.client("s3").create_bucket(**bucket, **where)
    (endpoint.home / "janitor.toml").write_text(
        'accounts = ["123456789012"]\nregions = ["eu-west-1"]\n'
        '[ledger]\ns3 = "s3://janitor-ledger/team"\n'
    )
    assert endpoint.run("run", "--yes").returncode == 0
    ran = endpoint.run("history", instance, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, "")
    [row] = json.loads(ran.stdout)["history"]
    assert (row["by"], row["what"], row["result"]) == ("run", "tag, shut off", "done")
    assert row["reason"] == "it has no Name tag"


def test_help_shows_examples() -> None:
    """Whoever asks for help sees what to type."""
    out = click.unstyle(history("--help").output)
    assert "janitor history i-0abc1234def567890" in out
    assert "--since DATE" in out
