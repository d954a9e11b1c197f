"""What AWS is asked for, so that an EC2 instance comes back as it stood. Pure.

Source: AWS's own rules for RegisterImage and RunInstances. An instance cannot be launched from
bare snapshots, so an image is registered from them first; a backup that is an image is launched
as it is, with the volumes' settings laid over it where they differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_restore_facts import stood, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.kinds._ec2_restore_facts import Found, Stood, Wanted
    from cs_aws_janitor.resources.restore_plan import Instead, Manifest, Marking

    Facts = Mapping[str, Any]

UNLICENSED = {None, "", "Linux/UNIX"}  # platforms for which nobody is billed but AWS
_WITH_IOPS = {"gp3", "io1", "io2"}
_METADATA = (
    "HttpTokens",
    "HttpPutResponseHopLimit",
    "HttpEndpoint",
    "HttpProtocolIpv6",
    "InstanceMetadataTags",
)


@dataclass(frozen=True, slots=True)
class Device:
    """One volume: where it is attached, how it is made, from which snapshot, and its own tags."""

    name: str
    ebs: Facts
    snapshot: str | None
    tags: Mapping[str, str]
    kms_key: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What the hands need. `image` is the backup where it is one; else `register` makes one.

    `platform` is what AWS must call the registered image, or None where nobody minds.
    """

    launch: Facts = field(repr=False)
    devices: Sequence[Device]
    register: Facts | None = None
    image: str | None = None
    platform: str | None = None


def request(manifest: Manifest, found: Found, instead: Instead, marking: Marking) -> Request:
    """Everything that is asked for, from the manifest and from what stands."""
    was = stood(manifest)
    devices = list(_devices(was, found, marking))
    return Request(
        launch=_launch(was, wanted(was, instead), marking) | _overrides(was, devices, found),
        devices=devices,
        register=None if found.image else _register(manifest, was, devices, marking),
        image=found.image["ImageId"] if found.image else None,
        platform=_platform(was, found, instead),
    )


def snapshot_of(disk: Facts, found: Found) -> Facts | None:
    """The snapshot that a volume comes from: of several that are complete the last one."""
    fitting = [
        each
        for each in found.snapshots.values()
        if each["VolumeId"] == disk["Ebs"]["VolumeId"]
        and each["State"] == "completed"
        and each.get("StorageTier") != "archive"
    ]
    return max(fitting, key=lambda each: each["StartTime"], default=None)


def _devices(was: Stood, found: Found, marking: Marking) -> Iterator[Device]:
    for disk in was.disks:
        volume = was.volumes.get(disk["Ebs"]["VolumeId"], {})
        snapshot = snapshot_of(disk, found) or {}
        in_image = found.copies.get(disk["DeviceName"], {})
        yield Device(
            name=disk["DeviceName"],
            ebs=_ebs(disk, volume),
            snapshot=snapshot.get("SnapshotId") or in_image.get("SnapshotId"),
            tags=marking.beside(_ec2_tags.as_mapping(volume.get("Tags", ()))),
            kms_key=snapshot.get("KmsKeyId") or volume.get("KmsKeyId"),
        )


def _ebs(disk: Facts, volume: Facts) -> dict[str, Any]:
    """A volume's settings. Encryption is that of the snapshot: it cannot be given beside one."""
    ebs: dict[str, Any] = {"DeleteOnTermination": disk["Ebs"].get("DeleteOnTermination", False)}
    kind = volume.get("VolumeType")
    if kind:
        ebs["VolumeType"] = kind
    if volume.get("Size"):
        ebs["VolumeSize"] = volume["Size"]
    if kind in _WITH_IOPS and volume.get("Iops"):
        ebs["Iops"] = volume["Iops"]
    if kind == "gp3" and volume.get("Throughput"):
        ebs["Throughput"] = volume["Throughput"]
    return ebs


