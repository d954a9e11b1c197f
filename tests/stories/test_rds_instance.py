"""The life of an RDS instance: stopped, started by AWS, stopped again, and its final snapshot."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.crew import GONE
from tests.resources.kinds.test_rds_instance import one
from tests.stories.driver import Janitor
from tests.stories.typed import command
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account

KINDS = ("rds_instance", "rds_backup")


@pytest.fixture
def janitor(account: Account, tmp_path: Path) -> Janitor:
    """One that looks after databases and their backups."""
    return Janitor(account, tmp_path, *KINDS)


def status(account: Account, name: str) -> str:
    """Its status as AWS shows it; `gone` where it shows none."""
    shown = account.client("rds").describe_db_instances()["DBInstances"]
    found = [each["DBInstanceStatus"] for each in shown if each["DBInstanceIdentifier"] == name]
    return str(found[0]) if found else "gone"


def finals(account: Account) -> list[dict[str, Any]]:
    """The snapshots that outlive their instances."""
    found: list[dict[str, Any]] = account.client("rds").describe_db_snapshots(
        SnapshotType="manual"
    )["DBSnapshots"]
    return found


def test_its_whole_life(account: Account, janitor: Janitor) -> None:
    """Tagged, stopped, stopped again after AWS has started it, ended with its final snapshot."""
    name = one(account, Tags=[{"Key": "team", "Value": "blue"}])
    janitor.run()
    assert account.tags(name)["Expiration"] == "2026-12-06"
    account.travel(days=14)
    janitor.run()
    assert (status(account, name), janitor.phase(name)) == ("stopped", "waiting")
    account.travel(days=7, minutes=-5)
    assert janitor.run().results == {}
    account.travel(minutes=10)
    ran = janitor.run()
    assert (ran.result(name), ran.why(name)) == ("done", "")
    assert ran.outcomes[name].carried_out == ("back_up", "terminate")
    assert status(account, name) == "deleting"
    (final,) = finals(account)
    assert final["Status"] == "creating"
    labels = {tag["Key"]: tag["Value"] for tag in final["TagList"]}
    assert labels["JanitorSource"] == name
    assert (labels["team"], labels["Expiration"]) == ("blue", "2027-03-13")
    assert "ShutOff" not in labels
    account.travel(minutes=10)
    assert status(account, name) == "gone"
    assert finals(account)[0]["Status"] == "available"


def test_what_aws_starts_is_stopped_again(account: Account, janitor: Janitor) -> None:
    """It was stopped before it expired; AWS starts it while it waits, and its days count on."""
    name = one(account)
    janitor.run()
    account.travel(days=10)
    account.client("rds").stop_db_instance(DBInstanceIdentifier=name)
    account.travel(days=4)
    assert janitor.run().result(name) == "done"
    marked = account.tags(name)["ShutOff"]
    account.travel(days=3, hours=1)
    assert status(account, name) == "available"
    assert "AWS has started it again" in janitor.step(name).reason
    assert janitor.run().result(name) == "done"
    assert (status(account, name), account.tags(name)["ShutOff"]) == ("stopped", marked)
    account.travel(days=4)
    janitor.run()
    assert status(account, name) == "deleting"


def test_a_stop_that_takes_long_is_marked_when_it_is_seen(
    account: Account, janitor: Janitor
) -> None:
    """Its 7 days begin when it is off, and what is on its way is not stopped twice."""
    account.stopping_takes(minutes=30)
    name = one(account)
    janitor.until_expired()
    assert "marked when it is seen off" in janitor.run().why(name)
    assert "ShutOff" not in account.tags(name)
    account.travel(minutes=30)
    account.clear_calls()
    assert janitor.run().result(name) == "done"
    assert "ShutOff" in account.tags(name)
    assert {call.operation for call in account.writes} == {"AddTagsToResource"}


def test_an_extension_saves_it(account: Account, janitor: Janitor) -> None:
    """Its owner moves the date while it waits: the mark goes, and nothing ends."""
    name = one(account)
    janitor.until_waiting()
    account.tag(name, Expiration="2027-01-15")
    janitor.run()
    assert "ShutOff" not in account.tags(name)
    account.travel(days=20)
    janitor.run()
    assert status(account, name) == "available"


def test_deletion_protection_exempts(account: Account, janitor: Janitor) -> None:
    """S4: it is in the listing, and asked of nobody."""
    name = one(account, DeletionProtection=True)
    janitor.run()
    account.travel(days=40)
    account.clear_calls()
    assert janitor.run().results == {}
    assert (janitor.phase(name), account.writes) == ("exempt", [])


def test_protected_between_the_plan_and_the_end(account: Account, janitor: Janitor) -> None:
    """Protection that came after the plan holds: facts are read again just before."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    saved = janitor.save()
    account.client("rds").modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=True)
    assert janitor.apply(saved).result(name) == "changed"
    assert status(account, name) == "available"


