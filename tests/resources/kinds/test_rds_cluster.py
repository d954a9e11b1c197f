"""RDS clusters: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds._rds_manifest import with_members_before
from cs_aws_janitor.resources.kinds.rds_cluster import KIND
from cs_aws_janitor.resources.model import Place, Power, Resource
from tests.resources.kinds.test_rds_instance import NUMBERS, finals_among
from tests.stories.driver import REGION

if TYPE_CHECKING:
    from tests.resources.kinds.living import Kept
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

ENGINE = "aurora-postgresql"


def one(account: Account, members: int = 2, **how: object) -> str:
    """An Aurora cluster with its members, as a person makes it; its id."""
    rds, name = account.client("rds"), f"jd-aurora-{next(NUMBERS)}"
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        MasterUsername="jd",
        MasterUserPassword="long-enough",
        **{"Engine": ENGINE, **how},
    )
    for number in range(members):
        rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-{number}",
            DBInstanceClass="db.t4g.medium",
            Engine=ENGINE,
            DBClusterIdentifier=name,
        )
    return name


def whose_tags_are_copied(account: Account) -> str:
    """One whose snapshots inherit its tags; its id."""
    return one(account, CopyTagsToSnapshot=True, Tags=[{"Key": "Permanent", "Value": "no"}])


SORTS = [one, whose_tags_are_copied]


def kept(account: Account, name: str) -> list[Kept]:
    """Its final snapshots."""
    answer = account.client("rds").describe_db_cluster_snapshots(SnapshotType="manual")
    shown, key = answer["DBClusterSnapshots"], "DBClusterSnapshotIdentifier"
    return finals_among(shown, key, f"janitor-cluster-{name}-")


# Facts

PLACE = Place("123456789012", "eu-west-1")
ARN = "arn:aws:rds:eu-west-1:123456789012:cluster:jd-shop"
SEEN = {
    "DBClusterIdentifier": "jd-shop",
    "DBClusterArn": ARN,
    "Status": "available",
    "Engine": ENGINE,
    "EngineMode": "provisioned",
    "ClusterCreateTime": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "DeletionProtection": False,
    "DbClusterResourceId": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "TagList": [{"Key": "team", "Value": "blue"}],
    "DBClusterMembers": [
        {"DBInstanceIdentifier": "shop-1", "IsClusterWriter": False},
        {"DBInstanceIdentifier": "shop-2", "IsClusterWriter": True},
    ],
    "ReadReplicaIdentifiers": [],
}


class Shown:
    """A client whose AWS shows these clusters, and these global ones."""

    def __init__(self, *clusters: dict[str, Any], of_global: object = ()) -> None:
        self.clusters = [{**SEEN, **each} for each in clusters]
        self.of_global = of_global

    def get_paginator(self, operation: str) -> Shown:
        """One that knows what it lists."""
        self.operation = operation
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        if self.operation == "describe_db_clusters":
            return [{"DBClusters": self.clusters}]
        if isinstance(self.of_global, Exception):
            raise self.of_global
        return [{"GlobalClusters": self.of_global}]


def seen(of_global: object = (), **more: Any) -> Resource:
    """The cluster with `more` of its facts."""
    client: Any = Shown(more, of_global=of_global)
    ((found,),) = KIND.discover(client, PLACE)
    return found


def test_the_facts_of_one() -> None:
    """Its name is its id; protection is in the listing; members and the writer are known."""
    found = seen()
    assert (found.id, found.own_name, found.parts) == ("jd-shop", "jd-shop", ("jd-shop",))
    assert (found.power, found.protected, found.starts_itself) == (Power.ON, False, True)
    assert (found.traits["members"], found.traits["writer"]) == ("shop-1 shop-2", "shop-2")
    assert (found.born, found.tags) == (SEEN["ClusterCreateTime"], {"team": "blue"})


@pytest.mark.parametrize("engine", ["docdb", "neptune"])
def test_clusters_of_other_services_are_not_ours(engine: str) -> None:
    """RDS lists them among its own; nor are those that are being deleted."""
    client: Any = Shown({"Engine": engine}, {"Status": "deleting"})
    assert list(KIND.discover(client, PLACE)) == [[]]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"Engine": "mysql"}, "a Multi-AZ DB cluster cannot be stopped"),
        ({"EngineMode": "serverless"}, "of the mode serverless cannot be stopped"),
        ({"EngineMode": "parallelquery"}, "of the mode parallelquery cannot be stopped"),
        ({"ReadReplicaIdentifiers": ["copy"]}, "a cluster that has read replicas"),
        ({"Status": "inaccessible-encryption-credentials"}, "AWS stops only what is available"),
    ],
)
def test_what_aws_does_not_stop(more: dict[str, Any], words: str) -> None:
    """Each with its reason in words."""
    assert words in (seen(**more).cannot_shut_off or "")


def test_one_that_is_stopped_does_not_end_yet() -> None:
    """It is said when AWS starts it, where AWS tells."""
    waits = seen(Status="stopped")
    assert (waits.power, waits.cannot_back_up) == (Power.OFF, None)
    assert "within 7 days of its stop" in (waits.not_yet or "")
    at = datetime(2026, 12, 13, 6, tzinfo=UTC)
    told = seen(Status="stopped", AutomaticRestartTime=at).not_yet or ""
    assert "AWS deletes no cluster that is stopped" in told
    assert told.endswith("on 2026-12-13")


def test_who_owns_it() -> None:
    """A global cluster, by its own word or by that of the cluster; or what it replicates."""
    world = {"GlobalClusterIdentifier": "world", "GlobalClusterMembers": [{"DBClusterArn": ARN}]}
    assert seen(of_global=[world]).follows == "global cluster world"
    assert seen(GlobalClusterIdentifier="world").follows == "global cluster world"
    assert seen(ReplicationSourceIdentifier="arn:of-it").follows == "its source arn:of-it"
    assert seen().follows is None


def test_a_region_without_global_clusters() -> None:
    """What AWS says there is known; any other refusal is one."""

    def refusal(code: str, message: str) -> ClientError:
        error: Any = {"Error": {"Code": code, "Message": message}}
        return ClientError(error, "DescribeGlobalClusters")

    none_here = refusal("InvalidParameterValue", "Access Denied to API Version: APIGlobalDatabases")
    assert seen(of_global=none_here).follows is None
    with pytest.raises(ClientError):
        seen(of_global=refusal("InternalFailure", "try again"))


# Manifest


def member(name: str) -> dict[str, str]:
    """One as a manifest holds it."""
    return {"DBInstanceIdentifier": name}


def test_members_of_a_broken_end_are_carried_over() -> None:
    """They stand in the manifest of the first try alone; each is there once."""
    cluster = {"DbClusterResourceId": "cluster-1", "TagList": [{"Key": "ShutOff", "Value": "1"}]}
    first = {"cluster": cluster, "members": [member("a"), member("b")]}
    second = {"cluster": cluster, "members": [member("b")]}
    assert with_members_before(first, second)["members"] == [member("b"), member("a")]


@pytest.mark.parametrize(
    "differs",
    [{"DbClusterResourceId": "cluster-2"}, {"TagList": [{"Key": "ShutOff", "Value": "2"}]}],
)
def test_members_of_an_earlier_end_are_not(differs: dict[str, Any]) -> None:
    """It was extended in between, or is another of that name: a person has removed its member."""
    cluster = {"DbClusterResourceId": "cluster-1", "TagList": [{"Key": "ShutOff", "Value": "1"}]}
    first = {"cluster": {**cluster, **differs}, "members": [member("a"), member("b")]}
    second = {"cluster": cluster, "members": [member("b")]}
    assert with_members_before(first, second) == second


def test_the_classes_of_its_members_are_read_closely(account: Account) -> None:
    """By them it is charged; where that is denied it only has no estimate."""
    place = Place(account.id, REGION)
    client = wiring.connect().clients(place, "rds")
    one(account)
    ((listed,),) = KIND.discover(client, place)
    assert KIND.examine
    (seen,) = KIND.examine(client, [listed])
    assert seen.traits["classes"] == "db.t4g.medium db.t4g.medium"
    account.deny("rds:DescribeDBInstances")
    assert KIND.examine(client, [listed]) == [listed]
    assert KIND.examine(client, []) == []
