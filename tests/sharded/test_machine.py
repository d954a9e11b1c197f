"""A run in many parts: each place by a function of its own, one report, limits that hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from cs_aws_janitor.lambda_handler import handler
from cs_aws_janitor.shared.errors import NotFoundError
from tests.sharded.machine import BUCKET, HOME, REGIONS, Machine, opened
from tests.test_lambda_handler import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = "200000000001"
HERE, THERE = REGIONS[:2]
TODAY = datetime.now(UTC).date()
NEW = {"Name": "jd-new"}
PAST = {"Name": "jd-past", "Discovered": str(TODAY), "Expiration": str(TODAY - timedelta(days=1))}
SOON = {"Name": "jd-soon", "Discovered": str(TODAY), "Expiration": str(TODAY + timedelta(days=3))}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Two accounts of two regions each."""
    with opened((HOME, OTHER), (HERE, THERE), monkeypatch) as made:
        yield made
    structlog.reset_defaults()


def test_every_place_is_looked_after(machine: Machine) -> None:
    """By one invocation each; one report tells of all of them."""
    machine.set_up()
    for account in machine.accounts:
        for region in machine.regions:
            machine.launch(account, region, NEW)
            machine.launch(account, region, PAST)
    status, report = machine.run("first")
    assert (status, machine.invoked["shard"]) == ("SUCCEEDED", 4)
    assert (report["shards"], report["resources"], report["results"]) == (4, 8, {"done": 8})
    for account in machine.accounts:
        for region in machine.regions:
            seen = machine.instances(account, region).values()
            found = {tags["Name"]: (state, {*tags}) for state, tags in seen}
            assert found["jd-new"][1] >= {"Discovered", "Expiration"}
            assert (found["jd-past"][0], "ShutOff" in found["jd-past"][1]) == ("stopped", True)


def test_limits_hold_for_an_account_over_all_its_shards(machine: Machine) -> None:
    """Each region alone would be within them; together they are not. Another account is."""
    machine.set_up("limits.shut_off = {count = 5, share = 1.0}")
    for region in machine.regions:
        machine.launch(HOME, region, PAST, 3)
        machine.launch(OTHER, region, PAST, 2)
    status, report = machine.run("first")
    assert status == "FAILED"
    assert report["breaches"] == 1
    told = f"6 would be hit in all regions of {HOME} together, limits.shut_off.count allows 5"
    assert told in report["wrong"][0]
    assert stopped(machine, HOME) == 3
    assert stopped(machine, OTHER) == 4


def stopped(machine: Machine, account: str) -> int:
    """How many of an account are off."""
    everyone = [machine.instances(account, region) for region in machine.regions]
    return sum(state == "stopped" for place in everyone for state, _ in place.values())


def test_a_shard_that_crashes_is_tried_again(machine: Machine) -> None:
    """And what it had left undone is done."""
    machine.set_up()
    (new,) = machine.launch(OTHER, THERE, NEW)
    machine.crashes[OTHER, THERE] = 2
    status, report = machine.run("first")
    assert (status, report["shards"], machine.invoked["shard"]) == ("SUCCEEDED", 4, 6)
    assert "Expiration" in machine.instances(OTHER, THERE)[new][1]


def test_a_shard_that_has_too_little_time_is_tried_again(machine: Machine) -> None:
    """It does what is left; the report counts what it did in all, and finds nothing wrong."""
    machine.set_up()
    machine.launch(OTHER, THERE, NEW)
    machine.launch(OTHER, THERE, PAST)
    machine.hurries[OTHER, THERE] = 1
    status, report = machine.run("first")
    assert (status, machine.invoked["shard"]) == ("SUCCEEDED", 5)
    assert (report["results"], report["wrong"]) == ({"done": 2}, [])
    assert stopped(machine, OTHER) == 1


def test_a_shard_that_never_ends_well_is_reported(machine: Machine) -> None:
    """As a place that was not seen; the others are looked after, and the execution fails."""
    machine.set_up()
    machine.launch(HOME, HERE, NEW)
    machine.crashes[OTHER, THERE] = 100
    status, report = machine.run("first")
    assert (status, report["shards"], report["blind_spots"]) == ("FAILED", 3, 1)
    assert report["results"] == {"done": 1}
    (wrong,) = report["wrong"]
    assert wrong.startswith(f"ec2_instance in {THERE} of {OTHER} was not seen: its shard ended")


def test_owners_hear_once(machine: Machine) -> None:
    """By the report and not by each shard; the next run tells only what is new."""
    machine.set_up()
    machine.launch(HOME, HERE, SOON, 2)
    machine.launch(OTHER, THERE, SOON, 1)
    assert machine.run("first")[1]["notices"] == 3
    machine.launch(OTHER, HERE, SOON, 1)
    assert machine.run("second")[1]["notices"] == 1


def test_the_report_tells_the_figures_of_the_whole_run(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each action is told once in the namespace of runs; those of shards have one of their own."""
    machine.set_up()
    for account in machine.accounts:
        machine.launch(account, HERE, NEW)
        machine.launch(account, HERE, PAST)
    machine.hurries[OTHER, HERE] = 1
    machine.run("first")
    shown = [row for row in capsys.readouterr().err.splitlines() if row.startswith("{")]
    told = [line for line in map(json.loads, shown) if "_aws" in line]
    names = {(e["event"], e["_aws"]["CloudWatchMetrics"][0]["Namespace"]) for e in told}
    assert names == {("run.ended", "Janitor"), ("shard.ended", "Janitor/Shards")}
    (run,) = [line for line in told if line["event"] == "run.ended"]
    shards = [line for line in told if line["event"] == "shard.ended"]
    assert len(shards) == 5
    assert (run["accounts"], run["regions"], run["run_exit_code"]) == (2, 4, 0)
    assert run["actions_shut_off"] == 2
    for key in ("actions_tag", "actions_shut_off", "saving_per_month_usd"):
        assert run[key] == pytest.approx(sum(line[key] for line in shards)) != 0
    assert run["run_seconds"] >= max(line["run_seconds"] for line in shards)


def test_each_place_has_a_ledger_of_its_own(machine: Machine) -> None:
    """So that no shard reads what the others have written; and the locks are given back."""
    machine.set_up()
    machine.launch(OTHER, THERE, NEW)
    machine.run("first")
    ledgers = {key.rpartition("/")[0] for key in machine.keys("janitor/places/")}
    assert f"janitor/places/{OTHER}/{THERE}" in ledgers
    assert [key for key in machine.keys("janitor/") if key.endswith(".jsonl")] == [
        key for key in machine.keys("janitor/places/") if key.endswith(".jsonl")
    ]
    s3 = machine.client("s3")
    for key in machine.keys("janitor/locks/"):
        assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 0


def test_nothing_is_told_of_what_is_left_alone(machine: Machine) -> None:
    """Where a limit stops a kind, its owners hear nothing of it either."""
    machine.set_up("limits.shut_off = {count = 1, share = 1.0}")
    machine.launch(HOME, HERE, PAST, 2)
    machine.launch(HOME, HERE, SOON)
    machine.launch(HOME, THERE, SOON)
    _, report = machine.run("first")
    assert (report["breaches"], report["notices"]) == (1, 1)


def test_a_report_on_a_run_that_never_was(machine: Machine) -> None:
    """It is refused with the name of what is not there."""
    machine.set_up()
    with pytest.raises(NotFoundError, match=f"s3://{BUCKET}/janitor/runs/never/shards.json is"):
        handler({"janitor": "report", "run": "never"}, Context())
