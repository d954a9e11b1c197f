"""What IAM is asked about a call: each resource that it touches, and what is known of that.

Source: the service authorization reference of EC2: the resource types of an action are asked for
one by one, a tag on what is being made is a CreateTags of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from moto.organizations.models import organizations_backends

from tests.iam.judge import Question
from tests.strict import backend, scaling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.calls import Call
    from tests.strict.wire import Request

TYPES = {
    "ami": "image",
    "eipalloc": "elastic-ip",
    "i": "instance",
    "sg": "security-group",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
}
NAMED_BY = {
    "DeregisterImage": "ImageId",
    "CancelSpotInstanceRequests": "SpotInstanceRequestId",
    "CreateTags": "ResourceId",
    "DeleteSnapshot": "SnapshotId",
    "DeleteTags": "ResourceId",
    "DeleteVolume": "VolumeId",
    "DescribeInstanceAttribute": "InstanceId",
    "ModifyInstanceAttribute": "InstanceId",
    "ReleaseAddress": "AllocationId",
    "StopInstances": "InstanceId",
    "TerminateInstances": "InstanceId",
}
MAKES = {
    "CreateImage": ("image", "snapshot"),
    "CreateSnapshot": ("snapshot",),
    "CreateSnapshots": ("snapshot",),
    "CreateVolume": ("volume",),
    "RegisterImage": ("image",),
    "RunInstances": ("instance", "network-interface", "volume"),
}
DATABASES = {  # a listing of RDS is of everything of its sort
    "DescribeDBClusterSnapshots": "cluster-snapshot",
    "DescribeDBClusters": "cluster",
    "DescribeDBInstances": "db",
    "DescribeDBSnapshots": "snapshot",
    "DescribeGlobalClusters": "global-cluster",
}
OF_NONE = re.compile("Describe|GetCallerIdentity|ListAccount|LookupEvents")
USES = re.compile(
    r"(InstanceSpecification\.)?InstanceId|ImageId|KeyName|SecurityGroupId\.\d+|SubnetId"
    r"|VolumeId|SnapshotId|BlockDeviceMapping\.\d+\.Ebs\.SnapshotId"
)
_TAG = re.compile(r"Tag\.\d+\.Key")
_SPECIFIED = re.compile(r"(TagSpecification\.\d+)\.Tag\.\d+\.Key")


def questions(request: Request) -> Iterator[Question]:
    """All that must be allowed for `request` to be done. S3 is asked about by its calls."""
    if request.service == "s3":
        return
    if request.service == "autoscaling" and not OF_NONE.match(request.operation):
        yield from _of_groups(request)
    elif request.operation in NAMED_BY:
        named_by = NAMED_BY[request.operation]
        for resource_id in request.listed(named_by) or [request.form[named_by]]:
            yield _about(request, resource_id)
    elif request.operation in MAKES:
        yield from _making(request)
    elif request.operation in OF_THEIR_OWN:
        yield from OF_THEIR_OWN[request.operation](request)
    else:
        assert OF_NONE.match(request.operation), f"{request.name}: what does IAM ask about it?"
        yield Question(request.name, "*", _region(request))


def _organisations(request: Request) -> dict[str, list[str]]:
    """Which organisation asks, and to which the account of the role belongs."""
    role = request.form["RoleArn"].split(":")[4]
    known = {"aws:principalorgid": request.account, "aws:resourceorgid": role}
    found = {}
    for key, account in known.items():
        manager = organizations_backends.master_accounts.get(account, (account,))[0]
        if organization := organizations_backends[manager]["aws"].org:
            found[key] = [organization.id]
    return found


def _assuming(request: Request) -> Iterator[Question]:
    yield Question(request.name, request.form["RoleArn"], _organisations(request))


def _of_a_parent(request: Request) -> Iterator[Question]:
    for parent in ("root/o-1/r-ab12", "ou/o-1/ou-ab12-11111111"):  # of both alike
        yield Question(request.name, f"arn:aws:organizations::{request.account}:{parent}")


def _of_a_profile(request: Request) -> Iterator[Question]:
    profile = f"instance-profile/{request.form['InstanceProfileName']}"
    yield Question(request.name, f"arn:aws:iam::{request.account}:{profile}")


def _of_databases(request: Request) -> Iterator[Question]:
    what = DATABASES[request.operation]
    region = "" if what == "global-cluster" else request.region
    yield Question(
        request.name, f"arn:aws:rds:{region}:{request.account}:{what}:*", _region(request)
    )


OF_THEIR_OWN = {
    **dict.fromkeys(DATABASES, _of_databases),
    "AssumeRole": _assuming,
    "GetInstanceProfile": _of_a_profile,
    "ListAccountsForParent": _of_a_parent,
    "ListOrganizationalUnitsForParent": _of_a_parent,
}


def of_s3(call: Call) -> Question:
    """What must be allowed for a call to S3."""
    bucket = f"arn:aws:s3:::{call.params['Bucket']}"
    if call.operation == "ListObjectsV2":
        return Question("s3:ListBucket", bucket, {"s3:prefix": [call.params["Prefix"]]})
    return Question(call.name, f"{bucket}/{call.params['Key']}")


def _region(request: Request) -> dict[str, list[str]]:
    return {"aws:requestedregion": [request.region]}


def _about(request: Request, resource_id: str) -> Question:
    context = _region(request) | _standing(request, resource_id)
    keys = [value for key, value in request.form.items() if _TAG.fullmatch(key)]
    if keys:
        context["aws:tagkeys"] = keys
    if request.operation == "ModifyInstanceAttribute":
        changed = [k.removesuffix(".Value") for k in request.form if k.endswith(".Value")]
        context["ec2:attribute"] = changed
    return Question(request.name, _arn(request, resource_id), context)


def _of_groups(request: Request) -> Iterator[Question]:
    """Each Auto Scaling group that is named, by itself or by the rows of its tags."""
    rows = scaling.rows(request)
    names = {row.group for row in rows} or {request.form["AutoScalingGroupName"]}
    for name in names:
        group = scaling.called(name)
        assert group
        tags = scaling.tags_of(group).items()
        context = _region(request) | {f"aws:resourcetag/{k.lower()}": [v] for k, v in tags}
        if rows:
            context["aws:tagkeys"] = [row.key for row in rows]
        yield Question(request.name, group.arn, context)


def _making(request: Request) -> Iterator[Question]:
    """What is made, all that it is made of, and the role that it gets."""
    for resource_id in _sources(request):
        yield _about(request, resource_id)
    if any(key.startswith("IamInstanceProfile.") for key in request.form):
        role = f"arn:aws:iam::{request.account}:role/of-the-profile"
        yield Question("iam:PassRole", role, {"iam:passedtoservice": ["ec2.amazonaws.com"]})
    yield from _made(request)


def _sources(request: Request) -> Iterator[str]:
    for key, value in request.form.items():
        if USES.fullmatch(key):
            yield value
    if request.operation == "CreateSnapshots":
        source = request.form["InstanceSpecification.InstanceId"]
        instance = backend.instance(backend.ec2(request), source)
        assert instance
        yield from (device.volume_id for _, device in instance.get_block_device_mapping)


def _made(request: Request) -> Iterator[Question]:
    """What is being made, and the tags that it gets."""
    given = _specified(request)
    for made in MAKES[request.operation]:
        arn = _arn_of(request, made, "new")
        tags = given.get(made, {})
        context = _region(request) | {f"aws:requesttag/{k.lower()}": [v] for k, v in tags.items()}
        if tags:
            context["aws:tagkeys"] = list(tags)
            born = context | {"ec2:createaction": [request.operation]}
            yield Question("ec2:CreateTags", arn, born)
        if made == "instance":
            context["ec2:instancetype"] = [request.form["InstanceType"]]
        yield Question(request.name, arn, context)


def _specified(request: Request) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = {}
    for key, name in request.form.items():
        if match := _SPECIFIED.fullmatch(key):
            what = request.form[f"{match[1]}.ResourceType"]
            value = request.form[f"{key.removesuffix('.Key')}.Value"]
            given.setdefault(what, {})[name] = value
    return given


def _standing(request: Request, resource_id: str) -> dict[str, list[str]]:
    held = backend.ec2(request)
    tags = held.tags.get(resource_id, {})
    context = {f"aws:resourcetag/{key.lower()}": [value] for key, value in tags.items()}
    instance = backend.instance(held, resource_id)
    if instance:
        context["ec2:instancetype"] = [str(instance.instance_type)]
    if volume := held.volumes.get(resource_id):
        context["ec2:volumetype"] = [volume.volume_type]
    return context


def _arn(request: Request, resource_id: str) -> str:
    what = TYPES.get(resource_id.partition("-")[0], "key-pair")  # which has a name of its own
    return _arn_of(request, what, resource_id)


def _arn_of(request: Request, what: str, resource_id: str) -> str:
    account = "" if what in {"image", "snapshot"} else request.account
    return f"arn:aws:ec2:{request.region}:{account}:{what}/{resource_id}"
