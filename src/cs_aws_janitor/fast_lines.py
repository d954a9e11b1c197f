"""Reads reservations by their lines, as AWS prints them; what is printed otherwise is left to lxml.

Why: of a listing one line in six is read, and lxml makes a tree of all of them first.

AWS prints one element a line, four blanks a step: the blanks before an element tell how deep it
stands. Nothing is guessed. Where a member is not printed exactly as it is known here, something may
be hidden, as in a comment, or one count differs from another, the whole piece is lxml's to read.
What stands at other blanks is none of an instance: that they are these ones, `fast_parser.py` sees
to, which reads a part of each page by both.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Found = dict[str, Any]
    Read = Callable[[str], object]

LISTING, ATTRIBUTE = "DescribeInstancesResult", "InstanceAttribute"  # their shapes in EC2's model
LONGEST = 10_000_000  # for lxml a longer text is none, either
_HIDING = ("<!", "<?", "\r")  # markup may stand in the first two, and XML changes the third

_TEXT = r"([^<\x00-\x1f]*)"
_TAG = re.compile(
    rf"\n {{24}}<item>\n {{28}}<key>{_TEXT}</key>"
    rf"\n {{28}}<value(?:/>|>{_TEXT}</value>)\n {{24}}</item>"
)
_DISK = re.compile(
    rf"\n {{24}}<item>\n {{28}}<deviceName>{_TEXT}</deviceName>"
    rf"\n {{28}}<ebs>\n {{32}}<volumeId>{_TEXT}</volumeId>"
    rf"\n {{32}}<status>\w*</status>\n {{32}}<attachTime>{_TEXT}</attachTime>"
)
_LEAF = re.compile(rf"\n {{24}}<(\w+)>{_TEXT}</\1>")
# Of these, all is read, or nothing.
_WORD = r"([\w=+/.:-]+)"
_HEAD = r'<\?xml version="1.0" encoding="UTF-8"\?>\n<{0} xmlns="[\w:/.-]*">\n {{4}}<requestId>'
_FRAME = re.compile(
    _HEAD.format("DescribeInstancesResponse")
    + rf"{_WORD}</requestId>\n {{4}}<reservationSet></reservationSet>"
    + rf"(?:\n {{4}}<nextToken>{_WORD}</nextToken>)?\n</DescribeInstancesResponse>\s*"
)
_ATTRIBUTE = re.compile(
    _HEAD.format("DescribeInstanceAttributeResponse")
    + rf"{_WORD}</requestId>\n {{4}}<instanceId>{_WORD}</instanceId>"
    + r"\n {4}<disableApi(Stop|Termination)>\n {8}<value>(true|false)</value>"
    + r"\n {4}</disableApi\3>\n</DescribeInstanceAttributeResponse>\s*"
)
_BEGINS, _ENDS = (f"\n{' ' * 16}<{sign}item>" for sign in ("", "/"))  # an instance
_FIRST = f"\n{' ' * 12}<instancesSet>{_BEGINS}"  # of its reservation
_NEXT, _LAST = f"{_ENDS}{_BEGINS}", f"{_ENDS}\n{' ' * 12}</instancesSet>"
_INTERFACE, _OF_ATTACHMENT = "<networkInterfaceId>", f"\n{' ' * 32}"
_ID = "<instanceId"  # between two instances: of one that is printed otherwise
_SIGNS = {"amp;": "&", "lt;": "<", "gt;": ">", "quot;": '"', "apos;": "'"}
_SIGN = re.compile(r"&(\w*;?)")


class _PrintedOtherwiseError(Exception):
    """Something is not printed as it is known here."""


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


def reservations(piece: memoryview) -> list[Found] | None:
    """Whole reservations, as `fast_parser.listing` shows them; None where lxml is to read them."""
    try:
        text = str(piece, "utf-8")
        return None if len(text) > LONGEST or _hides(text) else _reservations(text)
    except (_PrintedOtherwiseError, LookupError, UnicodeDecodeError):
        return None


def frame(body: bytes) -> Found | None:
    """A listing without its reservations; None where lxml is to read it."""
    found = _FRAME.fullmatch(body.decode("ascii", "replace"))
    if not found:
        return None
    request, token = found.groups()
    shown = {"Reservations": [], "ResponseMetadata": {"RequestId": request}}
    return shown | {"NextToken": token} if token else shown


def attribute(body: bytes) -> Found | None:
    """Whether an instance is protected against an act; None where lxml is to read it."""
    found = _ATTRIBUTE.fullmatch(body.decode("ascii", "replace"))
    if not found:
        return None
    request, instance, act, on = found.groups()
    member = {"InstanceId": instance, f"DisableApi{act}": {"Value": on == "true"}}
    return member | {"ResponseMetadata": {"RequestId": request}}


def _hides(text: str) -> bool:
    # Most texts lack the last sign of each, and one sign is found much faster than two.
    return any(sign[-1] in text and sign in text for sign in _HIDING)


def _reservations(text: str) -> list[Found]:
    found: list[Found] = []
    instance: Found = {}
    before, *parts = _MEMBER.split(text)
    for name, text_of, rest in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name == "instanceId":  # it comes first
            instance = {}
            if _is_first(before, alone=not found):
                found.append({"Instances": []})
            found[-1]["Instances"].append(instance)
        if text_of is None:
            member, read = _SETS[name]
            instance[member] = read(rest)
        elif name == "launchTime":
            instance["LaunchTime"] = timestamp(text_of)
        else:
            instance[_TEXTS[name]] = _signs(text_of) if "&" in text_of else text_of
        before = rest
    if _LAST not in before or _ID in before:
        raise _PrintedOtherwiseError
    # Each member once: else two of them are of an instance whose beginning is printed otherwise.
    if sum(len(each) for held in found for each in held["Instances"]) != len(parts) // 3:
        raise _PrintedOtherwiseError
    return found


def _is_first(before: str, *, alone: bool) -> bool:
    """Whether an instance is the first of its reservation, by what stands `before` it.

    Whatever that is, it ends the instance before, unless this one is `alone` so far: what follows
    on the end of an instance is none of its members.
    """
    if _ID not in before:
        if before.endswith(_FIRST) and (alone or _LAST in before):
            return True
        if before.endswith(_NEXT):
            return False
    raise _PrintedOtherwiseError


def _until(closing: str, rest: str) -> str:
    end = rest.find(closing)
    if end < 0:
        raise _PrintedOtherwiseError
    return rest[:end]


def _signs(text: str) -> str:
    """A text with the five signs that XML has names for; all others are lxml's to know."""
    return _SIGN.sub(lambda sign: _SIGNS[sign[1]], text) if "&" in text else text


