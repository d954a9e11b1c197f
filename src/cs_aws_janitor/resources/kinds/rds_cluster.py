"""RDS clusters: stopped, and deleted with a final snapshot after their members.

Source: "Real AWS, where naive code fails" in aws-lifecycle.md, and AWS's own limits of
StopDBCluster and DeleteDBCluster. The data of Aurora is the cluster's: its members hold none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import (
    _ec2_owners,
    _rds_finals,
    _rds_manifest,
    _rds_members,
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

NAME = "rds_cluster"
_FINALS = _rds_finals.OF_CLUSTERS
_PLAIN = "provisioned"  # the one mode of an Aurora cluster in which it can be stopped
_TRAITS = {
    "state": "Status",
    "engine": "Engine",
    "mode": "EngineMode",
    "type": "DBClusterInstanceClass",
    "storage_gib": "AllocatedStorage",
    "storage_type": "StorageType",
    "DbClusterResourceId": "DbClusterResourceId",
}


def discover(client: RDSClient, place: Place) -> Iterator[list[Resource]]:
    """All clusters but those of DocumentDB and Neptune, page by page."""
    together = _rds_members.in_global(client)
    listing = client.get_paginator("describe_db_clusters")
    for page in listing.paginate(PaginationConfig=_rds_finals.PAGE):
        yield _resources(page, place, together)


def read(client: RDSClient, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that there are."""
    together = _rds_members.in_global(client) if ids else {}
    how: Any = {"at_once": _rds_finals.AT_ONCE, "PaginationConfig": _rds_finals.PAGE}
    found = pages(client, "describe_db_clusters", "db-cluster-id", ids, **how)
    return [resource for page in found for resource in _resources(page, place, together)]


def protect(client: RDSClient, cluster_id: str, on: bool) -> None:  # noqa: FBT001  the attribute's value
    """Set or take off deletion protection; AWS refuses it of one that is stopped."""
    client.modify_db_cluster(
        DBClusterIdentifier=cluster_id, DeletionProtection=on, ApplyImmediately=True
    )


def shut_off(client: RDSClient, resources: Sequence[Resource]) -> None:
    """Stop each of them, and their members with them."""
    for resource in resources:
        client.stop_db_cluster(DBClusterIdentifier=resource.id)


def begin(client: RDSClient, order: BackupOrder, _missing: Sequence[str]) -> None:
    """Delete its members, and then itself with its final snapshot as the last act."""

    def delete(name: str) -> None:
        client.delete_db_cluster(
            DBClusterIdentifier=order.resource.id,
            FinalDBSnapshotIdentifier=name,
            DeleteAutomatedBackups=False,
        )

    place, own = order.resource.place, order.resource.id
    _rds_members.end(client, order.resource)
    _FINALS.ended_by(order, delete, lambda: not read(client, place, [own]))


def terminate(client: RDSClient, resource: Resource) -> None:
    """Delete it and its members; its final snapshot stands already, or none is possible."""
    _rds_members.end(client, resource)
    client.delete_db_cluster(
        DBClusterIdentifier=resource.id, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )


def restore() -> Restore:
    """How one comes back."""
    from cs_aws_janitor.resources.kinds._rds_restore import CLUSTERS  # noqa: PLC0415  rarely needed

    return CLUSTERS


def _resources(page: Facts, place: Place, together: Mapping[str, str]) -> list[Resource]:
    return [
        _resource(cluster, place, together.get(cluster["DBClusterArn"]))
        for cluster in page["DBClusters"]
        if cluster["Status"] not in _rds_states.ENDED
        and cluster["Engine"] not in _rds_states.OF_OTHER_SERVICES
    ]


def _resource(cluster: Facts, place: Place, of_global: str | None) -> Resource:
    tags, own = _rds_tags.of(cluster), cluster["DBClusterIdentifier"]
    telling = _ec2_owners.telling(tags)
    unsaved = _cannot_back_up(cluster)
    replicas = ", ".join(cluster.get("ReadReplicaIdentifiers", ()))
    return Resource(
        place=place,
        kind=NAME,
        id=own,
        tags=tags,
        power=_rds_states.power(cluster["Status"]),
        born=cluster.get("ClusterCreateTime"),
        follows=_follows(cluster, of_global) or _ec2_owners.follows(telling, None),
        stack=_ec2_owners.stack(telling),
        own_name=own,
        cannot_shut_off=_cannot_stop(cluster),
        cannot_back_up=unsaved,
        cannot_protect=_rds_states.cannot_protect(cluster["Status"]),
        lost_with_it=f"its read replicas {replicas} stand alone then" if replicas else None,
        not_yet=_not_yet(cluster),
        starts_itself=cluster["Engine"].startswith(_rds_members.AURORA),
        protected=cluster.get("DeletionProtection"),
        parts=() if unsaved else (own,),
        traits=_traits(cluster),
    )


