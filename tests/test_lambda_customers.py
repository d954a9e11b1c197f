"""The customers' wing in the function: its places in S3, lock, time limit, log line and errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from cs_aws_janitor.lambda_handler import handler
from cs_aws_janitor.lambda_turn import UncleanError
from cs_aws_janitor.shared.errors import LockedError, RefusedError
from tests.customers.fake_gitlab import PROJECT, TOKEN, FakeGitLab
from tests.fake_server import serving
from tests.strict.wire import DiedError
from tests.test_lambda_handler import BUCKET, MINUTE, THERE, Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.aws import Account

EVENT = {"janitor": "run", "wing": "customers"}
CSV = "id;name;country;started;csm;csm_manager\r\n"
ACME = "acme;Acme GmbH;DE;2026-11-16;csm-1;lead-1\r\n"
PARAMETER = "/cs-aws-janitor/secrets/GITLAB_TOKEN"
LOCK = "ledger/customers/lock"
IN_S3 = f"""\
[ledger]
s3 = "s3://{BUCKET}/ledger"
[customers]
source = "s3://{BUCKET}/book.csv"
tasks = "s3://{BUCKET}/tasks"
"""


class Wing:
    """The function, with settings, customers, tasks and ledger as objects in S3."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.s3 = account.client("s3", THERE)
        self.s3.create_bucket(Bucket=BUCKET)
        self.settings = IN_S3
        self.book = CSV + ACME

    @property
    def settings(self) -> str:
        """Its settings."""
        return self.read("janitor.toml")

    @settings.setter
    def settings(self, text: str) -> None:
        self.write("janitor.toml", text)

    @property
    def book(self) -> str:
        """Its customers."""
        return self.read("book.csv")

    @book.setter
    def book(self, text: str) -> None:
        self.write("book.csv", "\ufeff" + text)  # as spreadsheets do

    def write(self, key: str, text: str) -> None:
        """Put an object."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def read(self, key: str) -> str:
        """What an object holds."""
        text: str = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
        return text

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix."""
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in listed if each["Size"]]

    def deliveries(self) -> list[dict[str, Any]]:
        """What the ledger says was delivered."""
        lines = "".join(map(self.read, self.keys("ledger/customers/2"))).splitlines()
        return [entry for entry in map(json.loads, lines) if entry["entry"] == "delivery"]

    def invoke(self, context: Context | None = None) -> dict[str, Any]:
        """What it gives back, as JSON makes it."""
        told: dict[str, Any] = json.loads(json.dumps(handler(EVENT, context or Context())))
        return told


@pytest.fixture
def wing(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wing]:
    """A function with one customer in its first week."""
    monkeypatch.setenv("JANITOR_CONFIG", f"s3://{BUCKET}/janitor.toml")
    yield Wing(account)
    structlog.reset_defaults()


