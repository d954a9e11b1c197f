"""What a restore of a database asks for, and what it says is lost. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cs_aws_janitor.resources.kinds import _rds_restore_plan
from cs_aws_janitor.resources.kinds._rds_restore_facts import Found
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.restore_plan import Instead, Manifest, Marking, RestorePlan

AT = datetime(2026, 12, 13, 6, tzinfo=UTC)
FINAL = "janitor-db-jd-orders-20261206060000-until-20270313"
FINAL_OF_CLUSTER = "janitor-cluster-jd-shop-20261206060000-until-20270313"
MARKING = Marking({"JanitorRestoredFrom": "jd-orders"}, frozenset({"shutoff"}))
WAS: dict[str, Any] = {
    "DBInstanceIdentifier": "jd-orders",
    "DBInstanceClass": "db.m6g.large",
    "Engine": "postgres",
    "EngineVersion": "16.3",
    "Endpoint": {"Port": 5433},
    "DBSubnetGroup": {"DBSubnetGroupName": "ours"},
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}],
    "DBParameterGroups": [{"DBParameterGroupName": "tuned"}],
    "OptionGroupMemberships": [{"OptionGroupName": "default:postgres-16"}],
    "MultiAZ": False,
    "PubliclyAccessible": False,
    "AutoMinorVersionUpgrade": False,
    "StorageType": "gp3",
    "AllocatedStorage": 100,
    "Iops": 3000,
    "StorageThroughput": 125,
    "TagList": [{"Key": "team", "Value": "blue"}, {"Key": "ShutOff", "Value": "x"}],
}
SHOP: dict[str, Any] = {
    "DBClusterIdentifier": "jd-shop",
    "Engine": "aurora-postgresql",
    "EngineVersion": "16.3",
    "EngineMode": "provisioned",
    "Port": 5432,
    "DBSubnetGroup": "ours",
    "DBClusterParameterGroup": "default.aurora-postgresql16",
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}],
    "StorageType": "aurora",
    "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4.0},
}
MEMBERS: list[dict[str, Any]] = [
    {
        "DBInstanceIdentifier": "shop-1",
        "DBInstanceClass": "db.serverless",
        "Engine": "aurora-postgresql",
        "PromotionTier": 2,
        "PubliclyAccessible": False,
        "DBParameterGroups": [{"DBParameterGroupName": "tuned"}],
    },
    {
        "DBInstanceIdentifier": "shop-2",
        "DBInstanceClass": "db.r6g.large",
        "Engine": "aurora-postgresql",
        "PromotionTier": 0,
    },
]


def final(name: str, status: str = "available", day: int = 13) -> dict[str, Any]:
    """A final snapshot, complete on a day of December, of an instance or a cluster."""
    at = datetime(2026, 12, day, tzinfo=UTC)
    both = {"DBSnapshotIdentifier": name, "DBClusterSnapshotIdentifier": name}
    return {**both, "Status": status, "SnapshotCreateTime": at}


def found(**more: Any) -> Found:
    """All that it needs stands, but for `more`."""
    standing: dict[str, Any] = {
        "finals": {FINAL: final(FINAL)},
        "taken": frozenset(),
        "clusters": frozenset(),
        "subnets": frozenset({"ours"}),
        "groups": frozenset({"sg-1"}),
        "parameters": frozenset({"tuned"}),
        "options": frozenset(),
    }
    return Found(**{**standing, **more})


def plan(was: dict[str, Any] | None = None, instead: Instead | None = None, **more: Any) -> Any:
    """What would come back of the instance."""
    facts = {"instance": {**WAS, **(was or {})}}
    manifest = Manifest(Place("1", "eu-west-1"), "rds_instance", "jd-orders", AT, (), facts)
    return _rds_restore_plan.of_instance(manifest, found(**more), instead or Instead(), MARKING)


def shop(was: dict[str, Any] | None = None, **more: Any) -> RestorePlan:
    """What would come back of the cluster."""
    facts = {"cluster": {**SHOP, **(was or {})}, "members": MEMBERS}
    manifest = Manifest(Place("1", "eu-west-1"), "rds_cluster", "jd-shop", AT, (), facts)
    finals = {FINAL_OF_CLUSTER: final(FINAL_OF_CLUSTER)}
    standing = found(**{"finals": finals, **more})
    return _rds_restore_plan.of_cluster(manifest, standing, Instead(), MARKING)


def test_what_is_asked_for() -> None:
    """As it stood; what was off is asked to be off, as not every default is."""
    assert plan().request.restore == {
        "DBInstanceIdentifier": "jd-orders",
        "DBSnapshotIdentifier": FINAL,
        "DBInstanceClass": "db.m6g.large",
        "Port": 5433,
        "DBParameterGroupName": "tuned",
        "DBSubnetGroupName": "ours",
        "VpcSecurityGroupIds": ["sg-1"],
        "AutoMinorVersionUpgrade": False,
        "MultiAZ": False,
        "PubliclyAccessible": False,
        "StorageType": "gp3",
    }


@pytest.mark.parametrize(
    ("was", "told"),
    [
        ({"AllocatedStorage": 399}, False),
        ({"AllocatedStorage": 400}, True),
        ({"AllocatedStorage": 200, "Engine": "oracle-se2"}, True),
        ({"AllocatedStorage": 20, "Engine": "sqlserver-ex"}, True),
        ({"StorageType": "io2"}, True),
        ({"StorageType": "gp2", "AllocatedStorage": 4000}, False),
    ],
)
def test_how_fast_its_disk_is(was: dict[str, Any], *, told: bool) -> None:
    """AWS refuses to be told for a small gp3, and for what knows no speed."""
    assert ("Iops" in plan(was).request.restore) is told


def test_tags_come_back_without_marks() -> None:
    """Those of people; the ShutOff of its end is not put back."""
    assert plan().tags == {"team": "blue", "JanitorRestoredFrom": "jd-orders"}


def test_a_name_in_use() -> None:
    """The first that is free, within 63 characters; what that means is told."""
    taken = frozenset({"jd-orders", "jd-orders-2"})
    came = plan(taken=taken)
    assert came.request.name == came.brings["name"] == "jd-orders-3"
    assert "its name and its endpoint: jd-orders is in use" in came.lost[0]
    long = "x" * 63
    facts = {"instance": {**WAS, "DBInstanceIdentifier": long}}
    manifest = Manifest(Place("1", "eu-west-1"), "rds_instance", long, AT, (), facts)
    standing = found(taken=frozenset({long}))
    other = _rds_restore_plan.of_instance(manifest, standing, Instead(), MARKING)
    assert len(other.request.name) <= 63


@pytest.mark.parametrize(
    ("finals", "why"),
    [
        ({}, "its final snapshot was deleted since, or never made"),
        ({FINAL: final(FINAL, "creating")}, f"its final snapshot {FINAL} is creating"),
        ({FINAL: final(FINAL, "failed")}, f"its final snapshot {FINAL} is failed"),
    ],
)
def test_nothing_to_come_back_from(finals: dict[str, Any], why: str) -> None:
    """It is told, and nothing is asked for."""
    assert plan(finals=finals).impossible == why
    assert shop(finals=finals).impossible == why


def test_of_several_the_last() -> None:
    """It may have come back and ended once more under this very inner id."""
    later = FINAL.replace("20261206", "20261220")
    both = {FINAL: final(FINAL), later: final(later, day=27)}
    assert plan(finals=both).brings["made from"] == later


def test_groups_that_are_gone() -> None:
    """Those that must be are missing; those of which AWS has a default are lost."""
    came = plan(subnets=frozenset(), groups=frozenset(), parameters=frozenset())
    assert [each.options for each in came.missing] == ["--subnet NAME", "--security-group ID"]
    assert "DBParameterGroupName" not in came.request.restore
    assert any("its parameter group tuned, which is not there" in each for each in came.lost)


def test_what_a_person_puts_in_their_place() -> None:
    """Class, network and groups; what it had is told beside it."""
    instead = Instead(subnet="others", groups=("sg-2",), type="db.t4g.micro")
    came = plan(None, instead, subnets=frozenset({"ours", "others"}), groups=frozenset({"sg-2"}))
    assert came.missing == ()
    assert came.brings["type"] == "db.t4g.micro (was db.m6g.large)"
    assert came.request.restore["DBSubnetGroupName"] == "others"
    assert came.request.restore["VpcSecurityGroupIds"] == ["sg-2"]


@pytest.mark.parametrize(
    ("was", "told"),
    [
        ({"AssociatedRoles": [{"RoleArn": "arn:role"}]}, "its IAM roles arn:role"),
        ({"MonitoringInterval": 60}, "enhanced monitoring"),
        ({"PerformanceInsightsEnabled": True}, "Performance Insights"),
        ({"PreferredBackupWindow": "01:00-02:00"}, "its windows of backup and maintenance"),
        ({"MasterUserSecret": {"SecretArn": "arn"}}, "AWS kept its master password"),
        ({"DeletionProtection": True}, "`janitor keep` sets it again"),
        ({"StorageEncrypted": True, "KmsKeyId": "arn:key"}, "its use of arn:key"),
    ],
)
def test_what_does_not_come_back_is_told(was: dict[str, Any], told: str) -> None:
    """Beforehand, each where it had it, and not where it had not."""
    assert told in "; ".join((*plan(was).lost, *plan(was).notes))
    assert told not in "; ".join((*plan().lost, *plan().notes))


def test_a_cluster_and_its_members() -> None:
    """The writer is made first; sizes of serverless v2 stay; members' own groups are lost."""
    came = shop()
    assert came.request.restore == {
        "DBClusterIdentifier": "jd-shop",
        "SnapshotIdentifier": FINAL_OF_CLUSTER,
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.3",
        "Port": 5432,
        "DBSubnetGroupName": "ours",
        "VpcSecurityGroupIds": ["sg-1"],
        "EngineMode": "provisioned",
        "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4.0},
    }
    assert came.request.members == [
        {
            "DBInstanceIdentifier": "shop-2",
            "DBInstanceClass": "db.r6g.large",
            "Engine": "aurora-postgresql",
            "PromotionTier": 0,
            "DBClusterIdentifier": "jd-shop",
        },
        {
            "DBInstanceIdentifier": "shop-1",
            "DBInstanceClass": "db.serverless",
            "Engine": "aurora-postgresql",
            "PromotionTier": 2,
            "PubliclyAccessible": False,
            "DBClusterIdentifier": "jd-shop",
        },
    ]
    assert any("the parameter groups tuned of its members" in each for each in came.lost)


def test_a_multi_az_cluster_brings_its_own() -> None:
    """AWS makes its members with it, of its class and disk."""
    was = {
        "Engine": "postgres",
        "DBClusterInstanceClass": "db.m6gd.large",
        "StorageType": "io1",
        "Iops": 1000,
        "AllocatedStorage": 100,
    }
    came = shop(was)
    assert came.request.members == []
    asked = came.request.restore
    assert (asked["DBClusterInstanceClass"], asked["Iops"]) == ("db.m6gd.large", 1000)
    assert "EngineMode" not in asked
