"""What a restore of a database needs beside its final snapshot, read just before the end.

Source: aws-lifecycle.md, "Order of steps": the manifest. It needs clients that are whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _rds_finals
from cs_aws_janitor.resources.kinds._pages import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_rds.client import RDSClient

    from cs_aws_janitor.resources.model import Resource

    Facts = Mapping[str, Any]
    Described = Mapping[str, Facts]

CLUSTER_NEEDS = ("Engine", "DbClusterResourceId")
INSTANCE_NEEDS = ("DBInstanceClass", "Engine", "DbiResourceId")


def instances(client: RDSClient, resources: Sequence[Resource]) -> Described:
    """All that AWS says of `resources`, by id."""
    ids = [resource.id for resource in resources]
    found = _described(client, "describe_db_instances", "db-instance-id", ids, "DBInstances")
    return {each["DBInstanceIdentifier"]: each for each in found}


def of_instance(_client: RDSClient, resource: Resource, described: Described) -> dict[str, Any]:
    """The manifest of one. Raises LookupError where AWS did not show all that it cannot miss."""
    return {"instance": whole(described, resource.id, INSTANCE_NEEDS)}


def clusters(client: RDSClient, resources: Sequence[Resource]) -> Described:
    """All that AWS says of `resources`, by id, and the members of each beside it."""
    ids = [resource.id for resource in resources]
    found = _described(client, "describe_db_clusters", "db-cluster-id", ids, "DBClusters")
    by_id = {each["DBClusterIdentifier"]: {"cluster": each, "members": []} for each in found}
    for member in members(client, ids):
        by_id[member["DBClusterIdentifier"]]["members"].append(member)
    return by_id


def of_cluster(_client: RDSClient, resource: Resource, described: Described) -> dict[str, Any]:
    """The manifest of one. Raises LookupError where AWS did not show all that it cannot miss."""
    shown = described.get(resource.id, {"cluster": {}, "members": []})
    whole({resource.id: shown["cluster"]}, resource.id, CLUSTER_NEEDS)
    return dict(shown)


def with_members_before(earlier: Facts, facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` with the members that an `earlier` try of the same end has deleted already."""
    both = earlier.get("cluster", {}), facts["cluster"]
    one_end = ("DbClusterResourceId", "TagList")
    if any(both[0].get(key) != both[1].get(key) for key in one_end):
        return facts
    there = {each["DBInstanceIdentifier"] for each in facts["members"]}
    gone = [m for m in earlier.get("members", ()) if m["DBInstanceIdentifier"] not in there]
    return {**facts, "members": [*facts["members"], *gone]}


def members(client: RDSClient, ids: Sequence[str]) -> Iterator[Any]:
    """All instances of the clusters `ids`."""
    return _described(client, "describe_db_instances", "db-cluster-id", ids, "DBInstances")


def whole(described: Described, name: str, needs: Sequence[str]) -> Facts:
    """What was described of `name`. Raises LookupError where any of `needs` is not among it."""
    shown = described.get(name, {})
    if unshown := [each for each in needs if not shown.get(each)]:
        raise LookupError(f"AWS does not show {', '.join(unshown)} of {name}")
    return shown


def _described(
    client: RDSClient, operation: Any, name: str, ids: Sequence[str], rows: str
) -> Iterator[Any]:
    for page in pages(client, operation, name, ids, at_once=_rds_finals.AT_ONCE):
        yield from page[rows]
