"""The calls that only look, answered as EC2, STS and IAM answer them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench.endpoint import rendering, xml
from bench.endpoint.asking import RefusedError
from bench.endpoint.rendering import ACCOUNT, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.endpoint.asking import Asked
    from bench.endpoint.fleet import Instance, Region, Snapshot, Volume

AN_HOUR = timedelta(hours=1)
USER_DATA = base64.b64encode(b"#!/bin/sh\nset -eu\n/opt/workload/start --stage sandbox\n").decode()
_RESERVATIONS = (b"    <reservationSet>\n", b"    </reservationSet>\n")


def instances(region: Region, asked: Asked) -> list[bytes]:
    """DescribeInstances: whole pages of what was rendered beforehand."""
    ids, filters = asked.many("InstanceId"), asked.filters()
    if ids and asked.one("MaxResults"):
        raise RefusedError(
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        )
    found: Iterable[Instance] = region.instances.values()
    if ids:
        found = [named(region, instance_id) for instance_id in ids]
    page, more = asked.page(_filtered(found, filters))
    before, after = _RESERVATIONS
    parts = [before, *map(rendering.xml, page), after, xml.members(more, 1).encode()]
    return xml.framed(asked.action, parts)


def named(region: Region, instance_id: str) -> Instance:
    """The instance of that id; one that is unknown refuses the whole call."""
    if instance_id not in region.instances:
        why = f"The instance ID '{instance_id}' does not exist"
        raise RefusedError("InvalidInstanceID.NotFound", why)
    return region.instances[instance_id]


def attribute(region: Region, asked: Asked) -> list[bytes]:
    """DescribeInstanceAttribute, of which each shows one attribute of one instance."""
    instance = named(region, asked.one("InstanceId"))
    values: dict[str, object] = {
        "disableApiTermination": instance.protected,
        "disableApiStop": False,
        "userData": USER_DATA,
    }
    name = asked.one("Attribute")
    if name not in values:
        raise RefusedError("InvalidParameterValue", f"Value ({name}) for attribute is invalid.")
    shown = {"instanceId": instance.id, name: {"value": values[name]}}
    return xml.answer(asked.action, shown)


def snapshots(region: Region, asked: Asked) -> list[bytes]:
    """DescribeSnapshots, by their tags or their volumes."""
    found: list[Snapshot] = list(region.snapshots.values())
    for name, values in asked.filters().items():
        wanted = set(values)
        if name == "volume-id":
            found = [one for one in found if one.volume.id in wanted]
        else:
            found = [one for one in found if one.tags.get(_tag_key(name)) in wanted]
    page, more = asked.page(found)
    return xml.answer(asked.action, {"snapshotSet": [*map(snapshot, page)], **more})


def snapshot(one: Snapshot, state: str = "status") -> dict[str, object]:
    """A snapshot as EC2 prints it; `state` is what the call names that member."""
    return {
        "snapshotId": one.id,
        "volumeId": one.volume.id,
        state: "completed",
        "startTime": timestamp(one.started),
        "progress": "100%",
        "ownerId": ACCOUNT,
        "volumeSize": one.volume.size,
        "description": one.description,
        "encrypted": True,
        "storageTier": "standard",
        "tagSet": xml.tag_set(one.tags),
    }


def volumes(region: Region, asked: Asked) -> list[bytes]:
    """DescribeVolumes, by their ids or by the instances to which they are attached, or filters."""
    found, wanted = list(region.volumes()), set(asked.many("VolumeId"))
    if wanted:
        found = [(instance, volume) for instance, volume in found if volume.id in wanted]
    for name, values in asked.filters().items():
        if name not in {"attachment.instance-id", "volume-id"}:
            raise RefusedError("InvalidParameterValue", f"The filter '{name}' is invalid")
        of_instances = name == "attachment.instance-id"
        found = [pair for pair in found if pair[0 if of_instances else 1].id in set(values)]
    page, more = asked.page(found)
    return xml.answer(asked.action, {"volumeSet": [_volume(*one) for one in page], **more})


def spot_requests(region: Region, asked: Asked) -> list[bytes]:
    """DescribeSpotInstanceRequests: all of them one-time."""
    wanted = set(asked.filters().get("spot-instance-request-id", ()))
    found: list[object] = [
        {
            "spotInstanceRequestId": one.spot_request,
            "type": "one-time",
            "state": "active",
            "status": {"code": "fulfilled", "message": "Your spot request is fulfilled."},
            "instanceId": one.id,
            "createTime": timestamp(one.launched),
            "productDescription": "Linux/UNIX",
            "launchedAvailabilityZone": rendering.zone(one),
        }
        for one in region.instances.values()
        if one.spot_request and (not wanted or one.spot_request in wanted)
    ]
    return xml.answer(asked.action, {"spotInstanceRequestSet": found})


def regions(names: Iterable[str], asked: Asked) -> list[bytes]:
    """DescribeRegions: all of them enabled without asking."""
    shown = [
        {
            "regionName": name,
            "regionEndpoint": f"ec2.{name}.amazonaws.com",
            "optInStatus": "opt-in-not-required",
        }
        for name in names
    ]
    return xml.answer(asked.action, {"regionInfo": shown})


def caller(asked: Asked) -> list[bytes]:
    """GetCallerIdentity, in the form of STS."""
    user = f"arn:aws:iam::{ACCOUNT}:user/bench"
    who = {"Arn": user, "UserId": "AIDA0000000000000000A", "Account": ACCOUNT}
    return _of("https://sts.amazonaws.com/doc/2011-06-15/", asked, who)


def assumed(asked: Asked) -> list[bytes]:
    """AssumeRole, in the form of STS: whoever asks may, and every account has the same fleet."""
    session = {"AssumedRoleId": "AROA0000000000000000A:bench", "Arn": asked.one("RoleArn")}
    keys = {"AccessKeyId": "ASIA0000000000000000", "SecretAccessKey": "bench"}
    until = {"SessionToken": "bench", "Expiration": timestamp(datetime.now(UTC) + AN_HOUR)}
    given = {"AssumedRoleUser": session, "Credentials": {**keys, **until}}
    return _of("https://sts.amazonaws.com/doc/2011-06-15/", asked, given)


def aliases(asked: Asked) -> list[bytes]:
    """ListAccountAliases, in the form of IAM."""
    inner = (
        "<IsTruncated>false</IsTruncated><AccountAliases><member>bench</member></AccountAliases>"
    )
    return _of("https://iam.amazonaws.com/doc/2010-05-08/", asked, {}, inner)


def _of(space: str, asked: Asked, values: Mapping[str, object], inner: str = "") -> list[bytes]:
    action = asked.action
    result = f"<{action}Result>\n{inner}{xml.members(values, 2)}</{action}Result>\n"
    request = xml.element("ResponseMetadata", {"RequestId": xml.REQUEST}, 1)
    text = f'<{action}Response xmlns="{space}">\n{result}{request}</{action}Response>\n'
    return [text.encode()]


def _filtered(found: Iterable[Instance], filters: Mapping[str, list[str]]) -> Iterable[Instance]:
    for name, values in filters.items():
        wanted = set(values)
        if name == "instance-id":
            found = [one for one in found if one.id in wanted]
        elif name == "instance-state-name":
            found = [one for one in found if one.state in wanted]
        else:
            found = [one for one in found if one.tags.get(_tag_key(name)) in wanted]
    return found


def _tag_key(name: str) -> str:
    if not name.startswith("tag:"):
        raise RefusedError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return name.removeprefix("tag:")


def volume_of(region: Region, volume_id: str) -> Volume | None:
    """The volume of that id, attached to whatever instance."""
    return next((volume for _, volume in region.volumes() if volume.id == volume_id), None)


def _volume(instance: Instance, volume: Volume) -> dict[str, object]:
    launched = timestamp(instance.launched)
    return {
        "volumeId": volume.id,
        "size": volume.size,
        "snapshotId": f"snap-{volume.id.removeprefix('vol-')}",
        "availabilityZone": rendering.zone(instance),
        "status": "in-use",
        "createTime": launched,
        "attachmentSet": [
            {
                "volumeId": volume.id,
                "instanceId": instance.id,
                "device": volume.device,
                "status": "attached",
                "attachTime": launched,
                "deleteOnTermination": volume.device == "/dev/xvda",
            }
        ],
        "tagSet": xml.tag_set(volume.tags),
        "volumeType": "gp3",
        "iops": 3000,
        "encrypted": True,
        "multiAttachEnabled": False,
        "throughput": 125,
    }
