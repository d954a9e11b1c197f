"""Rounds: what is due is delivered once, whatever happens in between."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import vobject

from cs_aws_janitor.customers.model import Licences, Onboarding, Problem
from cs_aws_janitor.customers.rounds import Book, carry_out, remember_first_values
from cs_aws_janitor.customers.steps import CREATE, UPDATE, WITHDRAW
from cs_aws_janitor.shared.errors import LedgerError
from tests.customers.making import customer, day, timeline
from tests.customers.test_schedule import ADMINS
from tests.customers.world import (
    CrashError,
    Listed,
    Upserts,
    World,
    _Wire,
    crash,
    disk_full,
    fault_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.rounds import Outcome

TODAY = "2026-01-20"
SINKS = ("file", "calendar", "upserts")


def acme() -> Customer:
    """A customer in its first week, with a call-to-action and an admin."""
    return customer(
        segment="strategic",
        account_executive="Al",
        onboarding=Onboarding(day("2026-01-15")),
        contacts=ADMINS[:1],
        events=timeline("mail 2026-01-16"),
    )


def did(outcomes: list[Outcome]) -> list[tuple[str, str, str]]:
    """Verb, touchpoint and result of each."""
    return [(o.step.verb, o.step.delivery.key.split("/")[2], o.result) for o in outcomes]


@pytest.mark.parametrize("sink", SINKS)
def test_a_second_run_creates_nothing(tmp_path: Path, sink: str) -> None:
    """Everything that has opened is delivered, and then nothing is left to do."""
    world = World(tmp_path, [acme()], sink)
    first = world.round(TODAY)
    assert {result for _, _, result in did(first)} == {"done"}
    assert {verb for verb, _, _ in did(first)} == {CREATE}
    assert world.round(TODAY) == []
    assert world.round("2026-01-21") == []
    assert did(world.round("2026-01-22")) == [
        (CREATE, "installation-follow-up", "done"),
        (CREATE, "enablement-pipelines", "done"),
    ]


@pytest.mark.parametrize("sink", SINKS)
def test_what_changes_is_changed_and_not_doubled(tmp_path: Path, sink: str) -> None:
    """A follow-up that was created moves with the next contact; one that is over stays."""
    world = World(tmp_path, [acme()], sink)
    world.round("2026-02-15")
    world.found = [replace(acme(), events=timeline("mail 2026-01-16", "mail 2026-02-10"))]
    assert did(world.round("2026-02-15")) == [(UPDATE, "follow-up-30", "done")]
    assert world.round("2026-02-15") == []
    deliveries, _ = world.ledger.recall()
    moved = deliveries["acme/account-onboarding/follow-up-30/2026-01-15"]
    assert moved.due == day("2026-03-12")


@pytest.mark.parametrize("sink", SINKS)
def test_what_is_not_called_for_any_more_is_withdrawn(tmp_path: Path, sink: str) -> None:
    """Renewed before the eleventh month: its task is taken back, once, and may come again."""
    world = World(tmp_path, [acme()], sink)
    world.round("2026-12-15")
    world.found = [replace(acme(), renewed=True)]
    assert did(world.round("2026-12-15")) == [(WITHDRAW, "renewal-11", "done")]
    assert world.round("2026-12-15") == []
    world.found = [acme()]
    assert did(world.round("2026-12-15")) == [(CREATE, "renewal-11", "done")]
    assert world.round("2026-12-15") == []


# What is found on the day after, and what becomes of the tasks that were delivered.
UNSEEN: list[tuple[list[Customer | Problem], str]] = [
    ([], "a customer that is not in the source any more"),
    ([Problem("'soon' is not a date", "acme", "book.toml", 1, "started")], "a bad row"),
]


@pytest.mark.parametrize(("found", "why"), UNSEEN)
def test_what_was_not_seen_is_not_gone(
    tmp_path: Path, found: list[Customer | Problem], why: str
) -> None:
    """Nothing is withdrawn of a customer who could not be seen."""
    world = World(tmp_path, [acme()])
    world.round("2026-12-15")
    world.found = found
    own = [o for o in world.round("2026-12-15") if o.step.delivery.customer == "acme"]
    assert own == [], why


def test_who_was_not_seen_stays_in_what_is_for_many(tmp_path: Path) -> None:
    """A task for all customers of a person keeps the name of one that could not be read."""
    beta = replace(acme(), id="beta", name="Beta")
    world = World(tmp_path, [acme(), beta])
    world.round(TODAY)
    world.found = [acme(), Problem("'soon' is not a date", "beta", "book.toml", 2, "started")]
    assert did(world.round(TODAY)) == []
    world.found = [acme(), replace(beta, name="Beta Ltd", started=None)]
    shared = [key for key in _keys(world.round(TODAY)) if key.startswith("@")]
    assert shared == ["@Al/account-engagement/forecast/2026-01-19"]


def test_what_is_past_is_left_as_it_is(tmp_path: Path) -> None:
    """A name that changes does not stir up what was due long ago."""
    world = World(tmp_path, [acme()])
    world.round("2026-02-15")
    world.found = [replace(acme(), csm="Kim")]
    changed = {key for _, key, _ in did(world.round("2026-02-16"))}
    assert "welcome" not in changed
    assert "onboarding-complete" in changed


def test_a_mail_is_sent_once(tmp_path: Path) -> None:
    """Neither a new CSM nor another label has it sent again; a new admin gets it."""
    world = World(tmp_path, [acme()], "upserts")
    world.round(TODAY)
    changed = replace(acme(), csm="Kim", contacts=(replace(ADMINS[0], labels=()), ADMINS[1]))
    world.found = [changed]
    mails = [key for key in _keys(world.round(TODAY)) if "onboarding-mails" in key]
    assert {key.rpartition("/")[2] for key in mails} == {"ben@acme.example"}
    assert len(world.upserts.created) == len(set(world.upserts.created))
    assert not [key for key in world.upserts.withdrawn if "onboarding-mails" in key]


def test_a_task_that_is_refused_stays_due(tmp_path: Path) -> None:
    """Its sink says why; the others go on, and it comes again in the next run."""
    world = World(tmp_path, [acme()], "upserts", Upserts(refuses=frozenset({"kickoff"})))
    outcomes = world.round(TODAY)
    assert [(o.step.delivery.key, o.why) for o in outcomes if o.result == "failed"] == [
        ("acme/csm-onboarding/kickoff/2026-01-15", "no such user")
    ]
    world.upserts.refuses = frozenset()
    assert did(world.round(TODAY)) == [(CREATE, "kickoff", "done")]


def test_a_sink_that_nobody_set_up(tmp_path: Path) -> None:
    """Its tasks stay due, and it is said which sinks there are."""
    outcomes = World(tmp_path, [acme()], "pigeon").round(TODAY)
    assert {o.result for o in outcomes} == {"failed"}
    assert {o.why for o in outcomes} == {
        "there is no sink 'pigeon' in the settings; there are: file, calendar, upserts"
    }


def test_a_feed_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """What is not our calendar is not written over; its tasks stay due."""
    (tmp_path / "feed.ics").write_text("BEGIN:VCALENDAR\r\nPRODID:x\r\nEND:VCALENDAR\r\n")
    outcomes = World(tmp_path, [acme()], "calendar").round(TODAY)
    assert {o.result for o in outcomes} == {"failed"}
    assert "is not a feed of the janitor" in (outcomes[0].why or "")
    assert (tmp_path / "feed.ics").read_text().startswith("BEGIN:VCALENDAR\nPRODID:x\n")


def test_a_fault_of_a_sink_loses_no_task(tmp_path: Path) -> None:
    """Whatever a sink raises becomes the outcome of what was left for it."""

    def broken() -> None:
        raise RuntimeError("odd\nanswer")

    world = World(tmp_path, [acme()], "upserts", Upserts(wire=_Wire(3, broken)))
    outcomes = world.round(TODAY)
    assert [o.result for o in outcomes].count("done") == 1
    assert outcomes[-1].why == "a fault of its sink (RuntimeError: odd answer)"
    assert {result for _, _, result in did(world.round(TODAY))} == {"done"}
    assert len(world.upserts.created) == len(set(world.upserts.created)) == len(outcomes)


def test_a_run_that_lost_its_lock_stops(tmp_path: Path) -> None:
    """What is not begun yet is skipped, and stays due."""
    world = World(tmp_path, [acme()])
    steps = [outcome.step for outcome in World(tmp_path / "other", [acme()]).round(TODAY)]
    ended = list(carry_out(steps, world.sinks, world.ledger, lambda: "the lock was lost"))
    assert {(o.result, o.why) for o in ended} == {("skipped", "the lock was lost")}
    assert world.files() == []


def test_what_cannot_be_recorded_ends_the_run(tmp_path: Path) -> None:
    """Nothing more is delivered than the one task that could not be written down."""
    world = World(tmp_path, [acme()], "upserts")
    (tmp_path / "ledger.jsonl").mkdir()
    steps = [outcome.step for outcome in World(tmp_path / "other", [acme()]).round(TODAY)]
    moved = [s._replace(delivery=replace(s.delivery, sink="upserts")) for s in steps]
    with pytest.raises(LedgerError):
        list(carry_out(moved, world.sinks, world.ledger))
    assert len(world.upserts.created) == 1


@pytest.mark.parametrize("trip", [crash, disk_full])
@pytest.mark.parametrize("sink", ["file", "calendar"])
def test_a_fault_at_every_call_to_the_disk(
    tmp_path: Path, sink: str, trip: Callable[[], None]
) -> None:
    """Whichever call fails or is the last one: the next run does the rest, nothing stands twice."""
    expected = len(World(tmp_path / "whole", [acme()], sink).round(TODAY))
    for number in range(1000):
        world = World(tmp_path / f"{number}", [acme()], sink)
        world.folder.mkdir()
        over = contextlib.suppress(CrashError, LedgerError)
        with fault_at(number, trip, world.folder) as wire, over:
            world.round(TODAY)
        _whole_after_the_next_run(world, expected)
        if wire.calls <= number:
            break
    assert number > 5


@pytest.mark.parametrize("sink", ["file", "calendar", "upserts"])
def test_a_crash_around_every_delivery_and_record(tmp_path: Path, sink: str) -> None:
    """Delivered and not recorded, or recorded and not heard of: no second task."""
    expected = len(World(tmp_path / "whole", [acme()], sink).round(TODAY))
    for number in range(1000):
        wire = _Wire(number)
        world = World(tmp_path / f"{number}", [acme()], sink, Upserts(wire=wire), wire)
        with contextlib.suppress(CrashError):
            world.round(TODAY)
        _whole_after_the_next_run(world, expected)
        assert len(world.upserts.created) == len(set(world.upserts.created))
        if wire.calls <= number:
            break
    assert number >= 2 * expected


def _whole_after_the_next_run(world: World, expected: int) -> None:
    world.round(TODAY)
    assert world.round(TODAY) == []
    deliveries, _ = world.ledger.recall()
    assert len(deliveries) == expected
    if world.sink == "file":
        files = [path for path in world.files() if path.is_file()]
        keys = [re.findall(r"^Key: (.*)$", f.read_text(), re.MULTILINE) for f in files]
        assert sorted(keys) == sorted([key] for key in deliveries)
    elif world.sink == "calendar":
        calendar = vobject.readOne((world.folder / "feed.ics").read_text(encoding="utf-8"))
        uids = [event.uid.value for event in calendar.vevent_list]
        assert len(uids) == len(set(uids)) == expected


def test_first_value_is_remembered_once(tmp_path: Path) -> None:
    """The first day on which 10 % were in use stays the first value date."""
    world = World(tmp_path, [])
    book = [
        customer(id="a", licences=Licences(100, 10)),
        customer(id="b", licences=Licences(100, 9)),
        customer(id="c", licences=Licences(100, 50), first_value="2026-01-01"),
    ]
    for on in ("2026-01-20", "2026-01-21"):
        found = Book(Listed(book))
        assert list(found.customers()) == book
        _, known = world.ledger.recall()
        remember_first_values(found.in_use - known.keys(), world.ledger, day(on))
    assert world.ledger.recall()[1] == {"a": day("2026-01-20")}


def _keys(outcomes: list[Outcome]) -> list[str]:
    return [outcome.step.delivery.key for outcome in outcomes]
