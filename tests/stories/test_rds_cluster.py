"""The life of an RDS cluster: stopped as one, its members deleted first, its own final snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.resources.kinds.test_rds_cluster import one
from tests.stories.driver import Janitor
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account


@pytest.fixture
def janitor(account: Account, tmp_path: Path) -> Janitor:
    """One that looks after clusters alone."""
    return Janitor(account, tmp_path, "rds_cluster")


def status(account: Account, name: str) -> str:
    """Its status as AWS shows it; `gone` where it shows none."""
    shown = account.client("rds").describe_db_clusters()["DBClusters"]
    found = [each["Status"] for each in shown if each["DBClusterIdentifier"] == name]
    return str(found[0]) if found else "gone"


def members(account: Account) -> dict[str, str]:
    """The status of each instance."""
    shown = account.client("rds").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"]: each["DBInstanceStatus"] for each in shown}


def finals(account: Account) -> list[dict[str, Any]]:
    """The snapshots that outlive their clusters."""
    found: list[dict[str, Any]] = account.client("rds").describe_db_cluster_snapshots(
        SnapshotType="manual"
    )["DBClusterSnapshots"]
    return found


def test_its_whole_life(account: Account, janitor: Janitor) -> None:
    """Stopped with its members; once AWS has started it, these go first, and then it does."""
    name = one(account)
    janitor.until_waiting()
    assert (status(account, name), set(members(account).values())) == ("stopped", {"stopped"})
    assert janitor.phase(name) == "waiting"
    account.travel(days=7, minutes=5)
    account.clear_calls()
    assert janitor.run().result(name) == "done"
    ends = [call for call in account.writes if call.operation.startswith("Delete")]
    assert [call.operation for call in ends] == ["DeleteDBInstance"] * 2 + ["DeleteDBCluster"]
    assert ends[1].params["DBInstanceIdentifier"] == f"{name}-0"  # the writer goes last
    (final,) = finals(account)
    labels = {tag["Key"]: tag["Value"] for tag in final["TagList"]}
    assert (labels["JanitorSource"], labels["Expiration"]) == (name, "2027-03-13")
    account.travel(minutes=10)
    assert (status(account, name), members(account)) == ("gone", {})
    assert finals(account)[0]["Status"] == "available"


def test_one_that_is_stopped_when_it_is_due_waits_for_aws(
    account: Account, janitor: Janitor
) -> None:
    """AWS deletes none that is stopped, and the janitor starts nothing: it says so, and waits."""
    name = one(account)
    janitor.run()
    account.travel(days=13)
    account.client("rds").stop_db_cluster(DBClusterIdentifier=name)
    account.travel(days=1)
    janitor.run()
    account.travel(days=6, hours=1)
    janitor.run()  # AWS has started it, and it is stopped once more
    account.travel(days=1)
    assert (janitor.phase(name), status(account, name)) == ("due", "stopped")
    assert "AWS deletes no cluster that is stopped" in janitor.step(name).reason
    account.clear_calls()
    assert janitor.run().result(name) == "none"
    assert account.writes == []
    account.travel(days=6, hours=1)
    assert janitor.run().result(name) == "done"
    assert status(account, name) == "deleting"


def test_an_extension_saves_it(account: Account, janitor: Janitor) -> None:
    """Its owner moves the date while it waits."""
    name = one(account)
    janitor.until_waiting()
    account.tag(name, Expiration="2027-01-15")
    account.travel(days=8)
    janitor.run()
    assert ("ShutOff" in account.tags(name), status(account, name)) == (False, "available")


def test_deletion_protection_exempts(account: Account, janitor: Janitor) -> None:
    """S4: neither it nor its members are touched."""
    name = one(account, DeletionProtection=True)
    janitor.run()
    account.travel(days=40)
    account.clear_calls()
    janitor.run()
    assert (janitor.phase(name), account.writes) == ("exempt", [])


def test_a_member_of_a_global_cluster_is_held(account: Account, janitor: Janitor) -> None:
    """It is reported with the name of the global one, and not touched."""
    account.client("rds").create_global_cluster(
        GlobalClusterIdentifier="world", Engine="aurora-postgresql"
    )
    name = one(account, GlobalClusterIdentifier="world")
    janitor.run()
    account.travel(days=60)
    account.clear_calls()
    janitor.run()
    assert janitor.step(name).reason == "follows global cluster world"
    assert account.writes == []


def test_global_clusters_that_cannot_be_seen_are_no_blank(
    account: Account, janitor: Janitor
) -> None:
    """Who may not ask for them does not take a cluster for free: the kind is a blind spot."""
    one(account)
    account.deny("rds:DescribeGlobalClusters")
    plan = janitor.plan()
    assert [(row.status, plan.steps) for row in plan.coverage] == [("denied", ())]


def test_a_multi_az_cluster_is_only_marked_and_takes_its_members_along(
    account: Account, janitor: Janitor
) -> None:
    """AWS stops none of them, and lets none of their members be deleted."""
    name = one(account, 0, Engine="postgres", DBClusterInstanceClass="db.m6gd.large")
    janitor.until_expired()
    account.clear_calls()
    assert janitor.run().result(name) == "done"
    assert "StopDBCluster" not in {call.operation for call in account.calls}
    account.travel(days=7)
    assert janitor.run().result(name) == "done"
    assert "DeleteDBInstance" not in {call.operation for call in account.calls}
    account.travel(minutes=10)
    assert (status(account, name), len(finals(account))) == ("gone", 1)


def test_serverless_v1_is_only_marked(account: Account, janitor: Janitor) -> None:
    """It pauses by itself, and cannot be stopped."""
    name = one(account, 0, EngineMode="serverless", Engine="aurora-mysql")
    janitor.until_expired()
    assert "of the mode serverless cannot be stopped" in janitor.step(name).reason
    assert janitor.run().result(name) == "done"
    assert (janitor.phase(name), status(account, name)) == ("waiting", "available")
    account.travel(days=7)
    assert janitor.run().result(name) == "done"


@pytest.mark.parametrize("number", range(1, 8))
def test_a_crash_at_any_write_of_the_end(account: Account, janitor: Janitor, number: int) -> None:
    """The next run goes on; one snapshot is made, and the ledger knows all members."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.die_after_write(number)
    try:
        janitor.run()
    except DiedError:
        account.allow_all()
        account.travel(minutes=20)
        janitor.run()
    account.travel(minutes=20)
    assert (status(account, name), members(account)) == ("gone", {})
    assert len(finals(account)) == 1
    manifest = janitor.entries("manifest")[-1]["manifest"]
    known = {each["DBInstanceIdentifier"] for each in manifest["members"]}
    assert known == {f"{name}-0", f"{name}-1"}


