"""What `fast_parser.py` reads of which answer of EC2, in the shape that botocore gives it.

A listing shows of an instance what `resources/kinds/ec2_instance.py` reads, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Found = dict[str, Any]
    Element = Any  # lxml gives its class no public name
    Read = Callable[[Element], Any]
    # Elements are found by their names in a namespace, "{...}", which the answer tells.
    Reading = Callable[[str], Read]
    Members = Mapping[str, tuple[str, Reading]]


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def timestamp(value: Any) -> datetime:
    """An instant (aware) as AWS writes it: nearly always in the one form that is read fast."""
    try:
        return _instant(value)
    except (TypeError, ValueError):
        read: datetime = parse_timestamp(value)
        return read


def _text(_: str) -> Read:
    return lambda element: element.text or ""


def _time(_: str) -> Read:
    return lambda element: timestamp(element.text)


def _boolean(_: str) -> Read:
    """Yes or no; whatever else stands there is neither, and above all not no."""

    def read(element: Element) -> bool:
        if element.text not in {"true", "false"}:
            raise ResponseParserError(f"{element.text!r} in the answer is neither true nor false")
        return bool(element.text == "true")

    return read


def _readers(members: Members, namespace: str) -> dict[str, tuple[str, Read | None]]:
    """By the name of each member what it becomes, and how it is read: None is a plain text.

    A text needs no call of its own: it is what is read most.
    """
    return {
        f"{namespace}{name}": (member, None if reading is _text else reading(namespace))
        for name, (member, reading) in members.items()
    }


def _structure(**members: tuple[str, Reading]) -> Reading:
    """Some children of an element by their names: what each becomes, and how it is read."""

    def of(namespace: str) -> Read:
        readers = _readers(members, namespace)

        def read(element: Element) -> Found:
            found = {}
            for child in element:
                if wanted := readers.get(child.tag):
                    member, read_child = wanted
                    found[member] = read_child(child) if read_child else child.text or ""
            return found

        return read

    return of


def _items(reading: Reading) -> Reading:
    def of(namespace: str) -> Read:
        read = reading(namespace)
        return lambda element: [read(item) for item in element]

    return of


def _tags(namespace: str) -> Read:
    """Tags, of which there are most: found by the names of their parts, in whatever order.

    As many keys and values as there are tags: else something is shown in part, or otherwise.
    """
    key, value = f"{namespace}key", f"{namespace}value"

    def read(element: Element) -> list[Found]:
        keys = [found.text or "" for found in element.iter(key)]
        values = [found.text or "" for found in element.iter(value)]
        if not len(keys) == len(values) == len(element):
            raise ResponseParserError("a tag in the listing is not one key and one value")
        return [{"Key": k, "Value": v} for k, v in zip(keys, values, strict=True)]

    return read


def _attachment(namespace: str) -> Read:
    """A network interface: it has many members, of which one deep inside is read."""
    attached = f"{namespace}attachTime"

    def read(element: Element) -> Found:
        for at in element.iter(attached):
            return {"Attachment": {"AttachTime": timestamp(at.text)}}
        return {}

    return read


def _disk(namespace: str) -> Read:
    """A disk: three of its members are read, wherever in it they stand."""
    device, volume, attached = (
        f"{namespace}{name}" for name in ("deviceName", "volumeId", "attachTime")
    )

    def read(element: Element) -> Found:
        found: Found = {}
        ebs: Found = {}
        for child in element.iter(device, volume, attached):
            tag = child.tag
            if tag == device:
                found["DeviceName"] = child.text or ""
            elif tag == volume:
                ebs["VolumeId"] = child.text or ""
            else:
                ebs["AttachTime"] = timestamp(child.text)
        return found | {"Ebs": ebs} if ebs else found

    return read


_INSTANCE: Members = {
    "blockDeviceMapping": ("BlockDeviceMappings", _items(_disk)),
    "instanceId": ("InstanceId", _text),
    "instanceLifecycle": ("InstanceLifecycle", _text),
    "instanceState": ("State", _structure(name=("Name", _text))),
    "instanceType": ("InstanceType", _text),
    "launchTime": ("LaunchTime", _time),
    "networkInterfaceSet": ("NetworkInterfaces", _items(_attachment)),
    "operator": (
        "Operator",
        _structure(managed=("Managed", _boolean), principal=("Principal", _text)),
    ),
    "platformDetails": ("PlatformDetails", _text),
    "rootDeviceName": ("RootDeviceName", _text),
    "rootDeviceType": ("RootDeviceType", _text),
    "spotInstanceRequestId": ("SpotInstanceRequestId", _text),
    "tagSet": ("Tags", _tags),
}


def _reservations(namespace: str) -> Read:
    """All instances, in one pass over the tree in which lxml finds what is read of them by name.

    What is found in something inside an instance is none of its members. As many instances and
    reservations as there are items: else one is shown without anything that is read.
    """
    holding = f"{namespace}instancesSet"
    readers = _readers(_INSTANCE, namespace)

    def read(element: Element) -> list[Found]:
        reservations: list[list[Found]] = []
        instances: list[Found] = []
        instance: Found = {}
        holder = item = None
        places = 0
        for child in element.iter(holding, *readers):
            parent = child.getparent()
            if child.tag == holding:
                if parent.getparent() is element:
                    holder, instances = child, []
                    places += len(holder)
                    reservations.append(instances)
                continue
            if parent is not item:
                if parent.getparent() is not holder:
                    continue
                item, instance = parent, {}
                instances.append(instance)
            member, read_child = readers[child.tag]
            instance[member] = read_child(child) if read_child else child.text or ""
        if len(reservations) != len(element) or places != sum(map(len, reservations)):
            raise ResponseParserError("an instance in the listing is shown without its members")
        return [{"Instances": instances} for instances in reservations]

    return read


_METADATA: tuple[str, Reading] = (
    "ResponseMetadata",
    lambda _: lambda element: {"RequestId": element.text},
)
_SWITCH = _structure(value=("Value", _boolean))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is read fast: the root of its XML, its reading, and what it never lacks."""

    root: str
    read: Reading
    never_lacks: str


ANSWERS = {  # by the names of their shapes in EC2's model
    "DescribeInstancesResult": Answer(
        "DescribeInstancesResponse",
        cache(
            _structure(
                reservationSet=("Reservations", _reservations),
                nextToken=("NextToken", _text),
                requestId=_METADATA,
            )
        ),
        never_lacks="Reservations",
    ),
    "InstanceAttribute": Answer(
        "DescribeInstanceAttributeResponse",
        cache(
            _structure(
                instanceId=("InstanceId", _text),
                disableApiStop=("DisableApiStop", _SWITCH),
                disableApiTermination=("DisableApiTermination", _SWITCH),
                requestId=_METADATA,
            )
        ),
        never_lacks="InstanceId",
    ),
}
