"""What comes back of an EC2 instance, what is missing for it, and what is lost. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_restore_losses, _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_restore_facts import IMAGE_PREFIX, stood, wanted
from cs_aws_janitor.resources.kinds._ec2_restore_request import request, snapshot_of
from cs_aws_janitor.resources.restore_plan import Instead, Missing, RestorePlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.kinds._ec2_restore_facts import Found, Stood, Wanted
    from cs_aws_janitor.resources.kinds._ec2_restore_request import Device, Request
    from cs_aws_janitor.resources.restore_plan import Manifest, Marking

    Facts = Mapping[str, Any]


def plan(manifest: Manifest, found: Found, instead: Instead, marking: Marking) -> RestorePlan:
    """Decide what comes back and how; what is missing or lost is told with it."""
    was = stood(manifest)
    if impossible := _impossible(manifest, was, found):
        return RestorePlan(manifest, impossible=impossible)
    asked = request(manifest, found, instead, marking)
    return RestorePlan(
        manifest=manifest,
        brings=dict(_brings(was, wanted(was, instead), found, asked)),
        tags=marking.over(_ec2_tags.as_mapping(was.instance.get("Tags", ()))),
        missing=tuple(_missing(was, wanted(was, instead), found)),
        lost=tuple(_ec2_restore_losses.lost(was, found, marking)),
        notes=tuple(_ec2_restore_losses.notes(was, asked.platform, instead)),
        request=asked,
    )


def _impossible(manifest: Manifest, was: Stood, found: Found) -> str | None:
    """Why there is nothing to launch from, or None."""
    if not manifest.backups:
        return "it was terminated without a backup"
    root = was.instance.get("RootDeviceName")
    if was.instance.get("RootDeviceType") == "instance-store" or not any(
        disk.get("DeviceName") == root for disk in was.disks
    ):
        kept = ", ".join(manifest.backups)
        return f"its root was an instance store, of which nothing is left; beside it stands {kept}"
    if any(each.startswith(IMAGE_PREFIX) for each in manifest.backups):
        return _unusable_image(manifest, was, found)
    gone = sorted(set(manifest.backups) - found.snapshots.keys())
    for disk in was.disks:
        if snapshot_of(disk, found) is None:
            return _unusable_snapshot(disk, found, gone)
    return None


def _unusable_image(manifest: Manifest, was: Stood, found: Found) -> str | None:
    if not found.images:
        return f"its backup {', '.join(manifest.backups)} was deregistered since"
    if found.image is None:
        states = [f"{each['ImageId']} is in the state {each['State']}" for each in found.images]
        return f"its backup {', '.join(states)}"
    for disk in was.disks:
        if disk["DeviceName"] not in found.copies:
            return f"its backup {', '.join(manifest.backups)} lacks {disk['DeviceName']}"
    return None


def _unusable_snapshot(disk: Facts, found: Found, gone: Sequence[str]) -> str:
    of = f"of {disk['DeviceName']} ({disk['Ebs']['VolumeId']})"
    for snapshot in found.snapshots.values():
        if snapshot["VolumeId"] != disk["Ebs"]["VolumeId"]:
            continue
        if snapshot.get("StorageTier") == "archive":
            return (
                f"its backup {snapshot['SnapshotId']} {of} is archived:"
                " `aws ec2 restore-snapshot-tier` brings it into reach"
            )
        return f"its backup {snapshot['SnapshotId']} {of} is in the state {snapshot['State']}"
    if not gone:
        return f"none of its backups {', '.join(found.snapshots)} is {of}"
    return (
        f"its backup {' or '.join(gone)} {of} was deleted since; where the account keeps what is"
        " deleted, it lies in the Recycle Bin"
    )


def _missing(was: Stood, want: Wanted, found: Found) -> Iterator[Missing]:
    """What is gone, each with the options that replace it."""
    yield from _missing_type(was, want, found)
    yield from _missing_network(want, found)
    if want.key and not found.key:
        yield Missing(f"key pair {want.key} is not there", "--key NAME or --no-key")
    if want.profile and not found.profile:
        what = f"instance profile {want.profile_name} is not there"
        yield Missing(what, "--profile NAME or --no-profile")


def _missing_type(was: Stood, want: Wanted, found: Found) -> Iterator[Missing]:
    offered = found.types.get(want.type)
    if offered is None:
        yield Missing(f"instance type {want.type} is not offered in this region", "--type TYPE")
        return
    made_for = was.instance.get("Architecture")
    runs = offered.get("ProcessorInfo", {}).get("SupportedArchitectures", ())
    if made_for and runs and made_for not in runs:
        what = f"instance type {want.type} runs {', '.join(runs)}, its disk was made for {made_for}"
        yield Missing(what, "--type TYPE")


def _missing_network(want: Wanted, found: Found) -> Iterator[Missing]:
    subnet = found.subnet
    if subnet is None:
        which = f"subnet {want.subnet} is not there" if want.subnet else "it stood in no subnet"
        yield Missing(which, "--subnet ID")
    elif subnet.get("AvailableIpAddressCount") == 0 and not subnet.get("Ipv6Native"):
        yield Missing(f"subnet {want.subnet} has no free address", "--subnet ID")
    for group_id in want.groups:
        group = found.groups.get(group_id)
        if group is None:
            yield Missing(f"security group {group_id} is not there", "--security-group ID")
        elif subnet and group.get("VpcId") != subnet.get("VpcId"):
            what = f"security group {group_id} is of {group.get('VpcId')}"
            yield Missing(f"{what}, the subnet of {subnet.get('VpcId')}", "--security-group ID")


def _brings(was: Stood, want: Wanted, found: Found, asked: Request) -> Iterator[tuple[str, str]]:
    """What comes back, in words."""
    old = wanted(was, Instead())
    zone = f" in {found.subnet['AvailabilityZone']}" if found.subnet else ""
    size = len(was.user_data or b"")
    yield "type", _replaced(want.type, old.type)
    yield "subnet", _replaced(want.subnet, old.subnet) + zone
    yield "security groups", _replaced(", ".join(want.groups), ", ".join(old.groups))
    yield "key", _replaced(want.key, old.key)
    yield "profile", _replaced(want.profile_name, old.profile_name)
    yield "user data", f"{size:,} bytes, not shown" if size else "none"
    yield from ((device.name, _volume_in_words(device)) for device in asked.devices)
    source = "an image of these snapshots, registered for it and removed after"
    yield "made from", asked.image or source


def _replaced(new: str | None, old: str | None) -> str:
    """What it gets, and what it had where that is another."""
    return f"{new or 'none'} (was {old or 'none'})" if new != old else new or "none"


def _volume_in_words(device: Device) -> str:
    ebs = device.ebs
    parts = [f"{ebs['VolumeSize']} GiB" if "VolumeSize" in ebs else "", ebs.get("VolumeType", "")]
    parts += [f"{ebs['Iops']} IOPS" if "Iops" in ebs else ""]
    parts += [f"{ebs['Throughput']} MiB/s" if "Throughput" in ebs else ""]
    parts += [f"from {device.snapshot}" if device.snapshot else ""]
    ends = "ends with the instance" if ebs["DeleteOnTermination"] else "outlives the instance"
    return f"{' '.join(filter(None, parts))}, {ends}"
