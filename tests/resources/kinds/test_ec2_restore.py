"""What comes back of an EC2 instance, what is missing and what is lost: the decision alone."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_aws_janitor.resources.kinds._ec2_restore_facts import Found, tags_of
from cs_aws_janitor.resources.kinds._ec2_restore_plan import plan
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.restore_plan import (
    Instead,
    Manifest,
    Marking,
    RestorePlan,
)
from cs_aws_janitor.resources.tags import RESTORED_FROM
from cs_aws_janitor.shared.errors import RefusedError

NOW = datetime(2026, 12, 20, 6, tzinfo=UTC)
GONE = "i-0abc1234"
ROOT, FURTHER = "/dev/xvda", "/dev/sdf"
MARKING = Marking(
    {"Discovered": "2026-12-20", "Expiration": "2027-01-03", RESTORED_FROM: GONE},
    frozenset(
        {"discovered", "expiration", "shutoff", "janitornote", "permanent", "janitorrestoredfrom"}
    ),
)
INSTANCE: dict[str, Any] = {
    "InstanceId": GONE,
    "InstanceType": "m5.large",
    "Architecture": "x86_64",
    "VirtualizationType": "hvm",
    "EnaSupport": True,
    "BootMode": "uefi-preferred",
    "ImageId": "ami-0original",
    "RootDeviceName": ROOT,
    "RootDeviceType": "ebs",
    "SubnetId": "subnet-1",
    "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web"}],
    "KeyName": "jd",
    "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/teams/runner"},
    "PrivateIpAddress": "10.0.0.7",
    "BlockDeviceMappings": [
        {"DeviceName": ROOT, "Ebs": {"VolumeId": "vol-1", "DeleteOnTermination": True}},
        {"DeviceName": FURTHER, "Ebs": {"VolumeId": "vol-2", "DeleteOnTermination": False}},
    ],
    "Tags": [
        {"Key": "Name", "Value": "jd-GitLabRunner"},
        {"Key": "shutoff ", "Value": "2026-12-06"},
        {"Key": "aws:cloudformation:stack-name", "Value": "demo"},
    ],
}
VOLUMES: list[dict[str, Any]] = [
    {"VolumeId": "vol-1", "Size": 8, "VolumeType": "gp2", "Iops": 100},
    {"VolumeId": "vol-2", "Size": 50, "VolumeType": "gp3", "Iops": 4000, "Throughput": 250},
]
TYPES: dict[str, Any] = {
    "m5.large": {"ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}},
    "m5d.large": {"InstanceStorageSupported": True},
    "t4g.micro": {"ProcessorInfo": {"SupportedArchitectures": ["arm64"]}},
}


def snapshot(number: int, **more: Any) -> dict[str, Any]:
    """The snapshot of one volume."""
    return {
        "SnapshotId": f"snap-{number}",
        "VolumeId": f"vol-{number}",
        "State": "completed",
        "StartTime": NOW,
        **more,
    }


FOUND = Found(
    types=TYPES,
    subnet={"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a"},
    groups={"sg-1": {"GroupId": "sg-1", "VpcId": "vpc-1"}},
    key=True,
    profile=True,
    snapshots={"snap-1": snapshot(1), "snap-2": snapshot(2)},
    images=[],
)


def image(*devices: tuple[str, str, bool], **more: Any) -> dict[str, Any]:
    """An image: device, snapshot, and whether the volume ends with the instance."""
    mappings = [
        {"DeviceName": name, "Ebs": {"SnapshotId": snap, "DeleteOnTermination": ends}}
        for name, snap, ends in devices
    ]
    made = {"ImageId": "ami-1", "State": "available", "CreationDate": "2026-12-13T06:00:00Z"}
    return {**made, "BlockDeviceMappings": mappings, **more}


def manifest(
    backups: tuple[str, ...] = ("snap-1", "snap-2"), user_data: str | None = None, **instance: Any
) -> Manifest:
    """The manifest of an instance that differs from the usual one by `instance`."""
    was = {k: v for k, v in {**INSTANCE, **instance}.items() if v is not None}
    facts = {"instance": was, "volumes": VOLUMES, "user_data": user_data}
    return Manifest(Place("123456789012", "eu-west-1"), "ec2_instance", GONE, NOW, backups, facts)


def planned(of: Manifest | None = None, found: Found = FOUND, **instead: Any) -> RestorePlan:
    """What is decided."""
    return plan(of or manifest(), found, Instead(**instead), MARKING)


def launch(**instance: Any) -> dict[str, Any]:
    """What RunInstances is asked for."""
    asked: dict[str, Any] = dict(planned(manifest(**instance)).request.launch)
    return asked


def register(**instance: Any) -> dict[str, Any]:
    """What RegisterImage is asked for."""
    asked: dict[str, Any] = dict(planned(manifest(**instance)).request.register)
    return asked


# What is asked of AWS


def test_the_launch_is_that_of_the_manifest() -> None:
    """Type, network, key, profile and tags are given; nothing is that it did not have."""
    assert launch() == {
        "InstanceType": "m5.large",
        "SubnetId": "subnet-1",
        "SecurityGroupIds": ["sg-1"],
        "KeyName": "jd",
        "IamInstanceProfile": {"Arn": INSTANCE["IamInstanceProfile"]["Arn"]},
        "TagSpecifications": [
            {
                "ResourceType": "instance",
                "Tags": [
                    {"Key": "Name", "Value": "jd-GitLabRunner"},
                    *({"Key": key, "Value": value} for key, value in MARKING.written.items()),
                ],
            },
            {"ResourceType": "volume", "Tags": [{"Key": RESTORED_FROM, "Value": GONE}]},
        ],
    }


def test_the_image_is_registered_as_the_instance_was() -> None:
    """Architecture, virtualization, boot mode, ENA, and each volume from its snapshot.

    gp2 takes no IOPS; and encryption cannot be given beside a snapshot.
    """
    asked = register()
    wanted = {
        "Name": f"janitor-restore-{GONE}-20261220T060000",
        "RootDeviceName": ROOT,
        "Architecture": "x86_64",
        "VirtualizationType": "hvm",
        "BootMode": "uefi-preferred",
        "EnaSupport": True,
        "BlockDeviceMappings": [
            {
                "DeviceName": ROOT,
                "Ebs": {
                    "DeleteOnTermination": True,
                    "VolumeType": "gp2",
                    "VolumeSize": 8,
                    "SnapshotId": "snap-1",
                },
            },
            {
                "DeviceName": FURTHER,
                "Ebs": {
                    "DeleteOnTermination": False,
                    "VolumeType": "gp3",
                    "VolumeSize": 50,
                    "Iops": 4000,
                    "Throughput": 250,
                    "SnapshotId": "snap-2",
                },
            },
        ],
    }
    assert {key: asked[key] for key in wanted} == wanted
    assert asked["TagSpecifications"][0]["ResourceType"] == "image"


@pytest.mark.parametrize(
    ("instance", "given"),
    [
        ({"VirtualizationType": "paravirtual", "KernelId": "aki-1"}, {"KernelId": "aki-1"}),
        ({"VirtualizationType": "paravirtual", "SriovNetSupport": "simple"}, {}),
        ({"SriovNetSupport": "simple"}, {"EnaSupport": True, "SriovNetSupport": "simple"}),
        ({"EnaSupport": False}, {}),
        ({"KernelId": "None", "RamdiskId": "ari-1"}, {"EnaSupport": True, "RamdiskId": "ari-1"}),
        ({"TpmSupport": "v2.0"}, {"EnaSupport": True, "TpmSupport": "v2.0"}),
    ],
)
def test_what_an_image_can_say(instance: dict[str, Any], given: dict[str, Any]) -> None:
    """On a paravirtual image enhanced networking would make the instance unreachable."""
    asked = register(**instance)
    keys = ("KernelId", "RamdiskId", "SriovNetSupport", "EnaSupport", "TpmSupport")
    assert {key: asked[key] for key in keys if key in asked} == given


@pytest.mark.parametrize(
    ("instance", "given"),
    [
        (
            {
                "MetadataOptions": {
                    "State": "applied",
                    "HttpTokens": "required",
                    "HttpEndpoint": "enabled",
                }
            },
            {"MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"}},
        ),
        (
            {"MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "disabled"}},
            {"MetadataOptions": {"HttpEndpoint": "disabled"}},
        ),
        ({"EbsOptimized": True}, {"EbsOptimized": True}),
        ({"Monitoring": {"State": "enabled"}}, {"Monitoring": {"Enabled": True}}),
        ({"Monitoring": {"State": "disabled"}}, {}),
        ({"Placement": {"Tenancy": "dedicated"}}, {"Placement": {"Tenancy": "dedicated"}}),
        ({"Placement": {"Tenancy": "default", "GroupName": ""}}, {}),
        (
            {"HibernationOptions": {"Configured": True}},
            {"HibernationOptions": {"Configured": True}},
        ),
        ({"EnclaveOptions": {"Enabled": False}}, {}),
        ({"EnclaveOptions": {"Enabled": True}}, {"EnclaveOptions": {"Enabled": True}}),
    ],
)
def test_smaller_settings(instance: dict[str, Any], given: dict[str, Any]) -> None:
    """What a listing shows and a launch takes is given; beside a closed endpoint nothing is."""
    usual = launch()
    asked = launch(**instance)
    assert {key: value for key, value in asked.items() if key not in usual} == given


def test_some_settings_are_of_the_type() -> None:
    """Another type may not know them: they are left out, and that is said."""
    of = manifest(EbsOptimized=True, EnclaveOptions={"Enabled": True})
    asked = planned(of, type="m5d.large")
    assert {"EbsOptimized", "EnclaveOptions"}.isdisjoint(asked.request.launch)
    assert "EbsOptimized, EnclaveOptions: not set up, as m5d.large may not know it" in asked.notes
    same = planned(of, type="m5.large")
    assert {"EbsOptimized", "EnclaveOptions"} <= same.request.launch.keys()
    assert same.notes == ()


def test_user_data_is_given_as_it_was() -> None:
    """It is stored as AWS shows it, and given as it was once given: also where it is no text."""
    stored = base64.b64encode(b"\x1f\x8b\x00").decode()
    asked = planned(manifest(user_data=stored))
    assert asked.request.launch["UserData"] == b"\x1f\x8b\x00"
    assert asked.brings["user data"] == "3 bytes, not shown"
    assert any("user data runs again" in note for note in asked.notes)
    assert "1f" not in repr(asked)
    assert stored not in repr(asked)


def test_of_two_snapshots_the_last_one_that_is_complete() -> None:
    """A backup that was begun twice has two of a volume."""
    later = {"SnapshotId": "snap-3", "VolumeId": "vol-1", "StartTime": NOW + timedelta(hours=1)}
    broken = {**snapshot(4), "VolumeId": "vol-1", "State": "error", "StartTime": NOW + timedelta(2)}
    found = {**FOUND.snapshots, "snap-3": {**snapshot(1), **later}, "snap-4": broken}
    asked = planned(manifest(tuple(found)), replace(FOUND, snapshots=found))
    assert asked.request.devices[0].snapshot == "snap-3"


# A backup that is an image


IMAGED = image((ROOT, "snap-8", True), (FURTHER, "snap-9", True))


def of_image(*images: dict[str, Any]) -> RestorePlan:
    """What is decided where the backup is an image."""
    ids = tuple(each["ImageId"] for each in images) or ("ami-1",)
    return planned(manifest(ids), replace(FOUND, snapshots={}, images=list(images)))


def test_an_image_is_launched_as_it_is_but_for_what_differs() -> None:
    """Of its root no snapshot may be named, of the others it must be."""
    asked = of_image(IMAGED).request
    assert (asked.register, asked.image) == (None, "ami-1")
    assert asked.launch["BlockDeviceMappings"] == [
        {
            "DeviceName": ROOT,
            "Ebs": {"DeleteOnTermination": True, "VolumeType": "gp2", "VolumeSize": 8},
        },
        {
            "DeviceName": FURTHER,
            "Ebs": {
                "DeleteOnTermination": False,
                "VolumeType": "gp3",
                "VolumeSize": 50,
                "Iops": 4000,
                "Throughput": 250,
                "SnapshotId": "snap-9",
            },
        },
    ]


def test_an_image_that_says_all_is_left_as_it_is() -> None:
    """What does not differ is not given."""
    full = image((ROOT, "snap-8", True), (FURTHER, "snap-9", False))
    full["BlockDeviceMappings"][0]["Ebs"] |= {"VolumeType": "gp2", "VolumeSize": 8}
    full["BlockDeviceMappings"][1]["Ebs"] |= {
        "VolumeType": "gp3",
        "VolumeSize": 50,
        "Iops": 4000,
        "Throughput": 250,
    }
    assert "BlockDeviceMappings" not in of_image(full).request.launch


def test_of_two_images_the_newer_and_what_the_older_adds() -> None:
    """A volume that only the older one holds comes from there."""
    older = image((ROOT, "snap-8", True), (FURTHER, "snap-9", True))
    newer = image((ROOT, "snap-7", True), ImageId="ami-2", CreationDate="2026-12-14T06:00:00Z")
    asked = of_image(newer, older).request
    assert asked.image == "ami-2"
    assert [device.snapshot for device in asked.devices] == ["snap-7", "snap-9"]


# What is impossible


@pytest.mark.parametrize(
    ("found", "of", "why"),
    [
        ({}, manifest(()), "it was terminated without a backup"),
        (
            {},
            manifest(RootDeviceType="instance-store"),
            "its root was an instance store, of which nothing is left; beside it stands snap-1,",
        ),
        ({}, manifest(BlockDeviceMappings=[]), "its root was an instance store"),
        (
            {"snapshots": {"snap-1": snapshot(1)}},
            manifest(),
            "its backup snap-2 of /dev/sdf (vol-2) was deleted since",
        ),
        (
            {"snapshots": {"snap-1": snapshot(1, StorageTier="archive"), "snap-2": snapshot(2)}},
            manifest(),
            "its backup snap-1 of /dev/xvda (vol-1) is archived: `aws ec2 restore-snapshot-tier`",
        ),
        (
            {"snapshots": {"snap-1": snapshot(1), "snap-2": snapshot(2, State="error")}},
            manifest(),
            "its backup snap-2 of /dev/sdf (vol-2) is in the state error",
        ),
        (
            {"snapshots": {"snap-1": snapshot(1)}},
            manifest(("snap-1",)),
            "none of its backups snap-1 is of /dev/sdf (vol-2)",
        ),
        ({}, manifest(("ami-1",)), "its backup ami-1 was deregistered since"),
        (
            {"images": [{**IMAGED, "State": "failed"}]},
            manifest(("ami-1",)),
            "its backup ami-1 is in the state failed",
        ),
        (
            {"images": [image((ROOT, "snap-8", True))]},
            manifest(("ami-1",)),
            "its backup ami-1 lacks /dev/sdf",
        ),
    ],
)
def test_why_nothing_can_come_back(found: dict[str, Any], of: Manifest, why: str) -> None:
    """A backup that is gone, or was never whole, is named with its device."""
    asked = planned(of, replace(FOUND, **found))
    assert (asked.impossible or "").startswith(why)
    assert asked.request is None


# What is missing


@pytest.mark.parametrize(
    ("found", "instead", "told"),
    [
        ({"subnet": None}, {}, [("subnet subnet-1 is not there", "--subnet ID")]),
        (
            {"subnet": {**(FOUND.subnet or {}), "AvailableIpAddressCount": 0}},
            {},
            [("subnet subnet-1 has no free address", "--subnet ID")],
        ),
        (
            {
                "subnet": {
                    "VpcId": "vpc-1",
                    "AvailabilityZone": "a",
                    "AvailableIpAddressCount": 0,
                    "Ipv6Native": True,
                }
            },
            {},
            [],
        ),
        ({"groups": {}}, {}, [("security group sg-1 is not there", "--security-group ID")]),
        (
            {"subnet": {"VpcId": "vpc-2", "AvailabilityZone": "eu-west-1a"}},
            {"subnet": "subnet-2"},
            [("security group sg-1 is of vpc-1, the subnet of vpc-2", "--security-group ID")],
        ),
        ({"key": False}, {}, [("key pair jd is not there", "--key NAME or --no-key")]),
        ({"key": False}, {"key": ""}, []),
        (
            {"profile": False},
            {},
            [("instance profile runner is not there", "--profile NAME or --no-profile")],
        ),
        ({"profile": False}, {"profile": ""}, []),
        (
            {},
            {"type": "m1.small"},
            [("instance type m1.small is not offered in this region", "--type TYPE")],
        ),
        (
            {},
            {"type": "t4g.micro"},
            [
                (
                    "instance type t4g.micro runs arm64, its disk was made for x86_64",
                    "--type TYPE",
                )
            ],
        ),
    ],
)
def test_what_is_missing(
    found: dict[str, Any], instead: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    """Each with the options that replace it."""
    missing = planned(found=replace(FOUND, **found), **instead).missing
    assert [(each.what, each.options) for each in missing] == told


def test_it_stood_in_no_subnet() -> None:
    """Then a subnet must be given."""
    of, found = manifest(SubnetId=None), replace(FOUND, subnet=None)
    assert [each.what for each in planned(of, found).missing] == ["it stood in no subnet"]


def test_groups_of_its_first_interface() -> None:
    """Where the instance shows no groups, those of its primary interface count."""
    further = {"Attachment": {"DeviceIndex": 1}, "NetworkInterfaceId": "eni-2", "Groups": []}
    first = {"Attachment": {"DeviceIndex": 0}, "Groups": [{"GroupId": "sg-1"}]}
    asked = planned(manifest(SecurityGroups=[], NetworkInterfaces=[further, first]))
    assert asked.request.launch["SecurityGroupIds"] == ["sg-1"]
    assert "its further network interfaces eni-2" in asked.lost


def test_a_profile_by_its_name() -> None:
    """A name that is typed goes as a name, what the manifest has as an ARN."""
    asked = planned(profile="other").request.launch
    assert asked["IamInstanceProfile"] == {"Name": "other"}


# What is lost, and what is good to know


@pytest.mark.parametrize(
    ("instance", "told"),
    [
        ({}, "its private address 10.0.0.7: it gets another one of its subnet"),
        ({}, "its public address: its subnet gives none"),
        ({"PublicIpAddress": "198.51.100.7"}, "its public address 198.51.100.7: its subnet gives"),
        (
            {
                "NetworkInterfaces": [
                    {"Association": {"PublicIp": "203.0.113.9", "IpOwnerId": "123456789012"}}
                ]
            },
            "its Elastic IP 203.0.113.9: it is not associated again",
        ),
        (
            {"NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}]}]},
            "its IPv6 addresses 2001:db8::1",
        ),
        ({"InstanceType": "m5d.large"}, "what was on its instance store"),
        ({"InstanceLifecycle": "spot"}, "its spot price: it comes back as an on-demand instance"),
        ({"SourceDestCheck": False}, "its source/destination check was off, and is on again"),
        ({"Placement": {"GroupName": "near"}}, "its place in the placement group near"),
        ({"Placement": {"Tenancy": "host", "HostId": "h-1"}}, "its dedicated host h-1"),
        ({}, "its tags aws:cloudformation:stack-name"),
    ],
)
def test_what_is_lost(instance: dict[str, Any], told: str) -> None:
    """What cannot come back is said plainly."""
    assert any(each.startswith(told) for each in planned(manifest(**instance)).lost)


def test_a_public_address_that_its_subnet_gives() -> None:
    """A new one, where the subnet gives one."""
    subnet = {**(FOUND.subnet or {}), "MapPublicIpOnLaunch": True}
    asked = planned(found=replace(FOUND, subnet=subnet))
    assert "its public address: it gets a new one" in asked.lost


@pytest.mark.parametrize(
    ("platform", "bears"),
    [("Linux/UNIX", None), (None, None), ("Windows", "Windows"), ("SUSE Linux", "SUSE Linux")],
)
def test_whose_licence_it_needs(platform: str | None, bears: str | None) -> None:
    """An image that AWS registers from snapshots must bear it, unless a person says otherwise."""
    of = manifest(PlatformDetails=platform)
    assert planned(of).request.platform == bears
    assert planned(of, unlicensed=True).request.platform is None
    assert any("licence" in note for note in planned(of).notes) is (bears is not None)


def test_an_encrypted_volume_names_its_key() -> None:
    """Whoever restores it must be allowed to use that key: it is said beforehand."""
    facts = manifest().facts
    encrypted = {**VOLUMES[0], "Encrypted": True, "KmsKeyId": "arn:aws:kms:key/1"}
    of = replace(manifest(), facts={**facts, "volumes": [encrypted, VOLUMES[1]]})
    asked = planned(of)
    assert any(n.endswith("must be allowed on arn:aws:kms:key/1") for n in asked.notes)
    assert asked.request.devices[0].kms_key == "arn:aws:kms:key/1"


# Tags


def test_the_old_tags_but_the_janitors_own() -> None:
    """Whatever their spelling, its dates are not those of the new one; nor are AWS's own tags."""
    assert planned().tags == {"Name": "jd-GitLabRunner", **MARKING.written}


