"""A run in many parts tells its owners once: one digest each, of all accounts and regions."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from cs_aws_janitor.lambda_turn import UncleanError
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.ledger_s3 import S3
from tests.fake_server import BROKEN, FINE, serving
from tests.fake_slack import CHANNEL, TOKEN, FakeSlack, said
from tests.strict.aws import REGION
from tests.strict.organizations import founded
from tests.strict.wire import DiedError
from tests.test_lambda_handler import BUCKET, THERE, Context, Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.aws import Account

REGIONS = (REGION, THERE)


@dataclass
class Machine:
    """What the state machine does: a run's shards, one after the other, and its report."""

    function: Function
    accounts: dict[str, Account]
    queue: str
    regions: list[str] = field(default_factory=lambda: [*REGIONS])
    runs: int = 0
    kept: list[str] = field(default_factory=list)

    @property
    def home(self) -> Account:
        """The account of the function."""
        return self.function.account

    def look(self) -> None:
        """Begin the next run: every shard of it, as often as it wants to be tried again."""
        self.runs += 1
        self.function.invoke({"janitor": "shards", "run": self.run})
        for account in self.accounts:
            for region in self.regions:
                self.shard(account, region)

    def shard(self, account: str, region: str) -> None:
        """One of them."""
        shard = {"janitor": "shard", "run": self.run, "account": account, "region": region}
        with suppress(UncleanError):
            self.function.invoke(shard)

    def report(self, context: Context | None = None) -> dict[str, Any]:
        """The report of it."""
        return self.function.invoke({"janitor": "report", "run": self.run}, context)

    def ran(self) -> dict[str, Any]:
        """A whole run."""
        self.look()
        return self.report()

    @property
    def run(self) -> str:
        """The name of this execution."""
        return f"run-{self.runs}"

    def told(self) -> list[tuple[str, str]]:
        """To whom and about what, since it was last asked; the words are kept."""
        sqs = self.home.client("sqs")
        found = []
        while messages := sqs.receive_message(QueueUrl=self.queue).get("Messages"):
            for each in messages:
                body = json.loads(each["Body"])
                found.append((body["MessageAttributes"]["owner"]["Value"], body["Subject"]))
                self.kept.append(body["Message"])
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return sorted(found)

    def ledger(self, account: str, region: str) -> list[dict[str, Any]]:
        """The notices that the ledger of one place remembers."""
        store = S3(self.function.s3, BUCKET, f"ledger/places/{account}/{region}")
        return [entry for entry in Ledger(store).entries() if entry["entry"] == "notice"]


