"""Restore of databases: from the final snapshot, once, under their names where these are free."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from cs_aws_janitor.cli import janitor as command
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.kinds._rds_restore import TOKEN
from cs_aws_janitor.resources.tags import RESTORED_FROM
from cs_aws_janitor.shared.errors import JanitorError
from tests.resources.kinds import test_rds_cluster, test_rds_instance
from tests.stories.driver import Janitor
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account


@pytest.fixture
def janitor(account: Account, tmp_path: Path) -> Janitor:
    """One that looks after databases."""
    return Janitor(account, tmp_path, "rds_instance", "rds_cluster")


def restore(name: str, *words: str) -> tuple[int, str]:
    """Type the command; its exit code, and what it said."""
    ran = CliRunner().invoke(command, ["restore", name, "--yes", *words], standalone_mode=False)
    error = ran.exception
    if isinstance(error, JanitorError | click.ClickException):
        return error.exit_code, str(error)
    if error:
        raise error
    return ran.return_value or 0, ran.output


def end(account: Account, janitor: Janitor) -> None:
    """Live until what is there has ended."""
    janitor.until_due()
    account.travel(minutes=5)
    janitor.run()
    account.travel(minutes=20)


def instances(account: Account) -> dict[str, dict[str, Any]]:
    """Every instance by its name."""
    shown = account.client("rds").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"]: each for each in shown}


def group(account: Account) -> str:
    """A security group of the account."""
    ec2 = account.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made: str = ec2.create_security_group(GroupName="db", Description="-", VpcId=vpc)["GroupId"]
    return made


def subnets(account: Account, name: str) -> str:
    """A DB subnet group."""
    ids = [each["SubnetId"] for each in account.client("ec2").describe_subnets()["Subnets"]]
    account.client("rds").create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="-", SubnetIds=ids[:2]
    )
    return name


def test_an_instance_comes_back_as_it_stood(account: Account, janitor: Janitor) -> None:
    """Its name, class, network, group, port and tags; 14 days; and what is lost is told."""
    own, inside = group(account), subnets(account, "ours")
    name = test_rds_instance.one(
        account,
        DBInstanceClass="db.m6g.large",
        VpcSecurityGroupIds=[own],
        DBSubnetGroupName=inside,
        Port=5433,
        PubliclyAccessible=False,
        MultiAZ=True,
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    end(account, janitor)
    assert instances(account) == {}
    code, said = restore(name)
    assert code == 0, said
    assert f"{name} came back as {name}" in said.replace("\n", " ")
    assert "its automated backups" in said
    back = instances(account)[name]
    assert (back["DBInstanceClass"], back["MultiAZ"]) == ("db.m6g.large", True)
    assert [each["VpcSecurityGroupId"] for each in back["VpcSecurityGroups"]] == [own]
    assert (back["DBSubnetGroup"]["DBSubnetGroupName"], back["DbInstancePort"]) == (inside, 5433)
    tags = account.tags(name)
    assert (tags["team"], tags["Discovered"], tags["Expiration"]) == (
        "blue",
        "2026-12-13",
        "2026-12-27",
    )
    assert (tags[RESTORED_FROM], "ShutOff" in tags) == (name, False)
    assert janitor.phase(name) == "active"


def test_asking_again_makes_no_second(account: Account, janitor: Janitor) -> None:
    """It tells that it is back; with --again another one is made, under a name that is free."""
    name = test_rds_instance.one(account)
    end(account, janitor)
    restore(name)
    code, said = restore(name)
    assert (code, "came back already" in said, list(instances(account))) == (0, True, [name])
    code, said = restore(name, "--again")
    assert code == 0
    assert set(instances(account)) == {name, f"{name}-2"}
    assert f"{name} is in use, so it comes back as {name}-2" in said


def test_one_that_bears_its_name_is_told(account: Account, janitor: Janitor) -> None:
    """Somebody has made another of that name since: it is still there, and nothing is made."""
    name = test_rds_instance.one(account)
    end(account, janitor)
    account.client("rds").create_db_instance(
        DBInstanceIdentifier=name, DBInstanceClass="db.t4g.micro", Engine="postgres"
    )
    code, said = restore(name)
    assert (code, "is still there" in said) == (2, True)
    assert list(instances(account)) == [name]


def test_a_start_that_takes_long_is_carried_on(account: Account, janitor: Janitor) -> None:
    """The command waits 5 minutes; the next one looks again and makes no second."""
    name = test_rds_instance.one(account)
    end(account, janitor)
    account.stopping_takes(minutes=30)
    code, said = restore(name)
    assert (code, "is not there yet" in " ".join(said.split())) == (1, True), said
    account.travel(minutes=30)
    code, said = restore(name)
    assert (code, list(instances(account))) == (0, [name])
    assert [each["result"] for each in janitor.entries("act")] == ["done"]


def test_a_crash_after_it_was_begun(account: Account, janitor: Janitor) -> None:
    """Its tags stand on it from its first moment: the next try finds it."""
    name = test_rds_instance.one(account)
    end(account, janitor)
    account.die_after_write(1)
    with suppress(DiedError):
        restore(name)
    account.allow_all()
    assert account.tags(name)[TOKEN]
    code, _ = restore(name)
    assert (code, list(instances(account))) == (0, [name])


def test_an_answer_that_is_lost(account: Account, janitor: Janitor) -> None:
    """It was made all the same: it is found, and counts."""
    name = test_rds_instance.one(account)
    end(account, janitor)
    account.fail_after("rds:RestoreDBInstanceFromDBSnapshot")
    code, said = restore(name)
    assert (code, list(instances(account))) == (0, [name]), said


def test_what_is_gone_is_told_before_anything_is_made(account: Account, janitor: Janitor) -> None:
    """Its network and its group: the options that replace them are named, and used."""
    own, inside = group(account), subnets(account, "ours")
    name = test_rds_instance.one(account, VpcSecurityGroupIds=[own], DBSubnetGroupName=inside)
    end(account, janitor)
    account.client("ec2").delete_security_group(GroupId=own)
    account.client("rds").delete_db_subnet_group(DBSubnetGroupName=inside)
    code, said = restore(name)
    assert code == 2
    assert f"security group {own} is not there (--security-group ID)" in said
    assert "DB subnet group ours is not there (--subnet NAME)" in said
    assert instances(account) == {}
    other = group(account)
    code, said = restore(name, "--security-group", other, "--subnet", subnets(account, "others"))
    assert code == 0, said
    assert instances(account)[name]["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == other


def test_without_its_snapshot_it_does_not_come_back(account: Account, janitor: Janitor) -> None:
    """It was deleted since, or is not complete yet: told, and nothing made."""
    name = test_rds_instance.one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.snapshots_pend()
    janitor.run()
    account.travel(minutes=5)
    (final,) = account.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    account.snapshots_finish()
    account.client("rds").delete_db_snapshot(DBSnapshotIdentifier=final["DBSnapshotIdentifier"])
    code, said = restore(name)
    assert (code, "its final snapshot was deleted since" in said) == (2, True)


def test_a_cluster_comes_back_with_its_members(account: Account, janitor: Janitor) -> None:
    """It first, then each member of the class that it had; the names are the old ones."""
    name = test_rds_cluster.one(account)
    end(account, janitor)
    assert instances(account) == {}
    code, said = restore(name)
    assert code == 0, said
    assert set(instances(account)) == {f"{name}-0", f"{name}-1"}
    back = instances(account)[f"{name}-0"]
    assert (back["DBInstanceClass"], back["DBClusterIdentifier"]) == ("db.t4g.medium", name)
    assert account.tags(name)["Expiration"] == "2026-12-27"


def test_members_that_a_broken_end_took_come_back_as_well(
    account: Account, janitor: Janitor
) -> None:
    """They were deleted in one run and the cluster in another: the ledger knows them all."""
    name = test_rds_cluster.one(account)
    janitor.until_due()
    account.travel(minutes=5)
    account.deny("rds:DeleteDBCluster")
    janitor.run()
    account.allow_all()
    account.travel(minutes=20)
    janitor.run()
    account.travel(minutes=20)
    assert restore(name)[0] == 0
    assert set(instances(account)) == {f"{name}-0", f"{name}-1"}


def test_a_member_that_is_refused_is_told(account: Account, janitor: Janitor) -> None:
    """The cluster is back; what lacks is named, and the exit code says so."""
    name = test_rds_cluster.one(account)
    end(account, janitor)
    account.deny("rds:CreateDBInstance", of=f"{name}-1")
    code, said = restore(name)
    assert code == 1
    assert f"its member {name}-1 was not made" in said
    assert set(instances(account)) == {f"{name}-0"}


def test_a_restore_asks_for_what_it_may(account: Account, janitor: Janitor) -> None:
    """No call but those that the kinds declare for it."""
    names = [test_rds_instance.one(account), test_rds_cluster.one(account)]
    end(account, janitor)
    account.clear_calls()
    for name in names:
        assert restore(name)[0] == 0
    allowed = {a for k in ("rds_instance", "rds_cluster") for a in KINDS[k].permissions["restore"]}
    called = {call.name for call in account.calls} - {"sts:GetCallerIdentity"}
    looked = {a for k in ("rds_instance", "rds_cluster") for a in KINDS[k].permissions["discover"]}
    assert called - looked <= allowed
    assert allowed - called == {"rds:AddTagsToResource"}  # asked for where tags are given
