"""Reads what EC2 is asked most, listings and protection, by lxml, and only what is needed of them.

Why: botocore's own reading of the XML is 99.8 % of the CPU time of a listing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.parsers import EC2QueryParser, ResponseParserError, ResponseParserFactory
from lxml import etree

from cs_aws_janitor.fast_answers import ANSWERS, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

    from cs_aws_janitor.fast_answers import Answer, Element, Found

PIECE = 64 << 10  # bytes: the tree of so many stays in a processor's cache
_OPENING, _CLOSING = b"<reservationSet>", b"</reservationSet>"
_ITEM, _FIRST = b"<item>", b"<reservationId>"  # with these two each reservation begins
_ENDS_OF_HIDING = (b"-->", b"]]>", b"?>")
_HIDING = (b"<!", b"<?")
_NAMED = re.compile(rb"(\s*(?:<\?xml[^<>]*\?>)?\s*<\w+)\s+xmlns=\"[^\"<>&]*\"\s*>")
_INTERFACES, _NO_MORE = b"<networkInterfaceSet>", b"</networkInterfaceSet>"
_ATTACHED, _AT = b"<attachTime>", b"</attachTime>"
_IDS = (b"<instanceId>", b"<reservationId>")


class FastParsers(ResponseParserFactory):
    """The component `response_parser_factory` of a botocore session: its clients read fast.

    Of the `ANSWERS` they show only the members named there; all others are botocore's own.
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


def parse(body: bytes, answer: Answer, piece: int = PIECE) -> Found:
    """What AWS answered, in the shape that botocore gives it.

    A long listing is read in pieces of about `piece` bytes, which is a third faster. Raises
    ResponseParserError for what is not well-formed or another answer, for a text of more than
    10 MB, and for a document type: AWS sends none, and only that can bring entities with it.
    """
    frame, pieces = _cut(body, piece)
    found = _read(frame, answer)
    if frame is not body and found["Reservations"]:
        raise ResponseParserError("the list of reservations in the answer stands elsewhere")
    for some in pieces:
        found["Reservations"] += _read(some, answer)["Reservations"]
    return found


def _cut(body: bytes, size: int) -> tuple[bytes, Iterator[bytes]]:
    """A listing without its reservations, and the same with some of them at a time.

    Each piece is put into the frame that the listing is without reservations. Where all of these
    are well-formed the listing is, and says the same: what stands open where the frame was cut
    stands open again after each piece, for nothing else is closed by the end of the frame.
    Anything but a listing is a frame by itself.
    """
    start = body.find(_OPENING) + len(_OPENING)
    end = body.rfind(_CLOSING, start)
    tail = body[end:]
    if start < len(_OPENING) or end < start or any(sign in tail for sign in _ENDS_OF_HIDING):
        return body, iter(())
    head = _NAMED.sub(rb"\1>", body[:start], 1)  # each name is told without its namespace
    pieces = _reservations(body, start, end, size)
    return head + tail, (head + _thinned(some) + tail for some in pieces)


def _reservations(body: bytes, start: int, end: int, size: int) -> Iterator[bytes]:
    """`body` from `start` to `end`, cut where after at least `size` bytes a reservation begins."""
    while start < end:
        first = body.find(_FIRST, start + size, end)
        cut = body.rfind(_ITEM, start + 1, first) if first > 0 else end
        if cut < 0 or body[cut + len(_ITEM) : first].strip():
            cut = end  # this is another beginning: the rest stays whole
        yield body[start:cut]
        start = cut


def _thinned(piece: bytes) -> bytes:
    """`piece` with nothing left of network interfaces but when they were attached.

    They are a third of a listing. Only what stands in the open is left out: no instance, nothing
    where markup may be hidden, as in a comment, and nothing that is not closed.
    """
    if any(sign in piece for sign in _HIDING):
        return piece
    first, *others = piece.split(_INTERFACES)
    return b"".join([first, *map(_without_interfaces, others)])


def _without_interfaces(rest: bytes) -> bytes:
    """What follows on an opening tag of interfaces, with that tag."""
    inside, closing, behind = rest.partition(_NO_MORE)
    if not closing or any(tag in inside for tag in _IDS):
        return _INTERFACES + rest
    items = []
    for attached in inside.split(_ATTACHED)[1:]:
        time, closed, _ = attached.partition(_AT)
        if not closed or b"<" in time:
            return _INTERFACES + rest
        items.append(b"<item><attachTime>%b</attachTime></item>" % time)
    return b"".join([_INTERFACES, *items, closing, behind])


def _read(body: bytes, answer: Answer) -> Found:
    root = _tree(body)
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
