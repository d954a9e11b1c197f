"""Listings read by their lines: the same as lxml reads; what is printed otherwise is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.parsers import ResponseParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.endpoint import rendering
from bench.endpoint.account import Account
from bench.endpoint.mixes import MIXES, Size
from bench.endpoint.xml import element, framed
from cs_aws_janitor import fast_parser
from cs_aws_janitor.fast_lines import (
    ATTRIBUTE,
    LISTING,
    LONGEST,
    attribute,
    frame,
    reservations,
    timestamp,
)
from cs_aws_janitor.fast_trees import read

AT = "2026-11-22T06:00:00.000Z"
Printed = dict[str, Any]
INTERFACE = {
    "networkInterfaceId": "eni-1",
    "operator": {"managed": True},
    "attachment": {"attachmentId": "eni-attach-1", "attachTime": AT},
    "tagSet": [{"key": "Name", "value": "of the interface"}],
}
ONE: Printed = {
    "instanceId": "i-1",
    "imageId": "ami-1",
    "instanceState": {"code": 16, "name": "running"},
    "instanceType": "t3.micro",
    "launchTime": AT,
    "groupSet": [{"groupId": "sg-1", "groupName": "web"}],
    "rootDeviceType": "ebs",
    "rootDeviceName": "/dev/xvda",
    "blockDeviceMapping": [
        {
            "deviceName": "/dev/xvda",
            "ebs": {"volumeId": "vol-1", "status": "attached", "attachTime": AT},
        }
    ],
    "tagSet": [{"key": "Name", "value": "jd-web"}, {"key": "Empty", "value": ""}],
    "networkInterfaceSet": [INTERFACE],
    "platformDetails": "Linux/UNIX",
    "operator": {"managed": False},
}


def listing(*held: list[Printed]) -> bytes:
    """A listing of reservations, each of some instances, as AWS prints it."""
    printed = [
        {"reservationId": "r-1", "groupSet": [], "instancesSet": instances, "requesterId": "1"}
        for instances in held
    ]
    return b"".join(framed("DescribeInstances", [element("reservationSet", printed, 1).encode()]))


def held_in(body: bytes) -> memoryview:
    """What stands in the set of reservations."""
    start = body.index(b"<reservationSet>") + len(b"<reservationSet>")
    return memoryview(body)[start : body.index(b"</reservationSet>")]


def by_lines(body: bytes) -> list[dict[str, Any]] | None:
    """What the lines say."""
    return reservations(held_in(body))


def by_lxml(body: bytes) -> list[dict[str, Any]]:
    """What lxml reads: a comment is enough for a piece to be left to it."""
    hiding = body.replace(b"<reservationSet>", b"<reservationSet><!-- -->")
    assert by_lines(hiding) is None
    found: list[dict[str, Any]] = fast_parser.listing(hiding)["Reservations"]
    return found


@pytest.mark.parametrize("mix", MIXES)
def test_of_a_fleet_they_say_what_lxml_reads(mix: str) -> None:
    """Instances in full size, of every sort; none of them is left to lxml."""
    account = Account(Size(200, mix=mix))
    fleet = account.regions["us-east-1"].instances.values()
    inside = b"\n" + b"".join(map(rendering.xml, fleet)) + b"    "
    body = b"".join(framed("x", [b"    <reservationSet>", inside, b"</reservationSet>\n"]))
    shown = by_lines(body.replace(b"xResponse", b"DescribeInstancesResponse"))
    assert shown == by_lxml(body.replace(b"xResponse", b"DescribeInstancesResponse"))
    assert sum(len(each["Instances"]) for each in shown) == len(fleet)


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20
)
tag_sets = st.lists(st.fixed_dictionaries({"key": texts, "value": texts}), max_size=4)
disks = st.lists(
    st.sampled_from(
        [
            *ONE["blockDeviceMapping"],
            {"deviceName": "/dev/a&b", "ebs": {"volumeId": "vol-2", "attachTime": AT}},
            {"deviceName": "/dev/sdf"},
        ]
    ),
    max_size=3,
)
interfaces = st.lists(
    st.sampled_from([INTERFACE, {"networkInterfaceId": "eni-2"}, {"attachment": {}}]), max_size=3
)
others = st.fixed_dictionaries(
    {},
    optional={
        "instanceLifecycle": st.just("spot"),
        "spotInstanceRequestId": st.just("sir-1"),
        "tagSet": tag_sets,
        "blockDeviceMapping": disks,
        "networkInterfaceSet": interfaces,
        "platformDetails": texts,
        "operator": st.sampled_from(
            [{"managed": True, "principal": "a <b> & c"}, {"managed": True}, {"principal": "x"}]
        ),
        "instanceState": st.sampled_from([{"code": 0, "name": "pending"}, {"code": 0}]),
        "strange": st.just([{"instanceType": "x", "tagSet": [{"key": "k", "value": "v"}]}]),
    },
)


@st.composite
def instances(draw: st.DrawFn) -> Printed:
    """An instance with other members than most, in an order of its own."""
    printed = {**ONE, **draw(others)}
    kept = draw(st.sets(st.sampled_from(sorted(set(printed) - {"instanceId"})), min_size=8))
    names = draw(st.permutations(sorted(kept)))
    first = draw(st.sampled_from([0, 0, 0, 3]))
    return {name: printed[name] for name in (*names[:first], "instanceId", *names[first:])}


@settings(deadline=None)
@given(st.lists(st.lists(instances(), min_size=1, max_size=3), min_size=1, max_size=3))
def test_they_say_what_lxml_reads_or_nothing(held: list[list[Printed]]) -> None:
    """Law: whatever an instance has, in whatever order."""
    body = listing(*held)
    shown = by_lines(body)
    assert shown is None or shown == by_lxml(body)


@settings(deadline=None)
@given(st.lists(st.tuples(texts, texts), max_size=5), st.sampled_from(["", " principal"]))
def test_what_is_printed_as_aws_does_it_is_read(tags: list[tuple[str, str]], more: str) -> None:
    """Law: whatever people write into tags, with signs of all scripts, it is not left to lxml."""
    tag_set = [{"key": key, "value": value} for key, value in tags if key]
    operator = {"managed": True, "principal": "eks.amazonaws.com"} if more else {"managed": False}
    printed = {**ONE, "operator": operator, "tagSet": tag_set}
    if not tag_set:
        del printed["tagSet"]
    body = listing([printed], [ONE, printed])
    shown = by_lines(body)
    assert shown is not None
    assert shown == by_lxml(body)
    said = shown[0]["Instances"][0].get("Tags", {})
    assert said == {tag["key"]: tag["value"] for tag in tag_set}


MEMBER = b"\n" + b" " * 20
LINE = b"                    <instanceType>t3.micro</instanceType>\n"
MORE = b"<more>\n                <item>\n" + LINE + b"                </item>\n            </more>"
TAG, DISK = (b"\n" + b" " * 28 + name for name in (b"<key>Name", b"<deviceName>"))
DEEP = b"\n" + b" " * 32
OLD = b"<x><attachTime>2001-01-01T00:00:00.000Z</attachTime></x>"
ENI = b"<networkInterfaceId>eni-1</networkInterfaceId>"
MANAGED = b"<managed>false</managed>"
OTHERWISE: dict[str, tuple[bytes, bytes]] = {
    "a comment": (LINE, b"<!-- -->" + LINE),
    "quotes": (b"jd-web", b"<![CDATA[jd-web]]>"),
    "an instruction": (LINE, b"<?x y?>" + LINE),
    "ends of lines that XML changes": (b"jd-web", b"jd\r\nweb"),
    "a sign that is none of XML": (b"jd-web", b"jd\x01web"),
    "a sign by its number": (b"jd-web", b"jd&#45;web"),
    "an entity that nobody knows": (b"jd-web", b"jd&nothing;web"),
    "half an entity": (b"jd-web", b"jd&amp web"),
    "no UTF-8": (b"jd-web", b"jd\xffweb"),
    "a line in two": (b"<value>jd-web", b"<value>\n                                jd-web"),
    "an attribute": (MEMBER + b"<tagSet>", MEMBER + b'<tagSet a="b">'),
    "a blank in a tag": (b"<instanceId>", b"<instanceId >"),
    "an empty member": (b"<platformDetails>Linux/UNIX</platformDetails>", b"<platformDetails/>"),
    "a member that is not closed": (b"</instanceType>", b""),
    "a set that is not closed": (MEMBER + b"</tagSet>", b""),
    "something in a text": (b"t3.micro", b"t3<b/>.micro"),
    "a tag in part": (b"<value>jd-web</value>", b""),
    "a tag with more": (b"<value>jd-web</value>", b"<value>jd-web</value><more/>"),
    "a disk with more": (b"<status>attached</status>", b"<ebsCardIndex>0</ebsCardIndex>"),
    "a tag that is no item": (
        b"<item>\n" + b" " * 28 + b"<key>Name",
        b"<tag>\n" + b" " * 28 + b"<key>Name",
    ),
    "an item with more": (
        b"<item>\n" + b" " * 28 + b"<key>Name",
        b"<item a='b'>\n" + b" " * 28 + b"<key>Name",
    ),
    "an item of nothing": (MEMBER + b"</tagSet>", MEMBER + b"    <item/>" + MEMBER + b"</tagSet>"),
    "a disk that is no item": (
        b"<item>\n" + b" " * 28 + b"<device",
        b"<disk>\n" + b" " * 28 + b"<device",
    ),
    "a time of another depth": (DEEP + b"<attachTime>", DEEP[:-1] + b"<attachTime>"),
    "another time before it": (
        b"<attachment>\n",
        b"<x><attachTime>2001-01-01T00:00:00Z</attachTime></x><attachment>\n",
    ),
    "two interfaces, and one of them attached": (
        b"<networkInterfaceId>eni-1</",
        b"<networkInterfaceId>eni-0</networkInterfaceId><networkInterfaceId>eni-1</",
    ),
    "an operator with lines": (
        b"<managed>false</managed>",
        b"<managed>false</managed>\n                        <principal>a\nb</principal>",
    ),
    "an operator in doubt": (MANAGED, b"<managed>no</managed>"),
    "an instance of another depth": (b" " * 20 + b"<instanceId>", b" " * 19 + b"<instanceId>"),
    "an id behind the end": (b"<requesterId>1<", b"<a><instanceId>i-2</instanceId></a><b><"),
    "an id before the beginning": (
        b"<groupSet/>",
        b"<groupSet><instanceId>i-2</instanceId></groupSet>",
    ),
    "a member twice": (LINE, LINE + LINE),
    "what an instance ends with": (b"\n" + b" " * 16 + b"</item>", b""),
    "what a reservation ends with": (b" " * 12 + b"</instancesSet>", b""),
    "members behind its end": (b"<requesterId>1</requesterId>", MORE),
}


@pytest.mark.parametrize(("line", "other"), OTHERWISE.values(), ids=OTHERWISE)
@pytest.mark.parametrize("number", [1, 2])
def test_what_is_printed_otherwise_is_left_to_lxml(line: bytes, other: bytes, number: int) -> None:
    """Of many instances one is enough; lxml reads it, or refuses the listing."""
    body = listing(*[[ONE]] * number)
    assert by_lines(body) == by_lxml(body)
    assert line in body
    for count in (1, number):
        assert by_lines(body.replace(line, other, count)) is None
    head, found, tail = body.rpartition(line)
    assert by_lines(head + found.replace(line, other) + tail) is None


@pytest.mark.parametrize("member", ["tagSet", "operator", "instanceState", "launchTime"])
@pytest.mark.parametrize("before", [b"", MEMBER[:-1], MEMBER + b"    ", b"\n" + b"\t" * 5])
def test_a_page_that_is_printed_otherwise_is_all_read(member: str, before: bytes) -> None:
    """The lines tell of no such member; that it is there shows in the first piece."""
    printed = {**ONE, "operator": {"managed": True}}
    body = listing(*[[printed]] * 6)
    opening = f"<{member}>".encode()
    other = body.replace(MEMBER + opening, before + opening)
    shown = fast_parser.listing(other, 1)["Reservations"]
    assert shown == by_lxml(body) != by_lines(other)


@pytest.mark.parametrize("other", [b"jd&#45;web", b"jd&amp;web"])
@pytest.mark.parametrize("number", [0, 1, 5])
def test_one_that_is_printed_otherwise_among_others(other: bytes, number: int) -> None:
    """Whichever it is, all are read."""
    parts = listing(*[[ONE]] * 6).split(b"jd-web")
    body = b"jd-web".join(parts[: number + 1]) + other + b"jd-web".join(parts[number + 1 :])
    shown = fast_parser.listing(body, 1)["Reservations"]
    assert shown == by_lxml(body)
    names = [held["Instances"][0]["Tags"]["Name"] for held in shown]
    assert names.count("jd-web") == 6 - ("&amp;" in other.decode())


def test_empty_sets() -> None:
    """They are none of a stopped instance, and no reason to leave a piece to lxml."""
    empty: Printed = {"tagSet": [], "networkInterfaceSet": [], "blockDeviceMapping": []}
    body = listing([{**ONE, **empty}, ONE])
    shown = by_lines(body)
    assert shown == by_lxml(body)
    assert shown is not None
    assert shown[0]["Instances"][0]["Tags"] == {}


def test_without_line_ends_there_are_no_lines() -> None:
    """Another service may print the same on one line, or with other blanks: that is lxml's, too."""
    body = listing([ONE], [ONE, ONE])
    for other in (body.replace(b"\n", b""), body.replace(b"    ", b"  ")):
        assert by_lines(other) is None
        assert by_lxml(other) == by_lxml(body) == by_lines(body)


