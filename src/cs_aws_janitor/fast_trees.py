"""Reads by lxml what EC2 is asked most, as `fast_parser.py` shows it, and no more of it.

A listing shows of an instance what `resources/kinds/ec2_instance.py` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.parsers import ResponseParserError
from lxml import etree

from cs_aws_janitor.fast_lines import ATTRIBUTE, LISTING, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.fast_lines import Found

    Element = Any  # lxml gives its class no public name
    Read = Callable[[Element], Any]
    # Elements are found by their names in a namespace, "{...}", which the answer tells.
    Reading = Callable[[str], Read]


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


def _structure(**members: tuple[str, Reading]) -> Reading:
    """Some children of an element by their names: what each becomes, and how it is read."""

    def of(namespace: str) -> Read:
        readers = {
            f"{namespace}{n}": (m, reading(namespace)) for n, (m, reading) in members.items()
        }

        def read(element: Element) -> Found:
            found = {}
            for child in element.iterchildren(*readers):
                member, read_child = readers[child.tag]
                found[member] = read_child(child)
            return found

        return read

    return of


def _items(reading: Reading) -> Reading:
    def of(namespace: str) -> Read:
        read = reading(namespace)
        return lambda element: [read(item) for item in element]

    return of


def _tags(namespace: str) -> Read:
    """Tags: the keys and values among their parts, in whatever order these are.

    As many of both as there are tags: else something is shown in part, or otherwise.
    """
    key, value = f"{namespace}key", f"{namespace}value"

    def read(element: Element) -> dict[str, str]:
        keys = [found.text or "" for found in element.iter(key)]
        values = [found.text or "" for found in element.iter(value)]
        if not len(keys) == len(values) == len(element):
            raise ResponseParserError("a tag in the listing is not one key and one value")
        return dict(zip(keys, values, strict=True))

    return read


_INSTANCE = _structure(
    blockDeviceMapping=(
        "BlockDeviceMappings",
        _items(
            _structure(
                deviceName=("DeviceName", _text),
                ebs=(
                    "Ebs",
                    _structure(volumeId=("VolumeId", _text), attachTime=("AttachTime", _time)),
                ),
            )
        ),
    ),
    instanceId=("InstanceId", _text),
    instanceLifecycle=("InstanceLifecycle", _text),
    instanceState=("State", _structure(name=("Name", _text))),
    instanceType=("InstanceType", _text),
    launchTime=("LaunchTime", _time),
    networkInterfaceSet=(
        "NetworkInterfaces",
        _items(_structure(attachment=("Attachment", _structure(attachTime=("AttachTime", _time))))),
    ),
    operator=(
        "Operator",
        _structure(managed=("Managed", _boolean), principal=("Principal", _text)),
    ),
    platformDetails=("PlatformDetails", _text),
    rootDeviceName=("RootDeviceName", _text),
    rootDeviceType=("RootDeviceType", _text),
    spotInstanceRequestId=("SpotInstanceRequestId", _text),
    tagSet=("Tags", _tags),
)


def _reservation(namespace: str) -> Read:
    """A reservation with its instances; one without anything that is read would not be seen."""
    read_instance = _INSTANCE(namespace)

    def read(element: Element) -> Found:
        holders = element.findall(f"{namespace}instancesSet")
        instances = [read_instance(item) for holder in holders for item in holder]
        if len(holders) != 1 or not all(instances):
            raise ResponseParserError("an instance in the listing is shown without its members")
        return {"Instances": instances}

    return read


_METADATA: tuple[str, Reading] = (
    "ResponseMetadata",
    lambda _: lambda element: {"RequestId": element.text},
)
_SWITCH = _structure(value=("Value", _boolean))


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is read fast: the root of its XML, its reading, and what it never lacks."""

    root: str
    read: Reading
    never_lacks: str


_ANSWERS = {  # by the names of their shapes in EC2's model
    LISTING: _Answer(
        "DescribeInstancesResponse",
        cache(
            _structure(
                reservationSet=("Reservations", _items(_reservation)),
                nextToken=("NextToken", _text),
                requestId=_METADATA,
            )
        ),
        never_lacks="Reservations",
    ),
    ATTRIBUTE: _Answer(
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


def read(body: bytes, shape: str) -> Found:
    """What AWS answered; `shape` is the name that botocore's model has for it.

    Raises ResponseParserError for what is not well-formed or another answer, for a text of more
    than 10 MB, and for a document type: AWS sends none, and only that can bring entities with it.
    """
    answer, root = _ANSWERS[shape], _tree(body)
    name = etree.QName(root)
    found: Found = answer.read(f"{{{name.namespace}}}" if name.namespace else "")(root)
    if name.localname != answer.root or answer.never_lacks not in found:
        # Well-formed and something else, such as a page of a proxy: that is no empty listing.
        raise ResponseParserError(f"in the place of {answer.root} there is a {name.localname}")
    return found


def _tree(body: bytes) -> Element:
    strictly = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(body, strictly)
    except etree.XMLSyntaxError as error:
        raise ResponseParserError(f"the answer is not XML as AWS sends it ({error})") from error
    if root.getroottree().docinfo.doctype:
        raise ResponseParserError("the answer has a document type, which AWS never sends")
    return root
