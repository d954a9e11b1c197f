"""RDS backups: which snapshots are ours, and what their names and their tags say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.resources.kinds import test_rds_instance

if TYPE_CHECKING:
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")


def one(account: Account, **how: object) -> str:
    """A final snapshot as a run leaves it that was cut off before it could label it; its id."""
    source = test_rds_instance.one(account, **how)
    name = f"janitor-db-{source}-20261115060000-until-20270213"
    account.client("rds").create_db_snapshot(DBInstanceIdentifier=source, DBSnapshotIdentifier=name)
    return name


def of_a_cluster(account: Account) -> str:
    """The same of a cluster; its id."""
    rds, source = account.client("rds"), f"jd-aurora-{next(test_rds_instance.NUMBERS)}"
    rds.create_db_cluster(
        DBClusterIdentifier=source,
        Engine="aurora-postgresql",
        MasterUsername="jd",
        MasterUserPassword="long-enough",
    )
    name = f"janitor-cluster-{source}-20261115060000-forever"
    rds.create_db_cluster_snapshot(DBClusterIdentifier=source, DBClusterSnapshotIdentifier=name)
    return name


SORTS = [one, of_a_cluster]