def test_what_is_longer_than_any_text_may_be() -> None:
    """It is lxml that refuses it."""
    body = listing([{**ONE, "userData": "x" * (LONGEST + 1)}])
    assert by_lines(body) is None
    with pytest.raises(ResponseParserError):
        by_lxml(body)


INSIDE = {"instanceId": "i-2", "tagSet": [{"key": "Name", "value": "of another"}]}


def test_members_of_something_inside_are_none_of_the_instance() -> None:
    """The blanks tell whose an operator, an id or a set of tags is."""
    printed = {"instanceId": "i-1", "partner": INSIDE, "networkInterfaceSet": [INTERFACE]}
    shown = by_lines(listing([printed, {**printed, "operator": {"managed": False}}]))
    attached = {"AttachTime": timestamp(AT)}
    own = {"InstanceId": "i-1", "NetworkInterfaces": [{"Attachment": attached}]}
    assert shown == [{"Instances": [own, {**own, "Operator": {"Managed": False}}]}]
    assert shown == by_lxml(listing([printed, {**printed, "operator": {"managed": False}}]))


def protection(act: str = "Termination", *, on: bool = True) -> bytes:
    """Whether i-1 is protected, as AWS prints it."""
    values = {"requestId": "r-1", "instanceId": "i-1", f"disableApi{act}": {"value": on}}
    printed = [element(name, value, 1).encode() for name, value in values.items()]
    head, _, *tail = framed("DescribeInstanceAttribute", [b""])
    return b"".join([head.partition(b"    <requestId>")[0], *printed, *tail])