def test_a_replica_is_marked_and_never_ended(account: Account, janitor: Janitor) -> None:
    """AWS neither stops it nor its source, and makes no final snapshot of it: told every run."""
    source = one(account)
    account.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier=source
    )
    janitor.until_waiting()
    assert (status(account, "replica"), status(account, source)) == ("available", "available")
    assert "ShutOff" in account.tags("replica")
    assert account.tags("replica")["JanitorNote"] == (
        "Marked on 2026-12-06 because its Expiration 2026-12-06 had come."
        " It is not terminated as no backup of it is possible."
    )
    account.travel(days=7)
    ran = janitor.run()
    assert ran.result("replica") == "none"
    assert "AWS makes no final snapshot of a read replica" in janitor.attention("replica")
    assert ran.result(source) == "done"


def test_a_replica_may_be_ended_where_the_settings_say_so(
    account: Account, janitor: Janitor
) -> None:
    """With `backup.when_impossible = "terminate"` it goes without a snapshot."""
    janitor.settings('backup.when_impossible = "terminate"')
    source = one(account)
    account.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier=source
    )
    janitor.until_due()
    assert janitor.run().result("replica") == "done"
    account.travel(minutes=10)
    assert status(account, "replica") == "gone"
    assert [final["DBInstanceIdentifier"] for final in finals(account)] == [source]


def test_sql_server_in_several_zones_is_only_marked(account: Account, janitor: Janitor) -> None:
    """AWS would refuse to stop it: no call is made."""
    name = one(account, Engine="sqlserver-se", MultiAZ=True, LicenseModel="license-included")
    janitor.until_expired()
    account.clear_calls()
    assert janitor.run().result(name) == "done"
    assert "StopDBInstance" not in {call.operation for call in account.calls}
    assert janitor.phase(name) == "waiting"


def test_a_member_of_a_cluster_is_held(account: Account, janitor: Janitor) -> None:
    """The life is the cluster's."""
    rds = account.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="web",
        Engine="aurora-mysql",
        MasterUsername="jd",
        MasterUserPassword="long-enough",
    )
    rds.create_db_instance(
        DBInstanceIdentifier="web-1",
        DBInstanceClass="db.t4g.medium",
        Engine="aurora-mysql",
        DBClusterIdentifier="web",
    )
    janitor.run()
    account.travel(days=60)
    janitor.run()
    assert (janitor.phase("web-1"), status(account, "web-1")) == ("held", "available")
    assert janitor.step("web-1").reason == "follows RDS cluster web"


def test_what_is_denied_is_a_blind_spot(account: Account, janitor: Janitor) -> None:
    """Nothing is concluded from a listing that was refused; the backups are seen all the same."""
    one(account)
    account.deny("rds:DescribeDBInstances")
    plan = janitor.plan()
    assert {row.kind: row.status for row in plan.coverage} == {
        "rds_instance": "denied",
        "rds_backup": "ok",
    }
    assert plan.steps == ()


# The last act


def test_a_final_snapshot_that_fails_ends_nothing(account: Account, janitor: Janitor) -> None:
    """The instance shows itself again, and stays until somebody has looked at it."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.snapshots_fail()
    janitor.run()
    account.travel(minutes=10)
    assert status(account, name) == "available"
    (final,) = finals(account)
    assert janitor.phase(name) == "backing-up"
    assert f"{final['DBSnapshotIdentifier']} failed" in janitor.attention(name)
    assert janitor.run().result(name) == "none"
    account.snapshots_fail(on=False)
    account.client("rds").delete_db_snapshot(DBSnapshotIdentifier=final["DBSnapshotIdentifier"])
    assert janitor.run().result(name) == "done"
    account.travel(minutes=10)
    assert status(account, name) == "gone"


def test_a_final_snapshot_that_lasts(account: Account, janitor: Janitor) -> None:
    """While it is made the instance is neither listed nor ended in another way."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.snapshots_pend()
    janitor.run()
    account.travel(days=2)
    account.clear_calls()
    janitor.run()
    assert name not in {step.id for step in janitor.plan().steps}
    assert "DeleteDBInstance" not in {call.operation for call in account.calls}
    account.snapshots_finish()
    assert status(account, name) == "gone"


