"""Tasks in Salesforce: one for each key, what people see of it, and what is said when refused."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.customers.model import Onboarding
from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.customers.sinks.salesforce import (
    LONGEST_DESCRIPTION,
    SalesforceSink,
    TaskFields,
    external_id,
)
from cs_aws_janitor.customers.soql import AT_ONCE
from cs_aws_janitor.customers.steps import CREATE, UPDATE, WITHDRAW
from cs_aws_janitor.customers.task import Task, delivered
from tests.customers import salesforce_fake as fake
from tests.customers.making import customer, day, timeline
from tests.customers.world import CrashError, World, _Wire

if TYPE_CHECKING:
    from pathlib import Path

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.rounds import Outcome
    from tests.customers.salesforce_fake import FakeSalesforce, Trouble

TODAY = "2026-01-20"
FIELDS = TaskFields(fake.KEY, "Name", "Id", "Not Started", "Deferred", "Normal")
TASK = Task(
    "acme/account-onboarding/welcome/2026-01-15",
    "acme",
    "account-onboarding",
    "welcome",
    "Welcome: Acme GmbH",
    day("2026-01-15"),
    day("2026-01-16"),
    "open",
    "csm-1",
    ("Introduce yourself", "Say how to obtain support"),
    "salesforce",
)


@pytest.fixture
def sink(salesforce: FakeSalesforce) -> SalesforceSink:
    """The sink of an organisation with two people."""
    salesforce.add("User", Name="csm-1", Email="csm-1@example.com", IsActive=True)
    salesforce.add("User", Name="ae-1", Email="ae-1@example.com", IsActive=True)
    return SalesforceSink(salesforce.client(), FIELDS)


def put(sink: SalesforceSink, *tasks: Task) -> list[Receipt]:
    """Put tasks."""
    return list(sink.put(tasks))


def test_a_task_as_people_see_it(salesforce: FakeSalesforce, sink: SalesforceSink) -> None:
    """Its title, the day it is due, whose it is, the talking points, and its key below them."""
    (receipt,) = put(sink, TASK)
    (task,) = salesforce.tasks
    assert receipt == Receipt(TASK.key, f"{salesforce.url}/{task['Id']}")
    assert task == {
        "Id": task["Id"],
        fake.KEY: external_id(TASK.key),
        "Subject": "Welcome: Acme GmbH",
        "Status": "Not Started",
        "Priority": "Normal",
        "ActivityDate": "2026-01-16",
        "OwnerId": salesforce.records["User"][0]["Id"],
        "IsClosed": False,
        "Description": "From 2026-01-15 to 2026-01-16\n- Introduce yourself\n"
        "- Say how to obtain support\n\nKey: acme/account-onboarding/welcome/2026-01-15",
    }


def test_the_same_key_twice_is_one_task(salesforce: FakeSalesforce, sink: SalesforceSink) -> None:
    """In one call, in two, and from a client that knows nothing of the first."""
    first = put(sink, TASK, TASK)
    again = put(SalesforceSink(salesforce.client(), FIELDS), TASK)
    assert {receipt.place for receipt in (*first, *again)} == {first[0].place}
    assert len(salesforce.tasks) == 1


def test_what_people_did_with_a_task_stays(
    salesforce: FakeSalesforce, sink: SalesforceSink
) -> None:
    """A task that is in progress or completed keeps its status while it is due when it was."""
    put(sink, TASK)
    salesforce.tasks[0] |= {"Status": "Completed", "IsClosed": True, "Priority": "High"}
    put(sink, TASK._replace(title="Welcome: Acme SE"))
    (task,) = salesforce.tasks
    assert (task["Subject"], task["Status"], task["Priority"]) == (
        "Welcome: Acme SE", "Completed", "High",
    )  # fmt: skip


def test_a_task_that_is_due_once_more_is_to_be_done_again(
    salesforce: FakeSalesforce, sink: SalesforceSink
) -> None:
    """A follow-up after a later contact: the same task, open again."""
    put(sink, TASK)
    salesforce.tasks[0] |= {"Status": "Completed", "IsClosed": True}
    put(sink, TASK._replace(due=day("2026-02-16")))
    (task,) = salesforce.tasks
    assert (task["ActivityDate"], task["Status"]) == ("2026-02-16", "Not Started")


def test_a_task_is_withdrawn_and_may_come_again(
    salesforce: FakeSalesforce, sink: SalesforceSink
) -> None:
    """It gets the status for that; one that is completed, or gone, is left alone."""
    put(sink, TASK)
    gone = replace(delivered(TASK), withdrawn=True)
    assert list(sink.withdraw([gone])) == [Receipt(TASK.key)]
    assert salesforce.tasks[0]["Status"] == "Deferred"
    put(sink, TASK)
    assert salesforce.tasks[0]["Status"] == "Not Started"
    salesforce.tasks[0] |= {"Status": "Completed", "IsClosed": True}
    assert list(sink.withdraw([gone])) == [Receipt(TASK.key)]
    assert salesforce.tasks[0]["Status"] == "Completed"
    salesforce.records["Task"].clear()
    assert list(sink.withdraw([gone])) == [Receipt(TASK.key)]
    assert salesforce.tasks == []


def test_a_mail_is_a_task_to_send_it(salesforce: FakeSalesforce, sink: SalesforceSink) -> None:
    """To whom, and who is in cc, stands above its text."""
    key = f"{TASK.key}/cto@example.com"
    put(sink, TASK._replace(key=key, to="cto@example.com", cc=("csm-1@example.com",)))
    text = salesforce.tasks[0]["Description"]
    assert text.startswith("To: cto@example.com\nCc: csm-1@example.com\nFrom ")


def test_what_is_too_long_is_cut(salesforce: FakeSalesforce, sink: SalesforceSink) -> None:
    """Salesforce takes it, and the key is still there."""
    long = TASK._replace(title="x" * 300, notes=("y" * 40_000,), key="k/" * 200)
    assert put(sink, long)[0].why is None
    (task,) = salesforce.tasks
    assert len(task["Description"]) == LONGEST_DESCRIPTION
    assert task["Description"].endswith(f"Key: {long.key}")


def test_a_customer_of_salesforce_is_what_its_task_is_about(
    salesforce: FakeSalesforce, sink: SalesforceSink
) -> None:
    """By the Id of its account, or by the field that the settings name for ids."""
    account = salesforce.add("Account", Name="Acme", Number__c="acme")
    put(sink, TASK._replace(key="a", customer=account))
    own = SalesforceSink(salesforce.client(), FIELDS._replace(account="Number__c"))
    put(own, TASK._replace(key="b"), TASK._replace(key="c", customer=None))
    assert [task.get("WhatId") for task in salesforce.tasks] == [account, account, None]


@pytest.mark.usefixtures("sink")
def test_people_are_found_by_the_field_of_the_settings(salesforce: FakeSalesforce) -> None:
    """By their mail address, in any case; nobody's task is the app's own."""
    own = SalesforceSink(salesforce.client(), FIELDS._replace(person="Email"))
    put(own, TASK._replace(assignee="AE-1@example.com"), TASK._replace(key="b", assignee=None))
    owners = [task.get("OwnerId") for task in salesforce.tasks]
    assert owners == [salesforce.records["User"][1]["Id"], None]


# What of a task is refused: the task, the fields of the sink, and the line that says so.
REFUSED: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({"assignee": "csm-9"}, {}, "OwnerId: no active User has Name 'csm-9'"),
    ({"assignee": "csm-3"}, {}, "OwnerId: no active User has Name 'csm-3'"),
    ({"assignee": "csm-2"}, {}, "OwnerId: more than one active User has Name 'csm-2'"),
    ({"customer": "beta"}, {"account": "Number__c"},
     "WhatId: no Account has Number__c 'beta'"),
    ({"customer": "001000000000099AAA"}, {},
     "WhatId: id value of incorrect type: 001000000000099AAA (MALFORMED_ID)"),
    ({}, {"status": "Begun"},
     f"Status: bad value for restricted picklist field: Begun ({fake.PICKLIST})"),
]  # fmt: skip


@pytest.mark.parametrize(("task", "fields", "why"), REFUSED)
@pytest.mark.usefixtures("sink")
def test_a_task_that_is_refused_says_why(
    salesforce: FakeSalesforce,
    task: dict[str, Any],
    fields: dict[str, str],
    why: str,
) -> None:
    """One line with the object, its key and the field; nothing is made."""
    for active in (True, True, False):
        name = "csm-2" if active else "csm-3"
        salesforce.add("User", Name=name, Email="", IsActive=active)
    own = SalesforceSink(salesforce.client(), FIELDS._replace(**fields))
    (receipt,) = put(own, TASK._replace(**task))
    assert receipt.why == f"Task {TASK.key}, {why}"
    assert salesforce.tasks == []


def test_a_task_that_is_refused_does_not_stop_the_others(
    salesforce: FakeSalesforce, sink: SalesforceSink
) -> None:
    """Those before and after it are made, in more portions than one."""
    tasks = [TASK._replace(key=f"acme/x/{number}") for number in range(AT_ONCE + 3)]
    tasks[1] = tasks[1]._replace(assignee="csm-9")
    refused = [receipt.key for receipt in put(sink, *tasks) if receipt.why]
    assert refused == [tasks[1].key]
    assert len(salesforce.tasks) == len(tasks) - 1


def test_two_tasks_that_bear_one_key(salesforce: FakeSalesforce, sink: SalesforceSink) -> None:
    """Where the field is not unique and somebody copied a task: it is told, and neither changed."""
    put(sink, TASK)
    salesforce.records["Task"].append(dict(salesforce.tasks[0], Id="00T000000000009AAA"))
    (receipt,) = put(sink, TASK._replace(title="other"))
    assert receipt.why == (
        f"Task {TASK.key}: more than one record bears its key (DUPLICATE_EXTERNAL_ID)"
    )


@pytest.mark.usefixtures("sink")
def test_a_field_that_task_does_not_have(salesforce: FakeSalesforce) -> None:
    """Nothing can be put without the external id: one error that names object and field."""
    own = SalesforceSink(salesforce.client(), FIELDS._replace(key="Other__c"))
    with pytest.raises(SinkError) as refused:
        put(own, TASK, TASK)
    assert str(refused.value).startswith("Salesforce, Task, Other__c: ")
    assert "No such column 'Other__c' on entity 'Task'. (INVALID_FIELD)" in str(refused.value)
    assert salesforce.tasks == []


def test_a_sink_that_breaks_off_keeps_its_receipts(
    salesforce: FakeSalesforce, sink: SalesforceSink
) -> None:
    """What stands there already is told before the limit of the day ends it all."""
    receipts = sink.put([TASK, TASK._replace(key="b")])
    assert next(receipts).why is None
    salesforce.troubles = [fake.over_the_limit]
    with pytest.raises(SinkError, match="REQUEST_LIMIT_EXCEEDED"):
        next(receipts)


def acme() -> Customer:
    """A customer in its first week."""
    return customer(
        csm="csm-1",
        segment="strategic",
        account_executive="ae-1",
        onboarding=Onboarding(day("2026-01-15")),
        events=timeline("mail 2026-01-16"),
    )


def world(folder: Path, salesforce: FakeSalesforce, tries: int = 0, *, at: int = -1) -> World:
    """A round of one customer into Salesforce."""
    folder.mkdir(exist_ok=True)
    sink = SalesforceSink(salesforce.client(tries=tries), FIELDS)
    return World(folder, [acme()], "salesforce", wire=_Wire(at), others={"salesforce": sink})


def results(outcomes: list[Outcome]) -> set[tuple[str, str]]:
    """Verb and result."""
    return {(outcome.step.verb, outcome.result) for outcome in outcomes}


@pytest.mark.usefixtures("sink")
def test_a_second_run_creates_nothing(tmp_path: Path, salesforce: FakeSalesforce) -> None:
    """Every touchpoint that has opened is a Task; then nothing is even asked."""
    rounds = world(tmp_path, salesforce)
    first = rounds.round(TODAY)
    assert results(first) == {(CREATE, "done")}
    assert len(salesforce.tasks) == len(first) > 3
    asked = len(salesforce.asked)
    assert rounds.round(TODAY) == []
    assert len(salesforce.asked) == asked


@pytest.mark.usefixtures("sink")
def test_what_changes_is_changed_there(tmp_path: Path, salesforce: FakeSalesforce) -> None:
    """A later contact moves its follow-up; what is not called for any more is withdrawn."""
    rounds = world(tmp_path, salesforce)
    rounds.round("2026-02-15")
    rounds.found = [replace(acme(), events=timeline("mail 2026-01-16", "mail 2026-02-10"))]
    (moved,) = rounds.round("2026-02-15")
    assert (moved.step.verb, moved.result) == (UPDATE, "done")
    rounds.round("2026-12-15")
    rounds.found = [replace(acme(), renewed=True)]
    assert (WITHDRAW, "done") in results(rounds.round("2026-12-15"))
    assert {"Deferred", "Not Started"} == {task["Status"] for task in salesforce.tasks}


@pytest.mark.usefixtures("sink")
def test_a_sink_that_refuses_leaves_its_tasks_due(
    tmp_path: Path, salesforce: FakeSalesforce
) -> None:
    """It is said why, and they come again in the next run."""
    rounds = world(tmp_path, salesforce)
    salesforce.troubles = [None, fake.over_the_limit]
    outcomes = rounds.round(TODAY)
    assert results(outcomes) == {(CREATE, "failed")}
    assert {outcome.why for outcome in outcomes} == {
        "Salesforce: TotalRequests Limit exceeded. (REQUEST_LIMIT_EXCEEDED)"
    }
    assert results(rounds.round(TODAY)) == {(CREATE, "done")}


@pytest.mark.parametrize("trouble", [fake.broken, fake.reset, fake.lost])
@pytest.mark.parametrize("tries", [0, 1], ids=["once", "again"])
@pytest.mark.usefixtures("sink")
def test_a_fault_at_every_request(
    tmp_path: Path, salesforce: FakeSalesforce, trouble: Trouble, tries: int
) -> None:
    """Refused, cut off, or done and the answer lost: the next run does the rest, nothing twice."""
    expected = len(world(tmp_path / "whole", salesforce).round(TODAY))
    for number in range(1000):
        salesforce.records["Task"].clear()
        salesforce.asked.clear()
        rounds = world(tmp_path / f"{number}", salesforce, tries)
        salesforce.troubles = [*[None] * number, trouble]
        first = rounds.round(TODAY)
        passed = not salesforce.troubles
        salesforce.troubles = []
        failed = ("create", "failed") in results(first)
        assert failed == (passed and not tries)
        _whole_after_the_next_run(rounds, salesforce, expected)
        if not passed:
            break
    assert number > expected


@pytest.mark.usefixtures("sink")
def test_a_crash_between_delivery_and_record(tmp_path: Path, salesforce: FakeSalesforce) -> None:
    """Delivered and not recorded, or recorded and not heard of: no second task."""
    expected = len(world(tmp_path / "whole", salesforce).round(TODAY))
    for number in range(1000):
        salesforce.records["Task"].clear()
        rounds = world(tmp_path / f"{number}", salesforce, at=number)
        with contextlib.suppress(CrashError):
            rounds.round(TODAY)
        calls = rounds.wire.calls
        _whole_after_the_next_run(rounds, salesforce, expected)
        if calls <= number:
            break
    assert number == 2 * expected


def _whole_after_the_next_run(rounds: World, salesforce: FakeSalesforce, expected: int) -> None:
    rounds.round(TODAY)
    assert rounds.round(TODAY) == []
    deliveries, _ = rounds.ledger.recall()
    keys = [task[fake.KEY] for task in salesforce.tasks]
    assert sorted(keys) == sorted(map(external_id, deliveries))
    assert len(keys) == expected
