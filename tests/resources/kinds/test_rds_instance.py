"""RDS instances: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.strict.aws import Account

NUMBERS = count()

pytestmark = pytest.mark.usefixtures("quiet")


def one(account: Account, **how: object) -> str:
    """An instance, as a person makes it; its id."""
    rds = account.client("rds")
    name = f"jd-db-{next(NUMBERS)}"
    asked = {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "AllocatedStorage": 20}
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        MasterUsername="jd",
        MasterUserPassword="long-enough",
        **{**asked, **how},
    )
    return name


def replica(account: Account) -> str:
    """A read replica, which is neither stopped nor backed up; its id."""
    source = one(account)
    account.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier=f"{source}-replica", SourceDBInstanceIdentifier=source
    )
    return f"{source}-replica"


def whose_tags_are_copied(account: Account) -> str:
    """One whose snapshots inherit its tags; its id."""
    return one(account, CopyTagsToSnapshot=True, Tags=[{"Key": "Permanent", "Value": "no"}])


SORTS = [one, replica, whose_tags_are_copied]
