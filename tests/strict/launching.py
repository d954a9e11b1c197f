"""How an instance comes into the account: by itself, or as a member of an Auto Scaling group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from tests.strict import backend

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT, FURTHER = "/dev/sda1", "/dev/sd{}"
LETTERS = "fghijklmnop"


class How(TypedDict, total=False):
    """What can be said of a launch. `more` goes to RunInstances as it stands."""

    region: str
    zone: str  # its letter
    type: str
    tags: Mapping[str, str]  # also those of AWS itself, such as "aws:cloudformation:stack-name"
    protected: bool
    stop_protected: bool
    spot: Literal["one-time", "persistent"] | None
    instance_store: bool
    volumes: int  # EBS volumes; the first is the root, unless that is an instance store
    volumes_stay: bool  # the volumes outlive the instance
    asg: str | None
    user_data: str
    image: str
    more: Mapping[str, Any]


def alone(client: Any, name: str | None, how: How) -> str:
    """Launch one instance; its id."""
    answer = client.run_instances(**_parameters(client, name, how))
    instance_id: str = answer["Instances"][0]["InstanceId"]
    _finish(instance_id, how)
    return instance_id


def in_group(scaling: Any, client: Any, group: str, what: tuple[str | None, How]) -> str:
    """Let an Auto Scaling group grow by one; the id of the new member."""
    name, how = what
    before = _members(scaling, group)
    if before is None:
        _create_group(scaling, group, _parameters(client, name, how))
    else:
        size = len(before) + 1
        scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=size)
    fresh = set(_members(scaling, group) or ()) - set(before or ())
    instance_id = fresh.pop()
    _finish(instance_id, how)
    return instance_id


def group_of(scaling: Any, name: str, size: int = 2, **more: Any) -> str:
    """Make an Auto Scaling group of `size` members, which may double; its name.

    `more` goes to CreateAutoScalingGroup as it stands.
    """
    scaling.create_launch_configuration(
        LaunchConfigurationName=name, ImageId="ami-0123456789abcdef0", InstanceType="t3.micro"
    )
    sizes = {"MinSize": 1, "MaxSize": 2 * size, "DesiredCapacity": size}
    where = {"AvailabilityZones": [f"{scaling.meta.region_name}a"]}
    whole = {"LaunchConfigurationName": name, **sizes, **where, **more}
    scaling.create_auto_scaling_group(AutoScalingGroupName=name, **whole)
    return name


def _parameters(client: Any, name: str | None, how: How) -> dict[str, Any]:
    given = {k: v for k, v in how.get("tags", {}).items() if not k.startswith("aws:")}
    tags = ({} if name is None else {"Name": name}) | given
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    parameters: dict[str, Any] = {
        "ImageId": how.get("image", "ami-0123456789abcdef0"),
        "InstanceType": how.get("type", "t3.micro"),
        "MinCount": 1,
        "MaxCount": 1,
        "Placement": {"AvailabilityZone": client.meta.region_name + how.get("zone", "a")},
        "BlockDeviceMappings": _devices(how),
    }
    if pairs:
        parameters["TagSpecifications"] = [{"ResourceType": "instance", "Tags": pairs}]
    if how.get("protected"):
        parameters["DisableApiTermination"] = True
    if how.get("stop_protected"):
        parameters["DisableApiStop"] = True
    if "user_data" in how:
        parameters["UserData"] = how["user_data"]
    if spot := how.get("spot"):
        options = {"SpotInstanceType": spot, "InstanceInterruptionBehavior": _interrupted(spot)}
        parameters["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": options}
    return parameters | dict(how.get("more", {}))


def _interrupted(spot: str) -> str:
    return "stop" if spot == "persistent" else "terminate"


def _devices(how: How) -> list[dict[str, Any]]:
    on_store = how.get("instance_store", False)
    count = how.get("volumes", 0 if on_store else 1)
    further = [FURTHER.format(letter) for letter in LETTERS]
    # moto gives a root to whoever names no device; that of an instance store is taken away later.
    names = [ROOT, *further[: count if on_store else count - 1]]
    ebs = {"VolumeSize": 8, "DeleteOnTermination": not how.get("volumes_stay", False)}
    return [{"DeviceName": name, "Ebs": ebs} for name in names]


def _create_group(scaling: Any, group: str, parameters: Mapping[str, Any]) -> None:
    scaling.create_launch_configuration(
        LaunchConfigurationName=group,
        ImageId=parameters["ImageId"],
        InstanceType=parameters["InstanceType"],
        BlockDeviceMappings=parameters["BlockDeviceMappings"],
    )
    named = parameters.get("TagSpecifications", [{"Tags": []}])[0]["Tags"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=group,
        LaunchConfigurationName=group,
        MinSize=1,
        MaxSize=100,
        DesiredCapacity=1,
        AvailabilityZones=[parameters["Placement"]["AvailabilityZone"]],
        Tags=[tag | {"PropagateAtLaunch": True} for tag in named],
    )


def _members(scaling: Any, group: str) -> list[str] | None:
    answer = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    for found in answer["AutoScalingGroups"]:
        return [member["InstanceId"] for member in found["Instances"]]
    return None


def _finish(instance_id: str, how: How) -> None:
    """What no request can say: the root of an instance store, the tags of AWS itself."""
    held = backend.holder(instance_id)
    held.tags[instance_id].update(
        {key: value for key, value in how.get("tags", {}).items() if key.startswith("aws:")}
    )
    instance = held.get_instance(instance_id)
    if how.get("instance_store"):
        instance.root_device_type = "instance-store"
        root = instance.block_device_mapping[ROOT].volume_id
        held.detach_volume(root, instance_id, ROOT)
        held.delete_volume(root)
