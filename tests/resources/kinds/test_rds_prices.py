"""What the kinds of RDS cost, row by row, at the packaged prices."""

from __future__ import annotations

import pytest

from cs_aws_janitor.resources.estimating import Estimator
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.model import Place, Resource

HERE = Place("123456789012", "us-east-1")
INSTANCE, BACKUP, CLUSTER = "rds_instance", "rds_backup", "rds_cluster"


def cost(kind: str, follows: str | None = None, **traits: str) -> tuple[str, str] | None:
    """What one costs a month with these facts, and while stopped."""
    found = Estimator(KINDS)(Resource(HERE, kind, "x-1", follows=follows, traits=traits))
    return (str(found.amount), str(found.while_off)) if found else None


SMALL = {"type": "db.t3.large", "engine": "mysql", "storage_type": "gp2", "storage_gib": "20"}
ROWS = [
    (SMALL, "101.58", "2.30"),
    (SMALL | {"engine": "mariadb"}, "101.58", "2.30"),
    (SMALL | {"engine": "postgres"}, "108.15", "2.30"),
    (SMALL | {"multi_az": "True", "storage_gib": "30"}, "205.46", "6.90"),
    (SMALL | {"storage_type": "gp3", "iops": "3000"}, "101.58", "2.30"),
    (SMALL | {"storage_type": "gp3", "storage_gib": "400", "iops": "12000"}, "145.28", "46.00"),
    (SMALL | {"storage_type": "gp3", "storage_gib": "400", "iops": "14000"}, "185.28", "86.00"),
    (SMALL | {"storage_type": "io1", "storage_gib": "100", "iops": "1200"}, "231.78", "132.50"),
    (SMALL | {"storage_type": "standard"}, "101.28", "2.00"),
    ({"type": "db.r5.large", "engine": "aurora-mysql", "storage_type": "aurora"}, "211.70", "0.00"),
    ({"type": "db.t3.medium", "engine": "aurora-postgresql"}, "59.86", "0.00"),
]


@pytest.mark.parametrize(("traits", "amount", "while_off"), ROWS, ids=str)
def test_what_an_instance_costs(traits: dict[str, str], amount: str, while_off: str) -> None:
    """Its hours end with a stop; its storage and the speed of that go on."""
    assert cost(INSTANCE, **traits) == (amount, while_off)


UNKNOWN = [
    {},
    SMALL | {"type": "db.unheard.of"},
    SMALL | {"engine": "sqlserver-se"},
    SMALL | {"engine": "oracle-se2"},
    SMALL | {"engine": "custom-oracle-ee"},
    SMALL | {"storage_type": "io2", "iops": "1000"},
    SMALL | {"storage_type": "gp3"},
    SMALL | {"storage_type": "gp3", "iops": "12000", "throughput": "1000"},
    SMALL | {"storage_gib": ""},
    SMALL | {"multi_az": "True", "storage_type": "io1", "iops": "1000"},
    {"type": "db.r5.large", "engine": "aurora-mysql", "storage_type": "aurora-iopt1"},
    {"type": "db.serverless", "engine": "aurora-mysql"},
]


@pytest.mark.parametrize("traits", UNKNOWN, ids=str)
def test_what_is_not_known(traits: dict[str, str]) -> None:
    """Engines with a licence, other storage, amounts that are not shown: no estimate."""
    assert cost(INSTANCE, **traits) is None


def test_members_of_clusters() -> None:
    """An Aurora member has its hours; one of a Multi-AZ cluster has prices that are not known."""
    aurora = {"type": "db.r5.large", "engine": "aurora-mysql"}
    assert cost(INSTANCE, follows="RDS cluster jd", **aurora) == ("211.70", "0.00")
    assert cost(INSTANCE, follows="RDS cluster jd", **SMALL) is None


def test_what_a_snapshot_costs() -> None:
    """One of an instance no more than its size; that of a cluster is not shown."""
    assert cost(BACKUP, of="instance", storage_gib="20") == ("1.90", "1.90")
    assert cost(BACKUP, of="cluster", storage_gib="1") is None
    assert cost(CLUSTER, engine="aurora-mysql") is None
