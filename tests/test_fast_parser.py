"""The fast parser against botocore's own: the same of everything that it shows, or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import botocore.session
import pytest
from botocore.parsers import EC2QueryParser, ResponseParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_aws_janitor.fast_lines import timestamp
from cs_aws_janitor.fast_parser import FastParsers, attribute, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
MODEL = botocore.session.get_session().get_service_model("ec2")
SHOWN = {  # what `kinds/ec2_instance.py` reads of an instance
    "BlockDeviceMappings",
    "InstanceId",
    "InstanceLifecycle",
    "InstanceType",
    "LaunchTime",
    "NetworkInterfaces",
    "Operator",
    "PlatformDetails",
    "RootDeviceName",
    "RootDeviceType",
    "SpotInstanceRequestId",
    "State",
    "Tags",
}
# What XML can carry: its parsers make one sign of the ends of lines, whatever they were.
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30
)


def shape_of(operation: str) -> Any:
    """The shape of an operation's answer."""
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None
    return shape


def written(shape: Any, text: Callable[[], str], items: int = 2) -> str:
    """An answer of `shape` with every member that the model of the service knows, as XML."""
    if shape.type_name == "structure":
        return "".join(
            f"\n  <{name}>{written(member, text, items)}</{name}>"
            for key, member in shape.members.items()
            if (name := member.serialization.get("name", key)) not in {"nextToken", "tagSet"}
            or shape.name in {"Instance", "DescribeInstancesResult"}
        )
    if shape.type_name == "list":
        item = written(shape.member, text, items)
        return f"<item>{item}</item>" * items
    whole = {"boolean": "true", "timestamp": "2026-11-22T06:00:00.000Z", "string": escape(text())}
    return whole.get(shape.type_name, "7")


def answer(inside: str, namespace: str = NAMESPACE, operation: str = "DescribeInstances") -> bytes:
    """A whole answer, laid out as AWS does it."""
    root = f"{operation}Response"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    opened = f'<{root} xmlns="{namespace}">' if namespace else f"<{root}>"
    return f"{head}{opened}\n  <requestId>r-1</requestId>{inside}\n</{root}>\n".encode()


def by_botocore(body: bytes, operation: str = "DescribeInstances") -> dict[str, Any]:
    """What botocore's own parser makes of it, with the tags of instances as one mapping."""
    got: dict[str, Any] = EC2QueryParser().parse(response(body), shape_of(operation))
    for instance in instances(got):
        if "Tags" in instance:
            instance["Tags"] = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    return got


def by_us(body: bytes, operation: str = "DescribeInstances") -> dict[str, Any]:
    """What a client of the janitor makes of it."""
    parser = FastParsers().create_parser("ec2")
    got: dict[str, Any] = parser.parse(response(body), shape_of(operation))
    return got


def response(body: bytes) -> dict[str, Any]:
    """As botocore hands it over."""
    return {"body": body, "headers": {}, "status_code": 200, "context": {}}


def contained(shown: Any, whole: Any, where: str = "") -> list[str]:
    """Where `shown` says something else than `whole`, of which it may leave members out."""
    if isinstance(shown, dict):
        return [
            wrong
            for key, value in shown.items()
            for wrong in (
                contained(value, whole[key], f"{where}.{key}")
                if key in whole
                else [f"{where}.{key} is not there"]
            )
        ]
    if isinstance(shown, list):
        pairs = enumerate(zip(shown, whole, strict=True))
        return [wrong for n, (a, b) in pairs for wrong in contained(a, b, f"{where}[{n}]")]
    return [] if shown == whole else [f"{where}: {shown!r} is {whole!r} by botocore"]


