"""What is read of those about to be acted on, and what becomes of what cannot be read."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor.resources.inspection import AT_ONCE, Inspector, recall
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Backup, BackupState, Phase, Power, Resource, Sighting
from cs_aws_janitor.resources.policy import BackupRules, Policy
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.at_once import WAITED
from tests.resources.fakes import ACTIVE, DUE, EXPIRED, KIND, NEW, NOW, POLICY, Kept, Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.resources.kinds._kind import Kind

pytestmark = pytest.mark.usefixtures("quiet")

DENIED = ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "Describe")
THROTTLED = ClientError({"Error": {"Code": "RequestLimitExceeded", "Message": "no"}}, "Describe")
SHUT_OFF = datetime(2026, 11, 15, 6, tzinfo=UTC)
WHOLE = Backup(BackupState.COMPLETE, ("b-1",))


def inspector(shelf: Shelf, kind: Kind = KIND, policy: Policy = POLICY) -> Inspector:
    """Who reads more of what stands on `shelf`."""
    return Inspector(kind, shelf, policy, NOW)


def refuse(_: Sequence[str]) -> None:
    """Every call is denied."""
    raise DENIED


def thing(tags: Mapping[str, str] = DUE, **more: object) -> Resource:
    """A thing that is due, unless something else is said."""
    shelf = Shelf()
    shelf.put("t-1", tags, Power.OFF, **more)
    return shelf.standing["t-1"]


# Protection


def test_protection_makes_exempt() -> None:
    """What would be shut off is decided again with its protection known."""
    shelf = Shelf(protected={"t-00001"})
    shelf.fill(3, EXPIRED)
    decided = inspector(shelf).decide(list(shelf.standing.values()))
    assert [(r.id, r.protected, d.phase) for r, d in decided] == [
        ("t-00000", False, Phase.EXPIRED),
        ("t-00001", True, Phase.EXEMPT),
        ("t-00002", False, Phase.EXPIRED),
    ]


def test_one_that_cannot_be_read_is_unknown() -> None:
    """The others are decided on."""
    shelf = Shelf()
    shelf.fill(3, EXPIRED)

    def dark(ids: Sequence[str]) -> None:
        if "t-00001" in ids:
            raise DENIED

    shelf.refuses["protected"] = dark
    decided = {r.id: d for r, d in inspector(shelf).decide(list(shelf.standing.values()))}
    assert [d.phase for d in decided.values()] == [Phase.EXPIRED, Phase.UNKNOWN, Phase.EXPIRED]
    assert "could not be read: denied: " in decided["t-00001"].reason
    assert decided["t-00001"].verbs == ()


def test_protection_is_read_of_several_at_once() -> None:
    """So many that they are quick, and no more than AWS lets a caller ask."""
    shelf = Shelf()
    shelf.fill(AT_ONCE * 6, EXPIRED)
    together, most = threading.Barrier(AT_ONCE, timeout=10), [0, 0]
    lock, asked = threading.Lock(), count(1)

    def wait(_: Sequence[str]) -> None:
        with lock:
            most[0] += 1
            most[1] = max(most)
            number = next(asked)
        if number > AT_ONCE * 5:
            together.wait()
        clock.pause(2 * WAITED)
        with lock:
            most[0] -= 1

    shelf.refuses["protected"] = wait
    inspector(shelf).with_protection(list(shelf.standing.values()))
    assert most == [0, AT_ONCE]


def test_nothing_is_read_of_nothing() -> None:
    """No candidates, no calls."""
    shelf = Shelf()
    assert (inspector(shelf).decide([]), shelf.asked) == ([], [])


@pytest.mark.parametrize(("tags", "exempt"), [({"Permanent": "why"}, True), ({}, False)])
def test_a_kind_without_protection(tags: dict[str, str], *, exempt: bool) -> None:
    """The Permanent tag is its protection."""
    shelf = Shelf()
    shelf.put("t-1", EXPIRED | tags)
    ((resource, decision),) = inspector(shelf, replace(KIND, protected=None)).decide(
        list(shelf.standing.values())
    )
    assert (resource.protected, decision.phase is Phase.EXEMPT) == (exempt, exempt)
    assert shelf.calls("protected") == []


# What a kind examines


def test_what_a_kind_examines_counts() -> None:
    """It is asked once for all, before anything else is read."""
    shelf = Shelf()
    shelf.fill(3, EXPIRED)

    def examine(client: Shelf, resources: Sequence[Resource]) -> list[Resource]:
        client.ask("examine", *(r.id for r in resources))
        return [replace(r, cannot_shut_off="it has no switch") for r in resources]

    decided = inspector(shelf, replace(KIND, examine=examine)).decide([*shelf.standing.values()])
    assert {r.cannot_shut_off for r, _ in decided} == {"it has no switch"}
    assert [name for name, _ in shelf.asked] == ["examine"] + ["protected"] * 3


def test_what_cannot_be_examined_is_unknown() -> None:
    """And no more of it is read."""
    shelf = Shelf()
    shelf.fill(2, EXPIRED)

    def examine(_: Shelf, __: Sequence[Resource]) -> list[Resource]:
        raise DENIED

    decided = inspector(shelf, replace(KIND, examine=examine)).decide([*shelf.standing.values()])
    assert {d.phase for _, d in decided} == {Phase.UNKNOWN}
    assert shelf.asked == []


def test_what_needs_no_examination_is_not_hit_by_its_refusal() -> None:
    """Denied for all together, each is examined by itself; throttled, AWS is not asked more."""
    shelf = Shelf()
    shelf.fill(3, EXPIRED)
    resources = [*shelf.standing.values()]
    asked = []

    def examine(_: Shelf, some: Sequence[Resource]) -> list[Resource]:
        asked.append(len(some))
        if resources[1] in some:
            raise error
        return list(some)

    error = DENIED
    seen = inspector(shelf, replace(KIND, examine=examine)).examined(resources)
    assert [resource.unread is None for resource in seen] == [True, False, True]
    assert asked == [3, 1, 1, 1]
    error = THROTTLED
    seen = inspector(shelf, replace(KIND, examine=examine)).examined(resources)
    assert [resource.unread is None for resource in seen] == [False] * 3
    assert asked == [3, 1, 1, 1, 3]


# Backups


def test_backups_are_looked_up_once_for_all_that_are_due() -> None:
    """Of what is not due, or protected, none is looked for."""
    shelf = Shelf(protected={"t-kept"}, saved={"t-1": WHOLE})
    for name, tags in {"t-1": DUE, "t-2": DUE, "t-kept": DUE, "t-3": EXPIRED}.items():
        shelf.put(name, tags, Power.OFF)
    decided = {r.id: (r, d) for r, d in inspector(shelf).decide([*shelf.standing.values()])}
    assert shelf.calls("find") == [("t-1", "t-2")]
    assert {i: r.backup for i, (r, _) in decided.items()} == {
        "t-1": WHOLE,
        "t-2": None,
        "t-kept": None,
        "t-3": None,
    }
    assert decided["t-1"][1].verbs == ("terminate",)
    assert decided["t-2"][1].verbs == ("back_up", "terminate")


def test_backups_that_cannot_be_looked_up() -> None:
    """What is due is unknown; what is not goes on."""
    shelf = Shelf()
    shelf.put("t-due", DUE, Power.OFF)
    shelf.put("t-expired", EXPIRED)
    shelf.refuses["find"] = refuse
    decided = inspector(shelf).decide([*shelf.standing.values()])
    assert [d.phase for _, d in decided] == [Phase.UNKNOWN, Phase.EXPIRED]


@pytest.mark.parametrize(
    "resource",
    [
        thing(ACTIVE),
        thing(EXPIRED),
        thing(NEW),
        thing(DUE | {"Expiration": "2027-01-01"}),
        thing(DUE | {"Expiration": "soon"}),
        thing(DUE | {"ShutOff": "2026-12-01T06:00:00+00:00"}),
        thing(protected=True),
        thing(unread="denied"),
        thing(follows="Auto Scaling group web"),
        thing(parts=()),
    ],
    ids="active expired new extended unreadable waiting protected unread held diskless".split(),
)
def test_no_backup_is_due(resource: Resource) -> None:
    """Of what does not end none is ordered."""
    assert inspector(Shelf()).order(resource) is None


def test_a_backup_is_ordered() -> None:
    """For this ShutOff, in the form of the rules, with the tags of its own life."""
    order = inspector(Shelf()).order(thing(DUE | {"team": "cs", "JanitorNote": "Shut off"}))
    assert order
    assert (order.shut_off, order.form) == (SHUT_OFF, "snapshot")
    assert order.tags == {
        "Name": "jd-thing",
        "team": "cs",
        "Discovered": "2026-12-06",
        "Expiration": "2027-03-06",
    }


def test_a_mark_of_another_zone_is_the_same_instant() -> None:
    """The label of a backup does not hang on how the mark is written."""
    order = inspector(Shelf()).order(thing(DUE | {"ShutOff": "2026-11-15T08:00:00+02:00"}))
    assert order
    assert order.shut_off.isoformat() == "2026-11-15T06:00:00+00:00"


def test_a_backup_that_is_kept_for_ever() -> None:
    """It bears no Expiration."""
    policy = replace(POLICY, backup=BackupRules(keep=None, form="image"))
    order = inspector(Shelf(), policy=policy).order(thing())
    assert order
    assert order.form == "image"
    assert "Expiration" not in order.tags


def test_a_backup_bears_no_tags_of_the_life_before() -> None:
    """Neither the janitor's own, however they are spelled, nor those of AWS."""
    tags = {"aws:x": "", "AWS:y": "", "EXPIRATION ": "2026-11-01", "permanent": "no", "keep": "me"}
    order = inspector(Shelf()).order(thing(DUE | tags))
    assert order
    assert order.tags.keys() == {"Name", "keep", "Discovered", "Expiration"}


