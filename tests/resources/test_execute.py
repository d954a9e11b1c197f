"""Carrying out: one outcome for each step, in the ledger before it is told, whatever breaks."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor.resources import execute
from cs_aws_janitor.resources.model import Backup, BackupState, Power
from cs_aws_janitor.resources.policy import BackupRules
from tests.resources.fakes import (
    ACTIVE,
    DUE,
    EXPIRED,
    HERE,
    KIND,
    NEW,
    POLICY,
    THERE,
    House,
    Kept,
    Shelf,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.resources.model import Place, Resource

pytestmark = pytest.mark.usefixtures("quiet")

UNNAMED = {"Name": ""}
STALE = ACTIVE | {"ShutOff": "2026-12-02T06:00:00+00:00"}
THROTTLED = ClientError({"Error": {"Code": "RequestLimitExceeded", "Message": "no"}}, "Begin")
BROKEN = ClientError({"Error": {"Code": "InternalError", "Message": "no"}}, "Begin")


class DiedError(BaseException):
    """The process is killed."""


def raising(error: BaseException, times: int = 10**6) -> Callable[[Sequence[str]], object]:
    """What a call comes to that fails so many times."""
    left = [times]

    def call(_: Sequence[str]) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise error

    return call


# The order of things


def test_the_order_of_the_stages() -> None:
    """Tags and notes before anything else; off before the mark; the backup before the end."""
    shelf = Shelf()
    shelf.put("t-unnamed", UNNAMED)
    shelf.put("t-expired", EXPIRED)
    shelf.put("t-due", DUE, Power.OFF)
    House(shelf).run()
    writes = [(name, *ids) for name, ids in shelf.asked if name not in {"read", "protected"}]
    assert writes == [
        ("discover",),
        ("find", "t-due"),
        ("tag", "t-unnamed"),
        ("tag", "t-unnamed"),
        ("shut_off", "t-expired", "t-unnamed"),
        ("tag", "t-expired"),
        ("find", "t-due"),
        ("begin", "t-due"),
        ("find", "t-due"),
        ("describe", "t-due"),
        ("manifest", "t-due"),
        ("find", "t-due"),
        ("terminate", "t-due"),
    ]


def test_every_step_has_one_outcome() -> None:
    """Of each phase one, and what is left alone has none."""
    shelf = Shelf()
    tags = {"new": NEW, "active": ACTIVE, "expired": EXPIRED, "due": DUE, "stale": STALE}
    for thing, given in tags.items():
        shelf.put(thing, given)
    ended = House(shelf).run()
    assert {thing: one.carried_out for thing, one in ended.items()} == {
        "new": ("tag",),
        "expired": ("shut_off",),
        "due": ("back_up", "terminate"),
        "stale": ("clear_mark",),
    }
    assert {str(one.result) for one in ended.values()} == {"done"}


def test_nothing_to_do() -> None:
    """No steps, no outcomes, no calls."""
    shelf = Shelf()
    assert (list(House(shelf).carry_out([])), shelf.asked) == ([], [])


def test_what_is_listed_twice_is_one_step() -> None:
    """Between two pages of a listing things move: one may be on both."""
    shelf = Shelf()
    shelf.put("t-new", NEW)
    shelf.put("t-due", DUE, Power.OFF)

    def twice(client: Shelf, place: Place) -> Iterator[list[Resource]]:
        for _ in range(2):
            yield from KIND.discover(client, place)

    house = House(shelf, kind=replace(KIND, discover=twice))
    assert house.plan().phases == {"new": 1, "due": 1}
    assert {thing: str(one.result) for thing, one in house.run().items()} == {
        "t-new": "done",
        "t-due": "done",
    }


def test_an_outcome_is_written_before_it_is_told() -> None:
    """Who hears of it can rely on the ledger."""
    shelf = Shelf()
    shelf.fill(20, NEW)
    house = House(shelf)
    for outcome in house.carry_out(house.plan().steps):
        written = [json.loads(line) for line in house.kept.lines()]
        assert outcome.step.id in {e["id"] for e in written if e["entry"] == "outcome"}


# Batches


def test_1000_are_tagged_in_one_call() -> None:
    """2500 with equal tags are three calls."""
    shelf = Shelf()
    shelf.fill(2500, NEW)
    House(shelf).run()
    assert [len(ids) for ids in shelf.calls("tag")] == [1000, 1000, 500]


def test_100_are_shut_off_in_one_call() -> None:
    """250 are three calls, and their marks, which are alike, one."""
    shelf = Shelf()
    shelf.fill(250, EXPIRED)
    House(shelf).run()
    assert [len(ids) for ids in shelf.calls("shut_off")] == [100, 100, 50]
    assert [len(ids) for ids in shelf.calls("tag")] == [250]


def test_1000_marks_are_removed_in_one_call() -> None:
    """Of 1200 stale ones."""
    shelf = Shelf()
    shelf.fill(1200, STALE)
    House(shelf).run()
    assert [len(ids) for ids in shelf.calls("untag")] == [1000, 200]


def test_each_ends_by_itself() -> None:
    """One backup and one end for each, never two in one call."""
    shelf = Shelf()
    things = shelf.fill(12, DUE)
    House(shelf).run()
    for call in ("begin", "terminate"):
        assert sorted(shelf.calls(call)) == [(thing,) for thing in things]


# What a kind cannot do


def test_what_cannot_be_shut_off_is_marked() -> None:
    """A kind without a switch: its 7 days run all the same."""
    shelf = Shelf()
    thing = shelf.put("t-1", EXPIRED, Power.NONE)
    House(shelf, kind=replace(KIND, shut_off=None)).run()
    assert "ShutOff" in shelf.standing[thing].tags
    assert shelf.calls("shut_off") == []


def test_without_protection_of_its_own_the_tag_counts() -> None:
    """Permanent exempts, and nothing is asked for."""
    shelf = Shelf()
    kept, other = shelf.put("t-1", EXPIRED | {"Permanent": "why"}), shelf.put("t-2", EXPIRED)
    assert set(House(shelf, kind=replace(KIND, protected=None)).run()) == {other}
    assert shelf.standing[kept].power is Power.ON
    assert shelf.calls("protected") == []


# Waiting


def test_who_is_off_at_once_is_not_waited_for() -> None:
    """The first look is made without a pause."""
    shelf = Shelf()
    shelf.put("t-1", EXPIRED)
    house = House(shelf)
    house.run()
    assert house.waited == 0


def test_the_wait_has_an_end() -> None:
    """Whatever never arrives is left to the next run after a minute."""
    shelf = Shelf()
    thing = shelf.put("t-1", EXPIRED)
    shelf.refuses["shut_off"] = lambda _: None
    slow = replace(KIND, shut_off=lambda s, those: s.change(those[0].id, power=Power.MOVING))
    house = House(shelf, kind=slow)
    ended = house.run()
    assert (ended[thing].result, ended[thing].carried_out) == ("done", ())
    assert 0 < house.waited <= 60
    assert "ShutOff" not in shelf.standing[thing].tags


def test_a_throttled_backup_waits_longer_each_time() -> None:
    """Refused unread, it is asked for again; after eight tries it is told as failed."""
    shelf = Shelf()
    thing = shelf.put("t-1", DUE, Power.OFF)
    shelf.refuses["begin"] = raising(THROTTLED, times=3)
    house = House(shelf)
    assert house.run()[thing].result == "done"
    assert house.waited == 0.5 + 1 + 2
    thing = shelf.put("t-2", DUE, Power.OFF)
    shelf.refuses["begin"] = raising(THROTTLED)
    shelf.asked.clear()
    assert house.run()[thing].result == "failed"
    assert len(shelf.calls("begin")) == 8


def test_no_other_refusal_of_a_backup_is_repeated() -> None:
    """It may have taken effect."""
    shelf = Shelf()
    thing = shelf.put("t-1", DUE, Power.OFF)
    shelf.refuses["begin"] = raising(BROKEN)
    assert House(shelf).run()[thing].result == "failed"
    assert (len(shelf.calls("begin")), shelf.calls("terminate")) == (1, [])


# What may end


@pytest.mark.parametrize(
    "backup",
    [
        Backup(BackupState.PENDING, ("b-1",)),
        Backup(BackupState.PENDING, ("b-1",), missing=("v-1",)),
        Backup(BackupState.FAILED, ("b-1",), why="error"),
        Backup(BackupState.COMPLETE, ("b-1",), missing=("v-1",)),
        None,
    ],
    ids=["pending", "missing", "failed", "incomplete", "none"],
)
def test_nothing_ends_without_a_whole_backup(backup: Backup | None) -> None:
    """Whatever else stands there instead."""
    shelf = Shelf()
    thing = shelf.put("t-1", DUE, Power.OFF)
    if backup:
        shelf.saved[thing] = backup
    lazy = replace(KIND.backups, begin=lambda *_: None) if KIND.backups else None
    House(shelf, kind=replace(KIND, backups=lazy)).run()
    assert thing in shelf.standing


def test_what_cannot_be_described_does_not_end() -> None:
    """They are described together: where that is refused all of them stand."""
    shelf = Shelf()
    things = [shelf.put(thing, DUE, Power.OFF) for thing in ("t-1", "t-2")]

    def refuse(_: Sequence[str]) -> None:
        raise BROKEN

    shelf.refuses["describe"] = refuse
    ended = House(shelf).run()
    assert [str(ended[thing].result) for thing in things] == ["failed", "failed"]
    assert list(shelf.standing) == things


def test_without_a_manifest_nothing_ends() -> None:
    """What a restore needs cannot be gathered: failed, and it stands."""
    shelf = Shelf()
    bad, good = shelf.put("t-1", DUE, Power.OFF), shelf.put("t-2", DUE, Power.OFF)

    def refuse(ids: Sequence[str]) -> None:
        if bad in ids:
            raise BROKEN

    shelf.refuses["manifest"] = refuse
    ended = House(shelf).run()
    assert [str(ended[thing].result) for thing in (bad, good)] == ["failed", "done"]
    assert list(shelf.standing) == [bad]


def test_what_no_backup_was_asked_for() -> None:
    """`backup.when = "stopped"`, and it is on: it ends, with its manifest."""
    shelf = Shelf()
    shelf.put("t-1", DUE, Power.ON)
    policy = replace(POLICY, backup=BackupRules(when="stopped"))
    House(shelf, policy=policy).run()
    assert (shelf.calls("begin"), len(shelf.calls("manifest"))) == ([], 1)
    assert shelf.standing == {}


# What breaks


@pytest.mark.parametrize(
    "call", ["tag", "shut_off", "begin", "terminate", "describe", "manifest", "read"]
)
def test_a_fault_of_ours_fails_its_steps(call: str) -> None:
    """A bug in one call is told of each step that it hits, and breaks nothing else."""
    shelf = Shelf()
    shelf.put("t-1", NEW)
    shelf.put("t-2", EXPIRED)
    shelf.put("t-3", DUE, Power.OFF)
    shelf.refuses[call] = raising(KeyError("State"))
    ended = House(shelf).run()
    failed = [one for one in ended.values() if one.result == "failed"]
    assert failed
    assert {one.why for one in failed} == {"KeyError: 'State'"}


def test_a_broken_place_leaves_the_others_alone() -> None:
    """One place refuses everything; the other is done."""
    broken, fine = Shelf(HERE), Shelf(THERE)
    broken.put("t-1", NEW)
    fine.put("t-2", NEW)
    broken.refuses["tag"] = raising(BROKEN)
    ended = House(broken, fine).run()
    assert {thing: str(one.result) for thing, one in ended.items()} == {
        "t-1": "failed",
        "t-2": "done",
    }


def test_a_ledger_that_is_full_stops_its_place() -> None:
    """What cannot be written down is not done: every open step is told as failed."""
    shelf = Shelf()
    shelf.put("t-1", EXPIRED)
    shelf.put("t-2", DUE, Power.OFF)
    house = House(shelf)
    house.kept = Kept(room=0)
    ended = house.run()
    assert {str(one.result) for one in ended.values()} == {"failed"}
    assert {"no space left" in (one.why or "") for one in ended.values()} == {True}
    assert "t-2" in shelf.standing


def test_a_killed_crew_is_not_waited_for() -> None:
    """Who is killed tells nothing more: its end is passed on, and nobody hangs."""
    shelf, other = Shelf(HERE), Shelf(THERE)
    shelf.put("t-1", NEW)
    other.put("t-2", NEW)
    shelf.refuses["tag"] = raising(DiedError())
    house = House(shelf, other)
    told = []
    with pytest.raises(DiedError):
        told += [outcome.step.id for outcome in house.carry_out(house.plan().steps)]
    assert "Discovered" in other.standing["t-2"].tags


def test_places_are_worked_on_at_once() -> None:
    """A slow place does not keep another waiting."""
    shelves = [Shelf(HERE), Shelf(THERE)]
    together = threading.Barrier(2, timeout=10)
    for number, shelf in enumerate(shelves):
        shelf.put(f"t-{number}", NEW)
        shelf.refuses["tag"] = lambda _: together.wait()
    assert {str(one.result) for one in House(*shelves).run().values()} == {"done"}


# Halted


@pytest.mark.parametrize("after", ["tag", "shut_off"])
def test_halted_between_two_stages(after: str) -> None:
    """The stage in hand comes to its end; no further one is begun, and the rest is told."""
    shelf = Shelf()
    shelf.put("t-unnamed", UNNAMED)
    shelf.put("t-due", DUE, Power.OFF)
    halted = lambda: "the lock was lost" if shelf.calls(after) else None  # noqa: E731
    ended = House(shelf).run(halted)
    assert ended["t-due"].why == "not done: the lock was lost"
    assert (shelf.calls("begin", "terminate"), "t-due" in shelf.standing) == ([], True)
    assert len(shelf.calls("shut_off")) == (after == "shut_off")


def test_halted_in_the_middle_of_many_ends() -> None:
    """No further one is ended, however many there are; each that is not says so."""
    shelf = Shelf()
    ids = shelf.fill(60, DUE)
    shelf.saved = {i: Backup(BackupState.COMPLETE, (f"b-{i}",)) for i in ids}
    halted = lambda: "the time is up" if len(shelf.calls("terminate")) >= 10 else None  # noqa: E731
    ended = House(shelf).run(halted)
    gone = [i for i in ids if i not in shelf.standing]
    assert 10 <= len(gone) < 20
    assert {ended[i].why for i in ids if i in shelf.standing} == {"not done: the time is up"}
    assert {str(ended[i].result) for i in gone} == {"done"}


def test_halted_while_it_waits_for_what_stops() -> None:
    """It waits no longer; the mark is left to the next run."""
    shelf = Shelf()
    shelf.put("t-expired", EXPIRED)
    slow = replace(KIND, shut_off=lambda shelf, ids: shelf.ask("shut_off", *ids))
    house = House(shelf, kind=slow)
    ended = house.run(lambda: "the time is up" if shelf.calls("shut_off") else None)
    assert ended["t-expired"].why == "it is stopping; marked when it is seen off"
    assert house.waited == 0


def test_halted_before_the_first_stage() -> None:
    """Nothing is done at all."""
    shelf = Shelf()
    shelf.fill(3, NEW)
    ended = House(shelf).run(lambda: "the lock was lost")
    assert {str(one.result) for one in ended.values()} == {"failed"}
    assert shelf.calls("tag") == []


# A plan of some time ago


def test_rechecked_first_of_all() -> None:
    """Each step's facts are read once more, in one call, before anything is done to any."""
    shelf = Shelf()
    same, gone, changed = shelf.fill(3, NEW)
    house = House(shelf)
    steps = house.plan().steps
    del shelf.standing[gone]
    shelf.change(changed, tags=NEW | {"Expiration": "2027-01-01"})
    shelf.asked.clear()
    ended = {o.step.id: o for o in house.carry_out(steps, stages=execute.RECHECKED)}
    assert {thing: str(one.result) for thing, one in ended.items()} == {
        same: "done",
        gone: "changed",
        changed: "changed",
    }
    assert shelf.asked == [("read", (same, gone, changed)), ("tag", (same,))]