def instances(of: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All of an answer."""
    return [each for held in of.get("Reservations", ()) for each in held["Instances"]]


@pytest.mark.parametrize("namespace", [NAMESPACE, "", "urn:another"])
def test_of_a_full_answer_it_shows_the_same(namespace: str) -> None:
    """Every member that EC2's model knows stands in it; those that are shown are equal."""
    numbers = count()
    body = answer(written(shape_of("DescribeInstances"), lambda: f"v-{next(numbers)}"), namespace)
    shown, whole = by_us(body), by_botocore(body)
    assert contained(shown, whole) == []
    assert len(instances(shown)) == len(instances(whole)) == 4
    assert [set(each) for each in instances(shown)] == [SHOWN] * 4
    assert len(body) > 20_000


@pytest.mark.parametrize("namespace", [NAMESPACE, "", "urn:another"])
def test_of_an_attribute_it_shows_the_same(namespace: str) -> None:
    """Protection against stops and termination; what a manifest needs is read otherwise."""
    operation = "DescribeInstanceAttribute"
    body = answer(written(shape_of(operation), lambda: "v"), namespace, operation)
    shown = by_us(body, operation)
    assert contained(shown, by_botocore(body, operation)) == []
    assert shown.keys() - {"ResponseMetadata"} == {
        "DisableApiStop",
        "DisableApiTermination",
        "InstanceId",
    }


def test_another_answer_is_no_word_on_protection() -> None:
    """Nor is one that names no instance."""
    for body in (
        answer("<instanceId>i-1</instanceId>"),
        answer("", operation="DescribeInstanceAttribute"),
    ):
        with pytest.raises(ResponseParserError, match="in the place of"):
            attribute(body)


@pytest.mark.parametrize("value", ["", "True", "1", "null", "<on/>"])
def test_what_is_neither_true_nor_false(value: str) -> None:
    """It is no word against protection: botocore's own parser takes it for False."""
    inside = f"<disableApiTermination><value>{value}</value></disableApiTermination>"
    body = answer(f"<instanceId>i-1</instanceId>{inside}", operation="DescribeInstanceAttribute")
    with pytest.raises(ResponseParserError, match="neither true nor false"):
        attribute(body)


@pytest.mark.parametrize("operation", ["DescribeVolumes", "DescribeSnapshots", "CreateSnapshots"])
def test_of_other_answers_it_shows_everything(operation: str) -> None:
    """They are botocore's own."""
    body = answer(written(shape_of(operation), lambda: "v"), operation=operation)
    assert by_us(body, operation) == by_botocore(body, operation)


@settings(deadline=None)
@given(st.lists(st.tuples(texts, texts), max_size=5), texts, st.booleans())
def test_whatever_stands_in_a_tag(tags: list[tuple[str, str]], name: str, key_first: bool) -> None:  # noqa: FBT001  drawn
    """Law: blanks, markup and signs of all scripts arrive as they were written."""

    def tag(key: str, value: str) -> str:
        parts = [f"<key>{escape(key)}</key>", f"<value>{escape(value)}</value>"]
        return f"\n <item>{''.join(parts if key_first else parts[::-1])}</item>"

    inside = (
        "<reservationSet><item><instancesSet><item>"
        f"<instanceId>{escape(name)}</instanceId><tagSet>{''.join(tag(*t) for t in tags)}</tagSet>"
        "</item></instancesSet></item></reservationSet>"
    )
    [shown] = instances(by_us(answer(inside)))
    [whole] = instances(by_botocore(answer(inside)))
    assert shown["Tags"] == whole["Tags"] == dict(tags)
    assert shown["InstanceId"] == whole["InstanceId"] == name


TAG = "<key>Name</key><value>jd</value>"
IN_PART = {
    "no value": "<item><key>Name</key></item>",
    "no key": "<item><value>jd</value></item>",
    "nothing": "<item/>",
    "two values": "<item><key>Name</key><value>a</value><value>b</value></item>",
    "halves": "<item><key>Discovered</key></item><item><value>2020-01-01</value></item>",
    "a tag in a tag": f"<item>{TAG}<in>{TAG}</in></item>",
}


@pytest.mark.parametrize("tags", IN_PART.values(), ids=IN_PART)
def test_a_tag_that_is_shown_in_part_is_refused(tags: str) -> None:
    """Of halves no tag is made: what is half shown is not seen."""
    inside = (
        "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>"
        f"<tagSet>{tags}</tagSet></item></instancesSet></item></reservationSet>"
    )
    with pytest.raises(ResponseParserError, match="a tag in the listing"):
        listing(answer(inside))


def test_no_instances_and_another_page() -> None:
    """An empty page is one, and the token of the next is handed on."""
    body = answer("<reservationSet/><nextToken>t</nextToken>")
    shown = by_us(body)
    assert shown == by_botocore(body)
    assert (shown["Reservations"], shown["NextToken"]) == ([], "t")
    assert shown["ResponseMetadata"]["RequestId"] == "r-1"


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "entities that double": f'<!DOCTYPE a [<!ENTITY e0 "ha">{BOMB}]>'.encode(),
    "an entity of a file": b'<!DOCTYPE a [<!ENTITY e11 SYSTEM "file:///etc/hostname">]>',
    "an entity of ours": b'<!DOCTYPE a [<!ENTITY e11 "i-1">]>',
}


