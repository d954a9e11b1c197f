"""Where and when each action on EC2 is allowed, beyond what holds for every kind. Pure.

A call that touches several types of resources is allowed where each of them is. Where only one of
them can tell by its tags there are two statements. Both name all types, as the action asks for
them; the one holds for what bears the tag, the other for all that is no instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.kinds._ec2_backups import SOURCE
from cs_aws_janitor.resources.permission_scopes import (
    OWN,
    Scope,
    bearing,
    both,
    labelled,
)
from cs_aws_janitor.resources.tags import RESTORED_FROM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_aws_janitor.resources.permission_scopes import Command, Condition, Facts, Only

    Scopes = Mapping[tuple[str, str], tuple[Scope, ...]]

IMAGE = "arn:{partition}:ec2:*::image/*"  # images and snapshots name no account in theirs
SNAPSHOT = "arn:{partition}:ec2:*::snapshot/*"
VOLUME = "arn:{partition}:ec2:*:{account}:volume/*"
_INSTANCE = "arn:{partition}:ec2:*:{account}:instance/*"
_NETWORK = tuple(
    f"arn:{{partition}}:ec2:*:{{account}}:{each}/*"
    for each in ("network-interface", "security-group", "subnet")
)
_KEY = "arn:{partition}:ec2:*:{account}:key-pair/*"
_PROFILE = "arn:{partition}:iam::{account}:instance-profile/*"
_ROLE = "arn:{partition}:iam::{account}:role/*"
_SPOT = "arn:{partition}:ec2:*:{account}:spot-instances-request/*"


def given(key: str, *born: str) -> Only:
    """Only what gets this label from its first moment on; `born`: tags only while these make it."""
    action: Condition = {"StringEquals": {"ec2:CreateAction": list(born)}} if born else {}
    return lambda _, __: {**action, "Null": {f"aws:RequestTag/{key}": "false"}}


def not_an_instance(_: Command, __: Facts) -> Condition:
    """Only the other resources of a call: an instance alone has an instance type."""
    return {"Null": {"ec2:InstanceType": "true"}}


def _termination_protection(_: Command, __: Facts) -> Condition:
    """Only this one of all attributes; AWS spells it as the parameter that sets it."""
    return {"StringEqualsIgnoreCase": {"ec2:Attribute": "DisableApiTermination"}}


def _passed_to_ec2(_: Command, facts: Facts) -> Condition:
    """Only to instances, as part of their profile."""
    services = ["ec2.amazonaws.com"]
    services += ["ec2.amazonaws.com.cn"] if facts.partition == "aws-cn" else []
    return {"StringEquals": {"iam:PassedToService": services}}


_INTO_SNAPSHOTS = (OWN, SNAPSHOT, VOLUME)
_INTO_AN_IMAGE = (IMAGE, OWN, SNAPSHOT)
# One for all of them: an action that is not allowed makes nothing that could be labelled.
LABEL_BACKUPS = (
    Scope(
        "LabelBackups",
        (IMAGE, SNAPSHOT),
        given(SOURCE, "CreateImage", "CreateSnapshot", "CreateSnapshots"),
    ),
)
_LABEL_RESTORED = Scope(
    "LabelRestored",
    (IMAGE, _INSTANCE, VOLUME),
    given(RESTORED_FROM, "CreateVolume", "RegisterImage", "RunInstances"),
)
_LAUNCH = (IMAGE, _INSTANCE, _KEY, SNAPSHOT, VOLUME, *_NETWORK)
# Nothing tells one attribute from another here: whoever may read protection may read user data.
_ONE_INSTANCE = (Scope("LookCloser", (OWN,)),)
OF_INSTANCES: Scopes = {
    ("examine", "ec2:DescribeInstanceAttribute"): _ONE_INSTANCE,
    ("back_up", "ec2:DescribeInstanceAttribute"): _ONE_INSTANCE,
    # An image is looked up together with its snapshots.
    ("examine", "ec2:DescribeImages"): (Scope("Look", form="image"),),
    ("back_up", "ec2:CreateSnapshots"): (
        Scope("BackUp", _INTO_SNAPSHOTS, bearing("shut_off"), form="snapshot"),
        Scope("BackUpInto", _INTO_SNAPSHOTS, not_an_instance, form="snapshot"),
    ),
    ("back_up", "ec2:CreateImage"): (
        Scope("BackUp", _INTO_AN_IMAGE, bearing("shut_off"), form="image"),
        Scope("BackUpInto", _INTO_AN_IMAGE, not_an_instance, form="image"),
    ),
    ("back_up", "ec2:CreateTags"): LABEL_BACKUPS,
    ("terminate", "ec2:CancelSpotInstanceRequests"): (Scope("CancelSpot", (_SPOT,)),),
    ("protect", "ec2:ModifyInstanceAttribute"): (
        Scope("Protect", (OWN,), _termination_protection),
    ),
    ("restore", "ec2:RegisterImage"): (
        Scope("Register", (IMAGE,), given(RESTORED_FROM)),
        Scope("RegisterFrom", (IMAGE, SNAPSHOT), labelled(SOURCE)),
    ),
    ("restore", "ec2:DeregisterImage"): (Scope("Tidy", (IMAGE,), labelled(RESTORED_FROM)),),
    ("restore", "ec2:RunInstances"): (
        Scope("Launch", _LAUNCH, given(RESTORED_FROM)),
        Scope("LaunchFrom", _LAUNCH, not_an_instance),
    ),
    ("restore", "ec2:CreateTags"): (
        _LABEL_RESTORED,
        Scope("TagRestored", (VOLUME,), labelled(RESTORED_FROM)),
    ),
    ("restore", "iam:GetInstanceProfile"): (Scope("LookAtProfiles", (_PROFILE,)),),
    ("restore", "iam:PassRole"): (Scope("GiveProfile", (_ROLE,), _passed_to_ec2),),
}


def _not_a_volume(_: Command, __: Facts) -> Condition:
    """Only the snapshot of a call: a volume alone has a type."""
    return {"Null": {"ec2:VolumeType": "true"}}


_OF_ONE_VOLUME = (SNAPSHOT, VOLUME)
OF_VOLUMES: Scopes = {
    ("back_up", "ec2:CreateSnapshot"): (
        Scope("BackUp", _OF_ONE_VOLUME, bearing("shut_off")),
        Scope("BackUpInto", _OF_ONE_VOLUME, _not_a_volume),
    ),
    ("back_up", "ec2:CreateTags"): LABEL_BACKUPS,
    ("restore", "ec2:CreateVolume"): (
        Scope("MakeVolume", (VOLUME,), given(RESTORED_FROM)),
        Scope("MakeVolumeFrom", _OF_ONE_VOLUME, labelled(SOURCE)),
    ),
    ("restore", "ec2:CreateTags"): (_LABEL_RESTORED,),
}


_BEARING_BOTH = both(labelled(SOURCE), bearing("shut_off"))
# Only what bears the label ends, and a run can give that only to what it makes.
OF_BACKUPS: Scopes = {
    ("terminate", "ec2:CreateTags"): (Scope("HandOver", (SNAPSHOT,), labelled(SOURCE)),),
    ("terminate", "ec2:DeregisterImage"): (Scope("EndBackups", (IMAGE,), _BEARING_BOTH),),
    ("terminate", "ec2:DeleteSnapshot"): (Scope("EndBackups", (SNAPSHOT,), _BEARING_BOTH),),
}
