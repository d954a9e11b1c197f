"""The function: the same run as the command's, within its time, and an error where one is due."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from cs_aws_janitor.lambda_handler import handler
from cs_aws_janitor.lambda_turn import UncleanError
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.ledger_s3 import S3
from cs_aws_janitor.shared.errors import JanitorError, LedgerError, LockedError, RefusedError
from tests.fake_server import serving
from tests.fake_slack import HOOK, FakeSlack, said
from tests.strict.aws import REGION
from tests.strict.organizations import founded
from tests.test_lambda_events import RUNNING, SCHEDULER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.strict.aws import Account

BUCKET = "janitor-ledger"
THERE = "us-east-1"
MINUTE = 60_000  # milliseconds


@dataclass
class Context:
    """What Lambda says of an invocation; `left` answers how many milliseconds it has."""

    left: Callable[[], int] = lambda: 15 * MINUTE
    aws_request_id: str = "8f5c2a"
    function_name: str = "cs-aws-janitor"

    def get_remaining_time_in_millis(self) -> int:
        """The time that is left."""
        return self.left()


@dataclass
class Function:
    """The function as it stands in `account`, with settings as an object in S3."""

    account: Account
    lines: list[str] = field(default_factory=list)

    def settings(self, *lines: str) -> None:
        """Write more lines of its settings."""
        self.lines += lines
        text = "\n".join(self.lines).encode()
        self.s3.put_object(Bucket=BUCKET, Key="janitor.toml", Body=text)

    def invoke(self, event: object = SCHEDULER, context: Context | None = None) -> dict[str, Any]:
        """What it gives back, as JSON makes it."""
        told: dict[str, Any] = json.loads(json.dumps(handler(event, context or Context())))
        return told

    def created(self, instance: str) -> dict[str, Any]:
        """Let EC2 tell that an instance runs."""
        detail = {"instance-id": instance, "state": "running"}
        return self.invoke({**RUNNING, "account": self.account.id, "detail": detail})

    def asked(self, operation: str) -> bool:
        """Whether this was asked of AWS."""
        return any(call.operation == operation for call in self.account.calls)

    def changed(self) -> list[str]:
        """What was changed beside the ledger and its locks."""
        return [call.name for call in self.account.writes if call.service != "s3"]

    @property
    def s3(self) -> Any:
        """A person's client."""
        return self.account.client("s3", THERE)

    def ledger(self, sort: str) -> list[dict[str, Any]]:
        """The entries of one sort."""
        store = S3(self.s3, BUCKET, "ledger")
        return [entry for entry in Ledger(store).entries() if entry["entry"] == sort]


