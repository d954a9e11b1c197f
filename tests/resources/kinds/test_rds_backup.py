"""RDS backups: which snapshots are ours, and what their names and their tags say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from cs_aws_janitor.resources.kinds.rds_backup import KIND
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Phase, Place, Resource
from cs_aws_janitor.resources.policy import Policy
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
DAYS = (0, 83, 90)  # its name says until when it is kept


# Facts

PLACE = Place("123456789012", "eu-west-1")
BORN = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
UNTIL = "janitor-db-jd-orders-20261115060000-until-20270213"
FOR_EVER = "janitor-db-jd-orders-20261115060000-forever"
SEEN = {"DBSnapshotIdentifier": UNTIL, "Status": "available", "SnapshotCreateTime": BORN}
# What a snapshot inherits from an instance whose tags are copied.
INHERITED = {
    "Discovered": "2026-11-01",
    "Expiration": "2026-11-15",
    "ShutOff": "2026-11-15T06:00:00+00:00",
}


class Shown:
    """A client whose AWS shows these snapshots of instances, and none of clusters."""

    def __init__(self, *snapshots: dict[str, Any]) -> None:
        self.snapshots = [{**SEEN, **each} for each in snapshots]

    def get_paginator(self, operation: str) -> Shown:
        """One that knows what it lists."""
        self.operation = operation
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        of_clusters = "cluster" in self.operation
        return [{"DBClusterSnapshots": []} if of_clusters else {"DBSnapshots": self.snapshots}]


def listed(*snapshots: dict[str, Any]) -> list[Resource]:
    """What is seen of them."""
    client: Any = Shown(*snapshots)
    return [each for page in KIND.discover(client, PLACE) for each in page]


def seen(tags: dict[str, str] | None = None, **more: Any) -> Resource:
    """The backup with these tags and `more` of its facts."""
    pairs = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    (found,) = listed({"TagList": pairs, **more})
    return found


def test_only_what_was_named_here_is_ours() -> None:
    """Snapshots of people and of other tools are not even seen."""
    others = ["of-a-person", "awsbackup-job-1", "janitor-before-the-upgrade"]
    named = [{"DBSnapshotIdentifier": name} for name in others]
    assert listed(*named, {"Status": "deleting"}) == []


def test_without_labels_its_name_tells_its_dates() -> None:
    """What a run that was cut off has left is kept as long as it was to be."""
    decision = decide(seen(), Policy(), NOW)
    assert (decision.phase, decision.writes["Expiration"]) == (Phase.NEW, "2027-02-13")


def test_what_it_has_inherited_does_not_count() -> None:
    """Neither the dates of its source nor its ShutOff: it was born after them."""
    decision = decide(seen(INHERITED), Policy(), NOW)
    assert (decision.phase, decision.writes["Expiration"]) == (Phase.NEW, "2027-02-13")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Tokyo", "UTC", "Pacific/Pago_Pago"])
def test_in_whatever_zone(zone: str) -> None:
    """The day on which it came is another one in each."""
    policy = Policy(timezone=ZoneInfo(zone))
    assert decide(seen(INHERITED), policy, NOW).writes["Expiration"] == "2027-02-13"


@pytest.mark.parametrize("more", [{"Status": "creating"}, {"SnapshotCreateTime": None}])
def test_while_it_is_made_nothing_ends(more: dict[str, Any]) -> None:
    """Before AWS shows when it was born nobody knows which of its tags are its own."""
    decision = decide(seen(INHERITED, **more), Policy(), NOW)
    assert "terminate" not in decision.verbs


def test_its_own_tags_come_before_its_name() -> None:
    """A person has extended it."""
    own = {"Discovered": "2026-11-22", "Expiration": "2027-06-01", "JanitorSource": "jd-orders"}
    decision = decide(seen(own), Policy(), NOW)
    assert decision.expiration is not None
    assert decision.expiration.date() == date(2027, 6, 1)


def test_for_ever_by_its_name_until_it_is_labelled() -> None:
    """From then on its tags alone say so: people may take them off."""
    assert seen(DBSnapshotIdentifier=FOR_EVER).protected is True
    labelled = {"JanitorSource": "jd-orders"}
    assert seen(labelled, DBSnapshotIdentifier=FOR_EVER).protected is None


def test_it_is_called_as_its_source() -> None:
    """Its owner is told by a name that is known."""
    found = seen()
    assert (found.own_name, found.traits["source"]) == ("jd-orders", "jd-orders")
