"""An EC2 instance comes back: the hands of a restore, each of which finds what it did before.

The image that is registered from the snapshots is found by its name, the instance by its token
or by the tag that names what it was; so a restore that broke off is carried on by the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_restore_facts, _ec2_restore_plan, _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_restore_losses import KMS
from cs_aws_janitor.resources.kinds._kind import Restore
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.restore_plan import Begun, Source, Start
from cs_aws_janitor.resources.tags import RESTORED_FROM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.kinds._ec2_restore_request import Request
    from cs_aws_janitor.resources.restore_plan import Manifest, RestorePlan

    Facts = Mapping[str, Any]

NAME_TAKEN = "InvalidAMIName.Duplicate"
SPENT = "IdempotentInstanceTerminated"
LIVING = ("pending", "running", "stopping", "stopped")
DONE_FOR = {"failed", "invalid", "error", "deregistered"}
_CURES = {
    "Client.InternalError": "often a KMS key that EC2 may not use, where new volumes are encrypted",
    "Client.VolumeLimitExceeded": "the account may have no more volumes: ask AWS for more",
    "Client.UserInitiatedShutdown": "somebody ended it",
    "Client.InstanceInitiatedShutdown": "its own system shut it down; its console output tells why",
    "Server.InsufficientInstanceCapacity": "AWS has no room: try again, --type or --subnet",
    "Server.InternalError": "AWS failed: try again",
    "Server.SpotInstanceTermination": "AWS took it back",
}


def living(client: EC2Client, manifest: Manifest) -> dict[str, str]:
    """The instances that were brought back from it and are there, the oldest first."""
    pages = client.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": f"tag:{RESTORED_FROM}", "Values": [manifest.id]},
            {"Name": "instance-state-name", "Values": list(LIVING)},
        ]
    )
    found = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
    found.sort(key=lambda each: (each["LaunchTime"], each["InstanceId"]))
    return {each["InstanceId"]: each.get("ClientToken", "") for each in found}


def prepare(client: EC2Client, plan: RestorePlan) -> Source:
    """The image to launch from: the backup itself, or one that is registered from it, once."""
    request: Request = plan.request
    if request.image:
        return Source(request.image, ready=True)
    image = _registered(client, request) or _register(client, request)
    image_id, state = image["ImageId"], image.get("State")
    if state in DONE_FOR:
        return Source(image_id, ready=False, unfit=f"the image {image_id} is {state}")
    if state != "available":
        return Source(image_id, ready=False)
    return Source(image_id, ready=True, unfit=_unlicensed(plan, image))


def begin(client: EC2Client, plan: RestorePlan, source: Source, tokens: Sequence[str]) -> str:
    """Launch one instance. A token is spent where what it launched has ended: then the next."""
    request: Request = plan.request
    answer: Any = None
    for token in tokens:
        launch: dict[str, Any] = {**request.launch, "ImageId": source.id, "ClientToken": token}
        answer = attempt(lambda: client.run_instances(**launch, MinCount=1, MaxCount=1))  # noqa: B023  called at once
        if not isinstance(answer, Refusal):
            return str(answer["Instances"][0]["InstanceId"])
        if answer.code != SPENT:
            break
    raise answer.error


def watch(client: EC2Client, plan: RestorePlan, instance_id: str) -> Start:
    """How far its start has come. What AWS does not show yet is on its way."""
    instance = _instance(client, instance_id)
    state = instance.get("State", {}).get("Name", "pending")
    if state == "running":
        return Start(Begun.RUNNING)
    if state == "pending":
        return Start(Begun.PENDING)
    return Start(Begun.FAILED, _why(instance, plan))


def finish(client: EC2Client, plan: RestorePlan, instance_id: str) -> list[str]:
    """Put back the tags of each volume, which differ; what could not be, in words."""
    request: Request = plan.request
    place = plan.manifest.place
    disks = _instance(client, instance_id).get("BlockDeviceMappings", ())
    volumes = {d["DeviceName"]: d["Ebs"]["VolumeId"] for d in disks if "Ebs" in d}
    failed = []
    for device in request.devices:
        volume, tags = volumes.get(device.name), device.tags
        if volume is None:
            failed.append(f"it has no volume at {device.name}")
        elif tags:
            answer = attempt(lambda: _ec2_tags.tag(client, place, [volume], tags))  # noqa: B023  called at once
            if isinstance(answer, Refusal):
                failed.append(f"{volume} ({device.name}) lacks its tags: {answer.sentence}")
    return failed


def tidy(client: EC2Client, plan: RestorePlan) -> None:
    """Remove the registered image: the snapshots it stands on could not be deleted beside it."""
    image = _registered(client, plan.request)
    if image is None:
        return
    answer = attempt(lambda: client.deregister_image(ImageId=image["ImageId"]))
    if isinstance(answer, Refusal) and _registered(client, plan.request):
        raise answer.error  # else only the answer of a first try was lost


def _registered(client: EC2Client, request: Request) -> Facts | None:
    """The image that this or an earlier try has registered."""
    if request.register is None:
        return None
    pages = client.get_paginator("describe_images").paginate(
        Owners=["self"], Filters=[{"Name": "name", "Values": [request.register["Name"]]}]
    )
    return next((image for page in pages for image in page["Images"]), None)


def _register(client: EC2Client, request: Request) -> Facts:
    wanted: Any = request.register
    answer = attempt(lambda: client.register_image(**wanted))
    if isinstance(answer, Refusal) and answer.code != NAME_TAKEN:
        raise answer.error
    # Whether it is fit, the next look tells where this one comes too early.
    made = wanted["Name"] if isinstance(answer, Refusal) else answer["ImageId"]
    return _registered(client, request) or {"ImageId": made}


def _unlicensed(plan: RestorePlan, image: Facts) -> str | None:
    """Why the image must not be launched. Source: RegisterImage, on billing information."""
    request: Request = plan.request
    bears = image.get("PlatformDetails")
    if request.platform is None or bears == request.platform:
        return None
    origin = plan.manifest.facts["instance"].get("ImageId", "its AMI")
    return (
        f"AWS registers its snapshots as {bears or 'of no platform'}, without the licence of"
        f" {request.platform}. Launch one from {origin} and put a volume of the snapshot in place"
        " of its root; or --without-licence"
    )


def _instance(client: EC2Client, instance_id: str) -> Facts:
    """The instance, ended or not; a filter, because a new id is not known everywhere at once."""
    pages = client.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-id", "Values": [instance_id]}]
    )
    found: list[Any] = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
    return found[0] if found else {}


def _why(instance: Facts, plan: RestorePlan) -> str:
    """Why it did not start, as AWS tells it, and what can be done about it."""
    reason = instance.get("StateReason", {})
    code, message = reason.get("Code", ""), reason.get("Message", "")
    said = message if code in message else f"{code}: {message}".strip(": ")
    keys: dict[str, list[str]] = {}
    for device in plan.request.devices:
        if device.kms_key:
            keys.setdefault(device.kms_key, []).append(device.name)
    if keys and (code == "Client.InternalError" or "kmskey" in f"{code}{message}".lower()):
        said += f". {_kms(keys)}"
    elif code in _CURES:
        said += f": {_CURES[code]}"
    said = said or f"it is {instance.get('State', {}).get('Name', 'gone')}; AWS gives no reason"
    if any(not device.ebs["DeleteOnTermination"] for device in plan.request.devices):
        said += f". Look for volumes that it left behind: they bear the tag {RESTORED_FROM}"
    return said


def _kms(keys: Mapping[str, Sequence[str]]) -> str:
    """Source: AWS, on instances with encrypted volumes that end while they start."""
    named = " and ".join(f"{key} (of {', '.join(devices)})" for key, devices in keys.items())
    return (
        f"EC2 was not granted the use of the KMS key {named}: it must be enabled, and its key"
        f" policy and these credentials must allow {KMS}"
    )


RESTORE = Restore(
    tags=_ec2_restore_facts.tags_of,
    look=_ec2_restore_facts.look,
    plan=_ec2_restore_plan.plan,
    living=living,
    prepare=prepare,
    begin=begin,
    watch=watch,
    finish=finish,
    tidy=tidy,
)
