"""RDS instances: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds._kind import BackupOrder
from cs_aws_janitor.resources.kinds._rds_finals import OF_INSTANCES, Name
from cs_aws_janitor.resources.kinds.rds_instance import KIND
from cs_aws_janitor.resources.model import BackupState, Place, Power, Resource
from tests.faults.lives import Variant
from tests.faults.truth import Terms
from tests.resources.kinds.living import Kept

if TYPE_CHECKING:
    from tests.strict.aws import Account

SHUT_OFF = datetime(2026, 11, 22, 6, tzinfo=UTC)
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
# AWS starts it after 7 days, while it still waits.
VARIANTS = {
    "again": Variant(
        ('lifecycle.terminate_after = "10d"',),
        (0, 14, 22, 24, 25),
        Terms(terminate_after=timedelta(days=10)),
    )
}


def kept(account: Account, name: str) -> list[Kept]:
    """Its final snapshots."""
    shown = account.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    return finals_among(shown, "DBSnapshotIdentifier", f"janitor-db-{name}-")


def _stamp(text: str) -> str:
    """The instant at its beginning."""
    return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).isoformat()


def finals_among(shown: list[dict[str, Any]], key: str, start: str) -> list[Kept]:
    """Those of `shown` whose names begin so, and go on with the ShutOff.

    Their names say all that their labels do, which a run that is cut off cannot write any more.
    """
    return [
        Kept(
            _stamp(each[key].removeprefix(start)),
            each["Status"] == "available",
            each["Status"] == "failed",
            {},
        )
        for each in shown
        if each[key].startswith(start)
    ]


# Facts

SEEN = {
    "DBInstanceIdentifier": "jd-orders",
    "DBInstanceStatus": "available",
    "DBInstanceClass": "db.m6g.large",
    "Engine": "postgres",
    "InstanceCreateTime": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "DeletionProtection": False,
    "MultiAZ": True,
    "AllocatedStorage": 100,
    "StorageType": "gp3",
    "DbiResourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DBInstanceArn": "arn:aws:rds:eu-west-1:123456789012:db:jd-orders",
    "TagList": [{"Key": "team", "Value": "blue"}],
    "ReadReplicaDBInstanceIdentifiers": [],
}
PLACE = Place("123456789012", "eu-west-1")


class Shown:
    """A client whose AWS shows these instances."""

    def __init__(self, *instances: dict[str, Any]) -> None:
        self.pages = [{"DBInstances": [{**SEEN, **each} for each in instances]}]

    def get_paginator(self, _: str) -> Shown:
        """Itself."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        return self.pages


def seen(**more: Any) -> Resource:
    """The instance with `more` of its facts."""
    client: Any = Shown(more)
    ((found,),) = KIND.discover(client, PLACE)
    return found


def test_the_facts_of_one() -> None:
    """Its name is its id; protection is in the listing; what a backup needs is known."""
    found = seen()
    assert (found.id, found.own_name, found.parts) == ("jd-orders", "jd-orders", ("jd-orders",))
    assert (found.power, found.protected, found.starts_itself) == (Power.ON, False, True)
    assert (found.born, found.tags) == (SEEN["InstanceCreateTime"], {"team": "blue"})
    assert found.traits == {
        "state": "available",
        "type": "db.m6g.large",
        "engine": "postgres",
        "storage_type": "gp3",
        "storage_gib": "100",
        "multi_az": "True",
        "DbiResourceId": SEEN["DbiResourceId"],
    }


@pytest.mark.parametrize(
    ("status", "power"),
    [
        ("available", Power.ON),
        ("stopped", Power.OFF),
        ("storage-full", Power.ON),
        ("incompatible-parameters", Power.ON),
        ("stopping", Power.MOVING),
        ("starting", Power.MOVING),
        ("backing-up", Power.MOVING),
        ("configuring-log-exports", Power.MOVING),
        ("a status of next year", Power.MOVING),
    ],
)
def test_its_status_is_its_power(status: str, power: Power) -> None:
    """What is on its way, or unheard of, is neither on nor off, and does not end before it is."""
    found = seen(DBInstanceStatus=status)
    assert (found.power, bool(found.not_yet)) == (power, power is Power.MOVING)


