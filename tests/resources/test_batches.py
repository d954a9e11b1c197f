"""Batches: one bad id spoils nothing, one result per id, and no call more than it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from cs_aws_janitor.resources.batches import ENOUGH, cut, send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

pytestmark = pytest.mark.usefixtures("quiet")

THROTTLED, DENIED, BARRED = "RequestLimitExceeded", "UnauthorizedOperation", "OperationNotPermitted"
GONE, BROKEN = "InvalidInstanceID.NotFound", "InternalError"


class Taker:
    """Takes batches as AWS does: all ids or none. `bad` says by id with which code."""

    def __init__(self, bad: Mapping[str, str]) -> None:
        self.bad = bad
        self.calls: list[list[str]] = []
        self.taken: list[str] = []

    def take(self, ids: Sequence[str]) -> None:
        """Take `ids`, or refuse them all because of the first bad one."""
        self.calls.append(list(ids))
        for code in (self.bad[i] for i in ids if i in self.bad):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "StopInstances")
        self.taken += ids


def of(count: int) -> list[str]:
    """So many ids."""
    return [f"i-{number:08}" for number in range(count)]


@given(st.lists(st.integers(), max_size=40), st.integers(1, 50))
def test_pieces_are_the_whole(items: list[int], size: int) -> None:
    """Cut into pieces of at most a size, nothing is lost, doubled or moved."""
    pieces = list(cut(items, size))
    assert [item for piece in pieces for item in piece] == items
    assert all(0 < len(piece) <= size for piece in pieces)


@given(st.integers(0, 60), st.integers(1, 20), st.dictionaries(st.integers(0, 59), st.just(BARRED)))
def test_every_good_id_is_taken_once(count: int, size: int, bad: dict[int, str]) -> None:
    """Whichever are bad: the others are taken, each once, and the bad ones have their refusal."""
    ids = of(count)
    taker = Taker({ids[n]: code for n, code in bad.items() if n < count})
    refused = send(ids, size, taker.take)
    assert sorted(taker.taken) == [i for i in ids if i not in taker.bad]
    assert refused.keys() == taker.bad.keys()
    assert all(len(call) <= size for call in taker.calls)


def test_nothing_to_send_asks_nothing() -> None:
    """No ids, no call."""
    taker = Taker({})
    assert (send([], 100, taker.take), taker.calls) == ({}, [])


def test_without_a_bad_id_each_batch_is_one_call() -> None:
    """250 ids in batches of 100 are three calls."""
    taker = Taker({})
    assert send(of(250), 100, taker.take) == {}
    assert [len(call) for call in taker.calls] == [100, 100, 50]


def test_a_bad_id_is_found_by_halving() -> None:
    """One among 64 costs two calls for each halving, not one for each id."""
    ids = of(64)
    taker = Taker({ids[37]: GONE})
    assert list(send(ids, 100, taker.take)) == [ids[37]]
    assert len(taker.calls) == 1 + 2 * 6


def test_each_bad_id_has_its_own_reason() -> None:
    """What is said of one is not said of another."""
    ids = of(8)
    taker = Taker({ids[1]: GONE, ids[6]: BARRED})
    assert {i: r.code for i, r in send(ids, 8, taker.take).items()} == {
        ids[1]: GONE,
        ids[6]: BARRED,
    }


@pytest.mark.parametrize("batches", [1, 3])
def test_throttling_is_about_no_id(batches: int) -> None:
    """The SDK has waited and given up: to ask for halves would only add to the load."""
    ids = of(8 * batches)
    taker = Taker(dict.fromkeys(ids, THROTTLED))
    assert send(ids, 8, taker.take).keys() == set(ids)
    assert len(taker.calls) == batches


def test_out_of_reach_is_about_no_id() -> None:
    """Where AWS does not answer at all a batch is given up at once."""
    calls = []

    def call(ids: Sequence[str]) -> None:
        calls.append(ids)
        raise EndpointConnectionError(endpoint_url="https://ec2.eu-west-1.amazonaws.com")

    assert send(of(100), 100, call).keys() == set(of(100))
    assert len(calls) == 1


@pytest.mark.parametrize("code", [DENIED, BROKEN])
def test_refused_often_enough_is_about_all(code: str) -> None:
    """A permission may be missing for one id; after ten alike the rest is not tried singly."""
    ids = of(100)
    taker = Taker(dict.fromkeys(ids, code))
    assert send(ids, 100, taker.take).keys() == set(ids)
    assert sum(len(call) == 1 for call in taker.calls) <= ENOUGH + 1
    assert len(taker.calls) < 40


@pytest.mark.parametrize("code", [BARRED, GONE])
def test_what_is_about_an_id_is_asked_for_each(code: str) -> None:
    """A hundred protected ones and one that is not: that one is found."""
    ids = of(101)
    taker = Taker(dict.fromkeys(ids[:100], code))
    send(ids, 101, taker.take)
    assert taker.taken == ids[100:]


def test_a_fault_of_ours_is_a_refusal_too() -> None:
    """Whatever a call raises becomes the result of its ids; the others are sent."""
    taken: list[str] = []

    def call(ids: Sequence[str]) -> None:
        if "i-00000001" in ids:
            raise KeyError("Instances")
        taken.extend(ids)

    refused = send(of(3), 3, call)
    assert [refusal.sentence for refusal in refused.values()] == ["KeyError: 'Instances'"]
    assert taken == ["i-00000000", "i-00000002"]


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_end_is_let_go(ending: type[BaseException]) -> None:
    """Ctrl-C is no refusal."""

    def call(_: Sequence[str]) -> None:
        raise ending

    go: Callable[[], object] = lambda: send(of(2), 2, call)  # noqa: E731
    with pytest.raises(ending):
        go()