def _follows(cluster: Facts, of_global: str | None) -> str | None:
    """AWS lets neither a member of a global cluster nor a replica end on its own."""
    if of_global := of_global or cluster.get("GlobalClusterIdentifier"):
        return f"global cluster {of_global}"
    if source := cluster.get("ReplicationSourceIdentifier"):
        return f"its source {source}"
    return None


def _cannot_stop(cluster: Facts) -> str | None:
    """Source: AWS, on the limits of stopping a cluster."""
    mode = cluster.get("EngineMode", _PLAIN)
    if not cluster["Engine"].startswith(_rds_members.AURORA):
        return "a Multi-AZ DB cluster cannot be stopped"
    if mode != _PLAIN:
        return f"an Aurora cluster of the mode {mode} cannot be stopped"
    if cluster.get("ReadReplicaIdentifiers"):
        return "a cluster that has read replicas cannot be stopped"
    return _rds_states.cannot_stop(cluster["Status"])


def _cannot_back_up(cluster: Facts) -> str | None:
    stuck = _rds_states.cannot_stop(cluster["Status"])
    return f"AWS makes no final snapshot of what is {cluster['Status']}" if stuck else None


def _not_yet(cluster: Facts) -> str | None:
    """Source: AWS deletes a cluster only while it is available, and so do its members end."""
    if cluster["Status"] != _rds_states.STOPPED:
        return _rds_states.not_yet(cluster["Status"])
    at = cluster.get("AutomaticRestartTime")
    when = f"on {at:%Y-%m-%d}" if at else "within 7 days of its stop"
    return f"AWS deletes no cluster that is stopped: it ends when AWS has started it, {when}"


def _traits(cluster: Facts) -> dict[str, str]:
    traits = {key: str(cluster[shown]) for key, shown in _TRAITS.items() if shown in cluster}
    members = cluster.get("DBClusterMembers", ())
    traits["members"] = " ".join(sorted(each["DBInstanceIdentifier"] for each in members))
    for each in members:
        if each.get("IsClusterWriter"):
            traits["writer"] = each["DBInstanceIdentifier"]
    return traits


tag, untag = _rds_tags.tagging(_rds_tags.CLUSTER)
_END = _rds_scopes.LABEL | {
    "rds:DeleteDBCluster",
    "rds:DeleteDBInstance",
    "rds:DescribeDBInstances",
}

KIND = Kind(
    name=NAME,
    title="RDS cluster",
    service="rds",
    ids=None,
    arns=(_rds_tags.CLUSTER,),
    permissions={
        "discover": frozenset({"rds:DescribeDBClusters", "rds:DescribeGlobalClusters"}),
        "examine": frozenset({"rds:DescribeDBClusterSnapshots", "rds:DescribeDBInstances"}),
        "tag": frozenset({"rds:AddTagsToResource"}),
        "clear_mark": frozenset({"rds:RemoveTagsFromResource"}),
        "shut_off": frozenset({"rds:StopDBCluster"}),
        "back_up": _END | {"rds:DescribeDBClusterSnapshots"},
        "terminate": _END - {"rds:RemoveTagsFromResource"},
        "protect": frozenset({"rds:ModifyDBCluster"}),
        "restore": _rds_scopes.RESTORE_CLUSTER,
    },
    discover=discover,
    read=read,
    tag=tag,
    untag=untag,
    terminate=terminate,
    examine=_rds_members.with_classes,
    protect=protect,
    shut_off=shut_off,
    tags_at_once=1,
    stops_at_once=1,
    backups=Backups(_FINALS.find, begin, last_act=True, label=_FINALS.label),
    remembering=Remembering(
        _rds_manifest.clusters, _rds_manifest.of_cluster, _rds_manifest.with_members_before
    ),
    restore=restore,
    scopes=_rds_scopes.OF_CLUSTERS,
    created_by=frozenset(
        {
            "CreateDBCluster",
            "RestoreDBClusterFromS3",
            "RestoreDBClusterFromSnapshot",
            "RestoreDBClusterToPointInTime",
        }
    ),
    pricing=Pricing((_rds_prices.HOUR,), _rds_prices.cluster, besides="what its storage holds"),
    notes=(
        "AWS starts a stopped cluster again after 7 days: it is stopped again, its days count on.",
        (
            "AWS deletes no cluster that is stopped. One that is due ends when AWS has started it:"
            " nothing is started here."
        ),
        (
            "Its members are deleted first and the cluster then with its final snapshot: the data"
            " is the cluster's. What the members were stands in the ledger."
        ),
        "A member of a global cluster, and a replica of another, is held and not touched.",
        (
            "Multi-AZ DB clusters, and Aurora clusters that are serverless v1 or have replicas"
            " elsewhere, cannot be stopped: when they expire they are only marked."
        ),
    ),
)