@pytest.mark.parametrize("doctype", HOSTILE.values(), ids=HOSTILE)
def test_entities_are_refused(doctype: bytes) -> None:
    """They are not expanded, nor is anything read that they name."""
    inside = (
        "<reservationSet><item><instancesSet><item><instanceId>&e11;</instanceId></item>"
        "</instancesSet></item></reservationSet>"
    )
    head, rest = answer(inside).split(b"\n", 1)
    with pytest.raises(ResponseParserError):
        listing(head + doctype + rest)


def test_a_huge_text_is_refused() -> None:
    """More than 10 MB in one text are no name of anything."""
    huge = f"<reservationSet/><nextToken>{'a' * 10_000_001}</nextToken>"
    with pytest.raises(ResponseParserError):
        listing(answer(huge))


def test_a_deep_nest_is_refused() -> None:
    """So is what would take the stack."""
    with pytest.raises(ResponseParserError):
        listing(answer("<reservationSet>" + "<item>" * 5000 + "</item>" * 5000))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html><body>Log in to this network</body></html>",
        answer(""),
        answer("<reservationSet/>", operation="DescribeVolumes"),
    ],
)
def test_what_is_no_listing_is_not_taken_for_an_empty_one(body: bytes) -> None:
    """Could not see is never is not there."""
    with pytest.raises(ResponseParserError):
        listing(body)


WHOLE = answer(written(shape_of("DescribeInstances"), lambda: "v", items=1))


@settings(deadline=None)
@given(
    st.integers(0, len(WHOLE) - len("</DescribeInstancesResponse>\n")),
    st.sampled_from([1, 1 << 16]),
)
def test_half_an_answer_is_refused(end: int, piece: int) -> None:
    """Law: wherever a connection breaks off, what had arrived is no listing."""
    with pytest.raises(ResponseParserError):
        listing(WHOLE[:end], piece)


def reservation(*instances: str) -> str:
    """A reservation as AWS lays it out, of instances given by what is inside of them."""
    items = "".join(f"\n    <item>{inside}</item>" for inside in instances)
    held = f"\n   <instancesSet>{items}\n   </instancesSet>" if instances else "<instancesSet/>"
    return f"\n  <item>\n   <reservationId>r-1</reservationId><groupSet/>{held}\n  </item>"


def instance(name: str, tags: list[tuple[str, str]]) -> str:
    """The inside of an instance."""
    items = (f"<item><key>{escape(k)}</key><value>{escape(v)}</value></item>" for k, v in tags)
    return f"<instanceId>{escape(name)}</instanceId>\n<tagSet>{''.join(items)}</tagSet>"


tag_lists = st.lists(st.tuples(texts, texts), max_size=2)
held = st.lists(st.builds(instance, texts, tag_lists), max_size=3)