def test_a_backup_is_called_as_what_it_is_of() -> None:
    """Also where that has its name from what it once belonged to, and bears none itself."""
    bare = {key: value for key, value in DUE.items() if key != "Name"}
    left = replace(thing(bare), sighting=Sighting(date(2026, 11, 1), None, "jd-web"))
    order = inspector(Shelf()).order(left)
    assert order
    assert order.tags["Name"] == "jd-web"
    nameless = inspector(Shelf()).order(thing(bare))
    assert nameless
    assert "Name" not in nameless.tags


def test_a_backup_has_room_for_its_labels() -> None:
    """Of 50 tags 46 are copied: two dates and two labels are added."""
    tags = {f"key-{number}": "" for number in range(60)}
    order = inspector(Shelf()).order(thing(DUE | tags))
    assert order
    assert len(order.tags) == 48


# Memory


def test_what_was_stripped_is_recalled() -> None:
    """Where Discovered is gone the ledger says what stood there; else it is not asked."""
    ledger, policy = Ledger(Kept()), Policy()
    plain = thing(ACTIVE)
    ledger.remember([(plain, "2026-11-01", "2027-02-01")])
    assert recall(ledger, plain, policy).sighting is None
    assert recall(None, thing(NEW), policy).sighting is None
    stripped = recall(ledger, thing(NEW), policy).sighting
    assert stripped
    assert (str(stripped.discovered), stripped.expiration) == ("2026-11-01", "2027-02-01")


def test_a_decision_recalls_what_was_stripped() -> None:
    """The same memory counts where facts are read again."""
    ledger = Ledger(Kept())
    shelf = Shelf()
    shelf.put("t-1", NEW)
    resource = shelf.standing["t-1"]
    day = (NOW - timedelta(days=20)).date().isoformat()
    ledger.remember([(resource, day, None)])
    ((_, decision),) = Inspector(KIND, shelf, POLICY, NOW, ledger).decide([resource])
    assert (decision.phase, decision.writes["Discovered"]) == (Phase.EXPIRED, day)
