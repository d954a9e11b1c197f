"""Images registered from snapshots, and launches from images: what moto makes of neither.

Entered by whoever imports it. moto's RegisterImage keeps nothing but the name, its RunInstances
takes no volume from an image, knows no client token, and its instances run at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ec2.models.instances import StateReason

from tests.strict import backend, instances
from tests.strict.aws import REGION
from tests.strict.rules import RULES, rule
from tests.strict.wire import RefusalError, accept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.ec2.models import EC2Backend
    from moto.ec2.models.instances import Instance

    from tests.strict.aws import Account
    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

    Devices = dict[str, dict[str, str]]

_DEVICE = re.compile(r"BlockDeviceMapping\.(\d+)\.(DeviceName|Ebs\.(\w+))")
_TAG = re.compile(r"TagSpecification\.(\d+)\.(ResourceType|Tag\.(\d+)\.(Key|Value))")
_MADE = re.compile(r"<imageId>(ami-[0-9a-f]+)</imageId>")
_LAUNCHED = re.compile(r"<instanceId>(i-[0-9a-f]+)</instanceId>")
ENDED = {"terminated", "shutting-down"}


@dataclass
class Starts:
    """What the next launches meet: so many looks while pending, and then this reason to fail."""

    looks: int = 0
    code: str = ""
    message: str = ""
    waiting: dict[str, int] = field(default_factory=dict)


def starts(account: Account, looks: int = 0, code: str = "", message: str = "") -> None:
    """From now on a launch of the janitor is pending for `looks`; with a `code` it then fails."""
    vars(ec2_backends[account.id][REGION])["_starts"] = Starts(looks, code, message)


def platform_is(account: Account, platform: str | None) -> None:
    """What AWS finds in the snapshots of which images are registered: whose licence they bear."""
    vars(ec2_backends[account.id][REGION])["_platform"] = platform


class RegisteredImage(Ami):
    """An image of snapshots; moto's has one made-up snapshot."""

    devices: Devices
    platform_details: str | None = None
    ena_support: bool = False

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """Each device as it was registered."""
        return [
            {"DeviceName": name, "Ebs": {k: _typed(k, v) for k, v in ebs.items()}}
            for name, ebs in self.devices.items()
        ]


@rule("ec2:RegisterImage")
def register(exchange: Exchange) -> Answer:
    """Refused where the name is taken, or a snapshot is not complete or not there."""
    form, held = exchange.request.form, backend.ec2(exchange.request)
    for taken in (image for image in held.amis.values() if image.name == form["Name"]):
        message = f"AMI name {form['Name']} is already in use by AMI {taken.id}"
        raise RefusalError("InvalidAMIName.Duplicate", message)
    devices = _devices(form)
    _check(held, form, devices)
    answer = exchange.forward(None)
    [image_id] = _MADE.findall(answer.text)
    image = held.amis[image_id]
    del held.snapshots[image.ebs_snapshot.id]
    image.__class__ = RegisteredImage
    assert isinstance(image, RegisteredImage)
    image.devices = devices
    image.root_device_name, image.root_device_type = form["RootDeviceName"], "ebs"
    image.architecture = form.get("Architecture", "i386")
    image.virtualization_type = form.get("VirtualizationType", "paravirtual")
    image.boot_mode = form.get("BootMode", "")
    image.ena_support = form.get("EnaSupport") == "true"
    image.platform_details = vars(held).get("_platform", "Linux/UNIX")
    held.tags[image_id].update(_tags(form))
    return answer


_run = RULES["ec2:RunInstances"]
_describe = RULES["ec2:DescribeInstances"]
assert _run is instances.run  # its rule is entered first


@rule("ec2:RunInstances")
def run(exchange: Exchange) -> Answer:
    """The volumes are those of the image, but for what is asked; one token launches once."""
    held, form = backend.ec2(exchange.request), exchange.request.form
    token = form.get("ClientToken")
    for before in (i for i in backend.instances(held) if token and i.client_token == token):
        return _the_same(exchange, before)
    image = held.amis.get(form.get("ImageId", ""))
    if image is None or (not hasattr(image, "devices") and not hasattr(image, "copies")):
        return _run(exchange)
    devices = _laid_over(image, _devices(form))
    full = _with_devices(form, devices)
    inner = replace(
        exchange,
        request=replace(exchange.request, form=full),
        forward=lambda other: exchange.forward(full if other is None else other),
    )
    answer = _run(inner)
    for instance_id in _LAUNCHED.findall(answer.text):
        instance = held.get_instance(instance_id)
        vars(instance)["_asked"] = _asked(form)
        _settle_volumes(instance, devices)
        _delay(held, instance)
    return answer


@rule("ec2:DescribeInstances")
def describe(exchange: Exchange) -> Answer:
    """Each look brings those that are starting on; a start that fails ends them."""
    held = backend.ec2(exchange.request)
    going: Starts = vars(held).get("_starts", Starts())
    for instance_id, looks in list(going.waiting.items()):
        if exchange.request.by_person:
            break
        going.waiting[instance_id] = looks - 1
        if looks <= 0:
            del going.waiting[instance_id]
            _arrive(held.get_instance(instance_id), going)
    return _describe(exchange)