@settings(deadline=None)
@given(st.lists(held, max_size=6), st.integers(1, 2000))
def test_in_pieces_it_shows_the_same(reservations: list[list[str]], piece: int) -> None:
    """Law: however a listing is cut to be read, it says what botocore reads in the whole of it."""
    inside = "".join(reservation(*instances) for instances in reservations)
    body = answer(f"<reservationSet>{inside}</reservationSet><nextToken>t</nextToken>")
    shown, whole = listing(body, piece), by_botocore(body)
    whole["ResponseMetadata"].pop("HTTPStatusCode")
    whole["ResponseMetadata"].pop("HTTPHeaders")
    for each in whole["Reservations"]:
        del each["ReservationId"], each["Groups"]
    assert shown == whole


def test_a_full_answer_in_pieces_shows_the_same() -> None:
    """Every member that EC2's model knows stands in it, one reservation at a time."""
    numbers = count()
    body = answer(written(shape_of("DescribeInstances"), lambda: f"v-{next(numbers)}", items=3))
    assert listing(body, 1) == listing(body, len(body))
    assert len(instances(listing(body, 1))) == 9


ONE = reservation("<instanceId>i-1</instanceId>")
BROKEN = {
    "a reservation that is not closed": ONE.removesuffix("</item>"),
    "one that is closed twice": f"{ONE}</item>",
    "one crossed with another": f"{ONE}<item><b>{ONE}</b></item></b><item>{ONE}</item>",
    "a comment over two": f"{ONE}<!-- {ONE} {ONE}",
    "markup in quotes": f"{ONE}<a b=' {ONE} {ONE}",
    "an unknown entity": f"{ONE}&nothing;{ONE}",
    "a set in a set": f"{ONE}</reservationSet><b><reservationSet>{ONE}</reservationSet></b>{ONE}",
}


