"""RDS instances: stopped, and deleted with the final snapshot that AWS makes as their last act.

Source: "Real AWS, where naive code fails" in aws-lifecycle.md, and AWS's own limits of
StopDBInstance and DeleteDBInstance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import (
    _ec2_owners,
    _rds_finals,
    _rds_manifest,
    _rds_prices,
    _rds_scopes,
    _rds_states,
    _rds_tags,
)
from cs_aws_janitor.resources.kinds._kind import Backups, Kind, Remembering
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.model import Resource
from cs_aws_janitor.resources.prices import Pricing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_rds.client import RDSClient

    from cs_aws_janitor.resources.kinds._kind import BackupOrder, Restore
    from cs_aws_janitor.resources.model import Place

    Facts = Mapping[str, Any]

NAME = "rds_instance"
_FINALS = _rds_finals.OF_INSTANCES
_UNSAVED = frozenset({"failed", "incompatible-network", "incompatible-restore"})
_TRAITS = {
    "state": "DBInstanceStatus",
    "type": "DBInstanceClass",
    "engine": "Engine",
    "storage_type": "StorageType",
    "storage_gib": "AllocatedStorage",
    "iops": "Iops",
    "throughput": "StorageThroughput",
    "multi_az": "MultiAZ",
    "licence": "LicenseModel",
    "DbiResourceId": "DbiResourceId",
}


def discover(client: RDSClient, place: Place) -> Iterator[list[Resource]]:
    """All instances but those of DocumentDB and Neptune, page by page."""
    listing = client.get_paginator("describe_db_instances")
    for page in listing.paginate(PaginationConfig=_rds_finals.PAGE):
        yield _resources(page, place)


def read(client: RDSClient, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that there are."""
    how: Any = {"at_once": _rds_finals.AT_ONCE, "PaginationConfig": _rds_finals.PAGE}
    found = pages(client, "describe_db_instances", "db-instance-id", ids, **how)
    return [resource for page in found for resource in _resources(page, place)]


def protect(client: RDSClient, instance_id: str, on: bool) -> None:  # noqa: FBT001  the attribute's value
    """Set or take off deletion protection; AWS refuses it of one that is stopped."""
    client.modify_db_instance(
        DBInstanceIdentifier=instance_id, DeletionProtection=on, ApplyImmediately=True
    )


def shut_off(client: RDSClient, resources: Sequence[Resource]) -> None:
    """Stop each of them."""
    for resource in resources:
        client.stop_db_instance(DBInstanceIdentifier=resource.id)


def begin(client: RDSClient, order: BackupOrder, _missing: Sequence[str]) -> None:
    """Delete it, with its final snapshot as the last act; automated backups end by themselves."""

    def delete(name: str) -> None:
        client.delete_db_instance(
            DBInstanceIdentifier=order.resource.id,
            FinalDBSnapshotIdentifier=name,
            DeleteAutomatedBackups=False,
        )

    place, own = order.resource.place, order.resource.id
    _FINALS.ended_by(order, delete, lambda: not read(client, place, [own]))


def terminate(client: RDSClient, resource: Resource) -> None:
    """Delete it; its final snapshot stands already, or none is possible."""
    client.delete_db_instance(
        DBInstanceIdentifier=resource.id, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )


def restore() -> Restore:
    """How one comes back."""
    from cs_aws_janitor.resources.kinds._rds_restore import INSTANCES  # noqa: PLC0415  rarely needed

    return INSTANCES


def _resources(page: Facts, place: Place) -> list[Resource]:
    return [
        _resource(instance, place)
        for instance in page["DBInstances"]
        if instance["DBInstanceStatus"] not in _rds_states.ENDED
        and instance["Engine"] not in _rds_states.OF_OTHER_SERVICES
    ]


def _resource(instance: Facts, place: Place) -> Resource:
    tags, status = _rds_tags.of(instance), instance["DBInstanceStatus"]
    telling = _ec2_owners.telling(tags)
    cluster = instance.get("DBClusterIdentifier")
    unsaved = _cannot_back_up(instance)
    return Resource(
        place=place,
        kind=NAME,
        id=instance["DBInstanceIdentifier"],
        tags=tags,
        power=_rds_states.power(status),
        born=instance.get("InstanceCreateTime"),
        follows=f"RDS cluster {cluster}" if cluster else _ec2_owners.follows(telling, None),
        stack=_ec2_owners.stack(telling),
        own_name=instance["DBInstanceIdentifier"],
        cannot_shut_off=_cannot_stop(instance),
        cannot_back_up=unsaved,
        cannot_protect=_rds_states.cannot_protect(status),
        lost_with_it=_lost(instance),
        not_yet=_rds_states.not_yet(status),
        starts_itself=True,
        protected=instance.get("DeletionProtection"),
        parts=() if unsaved else (instance["DBInstanceIdentifier"],),
        traits={k: str(instance[shown]) for k, shown in _TRAITS.items() if shown in instance},
    )