def test_a_final_snapshot_that_fails_ends_nothing(account: Account, janitor: Janitor) -> None:
    """The cluster shows itself again, and is told until somebody has looked at it."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.snapshots_fail()
    janitor.run()
    account.travel(minutes=10)
    assert status(account, name) == "available"
    assert "failed" in janitor.attention(name)
    assert janitor.run().result(name) == "none"


def test_denied_in_the_middle(account: Account, janitor: Janitor) -> None:
    """Its members went, its own end was refused: told, and carried on when it may be."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.deny("rds:DeleteDBCluster")
    assert janitor.run().result(name) == "failed"
    account.allow_all()
    account.travel(minutes=20)
    assert (status(account, name), members(account)) == ("available", {})
    assert janitor.run().result(name) == "done"
    manifest = janitor.entries("manifest")[-1]["manifest"]
    assert len(manifest["members"]) == 2


@pytest.mark.parametrize("lost", ["rds:DeleteDBInstance", "rds:DeleteDBCluster"])
def test_an_answer_that_is_lost(account: Account, janitor: Janitor, lost: str) -> None:
    """The deletion took effect; its repeat is refused, and the end counts as done."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.fail_after(lost, times=1)
    assert janitor.run().result(name) == "done"
    assert (status(account, name), len(finals(account))) == ("deleting", 1)