@pytest.fixture
def function(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    """A function that looks after one region of `account`."""
    monkeypatch.setenv("JANITOR_CONFIG", f"s3://{BUCKET}/janitor.toml")
    made = Function(account)
    made.s3.create_bucket(Bucket=BUCKET)
    made.settings(
        f'accounts = ["{account.id}"]',
        f'regions = ["{REGION}"]',
        f'ledger.s3 = "s3://{BUCKET}/ledger"',
        'kinds = ["ec2_instance"]',
    )
    yield made
    structlog.reset_defaults()


# A whole run


def test_owners_are_told_in_slack(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of their digest, and once of the week: by a run over all there is, not by a part of it."""
    slack = FakeSlack()
    with serving(slack) as url:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", url + HOOK)
        function.settings('notify.slack.by = "webhook"')
        function.account.launch()
        function.invoke()
        shown = [said(message).partition("\n")[0] for message in slack.messages]
        assert shown == [f"Janitor: 2026-W47 of account {function.account.id}"]
        function.account.travel(days=7)
        for part in ({"regions": [REGION]}, {"kinds": ["ec2_instance"]}):
            function.invoke({"janitor": "run", **part})
        assert said(slack.messages[-1]).startswith("Janitor: 1 expiring\n")
        assert len(slack.messages) == 2
        for _ in range(2):
            function.invoke()
        assert len(slack.messages) == 3


def test_a_scheduled_event_is_a_run(function: Function) -> None:
    """What is new is tagged, what has no name shut off; a few facts tell of it."""
    named, unnamed = function.account.launch(), function.account.launch(name=None)
    told = function.invoke()
    assert function.account.tags(named)["Expiration"] == "2026-12-06"
    assert function.account.state(unnamed) == "stopped"
    assert told["results"] == {"done": 2}
    assert (told["resources"], told["blind_spots"], told["left"]) == (2, 0, None)


def test_a_life_in_a_function(function: Function) -> None:
    """Run by run: tagged, shut off, backed up, terminated with its manifest in the ledger."""
    instance = function.account.launch()
    function.invoke()
    for days in (14, 7, 1):
        function.account.travel(days=days)
        function.invoke()
    function.account.travel(minutes=5)
    assert function.account.state(instance) == "terminated"
    assert [entry["id"] for entry in function.ledger("manifest")] == [instance]


def test_an_event_may_narrow_the_run(function: Function) -> None:
    """To a region, as `--region` does."""
    function.settings("")
    function.lines[1] = f'regions = ["{REGION}", "{THERE}"]'
    function.settings()
    here, there = function.account.launch(), function.account.launch(region=THERE)
    function.invoke({"janitor": "run", "regions": [THERE]})
    assert "Expiration" in function.account.tags(there)
    assert "Expiration" not in function.account.tags(here)


def test_two_at_a_time_are_refused(function: Function) -> None:
    """The second names the first, and does nothing."""
    instance, raised = function.account.launch(), list[str]()

    def left() -> int:
        if not raised:
            raised.append("")
            with pytest.raises(LockedError) as refused:
                function.invoke()
            raised[0] = str(refused.value)
        return 15 * MINUTE

    held = Context(left=lambda: left() if function.asked("PutObject") else 15 * MINUTE)
    function.invoke(context=held)
    assert "another run is under way: cs-aws-janitor, request 8f5c2a" in raised[0]
    assert function.account.tags(instance)["Expiration"] == "2026-12-06"


# Alarms


def test_a_denied_region_raises(function: Function) -> None:
    """An alarm hears of what could not be seen, with its name; the rest was done all the same."""
    function.lines[1] = f'regions = ["{REGION}", "{THERE}"]'
    function.settings()
    instance = function.account.launch()
    function.account.deny("ec2:DescribeInstances", region=THERE)
    with pytest.raises(UncleanError) as raised:
        function.invoke()
    assert f"ec2_instance in {THERE} of {function.account.id} was not seen" in str(raised.value)
    assert "Expiration" in function.account.tags(instance)


def test_a_role_that_cannot_be_assumed_raises(function: Function) -> None:
    """The account is named as not seen, and the others are looked after."""
    other = "210987654321"
    role = f"arn:aws:iam::{other}:role/janitor"
    account = function.account.id
    function.lines[0] = f'accounts = ["{account}", {{id = "{other}", role = "{role}"}}]'
    function.settings()
    instance = function.account.launch()
    function.account.deny("sts:AssumeRole")
    with pytest.raises(UncleanError) as raised:
        function.invoke()
    told = f"ec2_instance in * of {other} was not seen: the role {role} cannot be assumed (denied:"
    assert told in str(raised.value)
    assert "Expiration" in function.account.tags(instance)


def test_a_refused_step_raises(function: Function) -> None:
    """With the id of what was refused, and why."""
    instance = function.account.launch()
    function.account.deny("ec2:CreateTags")
    with pytest.raises(UncleanError) as raised:
        function.invoke()
    assert f"{instance} in {REGION} of {function.account.id} failed: denied" in str(raised.value)


def test_a_limit_raises(function: Function) -> None:
    """A run that would hit too many does none of it, and says so."""
    function.settings("limits.shut_off.count = 1")
    unnamed = [function.account.launch(name=None) for _ in range(2)]
    with pytest.raises(UncleanError, match="is left alone: 2 would be hit"):
        function.invoke()
    assert {function.account.state(each) for each in unnamed} == {"running"}


# The line at its end


def lines(shown: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged, each line as JSON."""
    return [json.loads(row) for row in shown.readouterr().err.splitlines() if row.startswith("{")]


def test_one_line_bears_the_metrics_of_a_run(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudWatch reads from it what was seen and done, in the namespace of the settings."""
    function.settings('metrics.namespace = "Team/Janitor"')
    function.account.launch()
    function.account.launch(name=None)
    function.invoke()
    (line,) = [each for each in lines(capsys) if "_aws" in each]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (line["event"], directive["Namespace"]) == ("run.ended", "Team/Janitor")
    assert all(type(line[metric["Name"]]) in {int, float} for metric in directive["Metrics"])
    assert (line["run_exit_code"], line["accounts"], line["blind_spots"]) == (0, 1, 0)
    assert (line["actions_tag"], line["actions_shut_off"]) == (2, 1)
    assert line["saving_per_month_usd"] > 0
    assert (line["results"], line["resources"]) == ({"done": 2}, 2)


def test_a_run_that_is_not_clean_has_one_line_too(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was not seen; the error that follows is of the same run, and adds none."""
    function.account.deny("ec2:DescribeInstances")
    with pytest.raises(UncleanError):
        function.invoke()
    (line,) = [each for each in lines(capsys) if "_aws" in each]
    assert (line["run_exit_code"], line["refused"], line["blind_spots"]) == (1, 0, 1)


def test_a_run_that_is_refused_has_a_line_that_says_why(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    """And claims nothing of what it has not seen."""
    function.lines[2] = 'ledger.path = "/tmp/ledger.jsonl"'
    function.settings()
    with pytest.raises(RefusedError):
        function.invoke()
    (line,) = [each for each in lines(capsys) if "_aws" in each]
    assert (line["event"], line["run_exit_code"], line["refused"]) == ("run.ended", 2, 1)
    assert "no ledger in S3" in line["why"]
    assert "blind_spots" not in line


def test_a_creation_is_no_run(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    """It has a line, and no metrics: an alarm that misses the run would be content with them."""
    function.created(function.account.launch())
    told = lines(capsys)
    (line,) = [each for each in told if each["event"] == "creation.ended"]
    assert line["results"] == {"done": 1}
    assert not [each for each in told if "_aws" in each or each["event"] == "run.ended"]


# Discovered accounts


@pytest.fixture
def discovering(function: Function) -> Function:
    """A function whose settings list no account, and discover them."""
    function.lines[0] = "organization.role = 'janitor'"
    return function


def test_discovered_accounts_are_looked_after(discovering: Function) -> None:
    """A whole run, and what comes up in one of them; the role is assumed in each."""
    member = founded(discovering.account).account("team")
    discovering.settings()
    other = discovering.account.other(member)
    first = other.launch()
    discovering.invoke()
    assert "Expiration" in other.tags(first)
    second = other.launch()
    detail = {"instance-id": second, "state": "running"}
    discovering.invoke({**RUNNING, "account": member, "detail": detail})
    assert "Expiration" in other.tags(second)


def test_what_comes_up_in_an_excluded_account_is_passed_over(discovering: Function) -> None:
    """The rule may cover more than the settings do; AWS Organizations is not asked for it."""
    member = founded(discovering.account).account("team")
    discovering.settings(f'organization.exclude = ["{member}"]')
    event = {**RUNNING, "account": member, "detail": {"instance-id": "i-1", "state": "running"}}
    assert discovering.invoke(event)["passed_over"]["account"] == member
    assert not discovering.asked("ListAccounts")


def test_what_comes_up_in_a_listed_account_needs_no_discovery(discovering: Function) -> None:
    """Hundreds at once would have AWS Organizations throttle each other."""
    founded(discovering.account)
    discovering.settings(f'accounts = ["{discovering.account.id}"]')
    instance = discovering.account.launch()
    discovering.created(instance)
    assert "Expiration" in discovering.account.tags(instance)
    assert not discovering.asked("ListAccounts")


def test_shards_of_discovered_accounts(discovering: Function) -> None:
    """They are discovered once, when the shards are listed, and not by each of thousands."""
    member = founded(discovering.account).account("team")
    discovering.settings()
    instance = discovering.account.other(member).launch()
    assert discovering.invoke({"janitor": "shards", "run": "one"})["shards"] == 2
    for account in (discovering.account.id, member):
        shard = {"janitor": "shard", "run": "one", "account": account, "region": REGION}
        discovering.invoke(shard)
    assert "Expiration" in discovering.account.other(member).tags(instance)
    assert sum(call.operation == "ListAccounts" for call in discovering.account.calls) == 1
    told = discovering.invoke({"janitor": "report", "run": "one"})
    assert (told["shards"], told["resources"], told["wrong"]) == (2, 1, [])


def test_a_shard_of_an_account_that_was_not_discovered(discovering: Function) -> None:
    """It is refused, whoever sends it: only what was listed is looked after."""
    founded(discovering.account)
    discovering.settings()
    discovering.invoke({"janitor": "shards", "run": "one"})
    shard = {"janitor": "shard", "run": "one", "account": "210987654321", "region": REGION}
    with pytest.raises(RefusedError, match="account 210987654321 is not among those"):
        discovering.invoke(shard)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_role_that_no_shard_can_assume(discovering: Function, when: str) -> None:
    """Refused as the shards are listed or later: its account is a blind spot that says why."""
    account = discovering.account
    member = founded(account).account("team")
    discovering.settings()
    ids = [account.id] if when == "before" else [account.id, member]
    if when == "before":
        account.deny("sts:AssumeRole")
    assert discovering.invoke({"janitor": "shards", "run": "one"})["shards"] == len(ids)
    account.deny("sts:AssumeRole")
    for each in ids:
        shard = {"janitor": "shard", "run": "one", "account": each, "region": REGION}
        discovering.invoke(shard)
    where = "*" if when == "before" else REGION
    told = f"ec2_instance in {where} of {member} was not seen: the role arn:aws:iam::{member}:role"
    with pytest.raises(UncleanError, match=re.escape(told)) as raised:
        discovering.invoke({"janitor": "report", "run": "one"})
    assert str(raised.value).startswith("1 trouble: ")


# The time limit


def test_no_time_at_all(function: Function) -> None:
    """Nothing is begun; what is left is told, and the next run does it."""
    instance = function.account.launch()
    asked = iter([15 * MINUTE])
    with pytest.raises(UncleanError) as raised:
        function.invoke(context=Context(left=lambda: next(asked, 1000)))
    assert "left to the next run are 0 steps, 1 listing" in str(raised.value)
    assert function.changed() == []
    function.invoke()
    assert "Expiration" in function.account.tags(instance)


def test_the_time_limit_comes_between_two_stages(function: Function) -> None:
    """What was begun is ended; the next stage is left, and the lock is given back."""
    function.settings("naming.enforce = false")
    instance = function.account.launch(name=None)

    def left() -> int:
        return 1000 if function.asked("CreateTags") else 15 * MINUTE

    with pytest.raises(UncleanError) as raised:
        function.invoke(context=Context(left=left))
    assert "left to the next run are 1 step" in str(raised.value)
    assert "Expiration" in function.account.tags(instance)
    assert function.account.state(instance) == "running"
    function.invoke()
    assert function.account.state(instance) == "stopped"


def test_a_short_limit_leaves_time_to_work(function: Function) -> None:
    """Of a limit of a few seconds no more than a third is kept back."""
    instance = function.account.launch()
    function.invoke(context=Context(left=lambda: 3000))
    assert "Expiration" in function.account.tags(instance)


# At creation


def test_tagged_when_it_comes_up(function: Function) -> None:
    """The one instance that the event names, and no other; it is asked for by its id."""
    instance, other = function.account.launch(), function.account.launch()
    told = function.created(instance)
    assert function.account.tags(instance)["Discovered"] == "2026-11-22"
    assert function.account.tags(instance)["Expiration"] == "2026-12-06"
    assert "Expiration" not in function.account.tags(other)
    assert told["results"] == {"done": 1}


def test_told_twice_tagged_once(function: Function) -> None:
    """EventBridge may deliver an event again."""
    instance = function.account.launch()
    function.created(instance)
    function.account.tag(instance, Expiration="2027-01-31")
    assert function.created(instance)["results"] == {}
    assert function.account.tags(instance)["Expiration"] == "2027-01-31"


def test_no_name_is_shut_off_by_the_run_and_not_before_its_grace(function: Function) -> None:
    """At its creation it is only tagged: limits are counted by a look at everything."""
    function.settings('naming.grace = "30m"')
    instance = function.account.launch(name=None)
    function.created(instance)
    assert "Expiration" in function.account.tags(instance)
    function.invoke()
    assert function.account.state(instance) == "running"
    function.account.travel(minutes=31)
    function.created(instance)
    assert function.account.state(instance) == "running"
    function.invoke()
    assert function.account.state(instance) == "stopped"


def test_what_is_gone_already_is_no_trouble(function: Function) -> None:
    """It ended before the event was read."""
    instance = function.account.launch()
    function.account.terminate(instance)
    assert function.created(instance)["resources"] == 0


def test_a_region_that_is_not_looked_after_is_passed_over(function: Function) -> None:
    """The rule may cover more than the settings do."""
    instance = function.account.launch(region=THERE)
    detail = {"instance-id": instance, "state": "running"}
    event = {**RUNNING, "account": function.account.id, "region": THERE, "detail": detail}
    assert function.invoke(event)["passed_over"]["region"] == THERE
    assert "Expiration" not in function.account.tags(instance)


def test_tagging_that_is_denied_raises(function: Function) -> None:
    """So that the event is tried again, and an alarm hears of it."""
    instance = function.account.launch()
    function.account.deny("ec2:CreateTags")
    with pytest.raises(UncleanError, match=instance):
        function.created(instance)


def test_a_look_that_is_denied_raises(function: Function) -> None:
    """What could not be seen is not taken for gone."""
    instance = function.account.launch()
    function.account.deny("ec2:DescribeInstances")
    with pytest.raises(UncleanError, match="was not seen: denied"):
        function.created(instance)


# What is refused before anything is done


def test_an_account_that_is_not_named(function: Function) -> None:
    """Nothing is touched in it, whoever sends its events."""
    function.lines[0] = 'accounts = ["210987654321"]'
    function.settings()
    instance = function.account.launch()
    with pytest.raises(RefusedError, match="only 210987654321 may be touched"):
        function.invoke()
    with pytest.raises(RefusedError, match=f"account {function.account.id} is not named"):
        function.created(instance)
    assert function.changed() == []


def test_a_ledger_in_a_file(function: Function) -> None:
    """A function keeps no file: what it remembers would be lost with it."""
    function.lines[2] = 'ledger.path = "/tmp/ledger.jsonl"'
    function.settings()
    with pytest.raises(RefusedError, match="no ledger in S3"):
        function.invoke()


def test_a_bucket_that_is_not_there(function: Function) -> None:
    """It is named, and nothing is done."""
    function.lines[2] = 'ledger.s3 = "s3://no-such-bucket-of-ours/ledger"'
    function.settings()
    function.account.launch()
    with pytest.raises(LedgerError, match="no-such-bucket-of-ours"):
        function.invoke()
    assert function.changed() == []


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        ("s3:PutObject", f"the ledger s3://{BUCKET}/ledger/ cannot be written"),
        ("s3:ListObjects*", f"the lock s3://{BUCKET}/ledger/locks/123456789012 cannot be used"),
        ("s3:GetObject", f"s3://{BUCKET}/janitor.toml: the settings cannot be read"),
    ],
)
def test_a_bucket_that_refuses(function: Function, denied: str, named: str) -> None:
    """It is named with what to allow, and nothing is done."""
    function.account.launch(name=None)
    function.account.deny(denied)
    with pytest.raises(JanitorError, match=named) as raised:
        function.invoke()
    assert "llow s3:" in str(raised.value)
    assert function.changed() == []


def test_a_kind_that_is_not_there(function: Function) -> None:
    """The event is refused by name."""
    with pytest.raises(JanitorError, match="names no kind with 'ec2_volume'"):
        function.invoke({"janitor": "run", "kinds": ["ec2_volume"]})
