"""The survey: every place and kind comes to an end, seen or not, and none hinders another."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.model import Place, Resource
from cs_aws_janitor.resources.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.plan import Coverage
    from cs_aws_janitor.resources.survey import Page

    Pages = list[list[str] | Exception]

pytestmark = pytest.mark.usefixtures("quiet")

HERE, THERE = Place("123456789012", "eu-west-1"), Place("123456789012", "us-east-1")
DENIED = ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "List")
BROKEN = ClientError({"Error": {"Code": "InternalError", "Message": "no"}}, "List")
UNREACHED = EndpointConnectionError(endpoint_url="https://ec2.eu-west-1.amazonaws.com")


def clients(place: Place, service: str, *, once: bool = False, whole: bool = False) -> Any:
    """No client is needed where AWS is a list."""
    return place, service, once, whole


def slowly(place: Place, service: str, *, once: bool = False, whole: bool = False) -> Any:
    """Clients that take a while to be made."""
    threading.Event().wait(0.02)
    return clients(place, service, once=once, whole=whole)


def kind(name: str, pages: Callable[[Place], Pages]) -> Kind:
    """A kind whose listing in a place is these pages, or breaks off with an error."""

    def discover(_: object, place: Place) -> Iterator[list[Resource]]:
        for page in pages(place):
            if isinstance(page, Exception):
                raise page
            yield [Resource(place, name, resource) for resource in page]

    return replace(KINDS["ec2_instance"], name=name, discover=discover)


@dataclass
class Seen:
    """What a survey has shown."""

    ids: list[str] = field(default_factory=list)
    coverage: dict[tuple[str, str], Coverage] = field(default_factory=dict)


def look(places: list[Place], kinds: list[Kind]) -> Seen:
    """All of a survey; a place and kind that ended shows nothing more."""
    seen = Seen()

    def take(page: Page) -> None:
        assert (page.place.region, page.kind.name) not in seen.coverage
        seen.ids += [resource.id for resource in page.resources]

    for row in survey(places, kinds, clients, take):
        assert (row.place.region, row.kind) not in seen.coverage
        seen.coverage[row.place.region, row.kind] = row
    return seen


def pass_over(_: Page) -> None:
    """What a page shows is of no matter."""


def test_every_page_of_every_place_and_kind() -> None:
    """Each is ended by its coverage, with how much was seen."""
    disks = kind("disk", lambda _: [["d-1"]])
    boxes = kind("box", lambda place: [[f"{place.region}-1"], [], [f"{place.region}-2"]])
    seen = look([HERE, THERE], [boxes, disks])
    assert Counter(seen.ids) == {
        "d-1": 2,
        "eu-west-1-1": 1,
        "eu-west-1-2": 1,
        "us-east-1-1": 1,
        "us-east-1-2": 1,
    }
    assert {key: row.resources for key, row in seen.coverage.items()} == {
        ("eu-west-1", "box"): 2,
        ("eu-west-1", "disk"): 1,
        ("us-east-1", "box"): 2,
        ("us-east-1", "disk"): 1,
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DENIED, "denied"),
        (BROKEN, "failed"),
        (UNREACHED, "failed"),
        (KeyError("Instances"), "failed"),
    ],
)
def test_a_listing_that_breaks_off_is_blind(error: Exception, status: str) -> None:
    """It says so and why, after as much as it had shown; the other place is seen whole."""
    boxes = kind("box", lambda place: [["a", "b"], error] if place is HERE else [["c"]])
    seen = look([HERE, THERE], [boxes])
    broken, whole = seen.coverage["eu-west-1", "box"], seen.coverage["us-east-1", "box"]
    assert (broken.status, broken.resources, broken.blind) == (status, 2, True)
    assert broken.why
    assert (whole.status, whole.resources, whole.blind) == ("ok", 1, False)


@pytest.mark.parametrize("pages", [[], [[]]])
def test_an_empty_place_is_seen(pages: Pages) -> None:
    """Nothing is there, and that is known: not the same as a blind spot."""
    row = look([HERE], [kind("box", lambda _: pages)]).coverage["eu-west-1", "box"]
    assert (row.status, row.resources, row.why) == ("ok", 0, None)


def test_a_client_that_cannot_be_made() -> None:
    """It is a blind spot of its place, and no crash of the survey."""

    def broken(place: Place, service: str, *, once: bool = False, whole: bool = False) -> Any:
        if place is HERE:
            raise DENIED
        return clients(place, service, once=once, whole=whole)

    rows = survey([HERE, THERE], [kind("box", lambda _: [["a"]])], broken, pass_over)
    assert {row.place.region: row.status for row in rows} == {
        "eu-west-1": "denied",
        "us-east-1": "ok",
    }


def test_nothing_to_look_at() -> None:
    """No places or no kinds: it ends at once."""
    assert list(survey([], [kind("box", lambda _: [["a"]])], clients, pass_over)) == []
    assert list(survey([HERE], [], clients, pass_over)) == []


def test_places_are_looked_at_at_once() -> None:
    """A slow place does not keep another waiting."""
    together = threading.Barrier(2, timeout=10)

    def pages(_: Place) -> Pages:
        together.wait()
        return [["a"]]

    seen = look([HERE, THERE], [kind("box", pages)])
    assert {row.status for row in seen.coverage.values()} == {"ok"}


def test_who_has_seen_enough_may_go() -> None:
    """A survey that is left early ends, and asks for nothing more."""
    places = [Place("123456789012", f"region-{n}") for n in range(50)]
    asked: list[Place] = []

    def pages(place: Place) -> Pages:
        asked.append(place)
        return [["a"]]

    looking = cast("Generator[object]", survey(places, [kind("box", pages)], slowly, pass_over))
    next(looking)
    looking.close()
    assert len(asked) < len(places)


def test_halted_between_two_pages() -> None:
    """What had not come to its end is a blind spot that says why; what had, was seen."""
    read: list[str] = []

    def halted() -> str | None:
        return "the time is up" if len(read) > 2 else None

    def take(page: Page) -> None:
        read.extend(resource.id for resource in page.resources)

    kinds = [kind("box", lambda _: [["a"], ["b"]]), kind("disk", lambda _: [["c"], ["d"]])]
    rows = [next(iter(survey([HERE], [one], clients, take, halted))) for one in kinds]
    assert [(row.status, row.resources) for row in rows] == [("ok", 2), ("failed", 1)]
    assert (rows[1].why, read) == ("the time is up", ["a", "b", "c"])


def test_halted_before_it_began() -> None:
    """AWS is not asked any more."""
    rows = survey([HERE], [kind("box", lambda _: [BROKEN])], clients, pass_over, lambda: "no time")
    assert [(row.status, row.why) for row in rows] == [("failed", "no time")]
