"""RDS clusters: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.resources.kinds.test_rds_instance import NUMBERS

if TYPE_CHECKING:
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
