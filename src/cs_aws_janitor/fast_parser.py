"""Reads what EC2 is asked most, listings and protection, and only what is needed of them.

Why: botocore's own reading of the XML is 99.8 % of the CPU time of a listing. An answer is read by
its lines (`fast_lines.py`) where it is printed as AWS does it, and else by lxml (`fast_trees.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.parsers import EC2QueryParser, ResponseParserError, ResponseParserFactory

from cs_aws_janitor import fast_lines
from cs_aws_janitor.fast_lines import ATTRIBUTE, LISTING, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

    from cs_aws_janitor.fast_lines import Found

PIECE = 64 << 10  # bytes: the tree of so many stays in a processor's cache
_OPENING, _CLOSING = b"<reservationSet>", b"</reservationSet>"
_ITEM, _FIRST = b"<item>", b"<reservationId>"  # with these two each reservation begins
_ENDS_OF_HIDING = (b"-->", b"]]>", b"?>")


class FastParsers(ResponseParserFactory):
    """The component `response_parser_factory` of a botocore session: its clients read fast.

    Of listings and of protection they show only what is read here, and tags of instances as one
    mapping; all else is botocore's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ec2 = FastParser(timestamp_parser=timestamp)

    def create_parser(self, protocol_name: str) -> Any:
        """The parser of a protocol; botocore asks for it with every answer."""
        return self._ec2 if protocol_name == "ec2" else super().create_parser(protocol_name)


class FastParser(EC2QueryParser):
    """botocore's parser of EC2's answers, but for listings of instances and their protection."""

    def _do_parse(self, response: Mapping[str, Any], shape: Shape | None) -> Found:
        name = shape.name if shape is not None else None
        if name == LISTING:
            return listing(response["body"])
        if name == ATTRIBUTE:
            return attribute(response["body"])
        found: Found = super()._do_parse(response, shape)  # type: ignore[misc]  # not in its stub
        return found


def attribute(body: bytes) -> Found:
    """Protection against an act, as `listing` shows instances; it raises the same."""
    return fast_lines.attribute(body) or _by_lxml(body, ATTRIBUTE)


def listing(body: bytes, piece: int = PIECE) -> Found:
    """Instances, in the shape that botocore gives them; read in pieces of about `piece` bytes.

    Their tags alone are shown otherwise: as one mapping, since a list of pairs costs two objects
    more for each, and all that is made of it is that mapping.

    The first of which the lines tell is read by lxml as well, and only if both say the same the
    others are read by their lines: should AWS print otherwise one day, that is seen, not guessed.

    Raises ResponseParserError for what is not well-formed or another answer, for a text of more
    than 10 MB, and for a document type: AWS sends none, and only that can bring entities with it.
    """
    start, end = _held(body)
    head, tail = body[:start], body[end:]
    found = fast_lines.frame(head + tail) or _by_lxml(head + tail, LISTING)
    if start < end and found["Reservations"]:
        raise ResponseParserError("the list of reservations in the answer stands elsewhere")
    view = memoryview(body)
    pieces = (view[begin:cut] for begin, cut in _pieces(body, start, end, piece))

    agreed = None  # whether the lines say what lxml reads
    for some in pieces:
        read = None if agreed is False else fast_lines.reservations(some)
        if read is None or agreed is None:
            whole = _by_lxml(b"".join((head, some, tail)), LISTING)["Reservations"]
            agreed = agreed if read is None else read == whole
            read = whole
        found["Reservations"] += read
    return found


def _by_lxml(body: bytes, shape: str) -> Found:
    from cs_aws_janitor.fast_trees import read  # noqa: PLC0415  most plans do without lxml

    return read(body, shape)


def _held(body: bytes) -> tuple[int, int]:
    """Where the reservations of a listing begin and end; what stands around them is its frame.

    Each piece that lxml reads is put into the frame. Where all of these are well-formed the listing
    is, and says the same: what stands open where the frame was cut stands open again after each
    piece, for nothing else is closed by its end. Anything but a listing is a frame by itself.
    """
    start = body.find(_OPENING) + len(_OPENING)
    end = body.rfind(_CLOSING, start)
    hidden = any(body.find(sign, end) >= 0 for sign in _ENDS_OF_HIDING)
    return (start, end) if start >= len(_OPENING) and start <= end and not hidden else (0, 0)


def _pieces(body: bytes, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Where pieces of `body` from `start` to `end` begin and end.

    It is cut where after at least `size` bytes a reservation begins.
    """
    while start < end:
        first = body.find(_FIRST, start + size, end)
        cut = body.rfind(_ITEM, start + 1, first) if first > 0 else end
        if cut < 0 or body[cut + len(_ITEM) : first].strip():
            cut = end  # this is another beginning: the rest stays whole
        yield start, cut
        start = cut
