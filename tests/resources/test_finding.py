"""What a person types, an id, an ARN or a name, is the one resource that is meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources import finding
from cs_aws_janitor.resources.model import Place, Resource
from cs_aws_janitor.resources.policy import TagKeys
from cs_aws_janitor.resources.sweep import World
from cs_aws_janitor.shared.errors import NotFoundError
from tests.resources.fakes import KIND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.resources.kinds._kind import Kind

HERE, THERE = Place("123456789012", "eu-west-1"), Place("123456789012", "us-east-1")
ARN = "arn:{partition}:things:{region}:{account}:"
MACHINE = replace(
    KIND, name="machine", title="Machine", arns=(f"{ARN}machine/{{id}}",), ids=r"m-[0-9a-f]{8}"
)
DATABASE = replace(KIND, name="database", title="Database", arns=(f"{ARN}db:{{id}}",))
GROUP = replace(KIND, name="group", title="Group", arns=(f"{ARN}group:*:name/{{id}}",))


class Shown:
    """Some resources, and who was asked for what."""

    def __init__(self, *standing: Resource, dark: tuple[Place, ...] = ()) -> None:
        self.standing = standing
        self.dark = dark
        self.asked: list[tuple[str, Place, tuple[str, ...]]] = []

    def kind(self, kind: Kind) -> Kind:
        """`kind`, that shows them."""

        def discover(_: Any, place: Place) -> Iterator[list[Resource]]:
            yield self._of(kind, place)

        def read(_: Any, place: Place, ids: Sequence[str]) -> list[Resource]:
            self.asked.append((kind.name, place, tuple(ids)))
            return [each for each in self._of(kind, place) if each.id in ids]

        return replace(kind, discover=discover, read=read)

    def _of(self, kind: Kind, place: Place) -> list[Resource]:
        if place in self.dark:
            raise PermissionError("denied")
        return [r for r in self.standing if (r.kind, r.place) == (kind.name, place)]


def found(shown: Shown, *wanted: str) -> list[str]:
    """The kind and the id of each that is meant."""
    kinds = {kind.name: shown.kind(kind) for kind in (MACHINE, DATABASE, GROUP)}
    world = World([HERE, THERE], kinds, lambda *_, **__: None)
    return [f"{r.kind} {r.id}" for r in finding.find(world, wanted, TagKeys())]


def machine(number: int, name: str | None = None) -> Resource:
    """One whose id AWS has chosen."""
    tags = {"Name": name} if name else {}
    return Resource(HERE, "machine", f"m-0000000{number}", tags=tags)


def database(name: str, place: Place = HERE) -> Resource:
    """One whose id a person has chosen."""
    return Resource(place, "database", name, own_name=name)


def refusal(shown: Shown, *wanted: str) -> str:
    """What is said where it is not the one."""
    with pytest.raises(NotFoundError) as refused:
        found(shown, *wanted)
    return f"{refused.value.what}. {refused.value.cure}"


def test_an_id_asks_only_the_kinds_that_know_it() -> None:
    """One call for each place, not one for each kind and place."""
    shown = Shown(machine(1), database("orders"))
    assert found(shown, "m-00000001") == ["machine m-00000001"]
    assert shown.asked == [("machine", place, ("m-00000001",)) for place in (HERE, THERE)]


def test_a_name_that_a_kind_gives_is_found() -> None:
    """An RDS identifier is typed as it stands."""
    assert found(Shown(machine(1, "web"), database("orders")), "orders") == ["database orders"]


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:things:eu-west-1:123456789012:machine/m-00000001", "machine m-00000001"),
        ("arn:aws:things:eu-west-1:123456789012:db:orders", "database orders"),
        ("arn:aws:things:eu-west-1:123456789012:group:6f-1:name/orders", "group orders"),
    ],
)
def test_an_arn_tells_kinds_apart(arn: str, expected: str) -> None:
    """Two kinds may have the same id; an ARN means one of them."""
    group = Resource(HERE, "group", "orders", own_name="orders")
    assert found(Shown(machine(1), database("orders"), group), arn) == [expected]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:things:us-east-1:123456789012:db:orders",
        "arn:aws:things:eu-west-1:210987654321:db:orders",
        "arn:aws:things:eu-west-1:123456789012:machine/orders",
        "arn:aws-cn:things:eu-west-1:123456789012:db:orders",
    ],
)
def test_an_arn_of_elsewhere_means_nothing_here(arn: str) -> None:
    """Another region, account, kind or partition is another resource."""
    assert refusal(Shown(database("orders")), arn).startswith(f"no resource {arn!r} was found")


def test_of_two_with_one_name_neither_is_taken() -> None:
    """Both are told, with what tells them apart: another id, or the ARN."""
    both = Shown(machine(1, "web"), machine(2, "web"))
    assert refusal(both, "web") == (
        "'web' is the name of m-00000001 (Machine) in eu-west-1, m-00000002 (Machine) in eu-west-1."
        " Give the id of one"
    )
    same = Shown(machine(1, "orders"), database("orders"))
    assert refusal(same, "orders").endswith(" in eu-west-1. Give its ARN")
    apart = Shown(database("orders"), database("orders", THERE))
    assert refusal(apart, "orders").endswith("Give its ARN, or its region with --region")


def test_a_chosen_id_may_be_borne_where_nothing_was_seen() -> None:
    """What AWS has chosen may not."""
    shown = Shown(machine(1), database("orders"), dark=(THERE,))
    assert found(shown, "m-00000001") == ["machine m-00000001"]
    told = refusal(shown, "orders")
    assert told.startswith("'orders' is the name of orders (Database) in eu-west-1 (3 places could")


def test_a_name_is_not_that_of_what_is_attached() -> None:
    """What is called as its machine is not meant by that name; by its own, and by its id, it is."""
    used = replace(machine(2), follows="machine m-00000001", own_name="web")
    named = replace(used, id="m-00000003", tags={"Name": "web-data"})
    shown = Shown(machine(1, "web"), used, named)
    assert found(shown, "web") == ["machine m-00000001"]
    assert found(shown, "web-data") == ["machine m-00000003"]
    assert found(shown, "m-00000002") == ["machine m-00000002"]