def _overrides(was: Stood, devices: Sequence[Device], found: Found) -> dict[str, Any]:
    """What an image does not say as it stood. Of a root no snapshot may be named."""
    if found.image is None:
        return {}
    mappings = found.image.get("BlockDeviceMappings", ())
    imaged = {each["DeviceName"]: each.get("Ebs", {}) for each in mappings}
    root = was.instance.get("RootDeviceName")
    differing = []
    for device in devices:
        image = imaged.get(device.name, {})
        asked = device.ebs if device.name == root else {**device.ebs, **_from(device)}
        if all(image.get(key) == value for key, value in asked.items()):
            continue
        differing.append({"DeviceName": device.name, "Ebs": asked})
    return {"BlockDeviceMappings": differing} if differing else {}


def _from(device: Device) -> dict[str, Any]:
    return {"SnapshotId": device.snapshot} if device.snapshot else {}


def _register(
    manifest: Manifest, was: Stood, devices: Sequence[Device], marking: Marking
) -> dict[str, Any]:
    """The image that is registered for the launch. Its name is unique, and found again."""
    instance = was.instance
    request: dict[str, Any] = {
        "Name": f"janitor-restore-{manifest.id}-{manifest.at:%Y%m%dT%H%M%S}",
        "Description": f"To bring back {manifest.id}; removed when that is done",
        "RootDeviceName": instance["RootDeviceName"],
        "BlockDeviceMappings": [
            {"DeviceName": device.name, "Ebs": {**device.ebs, **_from(device)}}
            for device in devices
        ],
        "TagSpecifications": [_tagged("image", marking.written)],
    }
    for key in ("Architecture", "VirtualizationType", "BootMode", "TpmSupport"):
        if instance.get(key):
            request[key] = instance[key]
    if instance.get("VirtualizationType") == "hvm":
        # On a paravirtual image either makes the instance unreachable.
        request |= {"EnaSupport": True} if instance.get("EnaSupport") else {}
        request |= {"SriovNetSupport": "simple"} if instance.get("SriovNetSupport") else {}
    for key, prefix in (("KernelId", "aki-"), ("RamdiskId", "ari-")):
        if str(instance.get(key, "")).startswith(prefix):
            request[key] = instance[key]
    return request


def _launch(was: Stood, want: Wanted, marking: Marking) -> dict[str, Any]:
    """What RunInstances is asked for, but for the image and the token."""
    old = _ec2_tags.as_mapping(was.instance.get("Tags", ()))
    request: dict[str, Any] = {
        "InstanceType": want.type,
        "SubnetId": want.subnet,
        "SecurityGroupIds": list(want.groups),
        "TagSpecifications": [
            _tagged("instance", marking.over(old)),
            _tagged("volume", marking.label),
        ],
    }
    if want.key:
        request["KeyName"] = want.key
    if want.profile:
        form = "Arn" if want.profile.startswith("arn:") else "Name"
        request["IamInstanceProfile"] = {form: want.profile}
    if was.user_data:
        request["UserData"] = was.user_data
    return {**request, **_settings(was, want)}


def _settings(was: Stood, want: Wanted) -> dict[str, Any]:
    """The smaller settings that DescribeInstances shows and RunInstances takes."""
    instance, request = was.instance, dict[str, Any]()
    metadata = instance.get("MetadataOptions", {})
    if metadata.get("HttpEndpoint") == "disabled":
        request["MetadataOptions"] = {"HttpEndpoint": "disabled"}  # beside it nothing is allowed
    elif metadata:
        request["MetadataOptions"] = {k: metadata[k] for k in _METADATA if k in metadata}
    if instance.get("Monitoring", {}).get("State") in {"enabled", "pending"}:
        request["Monitoring"] = {"Enabled": True}
    if instance.get("Placement", {}).get("Tenancy") == "dedicated":
        request["Placement"] = {"Tenancy": "dedicated"}
    if want.type == instance["InstanceType"]:
        request |= was.of_its_type
    return request


def _tagged(what: str, written: Mapping[str, str]) -> dict[str, Any]:
    return {"ResourceType": what, "Tags": _ec2_tags.as_list(written)}


def _platform(was: Stood, found: Found, instead: Instead) -> str | None:
    """Whose licence the registered image must bear: AWS takes it over from a snapshot, or not."""
    platform: str | None = was.instance.get("PlatformDetails")
    if found.image or instead.unlicensed or platform in UNLICENSED:
        return None
    return platform
