"""Auto Scaling groups: scaled to zero with a record of their sizes, given back, deleted.

Source: S1 to S7. _asg_facts.py reads its rows, _asg_sizes.py takes and gives its sizes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds import _asg_facts, _asg_image, _asg_sizes, _ec2_prices
from cs_aws_janitor.resources.kinds._kind import GiveBack, Kind, Remembering
from cs_aws_janitor.resources.permission_scopes import OWN, Scope, labelled
from cs_aws_janitor.resources.prices import Pricing, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_autoscaling.client import AutoScalingClient

    from cs_aws_janitor.resources.model import Place, Resource
    from cs_aws_janitor.resources.permission_scopes import Command, Condition, Facts
    from cs_aws_janitor.resources.prices import Charge

PAGE = 100
NO_HOURS = _ec2_prices.hours("t3.micro", 0)  # of whatever type
LISTING = frozenset({"autoscaling:DescribeAutoScalingGroups"})


def discover(client: AutoScalingClient, place: Place) -> Iterator[list[Resource]]:
    """All groups that are not being deleted, page by page."""
    listing = client.get_paginator("describe_auto_scaling_groups").paginate(
        PaginationConfig={"PageSize": PAGE}
    )
    for page in listing:
        yield _resources(page, place)


def read(client: AutoScalingClient, place: Place, ids: Sequence[str]) -> list[Resource]:
    """The groups among `ids` that exist; a name that none bears is passed over by AWS."""
    return [r for page in _pages(client, ids) for r in _resources(page, place)]


def _pages(client: AutoScalingClient, ids: Sequence[str]) -> Iterator[Any]:
    """Without ids nothing is asked: no names would mean all groups."""
    for some in cut(ids, PAGE):
        yield from client.get_paginator("describe_auto_scaling_groups").paginate(
            AutoScalingGroupNames=list(some), PaginationConfig={"PageSize": PAGE}
        )


def barriers(_: AutoScalingClient, resource: Resource) -> list[str]:
    """What keeps its members alive, or AWS from ending it, as its listing has shown."""
    traits = resource.traits
    found = [resource.cannot_shut_off] if resource.cannot_shut_off else []
    if traits.get("new_members") == "protected":
        found.append("what it launches is protected from scale-in")
    if traits.get("warm_pool", "0") != "0":
        found.append(f"its warm pool keeps {traits['warm_pool']}, whatever its sizes")
    if traits["deletion_protection"] == _asg_facts.NO_FORCE:
        found.append("force deletion is prevented: AWS will refuse to delete it while members run")
    if taken := _asg_sizes.taken(resource):
        found.append(f"it was shut off; with `janitor restore` {taken}")
    return found


def terminate(client: AutoScalingClient, resource: Resource) -> None:
    """Delete one group; by force, which ends its members at once, only where it has any (S7)."""
    staying = resource.traits["members"] != "0" or "warm_pool" in resource.traits
    if staying:
        client.delete_auto_scaling_group(AutoScalingGroupName=resource.id, ForceDelete=True)
    else:
        client.delete_auto_scaling_group(AutoScalingGroupName=resource.id)


def describe(client: AutoScalingClient, resources: Sequence[Resource]) -> dict[str, Any]:
    """All that AWS says of `resources`, by name."""
    ids = [resource.id for resource in resources]
    return {
        group["AutoScalingGroupName"]: group
        for page in _pages(client, ids)
        for group in page["AutoScalingGroups"]
    }


def manifest(
    _: AutoScalingClient, resource: Resource, described: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole row of one, and the sizes that its shut-off took stand among its tags.

    Raises LookupError where AWS does not show it any more.
    """
    if resource.id not in described:
        raise LookupError(f"AWS does not show {resource.id} any more")
    group: dict[str, Any] = json.loads(json.dumps(described[resource.id], default=str))
    return {"group": group, "tags": dict(resource.tags)}


def charges(resource: Resource) -> tuple[Charge, ...] | None:
    """The hours of its members, as Linux on demand; None where some of them may be spot."""
    if resource.traits.get("members") == "0":
        return NO_HOURS
    if "spot" in resource.traits:
        return None
    found: list[Charge] = []
    for each in resource.traits.get("types", "").split():
        name, _, count = each.partition(":")
        found += _ec2_prices.hours(name, int(units(count) or 0))
    return tuple(found)


