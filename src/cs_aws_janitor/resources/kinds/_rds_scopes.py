"""Where and when each action on RDS is allowed, beyond what holds for every kind. Pure.

An action reaches only ARNs of its own sort, so those that are allowed alike name all together: a
policy has room for few statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.kinds._ec2_backups import SOURCE
from cs_aws_janitor.resources.kinds._ec2_scopes import given
from cs_aws_janitor.resources.permission_scopes import Scope, bearing, labelled
from cs_aws_janitor.resources.tags import RESTORED_FROM

if TYPE_CHECKING:
    from collections.abc import Mapping

    Scopes = Mapping[tuple[str, str], tuple[Scope, ...]]

_LISTED = ("DBClusterSnapshots", "DBClusters", "DBInstances", "DBSnapshots")
_GROUPS = (
    "DBClusterParameterGroups",
    "DBParameterGroups",
    "DBSubnetGroups",
    "OptionGroups",
)
_TO_RESTORE = frozenset(
    {
        "ec2:DescribeSecurityGroups",
        "rds:AddTagsToResource",
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstances",
        "rds:DescribeDBSubnetGroups",
        "rds:DescribeOptionGroups",
    }
)
RESTORE_INSTANCE = _TO_RESTORE | {
    "rds:DescribeDBParameterGroups",
    "rds:DescribeDBSnapshots",
    "rds:RestoreDBInstanceFromDBSnapshot",
}
RESTORE_CLUSTER = _TO_RESTORE | {
    "rds:CreateDBInstance",
    "rds:DescribeDBClusterParameterGroups",
    "rds:DescribeDBClusterSnapshots",
    "rds:RestoreDBClusterFromSnapshot",
}
LABEL = frozenset({"rds:AddTagsToResource", "rds:RemoveTagsFromResource"})
_RDS = "arn:{partition}:rds:*:{account}:"
_DATABASES = (f"{_RDS}cluster:*", f"{_RDS}db:*")
_SNAPSHOTS = (f"{_RDS}cluster-snapshot:*", f"{_RDS}snapshot:*")
_FINAL = f"{_RDS}snapshot:janitor-*"
_FINAL_OF_CLUSTER = f"{_RDS}cluster-snapshot:janitor-*"
_GLOBAL = "arn:{partition}:rds::{account}:global-cluster:*"
_LOOK = (Scope("Look", (*_DATABASES, *_SNAPSHOTS, _GLOBAL)),)
_END = Scope("Terminate", (*_DATABASES, _FINAL, _FINAL_OF_CLUSTER), bearing("shut_off"))
_END_INTO = Scope("TerminateInto", (_FINAL_OF_CLUSTER,))
# A final snapshot has no tag to be known by before it is labelled: its name tells it.
_LABEL = Scope("LabelFinals", (_FINAL, _FINAL_OF_CLUSTER))

_INSTANCES = (f"{_RDS}db:*",)
_LABEL_MEMBERS = Scope("LabelMembers", _INSTANCES, given(SOURCE))

_BESIDE = tuple(f"{_RDS}{each}:*" for each in ("cluster-pg", "og", "pg", "subgrp"))
_RESTORE = Scope(
    "Restore", (*_DATABASES, *_BESIDE, _FINAL, _FINAL_OF_CLUSTER), given(RESTORED_FROM)
)

ALL: Scopes = {
    **{
        (duty, f"rds:Describe{what}"): _LOOK
        for duty in ("discover", "examine", "back_up", "terminate")
        for what in (*_LISTED, "GlobalClusters")
    },
    **{
        ("restore", f"rds:Describe{what}"): (Scope("Look", (*_DATABASES, *_SNAPSHOTS, *_BESIDE)),)
        for what in (*_LISTED, *_GROUPS)
    },
    **{
        ("restore", f"rds:{what}"): (_RESTORE,)
        for what in (
            "CreateDBInstance",
            "RestoreDBClusterFromSnapshot",
            "RestoreDBInstanceFromDBSnapshot",
        )
    },
    ("restore", "rds:AddTagsToResource"): (
        Scope("LabelRestored", _DATABASES, given(RESTORED_FROM)),
    ),
    **{("back_up", action): (_LABEL,) for action in LABEL},
    **{
        ("shut_off", f"rds:Stop{what}"): (Scope("ShutOff", _DATABASES, bearing("discovered")),)
        for what in ("DBCluster", "DBInstance")
    },
    **{
        (duty, f"rds:Delete{what}"): (_END,)
        for duty in ("back_up", "terminate")
        for what in ("DBClusterSnapshot", "DBInstance", "DBSnapshot")
    },
    **{(duty, "rds:DeleteDBCluster"): (_END, _END_INTO) for duty in ("back_up", "terminate")},
    **{
        ("protect", f"rds:Modify{what}"): (Scope("Protect", _DATABASES),)
        for what in ("DBCluster", "DBInstance")
    },
}
# Beside that a cluster takes along its members, which are labelled as such before they go.
OF_CLUSTERS: Scopes = {
    **ALL,
    **{
        (duty, "rds:DeleteDBInstance"): (Scope("TerminateMembers", _INSTANCES, labelled(SOURCE)),)
        for duty in ("back_up", "terminate")
    },
    ("back_up", "rds:AddTagsToResource"): (_LABEL, _LABEL_MEMBERS),
    ("terminate", "rds:AddTagsToResource"): (_LABEL_MEMBERS,),
}
