"""What a restore of a database rests on: its manifest, and what of that still stands in AWS.

Nothing is concluded from an answer that did not come: what cannot be read breaks the look off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.kinds._rds_finals import OF_CLUSTERS, OF_INSTANCES, Name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cs_aws_janitor.resources.kinds._rds_finals import Final
    from cs_aws_janitor.resources.restore_plan import Instead, Manifest

    Facts = Mapping[str, Any]
    Ask = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What it is to have, as it stood or as a person wants it instead."""

    type: str | None
    subnets: str | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What stands: its final snapshots by name, and the names in use of all that it needs.

    `taken` are the names of instances, `clusters` those of clusters.
    """

    finals: Mapping[str, Facts]
    taken: frozenset[str]
    clusters: frozenset[str]
    subnets: frozenset[str]
    groups: frozenset[str]
    parameters: frozenset[str]
    options: frozenset[str]


def wanted(was: Facts, instead: Instead) -> Wanted:
    """What a database is to have."""
    groups = tuple(each["VpcSecurityGroupId"] for each in was.get("VpcSecurityGroups", ()))
    subnets = was.get("DBSubnetGroup")
    if isinstance(subnets, dict):  # as instances show it; clusters show the name alone
        subnets = subnets.get("DBSubnetGroupName")
    size = was.get("DBInstanceClass") or was.get("DBClusterInstanceClass")
    return Wanted(instead.type or size, instead.subnet or subnets, instead.groups or groups)


def look_at_instance(ask: Ask, manifest: Manifest, instead: Instead) -> Found:
    """See what stands of all that an instance needs."""
    return _look(ask, manifest.facts["instance"], instead, OF_INSTANCES)


def look_at_cluster(ask: Ask, manifest: Manifest, instead: Instead) -> Found:
    """See what stands of all that a cluster needs."""
    return _look(ask, manifest.facts["cluster"], instead, OF_CLUSTERS)


def _look(ask: Ask, was: Facts, instead: Instead, final: Final) -> Found:
    rds = ask("rds")
    of_clusters = final is OF_CLUSTERS
    parameters = "describe_db_cluster_parameter_groups" if of_clusters else _PARAMETERS[0]
    shown = ("DBClusterParameterGroups", "DBClusterParameterGroupName")
    return Found(
        finals={
            one[final.id]: one
            for one in final.listed(rds)
            if one.get(final.born_of) == was[final.born_of] and Name.read(one[final.id])
        },
        taken=_names(rds, "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
        clusters=_names(rds, "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
        subnets=_names(rds, "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
        groups=frozenset(_groups(ask("ec2"), wanted(was, instead))),
        parameters=_names(rds, parameters, *(shown if of_clusters else _PARAMETERS[1:])),
        options=_names(rds, "describe_option_groups", "OptionGroupsList", "OptionGroupName"),
    )


_PARAMETERS = ("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName")


def _names(rds: Any, operation: str, rows: str, name: str) -> frozenset[str]:
    listing = rds.get_paginator(operation).paginate()
    return frozenset(each[name] for page in listing for each in page[rows])


def _groups(ec2: Any, want: Wanted) -> Iterator[str]:
    for page in pages(ec2, "describe_security_groups", "group-id", want.groups):
        yield from (group["GroupId"] for group in page["SecurityGroups"])