def _resources(page: Mapping[str, Any], place: Place) -> list[Resource]:
    return [
        _asg_facts.resource(group, place)
        for group in page["AutoScalingGroups"]
        if group.get("Status") != _asg_facts.DELETING
    ]


def _only_the_record(_: Command, __: Facts) -> Condition:
    """No tag but the one in which the sizes are recorded."""
    keys = {"aws:TagKeys": [_asg_sizes.RECORD]}
    return {"ForAllValues:StringEquals": keys, "Null": {"aws:TagKeys": "false"}}


_NOTES = (
    (
        "To shut a group off is to set its minimum, maximum and desired capacity to 0, and to "
        "suspend its scheduled actions, which would set them again. What they were stands in "
        f"its tag {_asg_sizes.RECORD}; extend, keep and restore give them back."
    ),
    (
        "Its members end when it is shut off, and what they hold on their own disks is lost then. "
        "With backup.group_image an image of one member is made first, where its root is an EBS "
        "volume, and waited for; it is a backup like others."
    ),
    (
        "Members that are protected from scale-in, in Standby or retained would outlive a size "
        "of 0, and so would all where the process Terminate is suspended. Such a group is only "
        "marked: its members run on until it is deleted, and end with it."
    ),
    (
        "Lifecycle hooks may hold a member for hours: the group is marked as shut off once the "
        "last is gone. A group that has members when it is due is deleted by force, which waits "
        "for no hook."
    ),
    (
        "A group is exempt by the Permanent tag, or while AWS's own deletion protection "
        "prevents all deletion. Where that prevents force alone, AWS refuses to end the group "
        "while members run."
    ),
)
_ARN = "arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{id}"
_TAKEN = Scope("GiveBack", (OWN,), labelled(_asg_sizes.RECORD))
KIND = Kind(
    name=_asg_facts.NAME,
    title="Auto Scaling group",
    service="autoscaling",
    arns=(_ARN,),
    ids=None,
    permissions={
        "discover": LISTING,
        "examine": LISTING,
        "tag": frozenset({"autoscaling:CreateOrUpdateTags"}),
        "clear_mark": frozenset({"autoscaling:DeleteTags"}),
        "shut_off": frozenset(
            {
                "autoscaling:CreateOrUpdateTags",
                "autoscaling:SuspendProcesses",
                "autoscaling:UpdateAutoScalingGroup",
            }
        ),
        "give_back": frozenset(
            {
                "autoscaling:DeleteTags",
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:ResumeProcesses",
                "autoscaling:UpdateAutoScalingGroup",
            }
        ),
        "terminate": frozenset({"autoscaling:DeleteAutoScalingGroup"}),
        _asg_image.DUTY: _asg_image.PERMISSIONS,
    },
    discover=discover,
    read=read,
    tag=_asg_sizes.tag,
    untag=_asg_sizes.untag,
    terminate=terminate,
    barriers=barriers,
    shut_off=_asg_sizes.shut_off,
    created_by=frozenset({"CreateAutoScalingGroup"}),
    pricing=Pricing(
        (_ec2_prices.INSTANCE,), charges, besides="the volumes of its members (they count as Linux)"
    ),
    before_shut_off=_asg_image.make,
    give_back=GiveBack(_asg_sizes.taken, _asg_sizes.give_back),
    tags_at_once=_asg_sizes.ENOUGH_GROUPS,
    stops_at_once=1,
    remembering=Remembering(describe, manifest),
    restore=(
        "a group that was terminated is made again from its launch template;"
        " what it was stands in the ledger"
    ),
    scopes={
        **_asg_image.SCOPES,
        ("shut_off", "autoscaling:CreateOrUpdateTags"): (
            Scope("RecordSizes", (OWN,), _only_the_record),
        ),
        ("give_back", "autoscaling:DeleteTags"): (Scope("Untag", (OWN,), _only_the_record),),
        ("give_back", "autoscaling:ResumeProcesses"): (_TAKEN,),
        ("give_back", "autoscaling:UpdateAutoScalingGroup"): (_TAKEN,),
    },
    notes=_NOTES,
)
