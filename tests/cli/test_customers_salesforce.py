"""`janitor customers` with Salesforce at both ends, as whoever starts it sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared.errors import JanitorError
from cs_aws_janitor.shared.logs import log
from tests.customers import salesforce_fake as fake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.customers.salesforce_fake import FakeSalesforce

SETTINGS = """\
[customers]
sink = "salesforce"
mails = "salesforce"
ledger = "customers.jsonl"
[customers.salesforce]
url = "{url}"
client_id_from = "SF_APP"
client_secret_from = "SF_SECRET"
account = {{started = "Started__c", country = "Country__c", csm = "Owner.Name"}}
"""


@pytest.fixture
def salesforce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSalesforce]:
    """One with a customer and its CSM, and settings that name it."""
    organisation = fake.fake_salesforce()
    organisation.add("User", Name="csm-1", IsActive=True)
    organisation.add("Account", Name="Acme GmbH", Started__c="2026-01-15",
                     Owner={"Name": "csm-1"})  # fmt: skip
    settings = SETTINGS.format(url=organisation.url)
    (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JANITOR_CONFIG", raising=False)
    monkeypatch.setenv("SF_APP", fake.APP)
    monkeypatch.setenv("SF_SECRET", fake.SECRET)
    yield organisation
    log.configure(0)  # what logs next writes to a stream that is open


def customers(*words: str) -> Result:
    """Run a command of customers; its exit code is what it returns."""
    whole = ["customers", *words, "--today", "2026-01-20"]
    return CliRunner().invoke(janitor, whole, prog_name="janitor", standalone_mode=False)


def code(done: Result) -> int:
    """The exit code that `main` would end with."""
    if isinstance(done.exception, JanitorError):
        return done.exception.exit_code
    assert done.exception is None, done.output
    return int(done.return_value or 0)


def shown(*words: str) -> Any:
    """What a command prints as JSON."""
    done = customers(*words, "--format", "json")
    assert done.exception is None, done.output
    return json.loads(done.stdout)


def test_from_salesforce_into_salesforce(salesforce: FakeSalesforce) -> None:
    """Accounts become tasks of their owners, each once; a plan only reads."""
    waiting = [t["key"] for t in shown("plan")["tasks"] if t["status"] != "upcoming"]
    assert not [each for each in salesforce.asked if each.startswith("PATCH")]
    outcomes = shown("run")["outcomes"]
    assert sorted(each["key"] for each in outcomes) == sorted(waiting)
    assert {(each["result"], each["why"]) for each in outcomes} == {("done", None)}
    account, user = (salesforce.records[kind][0]["Id"] for kind in ("Account", "User"))
    # A manager's review is about all customers, and nobody is known for it.
    ends = [(task.get("WhatId"), task.get("OwnerId")) for task in salesforce.tasks]
    assert ends.count((account, user)) == len([k for k in waiting if k.startswith(account)])
    assert set(ends) == {(account, user), (None, None)}
    assert len(salesforce.tasks) == len(waiting) > 2
    assert shown("run")["outcomes"] == []
    assert [t["key"] for t in shown("plan")["tasks"] if t["status"] == "delivered"] == waiting


def test_a_file_of_customers_goes_before(salesforce: FakeSalesforce, tmp_path: Path) -> None:
    """`--customers` names who is meant; Salesforce is not asked then."""
    (tmp_path / "book.toml").write_text('[[customer]]\nid = "b"\nname = "B"\n', encoding="utf-8")
    assert [each["id"] for each in shown("list", "--customers", "book.toml")["customers"]] == ["b"]
    assert salesforce.asked == []


def test_a_bad_account_is_told_and_the_others_go_on(salesforce: FakeSalesforce) -> None:
    """One line with the object, its Id and the field; exit code 1, and the same in JSON."""
    bad = salesforce.add("Account", Name="Beta", Started__c="2026-01-15", Country__c="Atlantis")
    done = customers("run")
    assert code(done) == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"janitor: Salesforce Account {bad}, {bad}, Country__c: 'Atlantis' ")
    assert len(salesforce.tasks) > 2
    (problem,) = shown("plan")["problems"]
    assert (problem["customer"], problem["field"]) == (bad, "Country__c")


def test_a_task_that_is_refused_is_told(salesforce: FakeSalesforce) -> None:
    """It stays due, and the run exits with 1; once it can be, it is created."""
    salesforce.records["User"][0]["IsActive"] = False
    done = customers("run", "--format", "json")
    assert code(done) == 1
    failed = [each for each in json.loads(done.stdout)["outcomes"] if each["result"] == "failed"]
    assert [each["why"] for each in failed] == [
        f"Task {each['key']}, OwnerId: no active User has Name 'csm-1'" for each in failed
    ]
    left = {"open", "due", "overdue"}
    waiting = {t["key"] for t in shown("plan")["tasks"] if t["status"] in left}
    assert waiting == {each["key"] for each in failed} != set()
    salesforce.records["User"][0]["IsActive"] = True
    assert code(customers("run")) == 0


@pytest.mark.parametrize("command", ["plan", "run", "list", "contacts", "time-to-value"])
def test_credentials_that_are_missing(
    salesforce: FakeSalesforce, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """One line that names the variable; exit code 2, and nothing was asked."""
    monkeypatch.delenv("SF_SECRET")
    done = customers(command)
    assert (code(done), done.stdout) == (2, "")
    assert str(done.exception) == "Salesforce: the variable SF_SECRET is not set. Set it"
    assert salesforce.asked == []


def test_no_secret_is_shown_or_kept(salesforce: FakeSalesforce, tmp_path: Path) -> None:
    """Neither in what is printed, however much is logged, nor in any file."""
    done = customers("run", "-vv")
    assert salesforce.tasks
    kept = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file())
    for secret in (fake.SECRET, "token-1"):
        assert secret not in done.stdout + done.stderr + kept


def test_a_proxy_is_gone_through(
    salesforce: FakeSalesforce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that the usual variables name; `no_proxy` leaves it out."""
    own = salesforce.url.removeprefix("http://")
    settings = SETTINGS.format(url="http://localhost:1")
    (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("http_proxy", f"http://me:p%40ss@{own}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert [each["name"] for each in shown("list")["customers"]] == ["Acme GmbH"]
    assert set(salesforce.proxied) == {"Basic bWU6cEBzcw=="}
    settings = SETTINGS.format(url=salesforce.url)
    (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("http_proxy", "http://localhost:1")
    monkeypatch.setenv("no_proxy", "localhost")
    assert [each["name"] for each in shown("list")["customers"]] == ["Acme GmbH"]