def test_what_is_being_deleted_is_gone() -> None:
    """AWS shows it until its final snapshot is complete."""
    client: Any = Shown({"DBInstanceStatus": "deleting"}, {"DBInstanceIdentifier": "other"})
    assert [r.id for page in KIND.discover(client, PLACE) for r in page] == ["other"]


@pytest.mark.parametrize("engine", ["docdb", "neptune"])
def test_databases_of_other_services_are_not_ours(engine: str) -> None:
    """RDS lists them among its own."""
    client: Any = Shown({"Engine": engine, "DBClusterIdentifier": "docs"})
    assert list(KIND.discover(client, PLACE)) == [[]]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ReadReplicaSourceDBInstanceIdentifier": "main"}, "a read replica (of main)"),
        ({"ReadReplicaSourceDBClusterIdentifier": "main"}, "a read replica (of main)"),
        ({"ReadReplicaDBInstanceIdentifiers": ["copy"]}, "what has read replicas (copy)"),
        ({"ReadReplicaDBClusterIdentifiers": ["copy"]}, "what has read replicas (copy)"),
        ({"Engine": "sqlserver-se"}, "SQL Server in several zones"),
        ({"Engine": "custom-oracle-ee"}, "RDS Custom"),
        ({"DBInstanceStatus": "storage-full"}, "it is storage-full"),
    ],
)
def test_what_aws_does_not_stop(more: dict[str, Any], words: str) -> None:
    """Each with its reason in words; SQL Server in one zone stops as all others do."""
    assert words in (seen(**more).cannot_shut_off or "")
    assert seen(Engine="sqlserver-se", MultiAZ=False).cannot_shut_off is None


@pytest.mark.parametrize(
    "more",
    [
        {"ReadReplicaSourceDBInstanceIdentifier": "main"},
        {"Engine": "custom-oracle-ee"},
        {"DBInstanceStatus": "failed"},
        {"DBInstanceStatus": "incompatible-network"},
        {"DBInstanceStatus": "incompatible-restore"},
    ],
)
def test_of_what_aws_makes_no_final_snapshot(more: dict[str, Any]) -> None:
    """It has no part that could be backed up, and says why."""
    found = seen(**more)
    assert (found.parts, bool(found.cannot_back_up)) == ((), True)
    assert seen(DBInstanceStatus="storage-full").cannot_back_up is None


def test_its_replicas_outlive_it() -> None:
    """Nothing of them is lost, and it is said what becomes of them."""
    found = seen(ReadReplicaDBInstanceIdentifiers=["copy"])
    assert found.lost_with_it == "its read replicas copy stand alone then"


def test_who_owns_it() -> None:
    """A cluster, or Elastic Beanstalk; CloudFormation is named, and holds nothing."""
    assert seen(DBClusterIdentifier="web").follows == "RDS cluster web"
    beanstalk = [{"Key": "elasticbeanstalk:environment-name", "Value": "shop"}]
    assert seen(TagList=beanstalk).follows == "Elastic Beanstalk environment shop"
    stack = seen(TagList=[{"Key": "aws:cloudformation:stack-name", "Value": "shop"}])
    assert (stack.follows, stack.stack) == (None, "CloudFormation stack shop")


def test_protection_that_is_not_shown_is_not_known() -> None:
    """Whoever does not see it takes nothing for unprotected."""
    client: Any = Shown({})
    del client.pages[0]["DBInstances"][0]["DeletionProtection"]
    ((found,),) = KIND.discover(client, PLACE)
    assert found.protected is None


@pytest.mark.parametrize("missing", ["DBInstanceStatus", "Engine", "DBInstanceIdentifier"])
def test_an_answer_of_another_shape_is_no_answer(missing: str) -> None:
    """It raises: nothing is passed over."""
    client: Any = Shown({})
    del client.pages[0]["DBInstances"][0][missing]
    with pytest.raises(KeyError):
        list(KIND.discover(client, PLACE))


def test_tags_lose_the_signs_that_rds_refuses(account: Account) -> None:
    """Letters of any language stay, with . : / = + - @ and _."""
    name, client = one(account), wiring.connect().clients(PLACE, "rds")
    KIND.tag(client, PLACE, [name], {"Permanent": "Läuft für „Müller“; (siehe a@b.de/x_1)!"})
    assert account.tags(name)["Permanent"] == "Läuft für Müller siehe a@b.de/x_1"


