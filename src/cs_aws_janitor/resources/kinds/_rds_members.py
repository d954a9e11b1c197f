"""Members: of a cluster, which end before it, and of a global cluster, which are left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import arns
from cs_aws_janitor.resources.kinds import _rds_manifest, _rds_states, _rds_tags
from cs_aws_janitor.resources.kinds._ec2_backups import SOURCE
from cs_aws_janitor.resources.refusals import Refusal, attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_rds.client import RDSClient

    from cs_aws_janitor.resources.model import Resource

AURORA = "aurora"
_NO_GLOBALS = "Access Denied to API Version"  # what AWS says in a region that has none


def end(client: RDSClient, cluster: Resource) -> None:
    """Delete the members: AWS deletes no Aurora cluster that has any; others take theirs along.

    The writer goes last, or Aurora would make one of the others the writer. Each is labelled
    first: by that it is known to be a member that goes with its cluster.
    """
    if not cluster.traits["engine"].startswith(AURORA):
        return
    writer = cluster.traits.get("writer")
    for member in sorted(_living(client, cluster), key=lambda each: each == writer):
        arn = arns.of(_rds_tags.INSTANCE, cluster.place, member)
        _rds_tags.tag(client, arn, {SOURCE: cluster.id})
        asked = {"DBInstanceIdentifier": member, "SkipFinalSnapshot": True}
        answer = attempt(lambda: client.delete_db_instance(**asked))  # type: ignore[arg-type]  # noqa: B023  called at once
        # Where only the answer to a first try was lost AWS refuses the repeat.
        if isinstance(answer, Refusal) and member in _living(client, cluster):
            raise answer.error


def _living(client: RDSClient, cluster: Resource) -> list[str]:
    """The members that are not being deleted."""
    return [
        each["DBInstanceIdentifier"]
        for each in _rds_manifest.members(client, [cluster.id])
        if each["DBInstanceStatus"] not in _rds_states.ENDED
    ]


def in_global(client: RDSClient) -> dict[str, str]:
    """The global cluster of each member, by the ARN of the member; that costs one call."""
    answer = attempt(lambda: list(client.get_paginator("describe_global_clusters").paginate()))
    if isinstance(answer, Refusal):
        if _NO_GLOBALS in answer.sentence:
            return {}
        raise answer.error
    return {
        member["DBClusterArn"]: each["GlobalClusterIdentifier"]
        for page in answer
        for each in page["GlobalClusters"]
        for member in each.get("GlobalClusterMembers", ())
    }


def with_classes(client: RDSClient, resources: Sequence[Resource]) -> list[Resource]:
    """Of which classes its members are, by which it is charged: that decides nothing."""
    ids = [resource.id for resource in resources if resource.traits["members"]]
    found = attempt(lambda: list(_rds_manifest.members(client, ids)))
    if isinstance(found, Refusal):
        return list(resources)
    classes: dict[str, list[str]] = {}
    for member in found:
        classes.setdefault(member["DBClusterIdentifier"], []).append(member["DBInstanceClass"])
    return [
        replace(r, traits={**r.traits, "classes": " ".join(sorted(classes.get(r.id, ())))})
        for r in resources
    ]