def _cannot_stop(instance: Facts) -> str | None:
    """Source: AWS, on the limits of stopping an instance."""
    engine, status = instance["Engine"], instance["DBInstanceStatus"]
    if source := _replicates(instance):
        return f"a read replica (of {source}) cannot be stopped"
    if replicas := _replicas(instance):
        return f"what has read replicas ({', '.join(replicas)}) cannot be stopped"
    if engine.startswith("sqlserver") and instance.get("MultiAZ"):
        return "SQL Server in several zones (Multi-AZ) cannot be stopped"
    if engine.startswith("custom-"):
        return "RDS Custom cannot be stopped"
    return _rds_states.cannot_stop(status)


def _cannot_back_up(instance: Facts) -> str | None:
    """Source: AWS, on DeleteDBInstance."""
    if source := _replicates(instance):
        return f"AWS makes no final snapshot of a read replica (of {source})"
    if instance["Engine"].startswith("custom-"):
        return "AWS makes no final snapshot of RDS Custom"
    status = instance["DBInstanceStatus"]
    return f"AWS makes no final snapshot of what is {status}" if status in _UNSAVED else None


def _lost(instance: Facts) -> str | None:
    replicas = _replicas(instance)
    return f"its read replicas {', '.join(replicas)} stand alone then" if replicas else None


def _replicates(instance: Facts) -> str | None:
    source: str | None = instance.get("ReadReplicaSourceDBInstanceIdentifier")
    return source or instance.get("ReadReplicaSourceDBClusterIdentifier")


def _replicas(instance: Facts) -> list[str]:
    return [
        *instance.get("ReadReplicaDBInstanceIdentifiers", ()),
        *instance.get("ReadReplicaDBClusterIdentifiers", ()),
    ]


tag, untag = _rds_tags.tagging(_rds_tags.INSTANCE)

KIND = Kind(
    name=NAME,
    title="RDS instance",
    service="rds",
    ids=None,
    arns=(_rds_tags.INSTANCE,),
    permissions={
        "discover": frozenset({"rds:DescribeDBInstances"}),
        "examine": frozenset({"rds:DescribeDBSnapshots"}),
        "tag": frozenset({"rds:AddTagsToResource"}),
        "clear_mark": frozenset({"rds:RemoveTagsFromResource"}),
        "shut_off": frozenset({"rds:StopDBInstance"}),
        "back_up": _rds_scopes.LABEL | {"rds:DeleteDBInstance", "rds:DescribeDBSnapshots"},
        "terminate": frozenset({"rds:DeleteDBInstance"}),
        "protect": frozenset({"rds:ModifyDBInstance"}),
        "restore": _rds_scopes.RESTORE_INSTANCE,
    },
    discover=discover,
    read=read,
    tag=tag,
    untag=untag,
    terminate=terminate,
    protect=protect,
    shut_off=shut_off,
    created_by=frozenset(
        {
            "CreateDBInstance",
            "CreateDBInstanceReadReplica",
            "RestoreDBInstanceFromDBSnapshot",
            "RestoreDBInstanceFromS3",
            "RestoreDBInstanceToPointInTime",
        }
    ),
    pricing=Pricing(
        _rds_prices.OF_INSTANCES, _rds_prices.instance, besides="backups beyond its own size"
    ),
    tags_at_once=1,
    stops_at_once=1,
    backups=Backups(_FINALS.find, begin, last_act=True, label=_FINALS.label),
    remembering=Remembering(_rds_manifest.instances, _rds_manifest.of_instance),
    restore=restore,
    scopes=_rds_scopes.ALL,
    notes=(
        "AWS starts a stopped instance again after 7 days: it is stopped again, its days count on.",
        (
            "Read replicas, what has any, SQL Server in several zones and RDS Custom cannot be"
            " stopped: when they expire they are only marked."
        ),
        (
            "The backup is the final snapshot that AWS makes as the last act of a deletion: nothing"
            " is deleted before it is complete. Automated backups end by their own retention."
        ),
        (
            "AWS makes no final snapshot of read replicas, of RDS Custom, and of what is failed,"
            " incompatible-network or incompatible-restore: see `backup.when_impossible`."
        ),
        "AWS changes no deletion protection while an instance is stopped: to keep it, start it.",
    ),
)