def _the_same(exchange: Exchange, before: Instance) -> Answer:
    """What AWS answers to a second request with one token."""
    if before.state in ENDED:
        message = "The client token is of an instance that has been terminated"
        raise RefusalError("IdempotentInstanceTerminated", message)
    if vars(before).get("_asked", {}) != _asked(exchange.request.form):
        message = "Arguments on this idempotent request are inconsistent with arguments used in"
        raise RefusalError("IdempotentParameterMismatch", f"{message} previous request(s).")
    item = f"<item><instanceId>{before.id}</instanceId></item>"
    return accept(exchange.request, f"<instancesSet>{item}</instancesSet>")


def _delay(held: EC2Backend, instance: Instance) -> None:
    going: Starts = vars(held).get("_starts", Starts())
    if going.looks or going.code:
        instance.instance_state.name, instance.instance_state.code = "pending", 0
        going.waiting[instance.id] = going.looks


def _arrive(instance: Instance, going: Starts) -> None:
    name, code = ("terminated", 48) if going.code else ("running", 16)
    instance.instance_state.name, instance.instance_state.code = name, code
    if going.code:
        instance.state_reason = StateReason(going.message, going.code)


def _check(held: EC2Backend, form: Mapping[str, str], devices: Devices) -> None:
    if form.get("RootDeviceName") not in devices:
        raise RefusalError("InvalidBlockDeviceMapping", "Invalid device name for the root")
    for name, ebs in devices.items():
        if {"Encrypted", "KmsKeyId"} & ebs.keys():
            message = "the encrypted flag cannot be specified since device has a snapshot specified"
            raise RefusalError("InvalidParameterCombination", f"{name}: {message}")
        snapshot = held.snapshots.get(ebs.get("SnapshotId", ""))
        if snapshot is None:
            message = f"The snapshot '{ebs.get('SnapshotId')}' does not exist."
            raise RefusalError("InvalidSnapshot.NotFound", message)
        if snapshot.status != "completed":
            message = f"Snapshot {snapshot.id} is in invalid state - {snapshot.status}"
            raise RefusalError("IncorrectState", message)
        _check_settings(name, ebs)


def _check_settings(name: str, ebs: Mapping[str, str]) -> None:
    kind = ebs.get("VolumeType", "gp2")
    if "Iops" in ebs and kind not in {"gp3", "io1", "io2"}:
        raise RefusalError("InvalidParameterCombination", f"{name}: no iops for {kind}")
    if "Throughput" in ebs and kind != "gp3":
        raise RefusalError("InvalidParameterCombination", f"{name}: no throughput for {kind}")


def _laid_over(image: Any, asked: Devices) -> Devices:
    """The devices of the image, each with what is asked instead; of a root no other snapshot."""
    found: Devices = {}
    for mapping in image.block_device_mappings:
        name = mapping["DeviceName"]
        ebs = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in _own(mapping)}
        instead = asked.pop(name, {})
        _check_settings(name, instead)
        if name == image.root_device_name and "SnapshotId" in instead:
            message = "snapshotId cannot be modified on root device"
            raise RefusalError("InvalidBlockDeviceMapping", message)
        if "VolumeType" in instead:
            ebs.pop("Iops", None)
            ebs.pop("Throughput", None)
        found[name] = {**ebs, **instead}
    return {**found, **asked}


def _own(mapping: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in mapping["Ebs"].items() if value is not None]


def _with_devices(form: Mapping[str, str], devices: Devices) -> dict[str, str]:
    full = {key: value for key, value in form.items() if not key.startswith("BlockDeviceMapping.")}
    for number, (name, ebs) in enumerate(devices.items(), 1):
        full[f"BlockDeviceMapping.{number}.DeviceName"] = name
        full |= {f"BlockDeviceMapping.{number}.Ebs.{k}": v for k, v in ebs.items()}
    return full


def _settle_volumes(instance: Instance, devices: Devices) -> None:
    """What moto forgets on the way: iops, throughput, and the encryption of the snapshot."""
    held = instance.ec2_backend
    for name, attached in instance.get_block_device_mapping:
        volume, ebs = held.get_volume(attached.volume_id), devices.get(name, {})
        volume.iops = int(ebs["Iops"]) if "Iops" in ebs else volume.iops
        volume.throughput = int(ebs["Throughput"]) if "Throughput" in ebs else None
        source = held.snapshots.get(ebs.get("SnapshotId", ""))
        if source is not None and source.encrypted:
            volume.encrypted, volume.kms_key_id = True, source.volume.kms_key_id


def _devices(form: Mapping[str, str]) -> Devices:
    numbered: dict[str, dict[str, str]] = {}
    for key, value in form.items():
        if match := _DEVICE.fullmatch(key):
            numbered.setdefault(match[1], {})[match[3] or "DeviceName"] = value
    return {each.pop("DeviceName"): each for each in numbered.values()}


def _tags(form: Mapping[str, str]) -> dict[str, str]:
    pairs: dict[tuple[str, str], dict[str, str]] = {}
    for key, value in form.items():
        if (match := _TAG.fullmatch(key)) and match[3]:
            pairs.setdefault((match[1], match[3]), {})[match[4]] = value
    return {each["Key"]: each.get("Value", "") for each in pairs.values()}


def _asked(form: Mapping[str, str]) -> dict[str, str]:
    """What must be the same where a token is."""
    return {k: v for k, v in form.items() if k not in {"Action", "Version", "ClientToken"}}


def _typed(key: str, value: str) -> Any:
    if key in {"VolumeSize", "Iops", "Throughput"}:
        return int(value)
    return value == "true" if key == "DeleteOnTermination" else value
