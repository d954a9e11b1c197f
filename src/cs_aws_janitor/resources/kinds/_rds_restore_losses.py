"""What of a database cannot come back, and what a person should know beforehand. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cs_aws_janitor.resources.kinds._rds_restore_facts import Found
    from cs_aws_janitor.resources.restore_plan import Manifest

    Facts = Mapping[str, Any]

DEFAULT = "default"


def lost(manifest: Manifest, was: Facts, found: Found, name: str) -> Iterator[str]:
    """What cannot come back."""
    if name != manifest.id:
        yield f"its name and its endpoint: {manifest.id} is in use, so it comes back as {name}"
    yield "its automated backups: those that were kept end by their own retention"
    yield from _lost_groups(manifest, was, found)
    if roles := [each["RoleArn"] for each in was.get("AssociatedRoles", ())]:
        yield f"its IAM roles {', '.join(roles)}: add them again"
    if was.get("MonitoringInterval"):
        yield "enhanced monitoring: it is off"
    if was.get("PerformanceInsightsEnabled"):
        yield "Performance Insights: it is off"
    windows = (was.get("PreferredBackupWindow"), was.get("PreferredMaintenanceWindow"))
    if any(windows):
        yield f"its windows of backup and maintenance ({', '.join(filter(None, windows))})"


def _lost_groups(manifest: Manifest, was: Facts, found: Found) -> Iterator[str]:
    """Of parameters and options: those that are gone, and those of members."""
    parameters = was.get("DBClusterParameterGroup") or group_of(was, "DBParameterGroups")
    for group, standing, word in (
        (parameters, found.parameters, "parameter"),
        (group_of(was, "OptionGroupMemberships"), found.options, "option"),
    ):
        if group and not group.startswith(DEFAULT) and group not in standing:
            yield f"its {word} group {group}, which is not there: it gets the default"
    own = {group_of(each, "DBParameterGroups") for each in manifest.facts.get("members", ())}
    if groups := sorted(each for each in own if each and not each.startswith(DEFAULT)):
        yield f"the parameter groups {', '.join(groups)} of its members: they get the default"


def notes(was: Facts) -> Iterator[str]:
    """What a person should know before it is begun."""
    yield "it starts with the data of its last moment, and costs from its first"
    if was.get("MasterUserSecret"):
        yield "AWS kept its master password and has deleted it: set another one when it runs"
    if was.get("DeletionProtection"):
        yield "its deletion protection was on: `janitor keep` sets it again"
    if key := was.get("KmsKeyId") if was.get("StorageEncrypted") else None:
        yield f"it is encrypted: its use of {key} must be allowed"


def group_of(was: Facts, groups: str) -> str | None:
    """The name of the first of its `groups`: more than one it cannot have."""
    names = {"DBParameterGroups": "DBParameterGroupName"}
    for each in was.get(groups, ()):
        return str(each[names.get(groups, "OptionGroupName")])
    return None
