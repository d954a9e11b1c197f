"""Reads what EC2 is asked most, listings and protection, by lxml, and only what is needed of them.

Why: botocore's own reading of the XML is 99.8 % of the CPU time of a listing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from botocore.parsers import EC2QueryParser, ResponseParserError, ResponseParserFactory
from botocore.utils import parse_timestamp
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import Shape

    Found = dict[str, Any]
    Element = Any  # lxml gives its class no public name
    Read = Callable[[Element], Any]
    # Elements are found by their names in a namespace, "{...}", which the answer tells.
    Reading = Callable[[str], Read]

WIDE = 8  # members: of so many, AWS sends several times as many


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


def _structure(**members: tuple[str, Reading]) -> Reading:
    """Some children of an element by their names: what each becomes, and how it is read."""

    def of(namespace: str) -> Read:
        # A plain text needs no call of its own: it is what is read most.
        readers = {
            f"{namespace}{name}": (member, None if reading is _text else reading(namespace))
            for name, (member, reading) in members.items()
        }

        filtered = tuple(readers) if len(readers) > WIDE else ()  # lxml passes over faster than we

        def read(element: Element) -> Found:
            found = {}
            for child in element.iterchildren(*filtered):
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
        keys, values = list(element.iter(key)), list(element.iter(value))
        if not len(keys) == len(values) == len(element):
            raise ResponseParserError("a tag in the listing is not one key and one value")
        pairs = zip(keys, values, strict=True)
        return [{"Key": k.text or "", "Value": v.text or ""} for k, v in pairs]

    return read


def _attachment(namespace: str) -> Read:
    """A network interface: it has many members, of which one deep inside is read."""
    attached = f"{namespace}attachTime"

    def read(element: Element) -> Found:
        for at in element.iter(attached):
            return {"Attachment": {"AttachTime": timestamp(at.text)}}
        return {}

    return read


_DISK = _structure(
    deviceName=("DeviceName", _text),
    ebs=("Ebs", _structure(volumeId=("VolumeId", _text), attachTime=("AttachTime", _time))),
)
_INSTANCE = _structure(
    blockDeviceMapping=("BlockDeviceMappings", _items(_DISK)),
    instanceId=("InstanceId", _text),
    instanceLifecycle=("InstanceLifecycle", _text),
    instanceState=("State", _structure(name=("Name", _text))),
    instanceType=("InstanceType", _text),
    launchTime=("LaunchTime", _time),
    networkInterfaceSet=("NetworkInterfaces", _items(_attachment)),
    operator=(
        "Operator",
        _structure(managed=("Managed", _boolean), principal=("Principal", _text)),
    ),
    rootDeviceName=("RootDeviceName", _text),
    rootDeviceType=("RootDeviceType", _text),
    spotInstanceRequestId=("SpotInstanceRequestId", _text),
    tagSet=("Tags", _tags),
)
_RESERVATION = _structure(instancesSet=("Instances", _items(_INSTANCE)))
_METADATA: tuple[str, Reading] = (
    "ResponseMetadata",
    lambda _: lambda element: {"RequestId": element.text},
)
_LISTING = _structure(
    reservationSet=("Reservations", _items(_RESERVATION)),
    nextToken=("NextToken", _text),
    requestId=_METADATA,
)
_SWITCH = _structure(value=("Value", _boolean))
_ATTRIBUTE = _structure(
    instanceId=("InstanceId", _text),
    disableApiStop=("DisableApiStop", _SWITCH),
    disableApiTermination=("DisableApiTermination", _SWITCH),
    requestId=_METADATA,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is read here: the root of its XML, its reading, and what it never lacks."""

    root: str
    read: Reading
    never_lacks: str


ANSWERS = {  # by the names of their shapes in EC2's model
    "DescribeInstancesResult": Answer(
        "DescribeInstancesResponse", cache(_LISTING), never_lacks="Reservations"
    ),
    "InstanceAttribute": Answer(
        "DescribeInstanceAttributeResponse", cache(_ATTRIBUTE), never_lacks="InstanceId"
    ),
}


class FastParsers(ResponseParserFactory):
    """The component `response_parser_factory` of a botocore session: its clients read fast.

    Of the `ANSWERS` they show only the members named above; all others are botocore's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ec2 = FastParser(timestamp_parser=timestamp)

    def create_parser(self, protocol_name: str) -> Any:
        """The parser of a protocol; botocore asks for it with every answer."""
        return self._ec2 if protocol_name == "ec2" else super().create_parser(protocol_name)


class FastParser(EC2QueryParser):
    """botocore's parser of EC2's answers, but for those in `ANSWERS`."""

    def _do_parse(self, response: Mapping[str, Any], shape: Shape | None) -> Found:
        if shape is not None and shape.name in ANSWERS:
            return parse(response["body"], ANSWERS[shape.name])
        found: Found = super()._do_parse(response, shape)  # type: ignore[misc]  # not in its stub
        return found


def parse(body: bytes, answer: Answer) -> Found:
    """What AWS answered, in the shape that botocore gives it.

    Raises ResponseParserError for what is not well-formed or another answer, for a text of more
    than 10 MB, and for a document type: AWS sends none, and only that can bring entities with it.
    """
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
    name = etree.QName(root)
    found: Found = answer.read(f"{{{name.namespace}}}" if name.namespace else "")(root)
    if name.localname != answer.root or answer.never_lacks not in found:
        # Well-formed and something else, such as a page of a proxy: that is no empty listing.
        raise ResponseParserError(f"in the place of {answer.root} there is a {name.localname}")
    return found