def test_one_that_shows_late_is_told_and_known_by_its_name(
    account: Account, janitor: Janitor
) -> None:
    """What could not be labelled gets the dates of backup.keep by the next run."""
    account.finals_show(minutes=5)
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    ran = janitor.run()
    assert (ran.result(name), "does not show yet" in ran.why(name)) == ("done", True)
    account.travel(minutes=20)
    (final,) = finals(account)
    assert final["TagList"] == []
    janitor.run()
    tags = account.tags(final["DBSnapshotIdentifier"])
    assert tags["Expiration"] == "2027-03-13"
    assert janitor.phase(final["DBSnapshotIdentifier"]) == "active"


@pytest.mark.parametrize("number", range(1, 4))
def test_a_crash_at_any_write_of_the_end(account: Account, janitor: Janitor, number: int) -> None:
    """Before the deletion, between it and the labels: one snapshot, and it has its dates."""
    name = one(account, CopyTagsToSnapshot=True)
    janitor.until_due()
    account.travel(minutes=5)
    account.die_before_write(number)
    with pytest.raises(DiedError):
        janitor.run()
    account.allow_all()
    account.travel(minutes=20)
    janitor.run()
    account.travel(minutes=20)
    janitor.run()
    assert status(account, name) == "gone"
    (final,) = finals(account)
    tags = account.tags(final["DBSnapshotIdentifier"])
    assert tags["Expiration"] == "2027-03-13"
    assert "ShutOff" not in tags


def test_an_answer_that_is_lost(account: Account, janitor: Janitor) -> None:
    """The deletion took effect; the repeat is refused, and the end counts as done."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.fail_after("rds:DeleteDBInstance", times=1)
    assert janitor.run().result(name) == "done"
    assert len(finals(account)) == 1


def test_a_complete_snapshot_is_not_made_twice(account: Account, janitor: Janitor) -> None:
    """It stands already for this ShutOff, and the instance is there all the same: it goes."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    stamp = datetime.fromisoformat(account.tags(name)["ShutOff"])
    account.client("rds").create_db_snapshot(
        DBInstanceIdentifier=name,
        DBSnapshotIdentifier=f"janitor-db-{name}-{stamp:%Y%m%d%H%M%S}-until-20270313",
    )
    assert janitor.run().result(name) == "done"
    account.travel(minutes=5)
    assert (status(account, name), len(finals(account))) == ("gone", 1)


def test_somebody_else_has_deleted_it(account: Account, janitor: Janitor) -> None:
    """Between the plan and the end: that is a change, and no end of ours."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    saved = janitor.save()
    account.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    ran = janitor.apply(saved)
    assert (ran.result(name), ran.why(name)) == ("changed", GONE)


def test_a_later_one_of_the_same_name_has_its_own_snapshots(
    account: Account, janitor: Janitor
) -> None:
    """What was made of another that bore the name is no backup of it."""
    name = one(account)
    janitor.until_due()
    account.travel(minutes=5)
    janitor.run()
    account.travel(minutes=20)
    (first,) = finals(account)
    account.client("rds").restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=name, DBSnapshotIdentifier=first["DBSnapshotIdentifier"]
    )
    account.tag(name, Expiration="2026-12-01", Discovered="2026-12-13", ShutOff="2026-12-06")
    assert janitor.step(name).verbs != ("terminate",)


def test_notes_are_in_the_signs_that_rds_takes(account: Account, janitor: Janitor) -> None:
    """A person's reason with other signs is written without them, and not refused."""
    name = one(account)
    janitor.settings("naming.enforce = true", 'naming.pattern = "(?P<owner>xx)-.*"')
    janitor.run()
    assert status(account, name) in {"stopping", "stopped"}
    assert "It has no Name tag that says whose it is so it was" in account.tags(name)["JanitorNote"]