# Manifest


def test_a_manifest_that_lacks_what_a_restore_needs(account: Account) -> None:
    """Nothing ends on it."""
    name = one(account)
    client = wiring.connect().clients(PLACE, "rds", whole=True)
    (found,) = KIND.read(client, PLACE, [name])
    described = KIND.remembering.describe(client, [found])
    assert KIND.remembering.manifest(client, found, described)["instance"]["Engine"] == "postgres"
    described[name]["DBInstanceClass"] = ""
    with pytest.raises(LookupError, match="DBInstanceClass"):
        KIND.remembering.manifest(client, found, described)
    with pytest.raises(LookupError):
        KIND.remembering.manifest(client, found, {})


# Final snapshots


def order(resource: Resource, until: date | None = date(2027, 2, 13)) -> BackupOrder:
    """A backup of it for the ShutOff of these tests."""
    return BackupOrder(resource, SHUT_OFF, "snapshot", {"team": "blue"}, until)


@pytest.mark.parametrize("until", [date(2027, 2, 13), None])
@pytest.mark.parametrize("name", ["a", "jd-orders", "db-until-20270101", "x" * 63])
def test_a_name_tells_all_of_it(name: str, until: date | None) -> None:
    """Of what it is, for which ShutOff, and how long it is kept; RDS takes it as a name."""
    called = OF_INSTANCES.name(order(seen(DBInstanceIdentifier=name), until))
    assert re.fullmatch(r"(?!.*--)[a-z][a-z0-9-]{0,254}(?<!-)", called)
    assert Name.read(called) == Name("db", name, "20261122060000", until)


@pytest.mark.parametrize(
    "text",
    [
        "janitor-orders-20261122060000-forever",
        "janitor-db-orders-forever",
        "janitor-db-orders-20261122060000-until-20271345",
        "janitor-db-orders-20261122060000-until-20270213-copy",
        "before-janitor-db-orders-20261122060000-forever",
    ],
)
def test_names_of_others_are_not_ours(text: str) -> None:
    """However like they look."""
    assert Name.read(text) is None


def finals(*snapshots: dict[str, Any]) -> Any:
    """A client whose AWS shows these snapshots."""
    client: Any = Shown()
    whole = {
        "DBSnapshotIdentifier": "janitor-db-jd-orders-20261122060000-forever",
        "DbiResourceId": SEEN["DbiResourceId"],
        "Status": "available",
    }
    client.pages = [{"DBSnapshots": [{**whole, **each} for each in snapshots]}]
    return client


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, BackupState.COMPLETE),
        ({"Status": "creating"}, BackupState.PENDING),
        ({"Status": "copying"}, BackupState.PENDING),
        ({"Status": "failed"}, BackupState.FAILED),
        ({"DbiResourceId": "db-OF-ANOTHER-OF-THE-SAME-NAME"}, None),
        ({"DBSnapshotIdentifier": "janitor-db-jd-orders-20261101060000-forever"}, None),
        ({"DBSnapshotIdentifier": "janitor-db-jd-orders-2-20261122060000-forever"}, None),
        ({"DBSnapshotIdentifier": "janitor-cluster-jd-orders-20261122060000-forever"}, None),
        ({"DBSnapshotIdentifier": "of-a-person"}, None),
    ],
)
def test_which_snapshot_is_its_backup(more: dict[str, Any], state: BackupState | None) -> None:
    """The one of this very database and this ShutOff, and no other; what is unheard of pends."""
    found = OF_INSTANCES.find(finals(more), [order(seen())])
    assert {name: backup.state for name, backup in found.items()} == (
        {"jd-orders": state} if state else {}
    )


def test_of_several_the_best_counts() -> None:
    """One that failed is forgotten once another is complete."""
    failed = {"DBSnapshotIdentifier": "janitor-db-jd-orders-20261122060000-until-20270101"}
    both = finals({**failed, "Status": "failed"}, {})
    (backup,) = OF_INSTANCES.find(both, [order(seen())]).values()
    assert backup.ids == ("janitor-db-jd-orders-20261122060000-forever",)
