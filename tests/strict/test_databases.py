"""RDS as strict as it is: what it refuses, what takes its time, and what outlives a deletion."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.aws import Account

STATE, CLUSTER_STATE = "InvalidDBInstanceState", "InvalidDBClusterStateFault"
COMBINATION = "InvalidParameterCombination"
OWNER: Any = {"MasterUsername": "jd", "MasterUserPassword": "long-enough"}


@pytest.fixture
def rds(account: Account) -> Any:
    """A client as the janitor has one."""
    del account
    return boto3.Session().client("rds", region_name="eu-west-1")


@pytest.fixture
def people(account: Account) -> Any:
    """A person's own."""
    return account.client("rds")


@contextmanager
def refused(code: str) -> Iterator[None]:
    """AWS refuses what is done inside, with this error code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


def instance(people: Any, name: str = "db", **how: Any) -> str:
    """An instance; its name."""
    asked = {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres", **OWNER, **how}
    people.create_db_instance(DBInstanceIdentifier=name, **asked)
    return name


def cluster(people: Any, members: int = 1, **how: Any) -> str:
    """An Aurora cluster; its name."""
    asked = {"Engine": "aurora-mysql", **OWNER, **how}
    people.create_db_cluster(DBClusterIdentifier="web", **asked)
    for number in range(members):
        people.create_db_instance(
            DBInstanceIdentifier=f"web-{number}",
            DBInstanceClass="db.t4g.medium",
            Engine=asked["Engine"],
            DBClusterIdentifier="web",
        )
    return "web"


def status(rds: Any, name: str = "db") -> str:
    """The status of an instance; `gone` where none is shown."""
    shown = rds.describe_db_instances()["DBInstances"]
    found = [each["DBInstanceStatus"] for each in shown if each["DBInstanceIdentifier"] == name]
    return str(found[0]) if found else "gone"


# Stopping


def test_what_cannot_be_stopped(rds: Any, people: Any) -> None:
    """Replicas and what has one, SQL Server in several zones, and members of a cluster."""
    source = instance(people)
    people.create_db_instance_read_replica(
        DBInstanceIdentifier="copy", SourceDBInstanceIdentifier=source
    )
    windows = instance(people, "windows", Engine="sqlserver-se", MultiAZ=True)
    cluster(people)
    for name in (source, "copy", windows):
        with refused(STATE):
            rds.stop_db_instance(DBInstanceIdentifier=name)
    with refused(CLUSTER_STATE):
        rds.stop_db_instance(DBInstanceIdentifier="web-0")


def test_one_is_stopped_once(account: Account, rds: Any, people: Any) -> None:
    """While it is on its way, or off, it is not available."""
    name = instance(people)
    rds.stop_db_instance(DBInstanceIdentifier=name)
    for _ in range(2):
        with refused(STATE):
            rds.stop_db_instance(DBInstanceIdentifier=name)
        with refused(STATE):
            rds.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=True)
        account.travel(minutes=1)


def test_a_person_starts_it(account: Account, rds: Any, people: Any) -> None:
    """From then on AWS has nothing to start, and its next stop lasts seven days again."""
    name = instance(people)
    rds.stop_db_instance(DBInstanceIdentifier=name)
    account.travel(days=4)
    people.start_db_instance(DBInstanceIdentifier=name)
    rds.stop_db_instance(DBInstanceIdentifier=name)
    account.travel(days=6)
    assert status(rds) == "stopped"
    account.travel(days=1, minutes=1)
    assert status(rds) == "available"


def test_a_cluster_stops_with_its_members(account: Account, rds: Any, people: Any) -> None:
    """And AWS starts them all after seven days."""
    name = cluster(people)
    rds.stop_db_cluster(DBClusterIdentifier=name)
    account.travel(minutes=1)
    assert status(rds, "web-0") == "stopped"
    account.travel(days=7)
    assert rds.describe_db_clusters()["DBClusters"][0]["Status"] == "available"
    assert status(rds, "web-0") == "available"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"Engine": "mysql"}, COMBINATION),
        ({"EngineMode": "serverless"}, CLUSTER_STATE),
        ({"ReplicationSourceIdentifier": "main"}, CLUSTER_STATE),
    ],
)
def test_clusters_that_cannot_be_stopped(
    rds: Any, people: Any, how: dict[str, Any], code: str
) -> None:
    """Multi-AZ DB clusters, serverless v1 and replicas."""
    if source := how.get("ReplicationSourceIdentifier"):
        people.create_db_cluster(DBClusterIdentifier=source, Engine="aurora-mysql", **OWNER)
        arn = people.describe_db_clusters()["DBClusters"][0]["DBClusterArn"]
        how = {"ReplicationSourceIdentifier": arn}
    name = cluster(people, 0, **how)
    with refused(code):
        rds.stop_db_cluster(DBClusterIdentifier=name)


# Ending


def test_one_that_is_protected_stays(rds: Any, people: Any) -> None:
    """Instance or cluster, with a snapshot or without."""
    name = instance(people, DeletionProtection=True)
    web = cluster(people, 0, DeletionProtection=True)
    for how in ({"SkipFinalSnapshot": True}, {"FinalDBSnapshotIdentifier": "last"}):
        with refused(COMBINATION):
            rds.delete_db_instance(DBInstanceIdentifier=name, **how)
        with refused(COMBINATION):
            rds.delete_db_cluster(DBClusterIdentifier=web, **how)


def test_a_replica_has_no_final_snapshot(rds: Any, people: Any) -> None:
    """It goes only where none is asked for."""
    source = instance(people)
    people.create_db_instance_read_replica(
        DBInstanceIdentifier="copy", SourceDBInstanceIdentifier=source
    )
    with refused(COMBINATION):
        rds.delete_db_instance(DBInstanceIdentifier="copy", FinalDBSnapshotIdentifier="last")
    rds.delete_db_instance(DBInstanceIdentifier="copy", SkipFinalSnapshot=True)


def test_a_snapshot_is_named_once(account: Account, rds: Any, people: Any) -> None:
    """Two of one name there cannot be; nor is what is being deleted deleted again."""
    first, second = instance(people), instance(people, "other")
    people.create_db_snapshot(DBInstanceIdentifier=first, DBSnapshotIdentifier="taken")
    with refused("DBSnapshotAlreadyExists"):
        rds.delete_db_instance(DBInstanceIdentifier=second, FinalDBSnapshotIdentifier="taken")
    rds.delete_db_instance(DBInstanceIdentifier=second, FinalDBSnapshotIdentifier="last")
    with refused(STATE):
        rds.delete_db_instance(DBInstanceIdentifier=second, SkipFinalSnapshot=True)
    account.travel(minutes=20)
    assert status(rds, second) == "gone"


def test_both_words_contradict(rds: Any, people: Any) -> None:
    """A final snapshot is named, or given up; not both."""
    name = instance(people)
    with refused(COMBINATION):
        rds.delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="last"
        )


def test_a_cluster_goes_after_its_members(account: Account, rds: Any, people: Any) -> None:
    """It is refused while one lives that is not being deleted."""
    name = cluster(people, 2)
    last: Any = {"DBClusterIdentifier": name, "FinalDBSnapshotIdentifier": "last"}
    with refused(CLUSTER_STATE):
        rds.delete_db_cluster(**last)
    rds.delete_db_instance(DBInstanceIdentifier="web-0", SkipFinalSnapshot=True)
    with refused(CLUSTER_STATE):
        rds.delete_db_cluster(**last)
    rds.delete_db_instance(DBInstanceIdentifier="web-1", SkipFinalSnapshot=True)
    rds.delete_db_cluster(**last)
    account.travel(minutes=20)
    assert rds.describe_db_clusters()["DBClusters"] == []
    (final,) = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert (final["DBClusterSnapshotIdentifier"], final["Status"]) == ("last", "available")


def test_a_cluster_that_is_stopped_does_not_end(account: Account, rds: Any, people: Any) -> None:
    """Neither it nor its members."""
    name = cluster(people)
    rds.stop_db_cluster(DBClusterIdentifier=name)
    account.travel(hours=1)
    with refused(CLUSTER_STATE):
        rds.delete_db_instance(DBInstanceIdentifier="web-0", SkipFinalSnapshot=True)
    with refused(CLUSTER_STATE):
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def test_a_member_of_a_global_cluster_does_not_end(rds: Any, people: Any) -> None:
    """It is taken out of it first."""
    people.create_global_cluster(GlobalClusterIdentifier="world", Engine="aurora-mysql")
    name = cluster(people, 0, GlobalClusterIdentifier="world")
    with refused(CLUSTER_STATE):
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


@pytest.mark.parametrize("kept", [True, False])
def test_automated_backups_go_unless_they_are_kept(
    account: Account, rds: Any, people: Any, *, kept: bool
) -> None:
    """What AWS does without a word is to delete them."""
    name = instance(people)
    rds.delete_db_instance(
        DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=not kept
    )
    account.travel(minutes=20)
    automated = rds.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
    assert bool(automated) is kept


# Tags and restores


@pytest.mark.parametrize(
    "pair",
    [
        {"Key": "aws:mine", "Value": "x"},
        {"Key": "", "Value": "x"},
        {"Key": "k" * 129, "Value": "x"},
        {"Key": "key", "Value": "v" * 257},
        {"Key": "key", "Value": "one, two"},
        {"Key": "key", "Value": "so?"},
    ],
)
def test_tags_that_rds_refuses(rds: Any, people: Any, pair: dict[str, str]) -> None:
    """On their own, and with what is made."""
    instance(people)
    arn = rds.describe_db_instances()["DBInstances"][0]["DBInstanceArn"]
    with refused("InvalidParameterValue"):
        rds.add_tags_to_resource(ResourceName=arn, Tags=[pair])
    with refused("InvalidParameterValue"):
        instance(rds, "second", Tags=[pair])


def test_the_fifty_first_tag(rds: Any, people: Any) -> None:
    """Fifty stand; a known key may be written again."""
    instance(people, Tags=[{"Key": f"key{number}", "Value": ""} for number in range(50)])
    arn = rds.describe_db_instances()["DBInstances"][0]["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "key0", "Value": "again"}])
    with refused("InvalidParameterValue"):
        rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "one more", "Value": ""}])


def test_each_database_is_one_of_its_own(account: Account, rds: Any, people: Any) -> None:
    """Also one that is restored from another, under its very name: AWS gives a new inner id."""
    name = instance(people)
    first = rds.describe_db_instances()["DBInstances"][0]["DbiResourceId"]
    rds.delete_db_instance(DBInstanceIdentifier=name, FinalDBSnapshotIdentifier="last")
    account.travel(seconds=30)
    with refused("InvalidDBSnapshotState"):
        rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="early", DBSnapshotIdentifier="last"
        )
    account.travel(minutes=20)
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier="last")
    assert status(rds) == "creating"
    account.travel(minutes=1)
    assert status(rds) == "available"
    (shown,) = rds.describe_db_instances()["DBInstances"]
    assert shown["DbiResourceId"] != first
