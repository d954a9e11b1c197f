"""A volume comes back from its snapshot: in its zone, as it was, attached to nothing.

AWS does not show with which token a volume was made, so it bears it as a tag: by that a restore
that broke off is carried on by the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_tags
from cs_aws_janitor.resources.kinds._ec2_restore_losses import KMS
from cs_aws_janitor.resources.kinds._kind import Restore
from cs_aws_janitor.resources.kinds._pages import pages
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.restore_plan import (
    Begun,
    Instead,
    RestorePlan,
    Source,
    Start,
)
from cs_aws_janitor.resources.tags import MOST_TAGS, RESTORED_FROM
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from types_boto3_ec2.client import EC2Client

    from cs_aws_janitor.resources.restore_plan import Manifest, Marking

    Facts = Mapping[str, Any]

TOKEN = "JanitorRestoreToken"  # noqa: S105  it opens nothing
SPENT = "IdempotentParameterMismatch"
LIVING = ("creating", "available", "in-use")
_WITH_IOPS = {"gp3", "io1", "io2"}


@dataclass(frozen=True, slots=True)
class Found:
    """What stands of its backup, by id, and whether its zone does."""

    snapshots: Mapping[str, Facts]
    zone: bool


def tags_of(facts: Facts) -> dict[str, str]:
    """The tags that stood on it; of a manifest that is not whole none."""
    volume = facts.get("volume")
    return _ec2_tags.as_mapping(volume.get("Tags", ())) if isinstance(volume, dict) else {}


def look(ask: Callable[[str], Any], manifest: Manifest, _instead: Instead) -> Found:
    """Look for its snapshot and its zone."""
    client = ask("ec2")
    name, zone = "snapshot-id", _stood(manifest)["AvailabilityZone"]
    found = pages(client, "describe_snapshots", name, manifest.backups, OwnerIds=["self"])
    zones = client.describe_availability_zones(Filters=[{"Name": "zone-name", "Values": [zone]}])
    snapshots = {each["SnapshotId"]: each for page in found for each in page["Snapshots"]}
    return Found(snapshots, bool(zones["AvailabilityZones"]))


def plan(manifest: Manifest, found: Found, instead: Instead, marking: Marking) -> RestorePlan:
    """What comes back, and what does not."""
    if instead != Instead():
        what = "a volume has no subnet, group, key, profile, instance type or licence"
        raise RefusedError(f"{manifest.id}: {what}", "Leave these options out; nothing was made")
    was = _stood(manifest)
    if impossible := _impossible(manifest, was, found):
        return RestorePlan(manifest, impossible=impossible)
    snapshot = _snapshot(was, found) or {}
    tags = _tags(was, marking)
    return RestorePlan(
        manifest=manifest,
        brings=dict(_brings(was, snapshot)),
        tags=tags,
        lost=tuple(_lost(was, tags, marking)),
        notes=tuple(_notes(was)),
        request=_request(was, snapshot),
    )


def living(client: EC2Client, manifest: Manifest) -> dict[str, str]:
    """The volumes that were brought back from it and are there, the oldest first."""
    wanted = [manifest.id]
    listing = pages(client, "describe_volumes", f"tag:{RESTORED_FROM}", wanted)
    found = [v for page in listing for v in page["Volumes"] if v["State"] in LIVING]
    found.sort(key=lambda each: (each["CreateTime"], each["VolumeId"]))
    tags = {each["VolumeId"]: _ec2_tags.of(each) for each in found}
    return {volume: borne.get(TOKEN, "") for volume, borne in tags.items()}


def prepare(_client: EC2Client, plan: RestorePlan) -> Source:
    """Nothing has to be made: a volume is made of the snapshot itself."""
    return Source(plan.request["SnapshotId"], ready=True)


def begin(client: EC2Client, plan: RestorePlan, _source: Source, tokens: Sequence[str]) -> str:
    """Make one volume. A token is spent where another volume was asked for with it."""
    answer: Any = None
    for token in tokens:
        borne = _ec2_tags.as_list({**plan.tags, TOKEN: token})
        tagged = [{"ResourceType": "volume", "Tags": borne}]
        asked = {**plan.request, "TagSpecifications": tagged, "ClientToken": token}
        answer = attempt(lambda: client.create_volume(**asked))  # noqa: B023  called at once
        if not isinstance(answer, Refusal):
            return str(answer["VolumeId"])
        if answer.code != SPENT:
            break
    raise answer.error


def watch(client: EC2Client, plan: RestorePlan, volume_id: str) -> Start:
    """How far it has come. What AWS does not show yet is on its way."""
    found = [
        volume
        for page in pages(client, "describe_volumes", "volume-id", [volume_id])
        for volume in page["Volumes"]
    ]
    state = found[0]["State"] if found else "creating"
    if state in {"available", "in-use"}:
        return Start(Begun.RUNNING, state=state)
    if state == "creating":
        return Start(Begun.PENDING)
    why = f"it is in the state {state}; AWS gives no reason"
    if key := plan.request.get("KmsKeyId"):
        why += f". Often {key} may not be used: it must be enabled, and allow {KMS}"
    return Start(Begun.FAILED, why)


def finish(_client: EC2Client, _plan: RestorePlan, _volume_id: str) -> list[str]:
    """Nothing is left to be done: it was made with all it has."""
    return []


def tidy(_client: EC2Client, _plan: RestorePlan) -> None:
    """Nothing was made for it beside itself."""


def _stood(manifest: Manifest) -> Facts:
    """The volume out of its manifest. Raises RefusedError for one that is not whole."""
    volume = manifest.facts.get("volume")
    if not isinstance(volume, dict) or "AvailabilityZone" not in volume:
        raise RefusedError(
            f"the manifest of {manifest.id} in the ledger cannot be read:"
            " it does not hold the volume",
            f"Its backup is {', '.join(manifest.backups) or 'not told'}",
        )
    return volume


def _impossible(manifest: Manifest, was: Facts, found: Found) -> str | None:
    """Why there is nothing to make it from, or nowhere to make it; None where there is."""
    if not manifest.backups:
        return "it was terminated without a backup"
    gone = sorted(set(manifest.backups) - found.snapshots.keys())
    if not found.snapshots:
        return (
            f"its backup {', '.join(gone)} was deleted since; where the account keeps what is"
            " deleted, it lies in the Recycle Bin"
        )
    if _snapshot(was, found) is None:
        return f"its backup {'; '.join(_unusable(each) for each in found.snapshots.values())}"
    if not found.zone:
        return (
            f"its zone {was['AvailabilityZone']} is not there any more; its backup"
            f" {', '.join(found.snapshots)} still is"
        )
    return None


def _snapshot(was: Facts, found: Found) -> Facts | None:
    """What it is made from: of several that are complete the last one."""
    fitting = [
        each
        for each in found.snapshots.values()
        if each["VolumeId"] == was.get("VolumeId", each["VolumeId"])
        and each["State"] == "completed"
        and each.get("StorageTier") != "archive"
    ]
    return max(fitting, key=lambda each: each["StartTime"], default=None)


def _unusable(snapshot: Facts) -> str:
    name = snapshot["SnapshotId"]
    if snapshot.get("StorageTier") == "archive":
        return f"{name} is archived: `aws ec2 restore-snapshot-tier` brings it into reach"
    if snapshot["State"] != "completed":
        return f"{name} is in the state {snapshot['State']}"
    return f"{name} is of {snapshot['VolumeId']}"


def _request(was: Facts, snapshot: Facts) -> dict[str, Any]:
    """What AWS is asked for, but for the tags and the token."""
    kind = was.get("VolumeType")
    request: dict[str, Any] = {
        "AvailabilityZone": was["AvailabilityZone"],
        "SnapshotId": snapshot["SnapshotId"],
    }
    request |= {"Size": was["Size"]} if was.get("Size") else {}
    request |= {"VolumeType": kind} if kind else {}
    if kind in _WITH_IOPS and was.get("Iops"):
        request["Iops"] = was["Iops"]
    if kind == "gp3" and was.get("Throughput"):
        request["Throughput"] = was["Throughput"]
    if was.get("MultiAttachEnabled"):
        request["MultiAttachEnabled"] = True
    if was.get("Encrypted"):
        request |= {"Encrypted": True}
        request |= {"KmsKeyId": was["KmsKeyId"]} if was.get("KmsKeyId") else {}
    return request


def _tags(was: Facts, marking: Marking) -> dict[str, str]:
    """Its tags, as far as 50 allow beside the token."""
    old = _ec2_tags.as_mapping(was.get("Tags", ()))
    whole = marking.over(old)
    kept = [key for key in whole if key not in marking.written and key != TOKEN]
    room = MOST_TAGS - len(marking.written) - 1
    return {key: whole[key] for key in kept[:room]} | dict(marking.written)


def _brings(was: Facts, snapshot: Facts) -> Iterator[tuple[str, str]]:
    """What comes back, in words."""
    yield "zone", was["AvailabilityZone"]
    parts = [f"{was['Size']} GiB" if was.get("Size") else "", was.get("VolumeType", "")]
    asked = _request(was, snapshot)
    parts += [f"{asked['Iops']} IOPS" if "Iops" in asked else ""]
    parts += [f"{asked['Throughput']} MiB/s" if "Throughput" in asked else ""]
    parts += ["Multi-Attach"] if "MultiAttachEnabled" in asked else []
    yield "volume", " ".join(filter(None, parts))
    unnamed = "the key of its snapshot" if "Encrypted" in asked else "nothing"
    yield "encrypted with", asked.get("KmsKeyId", unnamed)
    yield "made from", snapshot["SnapshotId"]


def _lost(was: Facts, kept: Mapping[str, str], marking: Marking) -> Iterator[str]:
    """What cannot come back."""
    yield "its id: it gets a new one; what names it does not follow"
    if was.get("OutpostArn"):
        yield f"its place on {was['OutpostArn']}: it comes back in the region"
    old = _ec2_tags.as_mapping(was.get("Tags", ()))
    gone = [key for key in old if key not in kept and key.lower().startswith("aws:")]
    gone += [key for key in old if key not in {*kept, *gone} and not marking.lost([key])]
    if gone := [key for key in gone if key != TOKEN]:
        yield f"its tags {', '.join(gone)}"


def _notes(was: Facts) -> Iterator[str]:
    """What a person should know before it is begun."""
    yield "it is attached to nothing: do that yourself, and it is held from then on"
    yield "its blocks are fetched from the snapshot as they are first read, which takes longer"
    if was.get("Encrypted"):
        key = was.get("KmsKeyId", "the key it was encrypted with")
        yield f"it is encrypted: {KMS} must be allowed on {key}"


RESTORE = Restore(
    tags=tags_of,
    look=look,
    plan=plan,
    living=living,
    prepare=prepare,
    begin=begin,
    watch=watch,
    finish=finish,
    tidy=tidy,
)