def _tags(rest: str) -> dict[str, str]:
    inside = _until("</tagSet>", rest)
    pairs = _TAG.findall(inside)
    # Six signs of markup each, but five where a value is empty: nothing else stands among them.
    if inside.count("<") != 6 * len(pairs) - inside.count("<value/>"):
        raise _PrintedOtherwiseError
    if "&" in inside:
        pairs = [(_signs(key), _signs(value)) for key, value in pairs]
    return dict(pairs)


def _disks(rest: str) -> list[Found]:
    inside = _until("</blockDeviceMapping>", rest)
    disks = _DISK.findall(inside)
    if not len(disks) == inside.count("<item") == inside.count("<deviceName"):
        raise _PrintedOtherwiseError
    return [
        {"DeviceName": _signs(name), "Ebs": {"VolumeId": volume, "AttachTime": timestamp(at)}}
        for name, volume, at in disks
    ]


def _interfaces(rest: str) -> list[Found]:
    """Of a network interface it is read when it was attached, and no more."""
    before, *parts = _until("</networkInterfaceSet>", rest).split("<attachTime>")
    for part in parts:
        # What follows on `before` is said of the attachment of the one interface in it.
        if before.count(_INTERFACE) != 1 or not before.endswith(_OF_ATTACHMENT):
            raise _PrintedOtherwiseError
        before = part
    if _INTERFACE in before:
        raise _PrintedOtherwiseError
    return [{"Attachment": {"AttachTime": timestamp(_until("<", part))}} for part in parts]


def _none(_: str) -> list[Found]:
    return []


def _no_tags(_: str) -> dict[str, str]:
    return {}


@lru_cache(maxsize=256)
def _leaves(inside: str) -> Mapping[str, str]:
    """Texts by their names. Of states and operators there are few, so what was read is kept."""
    found = {name: _signs(text) for name, text in _LEAF.findall(inside)}
    if inside.count("<") != 2 * len(found):
        raise _PrintedOtherwiseError
    return found


def _state(rest: str) -> Found:
    return {"Name": _leaves(_until("</instanceState>", rest))["name"]}


def _operator(rest: str) -> Found:
    told = _leaves(_until("</operator>", rest))
    managed = told["managed"]
    if managed not in {"true", "false"}:
        raise _PrintedOtherwiseError
    found: Found = {"Managed": managed == "true"}
    return found | {"Principal": told["principal"]} if "principal" in told else found


# What becomes of members that are a text; and of others, read out of all that follows on their tag.
_TEXTS = {
    "instanceId": "InstanceId",
    "instanceLifecycle": "InstanceLifecycle",
    "instanceType": "InstanceType",
    "launchTime": "LaunchTime",
    "platformDetails": "PlatformDetails",
    "rootDeviceName": "RootDeviceName",
    "rootDeviceType": "RootDeviceType",
    "spotInstanceRequestId": "SpotInstanceRequestId",
}
_SETS: dict[str, tuple[str, Read]] = {
    "blockDeviceMapping": ("BlockDeviceMappings", _disks),
    "instanceState": ("State", _state),
    "networkInterfaceSet": ("NetworkInterfaces", _interfaces),
    "operator": ("Operator", _operator),
    "tagSet": ("Tags", _tags),
    "blockDeviceMapping/": ("BlockDeviceMappings", _none),
    "networkInterfaceSet/": ("NetworkInterfaces", _none),
    "tagSet/": ("Tags", _no_tags),
}
# A member, with whatever stands in its tag beside its name, and its text where it is no more.
_MEMBER = re.compile(
    rf"\n{' ' * 20}<((?:{'|'.join([*_TEXTS, *_SETS])})(?:[\s/][^>]*)?)>(?:{_TEXT}</\1>)?"
)