@pytest.mark.parametrize("inside", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("piece", [1, 100, 1 << 16])
def test_what_is_broken_is_refused_in_pieces_too(inside: str, piece: int) -> None:
    """No cut makes sense of what has none."""
    for sets in (inside, f"{inside}{ONE * 4}", f"{ONE * 4}{inside}"):
        with pytest.raises(ResponseParserError):
            listing(answer(f"<reservationSet>{sets}</reservationSet>"), piece)


HIDDEN = {
    "in a comment before it": (f"<!-- <reservationSet>{ONE}</reservationSet> -->", ONE, ""),
    "in a comment after it": ("", ONE, f"<!-- <reservationSet>{ONE}</reservationSet> -->"),
    "in a comment from one to the other": (
        "",
        f"{ONE}<!--{ONE}</reservationSet>{ONE}-->",
        "<!-- -->",
    ),
    "in quotes after it": ("", ONE, f"<![CDATA[<reservationSet>{ONE}</reservationSet>]]>"),
    "in something inside an instance": (
        "",
        reservation(f"<instanceId>i-1</instanceId><b><reservationSet>{ONE}</reservationSet></b>"),
        "",
    ),
}


@pytest.mark.parametrize("parts", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("piece", [1, 100, 1 << 16])
def test_what_is_hidden_is_no_instance(parts: tuple[str, str, str], piece: int) -> None:
    """Of a listing inside of something else nothing is shown; in doubt all of it is refused."""
    before, inside, behind = parts
    body = answer(f"{before}<reservationSet>{inside}</reservationSet>{behind}")
    assert len(instances(by_botocore(body))) == 1
    try:
        shown = instances(listing(body, piece))
    except ResponseParserError:
        return
    assert shown == [{"InstanceId": "i-1"}]


@pytest.mark.parametrize(
    "inside",
    [
        "<item><reservationId>r-1</reservationId></item>",
        "<item><instancesSet><item/></instancesSet></item>",
        "<item><instancesSet><item><imageId>ami-1</imageId></item></instancesSet></item>",
        f"{ONE}<item><instancesSet>i-2</instancesSet><instancesSet/></item>",
    ],
)
def test_an_instance_without_anything_is_refused(inside: str) -> None:
    """It would not be seen, and what is not seen is not passed over."""
    with pytest.raises(ResponseParserError, match="without its members"):
        listing(answer(f"<reservationSet>{inside}</reservationSet>"))


def test_a_member_of_something_inside_is_none_of_the_instance() -> None:
    """A network interface has an operator and tags of its own; they say nothing of the instance."""
    inside = (
        "<networkInterfaceSet><item><operator><managed>true</managed></operator>"
        "<tagSet><item><key>Name</key><value>eni</value></item></tagSet></item></networkInterfaceSet>"
        "<instanceId>i-1</instanceId><b><instanceId>i-2</instanceId></b>"
    )
    body = answer(f"<reservationSet>{reservation(inside)}</reservationSet>")
    assert instances(listing(body)) == [{"InstanceId": "i-1", "NetworkInterfaces": [{}]}]


TIME = "2026-11-22T06:00:00.000Z"
INTERFACE = (
    "<item><description>eni</description><groupSet><item><groupId>sg-1</groupId></item></groupSet>"
    f"<attachment><attachTime>{TIME}</attachTime></attachment></item>"
)


def with_interfaces(inside: str) -> bytes:
    """Two instances, the first of which has `inside` as its network interfaces."""
    first = f"<networkInterfaceSet>{inside}</networkInterfaceSet><instanceId>i-1</instanceId>"
    both = reservation(first, "<networkInterfaceSet/><instanceId>i-2</instanceId>")
    return answer(f"<reservationSet>{both}{ONE}</reservationSet>")


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_of_interfaces_it_shows_when_they_were_attached(number: int, piece: int) -> None:
    """Whatever else stands in them is left out before it is read."""
    attached = {"Attachment": {"AttachTime": timestamp(TIME)}}
    shown = instances(listing(with_interfaces(INTERFACE * number), piece))
    assert [each["InstanceId"] for each in shown] == ["i-1", "i-2", "i-1"]
    assert shown[0]["NetworkInterfaces"] == [attached] * number
    assert shown[1]["NetworkInterfaces"] == []


TORN = {
    "no end": f"{INTERFACE}<networkInterfaceSet>",
    "a time that is not closed": "<item><attachTime>2026-11-22T06:00:00.000Z</item>",
    "a time with markup in it": "<item><attachTime>2026<b>-11-22</attachTime></b></item>",
    "instances in it": f"</networkInterfaceSet></item>{ONE}<item>",
}


@pytest.mark.parametrize("inside", TORN.values(), ids=TORN)
def test_interfaces_that_are_torn_are_refused(inside: str) -> None:
    """What is left out of them makes no sense of what has none, and takes no instance with it."""
    with pytest.raises(ResponseParserError):
        listing(with_interfaces(inside))


@pytest.mark.parametrize("hidden", ["<!--{}-->", "<![CDATA[{}]]>"])
def test_interfaces_in_a_comment_or_in_quotes_are_none(hidden: str) -> None:
    """There they are a text, which stays whole."""
    note = hidden.format(f"<networkInterfaceSet>{INTERFACE}</networkInterfaceSet>")
    tag = f"<tagSet><item><key>k</key><value>{note}</value></item></tagSet>"
    body = answer(
        f"<reservationSet>{reservation(f'<instanceId>i-1</instanceId>{tag}')}</reservationSet>"
    )
    assert instances(listing(body)) == [
        {k: v for k, v in each.items() if k in {"InstanceId", "Tags"}}
        for each in instances(by_botocore(body))
    ]


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T06:00:00.000Z", "2026-11-22T06:00:00Z", "2026-11-22T07:00:00+01:00", "1795327200"],
)
def test_times_are_aware(text: str) -> None:
    """The one form of AWS, and every other that botocore knows."""
    assert timestamp(text) == datetime(2026, 11, 22, 6, tzinfo=UTC)