def lines(shown: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    """What was logged of an event, each line as JSON."""
    told = [json.loads(row) for row in shown.readouterr().err.splitlines() if row.startswith("{")]
    return [each for each in told if each["event"] == event]


def test_what_is_due_is_delivered_once(wing: Wing) -> None:
    """Customers, tasks and ledger are objects in S3; a second run does nothing."""
    told = wing.invoke()
    tasks = wing.keys("tasks/")
    assert "tasks/acme/account-onboarding.welcome.2026-11-16.md" in tasks
    assert told["results"] == {"done": len(tasks)}
    assert (told["customers"], told["problems"], told["left"]) == (1, 0, None)
    assert sorted(each["place"] for each in wing.deliveries()) == [
        f"s3://{BUCKET}/{key}" for key in tasks
    ]
    assert {each["by"] for each in wing.deliveries()} == {"run"}
    assert wing.invoke()["results"] == {}
    assert wing.invoke()["tasks"]["delivered"] == len(tasks)


def test_notes_in_a_task_outlive_its_change(wing: Wing) -> None:
    """What people wrote into the object stays; its facts are new."""
    wing.invoke()
    key = "tasks/acme/csm-onboarding.kickoff.2026-11-16.md"
    wing.write(key, f"{wing.read(key)}\nThey liked it.\n")
    wing.book = (CSV + ACME).replace("csm-1", "csm-2")
    assert wing.invoke()["results"]["done"] > 0
    text = wing.read(key)
    assert "Assignee: csm-2\n" in text
    assert text.endswith("\nThey liked it.\n")


def test_a_feed_and_playbooks_in_s3(wing: Wing) -> None:
    """The calendar is written there, and playbooks are read from there."""
    wing.write(
        "books/hello.toml",
        'title = "Hello"\nafter = "started"\nassignee = ["csm"]\n'
        '[touchpoint.hello]\ntitle = "Hello"\ndays = 3\nnotes = ["Say hello"]\n',
    )
    wing.settings = f"""{IN_S3}playbooks = "s3://{BUCKET}/books"
sink = "calendar"
calendar = "s3://{BUCKET}/feed.ics"
"""
    assert wing.invoke()["results"] == {"done": 1}
    assert "SUMMARY:Hello: Acme GmbH" in wing.read("feed.ics")
    assert wing.keys("tasks/") == []


def test_its_line_bears_metrics_beside_those_of_the_first_wing(
    wing: Wing, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code, seconds and counts, in a namespace below that of the settings."""
    wing.settings = f'{IN_S3}[metrics]\nnamespace = "Team/Janitor"\n'
    wing.invoke()
    (line,) = lines(capsys, "run.ended")
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (line["wing"], directive["Namespace"]) == ("customers", "Team/Janitor/Customers")
    assert all(type(line[metric["Name"]]) in {int, float} for metric in directive["Metrics"])
    assert (line["run_exit_code"], line["refused"], line["customers"]) == (0, 0, 1)
    assert line["deliveries_create"] == len(wing.keys("tasks/"))
    assert line["run_seconds"] >= 0


# Errors


def test_a_bad_row_raises_and_the_others_are_done(
    wing: Wing, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names object, row and field; the line of the run has exit code 1."""
    wing.book = f"{CSV}{ACME}beta;Beta;DE;soon;csm-1;\r\n"
    with pytest.raises(UncleanError) as raised:
        wing.invoke()
    told = f"1 trouble: s3://{BUCKET}/book.csv, row 3, beta, started: 'soon' is not a date"
    assert str(raised.value).startswith(told)
    assert len(wing.keys("tasks/acme/")) > 1
    (line,) = lines(capsys, "run.ended")
    assert (line["run_exit_code"], line["refused"], line["problems"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            IN_S3.replace(f'tasks = "s3://{BUCKET}/tasks"', ""),
            "a function keeps no file, and customers.sink is 'file'. Set customers.sink to another",
        ),
        (
            IN_S3.replace(f'tasks = "s3://{BUCKET}/tasks"', 'sink = "slack"')
            + "[customers.slack]\nenabled = true\n",
            "a function keeps no file, and customers.mails is 'file'. Set customers.mails to",
        ),
        (
            f'{IN_S3}sink = "calendar"\ncalendar = "feed.ics"\n',
            "a function keeps no file, and customers.sink is 'calendar'",
        ),
        (
            f'{IN_S3}ledger = "customers.jsonl"\n',
            "a function keeps no file, and customers.ledger is one (",
        ),
        (
            IN_S3.replace("book.csv", "no/book.csv"),
            f"s3://{BUCKET}/no/book.csv cannot be read: there is no such object. Name another",
        ),
        (
            IN_S3.replace(f"s3://{BUCKET}/book", "s3://no-such-bucket/book"),
            "s3://no-such-bucket/book.csv cannot be read: there is no such bucket",
        ),
        (
            f'{IN_S3}playbooks = "s3://{BUCKET}/none"\n',
            f"there are no playbooks (*.toml) in s3://{BUCKET}/none",
        ),
        (
            IN_S3.replace(f"s3://{BUCKET}/book.csv", "book.csv"),
            "book.csv cannot be read: No such file or directory. Name another",
        ),
        (IN_S3.replace("source =", "# source ="), "there is no file of customers"),
    ],
)
def test_what_no_function_can_work_with(
    wing: Wing, settings: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that names it; nothing is delivered, and the line of the run says why."""
    wing.settings = settings
    with pytest.raises(RefusedError) as refused:
        wing.invoke()
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (wing.keys("tasks/"), wing.deliveries()) == ([], [])
    (line,) = lines(capsys, "run.ended")
    assert (line["run_exit_code"], line["refused"], line["why"]) == (2, 1, str(refused.value))


def test_a_sink_that_refuses_raises(wing: Wing) -> None:
    """Its tasks stay due and are named; another run delivers them."""
    server = FakeGitLab()
    with serving(server) as url:
        wing.settings = f"""{IN_S3}sink = "gitlab"
[customers.gitlab]
url = "{url}"
project = "{PROJECT}"
"""
        with pytest.raises(UncleanError, match="the variable GITLAB_TOKEN is not set"):
            wing.invoke()
    assert server.issues == []
    assert {each["sink"] for each in wing.deliveries()} <= {"file"}


def test_a_secret_in_parameter_store(wing: Wing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable names the parameter; where that is not there the error says how to write it."""
    monkeypatch.setenv("GITLAB_TOKEN", f"ssm:{PARAMETER}")
    server = FakeGitLab()
    with serving(server) as url:
        wing.settings = f"""{IN_S3}sink = "gitlab"
[customers.gitlab]
url = "{url}"
project = "{PROJECT}"
[customers.people]
csm-1 = {{gitlab = "jo"}}
lead-1 = {{gitlab = "jo"}}
"""
        with pytest.raises(UncleanError) as missing:
            wing.invoke()
        wing.account.client("ssm").put_parameter(Name=PARAMETER, Value=TOKEN, Type="SecureString")
        wing.invoke()
    told = (
        f"the variable GITLAB_TOKEN names the parameter {PARAMETER}, and there is none. Write it:"
        f" aws ssm put-parameter --name {PARAMETER} --type SecureString --value ..."
    )
    assert told in str(missing.value)
    assert len(server.issues) > 1


# The lock, crashes, and time


def test_two_at_a_time_are_refused(wing: Wing) -> None:
    """The second names the first, and does nothing; the lock is given back."""
    raised = list[str]()

    def left() -> int:
        if not raised and wing.keys(LOCK):
            raised.append("")
            with pytest.raises(LockedError) as refused:
                wing.invoke()
            raised[0] = str(refused.value)
        return 15 * MINUTE

    told = wing.invoke(Context(left))
    assert "another run is under way: cs-aws-janitor, request 8f5c2a" in raised[0]
    assert told["results"] == {"done": len(wing.keys("tasks/"))}
    assert wing.keys(LOCK) == []


def test_the_lock_of_a_run_that_died_is_taken_over(
    wing: Wing, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not before it has expired; then it is told, and all is delivered."""
    wing.account.die_after_write(2)
    with pytest.raises(DiedError):
        wing.invoke()
    wing.account.allow_all()
    with pytest.raises(LockedError, match="its lock expires at 2026-11-22 06:15 UTC"):
        wing.invoke()
    assert wing.keys("tasks/") == []
    wing.account.travel(minutes=30)
    assert wing.invoke()["results"] == {"done": len(wing.keys("tasks/"))}
    (told,) = lines(capsys, "lock.taken_over")
    assert told["holder"] == "cs-aws-janitor, request 8f5c2a"


def test_a_crash_at_any_write_makes_no_second_task(wing: Wing, account: Account) -> None:
    """Between a delivery and its record as well: the next run settles it, and then it is quiet."""
    server = FakeGitLab()
    monkey = pytest.MonkeyPatch()
    monkey.setenv("GITLAB_TOKEN", TOKEN)
    titles: list[str] = []
    with serving(server) as url, monkey.context():
        for number in range(1, 30):
            for after in (False, True):
                server.issues.clear()
                wing.settings = f"""
[ledger]
s3 = "s3://{BUCKET}/{number}-{after}"
[customers]
source = "s3://{BUCKET}/book.csv"
sink = "gitlab"
mails = "gitlab"
[customers.gitlab]
url = "{url}"
project = "{PROJECT}"
[customers.people]
csm-1 = {{gitlab = "jo"}}
lead-1 = {{gitlab = "jo"}}
"""
                (account.die_after_write if after else account.die_before_write)(number)
                died = _dies(wing)
                account.allow_all()
                account.travel(minutes=30)
                wing.invoke()
                found = sorted(issue["title"] for issue in server.issues)
                titles = titles or found
                assert found == titles
                assert wing.invoke()["results"] == {}
                if not died:
                    return
    pytest.fail("a run has no end of writes")


def _dies(wing: Wing) -> bool:
    try:
        wing.invoke()
    except DiedError:
        return True
    return False


def test_the_time_limit_comes_between_two_tasks(wing: Wing) -> None:
    """What was begun is recorded, the rest is told as left, and the next run does it."""

    def left() -> int:
        return 1000 if len(wing.keys("tasks/")) > 1 else 15 * MINUTE

    with pytest.raises(UncleanError) as raised:
        wing.invoke(Context(left))
    told = "the time limit of the function has come near: left to the next run are "
    assert str(raised.value).startswith(told)
    assert len(wing.deliveries()) == len(wing.keys("tasks/")) == 2
    assert wing.keys(LOCK) == []
    wing.invoke()
    assert len(wing.deliveries()) == len(wing.keys("tasks/")) > 2


def test_the_time_limit_comes_while_customers_are_read(wing: Wing) -> None:
    """Nothing is delivered, for half a book would make wrong tasks."""
    asked = iter([15 * MINUTE])
    with pytest.raises(RefusedError, match="has come near, while customers were read"):
        wing.invoke(Context(left=lambda: next(asked, 1000)))
    assert wing.keys("tasks/") == wing.keys(LOCK) == []
