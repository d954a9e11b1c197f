"""What comes back of a database, what is missing for it, and what is lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _rds_restore_losses, _rds_tags
from cs_aws_janitor.resources.kinds._rds_finals import OF_CLUSTERS, OF_INSTANCES
from cs_aws_janitor.resources.kinds._rds_restore_facts import wanted
from cs_aws_janitor.resources.kinds._rds_restore_losses import DEFAULT, group_of
from cs_aws_janitor.resources.restore_plan import Instead, Missing, RestorePlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from cs_aws_janitor.resources.kinds._rds_finals import Final
    from cs_aws_janitor.resources.kinds._rds_restore_facts import Found, Wanted
    from cs_aws_janitor.resources.restore_plan import Manifest, Marking

    Facts = Mapping[str, Any]

LONGEST_NAME = 63
# What a listing shows, and the name under which a restore takes it.
_OF_ALL = {
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "EnabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "IAMDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "NetworkType": "NetworkType",
}
_OF_INSTANCES = {
    **_OF_ALL,
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "LicenseModel": "LicenseModel",
    "MultiAZ": "MultiAZ",
    "PubliclyAccessible": "PubliclyAccessible",
}
_OF_AURORA = {
    **_OF_ALL,
    "EngineMode": "EngineMode",
    "ServerlessV2ScalingConfiguration": "ServerlessV2ScalingConfiguration",
}
_OF_MULTI_AZ = {**_OF_ALL, "PubliclyAccessible": "PubliclyAccessible"}
# Below this size, in GiB, AWS alone says how fast a gp3 is, and refuses to be told.
_FAST_FROM = {"oracle": 200, "sqlserver": 0}
_FAST_FROM_OTHERS = 400
_OF_A_MEMBER = ("DBInstanceClass", "Engine", "PromotionTier", "PubliclyAccessible")


@dataclass(frozen=True, slots=True)
class Request:
    """What AWS is asked for: `restore` makes it under `name`, then each of `members` is made."""

    name: str
    restore: Facts
    members: Sequence[Facts] = field(default_factory=tuple)


def of_instance(
    manifest: Manifest, found: Found, instead: Instead, marking: Marking
) -> RestorePlan:
    """Decide what comes back of an instance and how; what is missing or lost is told with it."""
    was = manifest.facts["instance"]
    final = _final(found, OF_INSTANCES)
    if final is None:
        return RestorePlan(manifest, impossible=_impossible(found, OF_INSTANCES))
    want, name = wanted(was, instead), _free(manifest.id, found.taken)
    restore = {
        "DBInstanceIdentifier": name,
        "DBSnapshotIdentifier": final,
        "DBInstanceClass": want.type,
        "Port": was.get("Endpoint", {}).get("Port"),
        "DBParameterGroupName": _group(group_of(was, "DBParameterGroups"), found.parameters),
        "OptionGroupName": _group(group_of(was, "OptionGroupMemberships"), found.options),
        **_placed(want),
        **_settings(was, _OF_INSTANCES),
        **_storage(was),
    }
    return RestorePlan(
        manifest=manifest,
        brings={**_brings(was, want, name, final), "Multi-AZ": _yes(was.get("MultiAZ"))},
        tags=marking.over(_rds_tags.of(was)),
        missing=tuple(_missing(want, found)),
        lost=tuple(_rds_restore_losses.lost(manifest, was, found, name)),
        notes=tuple(_rds_restore_losses.notes(was)),
        request=Request(name, _given(restore)),
    )


def of_cluster(manifest: Manifest, found: Found, instead: Instead, marking: Marking) -> RestorePlan:
    """The same of a cluster; its members are made when it is there."""
    was = manifest.facts["cluster"]
    final = _final(found, OF_CLUSTERS)
    if final is None:
        return RestorePlan(manifest, impossible=_impossible(found, OF_CLUSTERS))
    want, name = wanted(was, instead), _free(manifest.id, found.clusters)
    aurora = was["Engine"].startswith("aurora")
    restore = {
        "DBClusterIdentifier": name,
        "SnapshotIdentifier": final,
        "Engine": was["Engine"],
        "EngineVersion": was.get("EngineVersion"),
        "Port": was.get("Port"),
        "DBClusterParameterGroupName": _group(was.get("DBClusterParameterGroup"), found.parameters),
        "DBClusterInstanceClass": None if aurora else want.type,
        **_placed(want),
        **_settings(was, _OF_AURORA if aurora else _OF_MULTI_AZ),
        **({} if aurora else _storage(was)),
    }
    members = manifest.facts.get("members", ()) if aurora else ()
    asked = [_member(each, name, found, instead) for each in sorted(members, key=_tier)]
    told = ", ".join(f"{m['DBInstanceIdentifier']} ({m['DBInstanceClass']})" for m in asked)
    return RestorePlan(
        manifest=manifest,
        brings={**_brings(was, want, name, final), "members": told or "none of its own"},
        tags=marking.over(_rds_tags.of(was)),
        missing=tuple(_missing(want, found)),
        lost=tuple(_rds_restore_losses.lost(manifest, was, found, name)),
        notes=tuple(_rds_restore_losses.notes(was)),
        request=Request(name, _given(restore), asked),
    )


def _member(was: Facts, cluster: str, found: Found, instead: Instead) -> dict[str, Any]:
    asked = {key: was.get(key) for key in _OF_A_MEMBER}
    asked["DBInstanceClass"] = instead.type or was["DBInstanceClass"]
    name = _free(was["DBInstanceIdentifier"], found.taken)
    return _given({**asked, "DBInstanceIdentifier": name, "DBClusterIdentifier": cluster})


def _tier(member: Facts) -> tuple[int, str]:
    """The first that is made becomes the writer."""
    return int(member.get("PromotionTier", 1)), member["DBInstanceIdentifier"]


def _final(found: Found, final: Final) -> str | None:
    """The snapshot it comes from: of several that are complete the last one."""
    whole = [one for one in found.finals.values() if one["Status"] == "available"]
    last = max(whole, key=lambda one: one["SnapshotCreateTime"], default=None)
    return str(last[final.id]) if last else None


def _impossible(found: Found, final: Final) -> str:
    if not found.finals:
        return "its final snapshot was deleted since, or never made"
    states = [f"{one[final.id]} is {one['Status']}" for one in found.finals.values()]
    return f"its final snapshot {', '.join(states)}"


def _free(name: str, taken: AbstractSet[str]) -> str:
    """`name`, or the first like it that nobody bears."""
    if name not in taken:
        return name
    several = (f"{name[: LONGEST_NAME - 4].rstrip('-')}-{number}" for number in count(2))
    return next(each for each in several if each not in taken)


def _placed(want: Wanted) -> dict[str, Any]:
    return {"DBSubnetGroupName": want.subnets, "VpcSecurityGroupIds": list(want.groups)}


def _settings(was: Facts, known: Mapping[str, str]) -> dict[str, Any]:
    """What was off is asked to be off: not every default is."""
    return {asked: was[shown] for shown, asked in known.items() if was.get(shown) is not None}


def _storage(was: Facts) -> dict[str, Any]:
    sort = str(was.get("StorageType", ""))
    asked = {"StorageType": sort}
    engine = was["Engine"].partition("-")[0]
    large = was.get("AllocatedStorage", 0) >= _FAST_FROM.get(engine, _FAST_FROM_OTHERS)
    if sort.startswith("io") or (sort == "gp3" and large):
        asked |= {key: was[key] for key in ("Iops", "StorageThroughput") if was.get(key)}
    if "DBClusterIdentifier" in was:
        asked.pop("StorageThroughput", None)
    return asked


def _given(asked: Facts) -> dict[str, Any]:
    """What is not given is left to AWS; a switch that was off is off."""
    return {key: value for key, value in asked.items() if value not in (None, "", [], {})}


def _group(name: str | None, standing: AbstractSet[str]) -> str | None:
    """A group of a person's that is there; those of AWS are given by itself."""
    return name if name and not name.startswith(DEFAULT) and name in standing else None


def _missing(want: Wanted, found: Found) -> Iterator[Missing]:
    """What is gone, each with the options that replace it."""
    if want.subnets and want.subnets not in found.subnets | {DEFAULT}:
        yield Missing(f"DB subnet group {want.subnets} is not there", "--subnet NAME")
    for group in want.groups:
        if group not in found.groups:
            yield Missing(f"security group {group} is not there", "--security-group ID")


def _brings(was: Facts, want: Wanted, name: str, final: str) -> dict[str, str]:
    """What comes back, in words."""
    old = wanted(was, Instead())
    return {
        "name": name,
        "engine": f"{was['Engine']} {was.get('EngineVersion', '')}".rstrip(),
        "type": _replaced(want.type, old.type),
        "subnet group": _replaced(want.subnets, old.subnets),
        "security groups": _replaced(", ".join(want.groups), ", ".join(old.groups)),
        "public": _yes(was.get("PubliclyAccessible")),
        "made from": final,
    }


def _replaced(new: str | None, old: str | None) -> str:
    """What it gets, and what it had where that is another."""
    return f"{new or 'none'} (was {old or 'none'})" if new != old else new or "none"


def _yes(value: object) -> str:
    return "yes" if value else "no"