@pytest.fixture
def machine(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Two accounts of two regions each, whose owners are told by a topic."""
    member = founded(account).account("team")
    monkeypatch.setenv("JANITOR_CONFIG", f"s3://{BUCKET}/janitor.toml")
    sns, sqs = account.client("sns"), account.client("sqs")
    topic = sns.create_topic(Name="janitor")["TopicArn"]
    queue = sqs.create_queue(QueueName="owners")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{account.id}:owners"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    function = Function(account)
    function.s3.create_bucket(Bucket=BUCKET)
    function.settings(
        "organization.role = 'janitor'",
        f"regions = {json.dumps(REGIONS)}",
        f'ledger.s3 = "s3://{BUCKET}/ledger"',
        'kinds = ["ec2_instance"]',
        f'notify.sns_topic = "{topic}"',
        "limits.shut_off = {count = 9, share = 1.0}",
        "limits.terminate = {count = 9, share = 1.0}",
        'owners.people = [{initials = "jd"}, {initials = "mk"}]',
    )
    yield Machine(function, {account.id: account, member: account.other(member)}, queue)
    structlog.reset_defaults()


def filled(machine: Machine) -> list[tuple[Account, str]]:
    """An instance of jd in each place, which a run has tagged; each with its account."""
    made = [
        (account, account.launch("jd-box", region=region))
        for account in machine.accounts.values()
        for region in machine.regions
    ]
    assert machine.ran()["notices"] == 0
    return made


def test_one_digest_for_each_owner_over_all_places(machine: Machine) -> None:
    """It names what is in each; every place remembers what of it was told, and tells it no more."""
    filled(machine)
    machine.home.launch("mk-box", region=THERE)
    machine.ran()
    machine.home.travel(days=7)
    told = machine.ran()
    assert machine.told() == [
        ("jd", "Janitor for jd: 4 expiring"),
        ("mk", "Janitor for mk: 1 expiring"),
    ]
    for account in machine.accounts:
        for region in REGIONS:
            assert f"{region} of {account}" in "".join(machine.kept)
            assert machine.ledger(account, region)
    assert (told["notices"], told["results"]) == (5, {"done": 5})
    assert machine.ran()["notices"] == 0
    assert machine.told() == []


def test_in_slack_it_is_one_thread_a_day(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all places; a later run of that day answers it, and a torn one goes on in it."""
    slack = FakeSlack(clock=1_796_000_000)
    with serving(slack) as url:
        monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
        bot = f'by = "bot", url = "{url}", channel = "{CHANNEL}"'
        machine.function.settings(f"notify.slack = {{{bot}}}")
        made = filled(machine)
        machine.home.travel(days=7)
        slack.faults = [("chat.postMessage", FINE), ("chat.postMessage", BROKEN)]
        with pytest.raises(UncleanError, match="was not told by slack"):
            machine.ran()
        machine.ran()
        (head,) = slack.heads
        _, reply = slack.thread(head["ts"])
        for _, box in made:
            assert said(reply).count(f"janitor extend {box} ") == 1
        assert machine.ran()["notices"] == 0
        assert len(slack.messages) == 2


def nearing(machine: Machine, made: list[tuple[Account, str]]) -> None:
    """A day later people give everything three days from then: a date that nobody was told yet."""
    machine.home.travel(days=1)
    date = f"{machine.home.now + timedelta(days=3):%Y-%m-%d}"
    for account, instance in made:
        account.tag(instance, Expiration=date)


def test_a_report_that_dies_is_made_again(machine: Machine) -> None:
    """Whichever write it dies after, its second try sends what was not sent, and no more.

    The one exception: killed between the call that sends and the receipt, nobody can know.
    """
    machine.regions = [REGION]
    machine.function.lines[1] = f'regions = ["{REGION}"]'
    machine.function.settings()
    made = filled(machine)
    account, died = machine.home, list[str]()
    while True:
        nearing(machine, made)
        machine.look()
        account.clear_calls()
        account.die_after_write(len(died) + 1)
        try:
            machine.report()
        except DiedError:
            died.append([call.operation for call in account.calls if call.is_write][-1])
            account.allow_all()
            machine.report()
            allowed = 2 if died[-1] == "Publish" else 1
            assert machine.told() == [("jd", "Janitor for jd: 2 expiring")] * allowed
        else:
            break
    assert died == ["Publish", *["PutObject"] * 6]  # receipt, two ledgers, two outcomes, report
    account.allow_all()
    assert len(machine.told()) == 1
    assert machine.ran()["notices"] == 0


def test_what_could_not_be_sent_is_sent_by_the_next_run(machine: Machine) -> None:
    """The report fails and says so; it is lost to nobody, and every place tells it once."""
    nearing(machine, filled(machine))
    machine.home.deny("sns:Publish")
    machine.look()
    with pytest.raises(UncleanError, match="its owner was not told by sns: denied: "):
        machine.report()
    machine.home.allow_all()
    assert machine.ran()["notices"] == 4
    assert machine.told() == [("jd", "Janitor for jd: 4 expiring")]


def test_what_there_was_no_time_for_is_sent_by_the_next_run(machine: Machine) -> None:
    """A report near its time limit begins no digest."""
    nearing(machine, filled(machine))
    machine.look()
    with pytest.raises(UncleanError, match="not told: the time limit of the function has come"):
        machine.report(Context(left=lambda: 1))
    assert machine.told() == []
    assert machine.ran()["notices"] == 4


@pytest.mark.parametrize("heard", [True, False])
def test_without_a_notice_nothing_ends(machine: Machine, *, heard: bool) -> None:
    """What a report told of a shut-off the next run's shards know; else they put its end off."""
    made = filled(machine)
    account = machine.home
    account.travel(days=14)
    if not heard:
        account.deny("sns:Publish")
    machine.look()
    with suppress(UncleanError):
        machine.report()
    assert len(machine.told()) == int(heard)
    account.travel(days=7)
    machine.look()
    account.travel(minutes=30)
    machine.look()
    ended = {of.state(instance) for of, instance in made}
    assert ended == ({"shutting-down"} if heard else {"stopped"})
    account.allow_all()
    machine.report()
    (told,) = machine.told()
    assert told == ("jd", f"Janitor for jd: 4 {'terminated' if heard else 'shut off'}")


def test_a_shard_that_is_tried_again_tells_nothing_twice(machine: Machine) -> None:
    """Its last try says what is due."""
    nearing(machine, filled(machine))
    machine.look()
    for account in machine.accounts:
        machine.shard(account, THERE)
    assert machine.report()["notices"] == 4
    assert machine.told() == [("jd", "Janitor for jd: 4 expiring")]


def test_a_shard_that_left_nothing_is_told_of(machine: Machine) -> None:
    """Nobody could look there: whoever hears of what is nobody's hears of that, once a week."""
    machine.function.settings('owners.fallback = "mk"')
    machine.runs += 1
    machine.function.invoke({"janitor": "shards", "run": machine.run})
    for _ in range(2):
        with pytest.raises(UncleanError, match="its shard ended without a result"):
            machine.report()
    assert machine.told() == [("mk", "Janitor for mk: 4 to look at")]


def test_what_has_just_come_up_is_told_of_by_the_next_run(machine: Machine) -> None:
    """The function that tags it tells nobody; an un-named one in its grace is not passed over."""
    machine.function.settings('naming.grace = "2d"', 'owners.fallback = "mk"')
    machine.function.created(machine.home.launch(None))
    assert machine.told() == []
    machine.ran()
    assert machine.told() == [("mk", "Janitor for mk: 1 to look at")]
    assert "it has no Name tag; it is shut off on 2026-11-24" in machine.kept[0]
