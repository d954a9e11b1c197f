"""What was saved, as the ledger tells it: row by row, and never more than it can tell.

Amounts: a box costs 73 USD a month while it runs, that is 0.10 an hour, and 7.30 while it is off.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_aws_janitor.resources import outcome
from cs_aws_janitor.resources.model import Phase, Place, Power, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.plan import Step
from cs_aws_janitor.resources.prices import Estimate
from cs_aws_janitor.resources.savings import Savings, savings

if TYPE_CHECKING:
    Entry = dict[str, Any]

START = datetime(2026, 12, 6, 6, tzinfo=UTC)
WAITS = timedelta(days=7)
COST = Estimate(Decimal("73.00"), Decimal("7.30"), "us-east-1", date(2026, 7, 20), "its disks")
OFF_A_DAY = Decimal("2.16")  # 24 hours of 0.09
GONE_A_DAY = Decimal("2.40")  # 24 hours of 0.10
NONE = Decimal("0.00")
END = (Verb.BACK_UP, Verb.TERMINATE)


def at(days: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=days)


def run(
    days: float,
    *verbs: Verb,
    power: Power = Power.ON,
    result: Result = Result.DONE,
    done: tuple[Verb, ...] | None = None,
    cost: Estimate | None = COST,
) -> Entry:
    """What a run wrote into the ledger."""
    step = Step(
        place=Place("123456789012", "eu-west-1"),
        kind="box",
        id="b-1",
        name="jd-box",
        owner="jd",
        phase=Phase.EXPIRED,
        verbs=verbs,
        reason="so",
        next_on=None,
        monthly_cost=cost,
        facts={"power": power.value},
    )
    ended = Outcome(step, result, at(days), None, verbs if done is None else done)
    return {"entry": "outcome", "by": "run", **outcome.dump(ended)}


def act(days: float, name: str, **more: Any) -> Entry:
    """What a person had done."""
    where = {"account": "123456789012", "region": "eu-west-1", "kind": "box", "id": "b-1"}
    return {"entry": "act", "at": at(days).isoformat(), "act": name, **where, **more}


def off(days: float, **more: Any) -> Entry:
    """A run shut it off, which it found running."""
    return run(days, Verb.SHUT_OFF, **more)


def gone(days: float, **more: Any) -> Entry:
    """A run ended it, which it found shut off."""
    return run(days, *END, **{"power": Power.OFF, **more})


def told(*entries: Entry, days: float) -> list[tuple[str, float, float, str]]:
    """What was saved by then: by which verb, from which day to which, and what ended it."""
    found = savings(entries, at(days), WAITS).found
    day = timedelta(days=1)
    return [
        (s.action.verb.value, (s.start - START) / day, (s.end - START) / day, s.ended_by)
        for s in found
    ]


LIVES = [
    ("goes on", [off(0)], 3, [("shut_off", 0, 3, "")]),
    ("silence", [off(0)], 30, [("shut_off", 0, 7, "nothing is known since")]),
    (
        "the whole life",
        [off(0), gone(7)],
        10,
        [("shut_off", 0, 7, "terminated"), ("terminate", 7, 10, "")],
    ),
    (
        "a backup that took long",
        [off(0), run(7, *END, power=Power.OFF, done=(Verb.BACK_UP,)), gone(9)],
        10,
        [("shut_off", 0, 9, "terminated"), ("terminate", 9, 10, "")],
    ),
    ("extended", [off(0), act(2, "extend")], 30, [("shut_off", 0, 2, "extended")]),
    ("kept", [off(0), act(2, "keep")], 30, [("shut_off", 0, 2, "kept")]),
    ("released", [off(0), act(2, "release")], 30, [("shut_off", 0, 2, "released")]),
    ("extended late", [off(0), act(20, "extend")], 30, [("shut_off", 0, 7, "extended")]),
    (
        "started by someone, and found running at its end",
        [off(0), gone(7, power=Power.ON)],
        10,
        [("shut_off", 0, 0, "seen running"), ("terminate", 7, 10, "")],
    ),
    (
        "started by someone, and shut off again",
        [off(0), off(5)],
        6,
        [("shut_off", 0, 0, "seen running"), ("shut_off", 5, 6, "")],
    ),
    (
        "stopping, and marked by the next run",
        [off(0, done=()), off(1, power=Power.OFF)],
        3,
        [("shut_off", 0, 3, "")],
    ),
    ("off already", [off(0, power=Power.OFF)], 3, []),
    ("has no switch", [off(0, power=Power.NONE)], 3, []),
    ("refused", [off(0, result=Result.BLOCKED, done=())], 3, []),
    ("only tagged", [run(0, Verb.TAG)], 3, []),
    ("ended at once", [gone(0, power=Power.NONE)], 3, [("terminate", 0, 3, "")]),
    ("restored", [gone(0), act(2, "restore")], 9, [("terminate", 0, 2, "restored")]),
    ("not restored", [gone(0), act(2, "restore", result="failed")], 9, [("terminate", 0, 9, "")]),
    ("to come", [off(5)], 3, []),
    (
        "entries that were written side by side",
        [gone(7), off(0)],
        10,
        [("shut_off", 0, 7, "terminated"), ("terminate", 7, 10, "")],
    ),
    (
        "another one of the same name",
        [gone(0), run(2, Verb.TAG), off(20)],
        21,
        [("terminate", 0, 2, "its id is used again"), ("shut_off", 20, 21, "")],
    ),
    (
        "a saved plan that came too late",
        [gone(0), run(2, *END, result=Result.CHANGED, done=())],
        3,
        [("terminate", 0, 3, "")],
    ),
]


@pytest.mark.parametrize(
    ("entries", "days", "expected"), [row[1:] for row in LIVES], ids=[row[0] for row in LIVES]
)
def test_from_when_to_when(entries: list[Entry], days: float, expected: list[Any]) -> None:
    """A saving begins with what was done, and ends with what the ledger says next."""
    assert sorted(told(*entries, days=days)) == sorted(expected)


def amounts(*entries: Entry, days: float) -> tuple[Decimal, Decimal]:
    """What shut-offs and terminations saved by then."""
    found = savings(entries, at(days), WAITS)
    assert found.amount() == found.amount(Verb.SHUT_OFF) + found.amount(Verb.TERMINATE)
    return found.amount(Verb.SHUT_OFF), found.amount(Verb.TERMINATE)


def test_a_shut_off_saves_only_what_stops_costing() -> None:
    """Its hours, and not its disks."""
    assert amounts(off(0), days=3) == (3 * OFF_A_DAY, NONE)


def test_a_termination_saves_all_that_it_cost() -> None:
    """From then on: the shut-off before it has ended, and its disks are gone as well."""
    assert amounts(off(0), gone(7), days=10) == (7 * OFF_A_DAY, 3 * GONE_A_DAY)


def test_what_others_had_shut_off_saves_only_what_was_left() -> None:
    """It would not have run: the end saves its disks."""
    assert amounts(off(0, power=Power.OFF), gone(7), days=17) == (NONE, Decimal("2.40"))
    extended = (off(0), act(1, "extend"), off(20, power=Power.OFF), gone(27))
    assert amounts(*extended, days=37) == (OFF_A_DAY, Decimal("2.40"))


def test_without_an_estimate_nothing_is_counted_and_it_is_told() -> None:
    """An unknown price is no price of nothing."""
    found = savings([off(0, cost=None), gone(7, cost=None)], at(9), WAITS)
    assert (found.found, found.amount()) == ((), NONE)
    assert [action.verb for action in found.without] == [Verb.SHUT_OFF, Verb.TERMINATE]


def test_what_shows_no_cost_any_more_had_one() -> None:
    """A group of which all members have ended costs nothing; its end saves what it had cost."""
    free = replace(COST, amount=NONE, while_off=NONE)
    assert amounts(off(0), gone(7, cost=free, power=Power.OFF), days=10) == (
        7 * OFF_A_DAY,
        3 * GONE_A_DAY,
    )
    assert amounts(gone(7, cost=free), days=10) == (NONE, NONE)


def test_a_saving_is_counted_from_a_day_on() -> None:
    """What was saved before is left out, and what had ended before as well."""
    found = savings([off(0), gone(7)], at(10), WAITS)
    assert found.since(at(6)).amount(Verb.SHUT_OFF) == OFF_A_DAY
    assert found.since(at(6)).amount(Verb.TERMINATE) == 3 * GONE_A_DAY
    assert [s.action.verb for s in found.since(at(8)).found] == [Verb.TERMINATE]
    assert found.since(at(11)) == Savings((), ())


def test_savings_of_some_are_some_of_the_savings() -> None:
    """By whatever an action is known: its owner, its kind, its place."""
    found = savings([off(0), gone(7, cost=None)], at(10), WAITS)
    assert found.of(lambda action: action.owner == "jd") == found
    assert found.of(lambda action: action.region == "us-east-1") == Savings((), ())


DAMAGED: list[Entry] = [
    {"entry": "outcome"},
    {**off(0), "at": "yesterday"},
    {**off(0), "at": None},
    {**off(0), "verbs": "shut_off", "carried_out": None},
    {**off(0), "facts": None},
    {**off(0), "facts": {"power": ["on"]}},
    {**off(0), "facts": {"power": "unheard of"}},
    *({**off(0), "monthly_cost": cost} for cost in (7, "73", {}, {"amount": "73.00"})),
    {**off(0), "monthly_cost": {**off(0)["monthly_cost"], "amount": "NaN"}},
    {**off(0), "monthly_cost": {**off(0)["monthly_cost"], "as_of": 7}},
    {"entry": "act", "act": ["extend"], "at": at(0).isoformat()},
    {"entry": "of a later version", "at": at(0).isoformat()},
]


@pytest.mark.parametrize("entry", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_entry_counts_for_nothing(entry: Entry) -> None:
    """It is read without a guess or an error, and hides no other."""
    assert amounts(entry, days=1) == (NONE, NONE)
    other = {**gone(0, power=Power.ON), "id": "b-2"}
    assert amounts(entry, other, days=1) == (NONE, GONE_A_DAY)


events = st.lists(
    st.builds(
        lambda make, days: make(days),
        st.sampled_from(
            [
                off,
                gone,
                lambda d: off(d, power=Power.OFF),
                lambda d: gone(d, power=Power.ON),
                lambda d: run(d, Verb.NOTIFY),
                lambda d: act(d, "extend"),
                lambda d: act(d, "restore"),
            ]
        ),
        st.integers(0, 40),
    ),
    max_size=8,
)


@given(events, st.integers(0, 60))
def test_never_more_than_it_would_have_cost(entries: list[Entry], days: int) -> None:
    """Law: whatever the ledger holds, no hour is saved twice, and none costs less than nothing."""
    entries.sort(key=lambda entry: entry["at"])
    found = savings(entries, at(days), WAITS).found
    assert all(START <= s.start <= s.end <= at(days) for s in found)
    assert all(s.amount >= 0 for s in found)
    ordered = sorted(found, key=lambda s: (s.start, s.end))
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    assert sum(s.amount for s in found) <= GONE_A_DAY * days + len(found) * Decimal("0.01")
