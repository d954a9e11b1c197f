"""What the function is asked: the events of AWS as it sends them, and our own, strictly read."""

from __future__ import annotations

from typing import Any

import pytest

from cs_aws_janitor.lambda_events import (
    Created,
    CustomersRun,
    EventError,
    Report,
    Run,
    Shard,
    Shards,
    read,
)

SCHEDULER = {  # as Amazon EventBridge Scheduler sends it where a schedule has no input
    "version": "0",
    "id": "d32c5kececfe58fe",
    "detail-type": "Scheduled Event",
    "source": "aws.scheduler",
    "account": "123456789012",
    "time": "2026-12-06T06:00:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/janitor"],
    "detail": "{}",
}
RULE = {**SCHEDULER, "source": "aws.events", "detail": {}}
RUNNING = {  # as EC2 sends it
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2026-12-06T06:00:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc1234def567890"],
    "detail": {"instance-id": "i-0abc1234def567890", "state": "running"},
}


@pytest.mark.parametrize("event", [SCHEDULER, RULE, {"janitor": "run"}])
def test_a_schedule_asks_for_a_whole_run(event: object) -> None:
    """Whether it is a schedule of Scheduler, a rule of EventBridge, or our own word for it."""
    assert read(event) == Run()


def test_a_run_may_be_narrowed() -> None:
    """By the input of a schedule, or by whoever invokes the function."""
    event = {"janitor": "run", "accounts": ["123456789012"], "regions": ["eu-west-1"], "kinds": []}
    assert read(event) == Run(("123456789012",), ("eu-west-1",), ())


def test_a_run_is_of_one_wing() -> None:
    """Of the resources, unless the event names the other."""
    assert read({"janitor": "run", "wing": "customers"}) == CustomersRun()
    assert read({"janitor": "run", "wing": "resources", "regions": ["eu-west-1"]}) == Run(
        regions=("eu-west-1",)
    )


def test_a_state_machine_asks_for_the_parts_of_a_run() -> None:
    """Which there are, one of them, and the report on all."""
    run = {"run": "2026-12-06-daily"}
    part = {"account": "123456789012", "region": "eu-west-1"}
    assert read({"janitor": "shards", **run}) == Shards("2026-12-06-daily")
    assert read({"janitor": "shard", **run, **part}) == Shard(*run.values(), *part.values())
    assert read({"janitor": "report", **run}) == Report("2026-12-06-daily")


def test_a_change_of_state_names_one_instance() -> None:
    """In the account and region from which the event came."""
    assert read(RUNNING) == Created(
        "123456789012", "eu-west-1", "ec2_instance", "i-0abc1234def567890"
    )


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({}, "the event has no shape that is known: {}"),
        (None, "the event has no shape that is known: None"),
        ([RULE], "the event has no shape that is known"),
        ("run", "the event has no shape that is known: 'run'"),
        ({"source": "aws.s3", "detail-type": "Object Created"}, "no shape that is known"),
        ({"source": "aws.ec2", "detail-type": "Scheduled Event"}, "no shape that is known"),
        ({**RUNNING, "detail": {"state": "running"}}, "does not say which instance, and where"),
        ({**RUNNING, "region": None}, "does not say which instance, and where"),
        ({"janitor": "sweep"}, "asks for \"janitor\": 'sweep'. There are: run, shards"),
        ({"janitor": "run", "region": ["eu-west-1"]}, "'region'. Did you mean 'regions'?"),
        ({"janitor": "run", "dry": True}, "'dry'. There are: accounts, regions, kinds, wing"),
        ({"janitor": "run", "wing": "custmers"}, "'custmers'. Did you mean 'customers'?"),
        ({"janitor": "run", "wing": "west"}, "wing 'west'. There are: resources, customers"),
        ({"janitor": "run", "wing": ["customers"]}, "wing ['customers']. There are: resources"),
        ({"janitor": "run", "wing": None}, "the event names the wing None. There are: resources"),
        ({"janitor": "run", "wings": "customers"}, "unknown key 'wings'. Did you mean 'wing'?"),
        (
            {"janitor": "run", "wing": "customers", "accounts": ["123456789012"]},
            "the event has an unknown key 'accounts'. There are: wing",
        ),
        ({"janitor": "report", "run": "a", "wing": "customers"}, "unknown key 'wing'. There are"),
        ({"janitor": "run", "regions": "eu-west-1"}, "regions in the event is 'eu-west-1'. Send a"),
        ({"janitor": "shard", "run": "a", "account": "123456789012"}, "event lacks region"),
        ({"janitor": "run", "accounts": ["1"]}, "the account in the event is '1'. Send its 12"),
        ({**RUNNING, "account": "team"}, "the account in the event is 'team'. Send its 12"),
        ({"janitor": "report", "run": "../other"}, "run in the event is '../other'"),
        ({"janitor": "run", "regions": [1]}, "regions in the event is [1]. Send a list"),
    ],
)
def test_an_event_of_another_shape_is_refused(event: Any, told: str) -> None:
    """In one line that names what of it is not understood; nothing is done half."""
    with pytest.raises(EventError) as refused:
        read(event)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_long_event_is_not_repeated_whole() -> None:
    """The line that refuses it stays one that can be read."""
    with pytest.raises(EventError) as refused:
        read({"Records": ["x" * 10_000]})
    assert len(str(refused.value)) < 500