def test_more_tags_than_fit() -> None:
    """50 stand on an instance: the last ones are left out, and told."""
    old = [{"Key": f"key{n:02}", "Value": "-"} for n in range(50)]
    asked = planned(manifest(Tags=old))
    assert len(asked.tags) == 50
    assert asked.tags["Expiration"] == "2027-01-03"
    assert "its tags key47, key48, key49" in asked.lost


def test_more_tags_on_a_volume_than_fit() -> None:
    """Beside its label 49 fit; the others are told."""
    old = [{"Key": f"key{n:02}", "Value": "-"} for n in range(50)]
    dated = [{"Key": "expiration", "Value": "2026-12-01"}, *old[1:]]
    facts = {
        **manifest().facts,
        "volumes": [{**VOLUMES[0], "Tags": old}, {**VOLUMES[1], "Tags": dated}],
    }
    asked = planned(replace(manifest(), facts=facts))
    assert [len(device.tags) for device in asked.request.devices] == [49, 49]
    assert [each for each in asked.lost if each.startswith("the tags")] == [
        "the tags key49 of /dev/xvda"
    ]


@pytest.mark.parametrize("facts", [{}, {"instance": None}, {"instance": []}])
def test_tags_of_a_manifest_that_is_not_whole(facts: dict[str, Any]) -> None:
    """There are none; whoever looks for a name looks on."""
    assert tags_of(facts) == {}


def test_user_data_that_is_not_whole() -> None:
    """It is refused rather than restored in part."""
    with pytest.raises(RefusedError, match="its user data is not whole"):
        planned(manifest(user_data="not base64!"))
