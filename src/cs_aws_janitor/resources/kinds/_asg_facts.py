"""What a row of DescribeAutoScalingGroups says of one group.

Source: AWS's own words on what keeps a group from zero: scale-in protection, the suspended process
Terminate, Standby, retained members and warm pools.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_owners, _ec2_tags
from cs_aws_janitor.resources.model import Power, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_aws_janitor.resources.model import Place

NAME = "auto_scaling_group"
DELETING = "Delete in progress"
NO_FORCE = "prevent-force-deletion"
UNPROTECTED = frozenset({"none", NO_FORCE})
ALL = 100  # per cent
GONE = frozenset({"Terminated", "Detached"})


def resource(group: Mapping[str, Any], place: Place) -> Resource:
    """The group as the rules see it. Raises KeyError for a row that lacks what every row has."""
    tags = _ec2_tags.of(group)
    telling = _ec2_owners.telling(tags)
    name, members = group["AutoScalingGroupName"], _members(group)
    level = group.get("DeletionProtection", "none")
    return Resource(
        place=place,
        kind=NAME,
        id=name,
        tags=tags,
        power=_power(group),
        born=group["CreatedTime"],
        follows=_ec2_owners.follows(telling, group.get("Operator")),
        stack=_ec2_owners.stack(telling),
        own_name=name,
        cannot_shut_off=_cannot_shut_off(group),
        lost_with_it=_lost(len(members)),
        # A level that nobody knows yet may well protect it. Without one the Permanent tag exempts.
        protected=None if level in UNPROTECTED else True,
        traits=_traits(group),
    )


def _members(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that run and are not on their way out."""
    return [each for each in group.get("Instances", ()) if not _ends(each)]


def _ends(member: Mapping[str, Any]) -> bool:
    state: str = member["LifecycleState"]
    leaving = state.startswith("Terminating") and not state.endswith("Retained")
    return leaving or state in GONE


def _power(group: Mapping[str, Any]) -> Power:
    """Off is what has no member and can get none by itself: a maximum above zero lets it grow."""
    if group["DesiredCapacity"] or group["MaxSize"]:
        return Power.ON
    return Power.MOVING if group.get("Instances") else Power.OFF


def _cannot_shut_off(group: Mapping[str, Any]) -> str | None:
    """Who of its members would outlive a size of zero, in words."""
    members, pool = _members(group), group.get("WarmPoolConfiguration", {})
    protected = sum(bool(each["ProtectedFromScaleIn"]) for each in members)
    standing_by = sum(each["LifecycleState"].endswith("Standby") for each in members)
    retained = sum(each["LifecycleState"].endswith("Retained") for each in members)
    found = []
    if protected:
        found.append(f"{_counted(protected)} protected from scale-in")
    if standing_by:
        found.append(f"{_counted(standing_by)} in Standby, which no scale-in ends")
    if retained:
        found.append(f"{_counted(retained)} retained by its lifecycle policy")
    if members and "Terminate" in _suspended(group):
        found.append("its process Terminate is suspended")
    if pool.get("PoolState") == "Running" and (kept := _kept(pool)):
        found.append(f"its warm pool keeps {kept} running")
    return "; ".join(found) or None


def _counted(number: int) -> str:
    return "1 of its members is" if number == 1 else f"{number} of its members are"


def _lost(number: int) -> str | None:
    if not number:
        return None
    members = "its member ends" if number == 1 else f"its {number} members end"
    return f"{members} with it, and what they hold on their disks is not backed up"


def _suspended(group: Mapping[str, Any]) -> list[str]:
    return sorted(each["ProcessName"] for each in group.get("SuspendedProcesses", ()))


def _kept(pool: Mapping[str, Any]) -> int:
    """How many instances a warm pool keeps whatever the sizes of its group."""
    kept: int = max(pool.get("MinSize") or 0, pool.get("MaxGroupPreparedCapacity") or 0)
    return kept


def _takes_spot(group: Mapping[str, Any]) -> bool:
    """Whether its policy lets some of its members be spot instances."""
    policy = group.get("MixedInstancesPolicy", {}).get("InstancesDistribution", {})
    on_demand: int = policy.get("OnDemandPercentageAboveBaseCapacity", ALL)
    return on_demand != ALL


def _traits(group: Mapping[str, Any]) -> dict[str, str]:
    traits: dict[str, str] = {
        "min": str(group["MinSize"]),
        "max": str(group["MaxSize"]),
        "desired": str(group["DesiredCapacity"]),
        "members": str(len(_members(group))),
        "suspended": " ".join(_suspended(group)),
        "deletion_protection": group.get("DeletionProtection", "none"),
    }
    if types := Counter(each["InstanceType"] for each in _members(group) if "InstanceType" in each):
        traits["types"] = " ".join(f"{name}:{types[name]}" for name in sorted(types))
    if _takes_spot(group):
        traits["spot"] = "taken"
    if serving := [m for m in group.get("Instances", ()) if m["LifecycleState"] == "InService"]:
        traits["member"] = serving[0]["InstanceId"]
    if group.get("NewInstancesProtectedFromScaleIn"):
        traits["new_members"] = "protected"
    if pool := group.get("WarmPoolConfiguration"):
        traits["warm_pool"] = str(_kept(pool))
    return traits