# Its backup


def test_the_backup_ends_when_it_was_kept_long_enough(account: Account, janitor: Janitor) -> None:
    """90 days and its 7 more; what a person has made is never touched."""
    name = one(account)
    account.client("rds").create_db_snapshot(
        DBInstanceIdentifier=name, DBSnapshotIdentifier="of-a-person"
    )
    janitor.until_due()
    account.travel(minutes=5)
    janitor.run()
    account.travel(days=85)
    (ours,) = [f for f in finals(account) if f["DBSnapshotIdentifier"] != "of-a-person"]
    janitor.run()
    assert janitor.phase(ours["DBSnapshotIdentifier"]) == "expiring"
    account.travel(days=5)
    assert janitor.run().result(ours["DBSnapshotIdentifier"]) == "done"
    account.travel(days=7)
    assert janitor.run().result(ours["DBSnapshotIdentifier"]) == "done"
    assert [each["DBSnapshotIdentifier"] for each in finals(account)] == ["of-a-person"]


@pytest.mark.parametrize("labelled", [True, False])
def test_a_backup_that_is_kept_for_ever(
    account: Account, janitor: Janitor, *, labelled: bool
) -> None:
    """`backup.keep = "forever"`: by its tag, and by its name where it could not be labelled."""
    janitor.settings('backup.keep = "forever"')
    if not labelled:
        account.deny("rds:AddTagsToResource", of="JanitorSource")
    one(account)
    janitor.until_due()
    account.travel(minutes=5)
    janitor.run()
    account.travel(days=400)
    for _ in range(3):
        janitor.run()
        account.travel(days=30)
    (ours,) = finals(account)
    assert janitor.phase(ours["DBSnapshotIdentifier"]) == "exempt"


@pytest.mark.parametrize("moved", [None, "2026-12-08T06:00:00+00:00"])
def test_a_backup_whose_source_is_due_still(
    account: Account, janitor: Janitor, moved: str | None
) -> None:
    """AWS has made it and ended nothing: its own days begin when its source has ended."""
    name = one(account)
    janitor.until_due()
    account.deny("rds:DeleteDBInstance")
    stamp = datetime.fromisoformat(account.tags(name)["ShutOff"]).strftime("%Y%m%d%H%M%S")
    final = f"janitor-db-{name}-{stamp}-until-20261220"
    account.travel(minutes=30)  # AWS has started it
    made = {"DBInstanceIdentifier": name, "DBSnapshotIdentifier": final}
    account.client("rds").create_db_snapshot(**made)
    janitor.run()
    account.travel(days=7)
    if moved:  # by hand: then it is the backup of another shut-off
        account.tag(name, ShutOff=moved)
    assert janitor.phase(final) == ("expired" if moved else "held")
    assert moved or f"{name}, which it was made of and which still" in janitor.step(final).reason
    janitor.run()
    assert ("ShutOff" in account.tags(final)) is bool(moved)
    account.allow_all()
    janitor.run()
    account.travel(minutes=20)
    assert status(account, name) == "gone"
    assert janitor.phase(final) == ("waiting" if moved else "expired")


def test_what_is_stopped_is_not_kept_and_that_is_said(
    account: Account,
    janitor: Janitor,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """AWS changes no protection of it: one line says so and what to do, and nothing is written."""
    typed = command(monkeypatch, capsys)
    name = one(account)
    janitor.until_waiting()
    before = account.tags(name)
    said = typed("keep", name, "--reason", "the licence server")
    assert (said.code, said.out) == (2, "")
    assert f"{name} cannot be kept as it stands: it is stopped, and AWS changes" in said.err
    assert f"Start it first; `janitor extend {name} --days 14` gives it time" in said.err
    assert account.tags(name) == before
    account.client("rds").start_db_instance(DBInstanceIdentifier=name)
    account.travel(minutes=30)
    assert typed("keep", name, "--reason", "the licence server").code == 0
    account.client("rds").stop_db_instance(DBInstanceIdentifier=name)
    account.travel(minutes=30)
    before = account.tags(name)
    said = typed("release", name)
    assert (said.code, account.tags(name)) == (2, before)
    assert f"{name} cannot be released as it stands" in said.err
    assert typed("keep", name, "--reason", "for another reason").code == 0
    assert account.tags(name)["Permanent"] == "for another reason"