@pytest.mark.parametrize("act", ["Termination", "Stop"])
@pytest.mark.parametrize("on", [True, False])
def test_protection_is_what_lxml_reads(act: str, *, on: bool) -> None:
    """Against both acts."""
    body = protection(act, on=on)
    shown = attribute(body)
    assert shown == read(body, ATTRIBUTE)
    assert shown is not None
    assert shown[f"DisableApi{act}"] == {"Value": on}


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (b"true", b"True"),
        (b"true", b""),
        (b"true", b"true<!-- -->"),
        (b"<value>true</value>", b"<value/>"),
        (b"<value>true</value>", b"<value>false</value>\n        <value>true</value>"),
        (b"</value>\n    </disableApiTermination>", b"</value></disableApiTermination>"),
        (b"i-1", b""),
        (b"i-1", b"i&amp;1"),
        (b"    <instanceId>i-1</instanceId>\n", b""),
        (b"DescribeInstanceAttributeResponse", b"DescribeImageAttributeResponse"),
        (b"disableApiTermination", b"sourceDestCheck"),
        (b"</DescribeInstanceAttributeResponse>", b""),
        (b"?>\n", b"?><!DOCTYPE x>\n"),
    ],
)
def test_protection_that_is_printed_otherwise_is_left_to_lxml(part: bytes, other: bytes) -> None:
    """It is the word that everything hangs on: all of it is as it is known, or none."""
    body = protection()
    assert part in body
    assert attribute(body.replace(part, other)) is None


@pytest.mark.parametrize("token", ["", "eyJ2IjoiMiJ9=="])
def test_the_frame_is_what_lxml_reads(token: str) -> None:
    """With the token of the next page, where there is one."""
    more = element("nextToken", token, 1).encode() if token else b""
    parts = [b"    <reservationSet>", b"</reservationSet>\n", more]
    body = b"".join(framed("DescribeInstances", parts))
    shown = frame(body)
    assert shown == read(body, LISTING)
    assert shown is not None
    assert shown.get("NextToken", "") == token
    for part, other in (
        (b"</reservationSet>", b"<item/></reservationSet>"),
        (b"</reservationSet>", b"<!-- --></reservationSet>"),
        (b"</DescribeInstancesResponse>", b"<more/></DescribeInstancesResponse>"),
        (b"</DescribeInstancesResponse>", b""),
        (b"DescribeInstances", b"DescribeVolumes"),
    ):
        assert frame(body.replace(part, other)) is None
