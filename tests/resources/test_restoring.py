"""Finding what is meant, and what earlier restores did; without any AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources import restoring
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.kinds._kind import NOTHING_KEPT, Kind, Restore
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.resources.restore_plan import (
    Instead,
    Manifest,
    Missing,
    RestorePlan,
)
from cs_aws_janitor.resources.restoring import Prospect
from cs_aws_janitor.resources.sweep import Rules, World
from cs_aws_janitor.resources.tags import RESTORED_FROM
from cs_aws_janitor.shared.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOW = datetime(2026, 12, 20, 6, tzinfo=UTC)
PLACE = Place("123456789012", "eu-west-1")
MANIFEST = Manifest(PLACE, "ec2_instance", "i-0abc", NOW, ("snap-1",), {})


@dataclass
class Kept:
    """A store in memory."""

    text: list[str] = field(default_factory=list)

    def append(self, text: str) -> None:
        """Keep `text`."""
        self.text.append(text)

    def lines(self) -> Iterator[str]:
        """Every line."""
        yield from "".join(self.text).splitlines(keepends=True)


def entry(resource_id: str = "i-0abc", name: str = "jd-one", **more: Any) -> dict[str, Any]:
    """A manifest as it stands in the ledger."""
    return {
        "entry": "manifest",
        "at": NOW.isoformat(),
        "account": PLACE.account,
        "region": PLACE.region,
        "partition": "aws",
        "kind": "ec2_instance",
        "id": resource_id,
        "backups": ["snap-1"],
        "manifest": {"instance": {"Tags": [{"Key": "Name", "Value": name}]}},
        **more,
    }


def rules(*entries: Any) -> Rules:
    """The usual rules, and a ledger with `entries`; a text is a line as it stands."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in entries]
    return Rules(Policy(), NOW, Ledger(Kept(["".join(f"{line}\n" for line in lines)])))


def world(*places: Place, kinds: Mapping[str, Kind] = KINDS) -> World:
    """A world in which nobody is asked."""

    def clients(place: Place, service: str, *, once: bool = False, whole: bool = False) -> Any:
        pytest.fail(f"{service} was asked in {place}, {once}, {whole}")

    return World(places or (PLACE,), kinds, clients)


# The ledger


def test_the_last_manifest_of_each() -> None:
    """In the order in which they ended; of one that ended twice the last counts."""
    old, new = entry("i-1", backups=["old"]), entry("i-1", backups=["new"])
    ledger = rules(old, entry("i-2"), new).ledger
    assert ledger
    assert [(each["id"], each["backups"]) for each in ledger.manifests()] == [
        ("i-2", ["snap-1"]),
        ("i-1", ["new"]),
    ]


@pytest.mark.parametrize(
    "line",
    [
        '{"entry": "manifest", "account": "1234',
        {"entry": "outcome", "id": "i-0abc"},
        entry(manifest=None),
        entry(account=5),
        entry(id=None),
    ],
)
def test_what_is_no_whole_manifest_is_passed_over(line: Any) -> None:
    """A torn line, another entry, one that lacks what names it."""
    ledger = rules(line, entry("i-2")).ledger
    assert ledger
    assert [each["id"] for each in ledger.manifests()] == ["i-2"]


# What is meant


@pytest.mark.parametrize(
    "wanted", ["i-0abc", "jd-one", "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc"]
)
def test_an_id_a_name_or_an_arn(wanted: str) -> None:
    """All three name the same manifest."""
    found = restoring.find(world(), rules(entry(), entry("i-2", "jd-two")), wanted)
    assert (found.id, found.name, found.place, found.at) == ("i-0abc", "jd-one", PLACE, NOW)


@pytest.mark.parametrize("at", [None, 5, "soon"])
def test_a_manifest_without_its_time(at: object) -> None:
    """It cannot be used: neither its image nor its token could be told from another's."""
    with pytest.raises(NotFoundError):
        restoring.find(world(), rules(entry(at=at)), "i-0abc")


def test_a_time_without_zone_is_in_utc() -> None:
    """The janitor always writes it; whoever mended a line by hand may not."""
    found = restoring.find(world(), rules(entry(at="2026-12-20T06:00:00")), "i-0abc")
    assert found.at == NOW


def test_backups_of_another_shape_are_none() -> None:
    """Whatever stands there, it is read without a guess."""
    assert restoring.find(world(), rules(entry(backups="snap-1")), "i-0abc").backups == ()


def test_without_a_ledger_nothing_is_known() -> None:
    """There is nothing to bring back."""
    with pytest.raises(NotFoundError):
        restoring.find(world(), Rules(Policy(), NOW), "i-0abc")


def test_a_kind_that_does_not_come_back_says_why() -> None:
    """The reason stands with the kind."""
    plain = replace(KINDS["ec2_instance"], restore=NOTHING_KEPT)
    kinds = world(kinds={"ec2_instance": plain})
    with pytest.raises(RefusedError, match=NOTHING_KEPT):
        restoring.look(kinds, rules(), MANIFEST, Instead())


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_comes_back_or_says_why(kind: Kind) -> None:
    """One that comes back declares its permissions; one that does not gives its reason in words."""
    if not isinstance(kind.restore, str):
        assert isinstance(kind.restore(), Restore)
        assert kind.permissions["restore"]
        assert kind.backups
    else:
        assert kind.restore.strip()
        assert "restore" not in kind.permissions


# What earlier restores did


def prospect(living: dict[str, str], *recorded: str, **plan: Any) -> Prospect:
    """A prospect whose own token is `ours`."""
    return Prospect(RestorePlan(MANIFEST, **plan), living, recorded, ("ours",))


@pytest.mark.parametrize(
    ("seen", "back", "cut_off"),
    [
        (prospect({}), (), None),
        (prospect({"i-1": "ours"}), (), "i-1"),
        (prospect({"i-1": "ours"}, "i-1"), ("i-1",), None),
        (prospect({"i-1": "another"}), ("i-1",), None),
        (prospect({"i-1": "before", "i-2": "ours"}, "i-1"), ("i-1",), "i-2"),
        (prospect({}, "i-1"), (), None),
        (prospect({"i-1": "ours"}, impossible="no backup"), ("i-1",), None),
    ],
)
def test_what_came_back_and_what_broke_off(
    seen: Prospect, back: tuple[str, ...], cut_off: str | None
) -> None:
    """Only what was launched with a token of this very restore is carried on: labels are copied."""
    assert (seen.back, seen.cut_off) == (back, cut_off)


def test_what_is_missing_does_not_keep_from_carrying_on() -> None:
    """What was launched already needs it no more."""
    missing = (Missing("key pair jd is not there", "--no-key"),)
    restoring.check(prospect({"i-1": "ours"}, missing=missing))
    with pytest.raises(RefusedError, match=r"key pair jd is not there \(--no-key\)"):
        restoring.check(prospect({}, missing=missing))


def test_another_one_needs_a_backup_too() -> None:
    """What came back once comes back again only from a backup that is still there."""
    with pytest.raises(RefusedError, match="cannot be brought back: no backup"):
        restoring.check(prospect({"i-1": "ours"}, "i-1", impossible="no backup"))


def test_the_label_is_a_tag_key() -> None:
    """It stands beside the janitor's own tags, and is none of AWS's."""
    assert RESTORED_FROM == "JanitorRestoredFrom"
