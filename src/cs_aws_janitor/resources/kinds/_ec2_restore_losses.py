"""What of an EC2 instance cannot come back, and what a person should know beforehand. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cs_aws_janitor.resources.kinds._ec2_restore_facts import Found, Stood
    from cs_aws_janitor.resources.restore_plan import Instead, Marking

KMS = "kms:CreateGrant, kms:Decrypt, kms:DescribeKey and kms:GenerateDataKeyWithoutPlaintext"


def lost(was: Stood, found: Found, marking: Marking) -> Iterator[str]:
    """What cannot come back."""
    instance = was.instance
    yield "its id: it gets a new one; target groups, alarms and scripts that name it do not follow"
    yield from _addresses(was, found)
    if found.types.get(instance["InstanceType"], {}).get("InstanceStorageSupported"):
        yield "what was on its instance store: these disks come back empty"
    if instance.get("InstanceLifecycle") == "spot":
        yield "its spot price: it comes back as an on-demand instance"
    yield from _ties(was)
    yield from _tags(was, marking)


def notes(was: Stood, platform: str | None, instead: Instead) -> Iterator[str]:
    """What a person should know before it is begun."""
    if was.user_data:
        yield "its user data runs again at its first start, as on any new instance"
    if platform:
        yield (
            f"it is {platform}: where AWS does not take that licence over from the snapshots,"
            " it is told and nothing is launched; --without-licence launches it all the same"
        )
    elif instead.unlicensed:
        yield "it may come back without the licence it had: it may not start, or get no updates"
    if instead.type not in {None, was.instance["InstanceType"]} and was.of_its_type:
        yield f"{', '.join(was.of_its_type)}: not set up, as {instead.type} may not know it"
    for device, key in sorted(keys(was).items()):
        yield f"{device} is encrypted: {KMS} must be allowed on {key}"


def keys(was: Stood) -> dict[str, str]:
    """The KMS keys of its encrypted volumes, by device."""
    found = {}
    for disk in was.disks:
        volume: Mapping[str, Any] = was.volumes.get(disk["Ebs"]["VolumeId"], {})
        if volume.get("Encrypted"):
            found[disk["DeviceName"]] = volume.get("KmsKeyId", "the key it was encrypted with")
    return found


def _tags(was: Stood, marking: Marking) -> Iterator[str]:
    """Tags of AWS itself, and those for which there is no room."""
    old = _ec2_tags.as_mapping(was.instance.get("Tags", ()))
    kept = marking.over(old)
    gone = [key for key in old if key not in kept and key.lower().startswith("aws:")]
    gone += [key for key in old if key not in kept and not marking.lost([key])]
    if gone:
        yield f"its tags {', '.join(gone)}"
    for disk in was.disks:
        volume = was.volumes.get(disk["Ebs"]["VolumeId"], {})
        old = _ec2_tags.as_mapping(volume.get("Tags", ()))
        gone = [key for key in old if key not in {*marking.beside(old), *marking.lost(old)}]
        if gone:
            yield f"the tags {', '.join(gone)} of {disk['DeviceName']}"


def _addresses(was: Stood, found: Found) -> Iterator[str]:
    instance, subnet = was.instance, found.subnet or {}
    private = instance.get("PrivateIpAddress", "")
    yield f"its private address {private}".rstrip() + ": it gets another one of its subnet"
    primary = was.interfaces[0] if was.interfaces else {}
    association = primary.get("Association", {})
    public = association.get("PublicIp") or instance.get("PublicIpAddress", "")
    if public and association.get("IpOwnerId", "amazon") != "amazon":
        yield f"its Elastic IP {public}: it is not associated again; do that yourself"
    else:
        gives = (
            "it gets a new one" if subnet.get("MapPublicIpOnLaunch") else "its subnet gives none"
        )
        yield f"its public address {public}".rstrip() + f": {gives}"
    six = [each["Ipv6Address"] for each in primary.get("Ipv6Addresses", ()) if each]
    if six:
        yield f"its IPv6 addresses {', '.join(six)}"


def _ties(was: Stood) -> Iterator[str]:
    """What tied it to other things and is not tied again."""
    instance, placement = was.instance, was.instance.get("Placement", {})
    further = [each["NetworkInterfaceId"] for each in was.interfaces[1:]]
    if further:
        yield f"its further network interfaces {', '.join(further)}"
    if instance.get("SourceDestCheck") is False:
        yield "its source/destination check was off, and is on again"
    if placement.get("GroupName"):
        yield f"its place in the placement group {placement['GroupName']}"
    if placement.get("Tenancy") == "host":
        yield f"its dedicated host {placement.get('HostId', '')}".rstrip()
    for disk in was.disks:
        if was.volumes.get(disk["Ebs"]["VolumeId"], {}).get("MultiAttachEnabled"):
            yield f"Multi-Attach of {disk['DeviceName']}"
