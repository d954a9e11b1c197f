"""The ledger in S3: an object for each append, nothing overwritten, nothing lost on the way."""

from __future__ import annotations

import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.ledger_s3 import AHEAD, S3
from cs_aws_janitor.resources.model import Place, Resource, Sighting
from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from types_boto3_s3.client import S3Client

BUCKET = "janitor-ledger"
NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
RESOURCE = Resource(Place("123456789012", "eu-west-1"), "ec2_instance", "i-0abc1234")
READ_TOGETHER = 4


@functools.cache
def session() -> boto3.Session:
    """One for all tests: a new one reads the whole model of S3 again."""
    return boto3.Session("testing", "testing", region_name="us-east-1")


@pytest.fixture
def client() -> Iterator[S3Client]:
    """A client of an S3 with one empty bucket."""
    with mock_aws():
        made = session().client("s3")
        made.create_bucket(Bucket=BUCKET)
        yield made


def store(client: S3Client, prefix: str = "ledger", at: datetime = NOW) -> S3:
    """The ledger's place in the bucket, as a process sees it that starts `at`."""
    return S3(client, BUCKET, prefix, lambda: at)


def keys(client: S3Client) -> list[str]:
    """The keys of all that stands in the bucket."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def lines(client: S3Client, prefix: str = "ledger") -> list[str]:
    """What another process reads there, but for empty lines."""
    return [line for line in store(client, prefix).lines() if line]


def refuse(
    client: S3Client, operation: str, code: str, times: int | None = None, key: str = ""
) -> None:
    """Have AWS refuse the next calls of `operation`, all or so many, or those about `key`."""
    left = iter(range(times)) if times else count()

    def answer(params: dict[str, Any], **_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        if key not in params["url"] or next(left, None) is None:
            return None
        raw: Any = MockRawResponse(b"")
        error = {"Code": code, "Message": "Sorry.\nNo."}
        return AWSResponse(params["url"], 400, HTTPHeaders(), raw), {"Error": error}

    before("call", client, operation, answer)


def before(what: str, client: S3Client, operation: str, do: Any) -> None:
    """Have `do` called before each call, or each single try to send it, of `operation`."""
    client.meta.events.register_first(f"before-{what}.s3.{operation}", do)


# Appending


def test_every_append_is_an_object_of_its_own(client: S3Client) -> None:
    """The key sorts by time, then run, then number; what one call appends stays together."""
    there = store(client)
    there.append("1\n2\n")
    there.append("3\n")
    first, second = keys(client)
    assert first.startswith("ledger/20261206T060000Z-")
    assert first.endswith(".jsonl")
    run, number, _ = first.split("-")[1:]
    assert (run, number) == (second.split("-")[1], "00000001")
    assert second.split("-")[2] == "00000002"
    assert lines(client) == ["1", "2", "3"]


def test_the_order_is_that_of_time(client: S3Client) -> None:
    """Of several machines the earlier entry is read first, whoever wrote it."""
    for minute in (3, 1, 2):
        store(client, at=NOW + timedelta(minutes=minute)).append(f"{minute}\n")
    assert lines(client) == ["1", "2", "3"]


def test_a_clock_that_is_set_back_changes_no_order(client: S3Client) -> None:
    """What one process appends later is read later, whatever its clock says meanwhile."""
    times = iter([NOW, NOW - timedelta(hours=1), NOW + timedelta(hours=1), NOW])
    there = S3(client, BUCKET, "ledger", lambda: next(times))
    for number in range(4):
        there.append(f"{number}\n")
    assert lines(client) == ["0", "1", "2", "3"]


def test_the_bucket_decides_how_it_is_encrypted(client: S3Client) -> None:
    """No encryption is asked for, so its own default holds; and nothing may be overwritten."""
    asked: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.s3.PutObject", lambda params, **_: asked.append(params)
    )
    store(client).append("1\n")
    [params] = asked
    assert params.keys() == {"Bucket", "Key", "Body", "ContentType", "IfNoneMatch"}
    assert params["IfNoneMatch"] == "*"


@pytest.mark.parametrize(
    ("prefix", "folder"), [("", ""), ("a", "a/"), ("/a/b/", "a/b/"), ("ü +&", "ü +&/")]
)
def test_a_prefix_is_a_folder(client: S3Client, prefix: str, folder: str) -> None:
    """With slashes or without, or none at all: the objects lie right under it."""
    store(client, prefix).append("1\n")
    [key] = keys(client)
    assert key.startswith(f"{folder}2026")
    assert lines(client, prefix) == ["1"]


def test_a_check_leaves_nothing_to_read(client: S3Client) -> None:
    """Whether it can be written is proved by writing; the empty object is never fetched."""
    Ledger(store(client)).check_writable()
    refuse(client, "GetObject", "AccessDenied")
    assert len(keys(client)) == 1
    assert lines(client) == []


# What breaks on the way


def test_an_answer_that_was_lost_loses_and_doubles_nothing(client: S3Client) -> None:
    """The object is written, the answer lost, the repeat refused: it was kept, once."""
    lost: list[str] = []

    def lose(request: AWSPreparedRequest, **_: object) -> None:
        if not lost:
            botocore_stubber.process_request(request)
            lost.append(request.url)
            raise ConnectionClosedError(endpoint_url=request.url)

    before("send", client, "PutObject", lose)
    store(client).append("1\n")
    assert lost
    assert lines(client) == ["1"]


def test_a_taken_key_is_left_as_it_is(client: S3Client) -> None:
    """Something else stands under the key: it stays, and the lines go under another one."""
    taken: list[str] = []

    def take(params: dict[str, Any], **_: object) -> None:
        if not taken:
            taken.append(params["Key"])
            client.put_object(Bucket=BUCKET, Key=params["Key"], Body=b"theirs\n")

    client.meta.events.register("provide-client-params.s3.PutObject", take)
    store(client).append("ours\n")
    assert lines(client) == ["theirs", "ours"]


def test_a_conflict_is_tried_again(client: S3Client) -> None:
    """AWS answers 409 while another write to the key is under way: the same write is repeated."""
    refuse(client, "PutObject", "ConditionalRequestConflict", times=2)
    store(client).append("1\n")
    assert lines(client) == ["1"]


def test_a_conflict_without_end_is_told(client: S3Client) -> None:
    """What cannot be kept is never taken for kept."""
    refuse(client, "PutObject", "ConditionalRequestConflict")
    with pytest.raises(LedgerError, match="cannot be written"):
        store(client).append("1\n")
    assert lines(client) == []


@pytest.mark.parametrize(
    ("operation", "done"),
    [("PutObject", "written"), ("ListObjectsV2", "read"), ("GetObject", "read")],
)
def test_a_denial_names_the_bucket_and_the_cure(
    client: S3Client, operation: str, done: str
) -> None:
    """One line, at once: which ledger, what AWS said, and which permissions are needed on what."""
    there = store(client, "team/a")
    there.append("1\n")
    refuse(client, operation, "AccessDenied", times=1)
    with pytest.raises(LedgerError) as told:
        there.append("2\n") if done == "written" else list(there.lines())
    assert str(told.value) == (
        f"the ledger s3://janitor-ledger/team/a/ cannot be {done}"
        f" (denied: {operation}: AccessDenied: Sorry. No.). Allow s3:ListBucket on janitor-ledger,"
        " and s3:GetObject and s3:PutObject on janitor-ledger/team/a/*, to these credentials"
    )


def test_a_missing_bucket_is_named(client: S3Client) -> None:
    """A slip in the name of the bucket is told when it is written and when it is read."""
    there = S3(client, "janitor-ledgre", "ledger", lambda: NOW)
    with pytest.raises(LedgerError, match=r"janitor-ledgre.*Create the bucket janitor-ledgre, or"):
        there.append("")
    with pytest.raises(LedgerError, match=r"janitor-ledgre.*Create the bucket janitor-ledgre, or"):
        list(there.lines())


def test_a_network_that_is_down_is_told(client: S3Client) -> None:
    """Nothing is concluded from what could not be asked."""

    def drop(request: AWSPreparedRequest, **_: object) -> None:
        raise ConnectionClosedError(endpoint_url=request.url)

    before("send", client, "ListObjectsV2", drop)
    with pytest.raises(LedgerError, match=r"cannot be read \(AWS was not reached"):
        list(store(client).lines())


def test_an_object_that_cannot_be_read_is_not_left_out(client: S3Client) -> None:
    """One object in the middle is gone or archived: the ledger is not whole, and says so."""
    for number in range(3):
        store(client, at=NOW + timedelta(seconds=number)).append(f"{number}\n")
    refuse(client, "GetObject", "InvalidObjectState", key=keys(client)[1])
    with pytest.raises(LedgerError, match="InvalidObjectState"):
        lines(client)


# Reading


def test_every_page_is_read(client: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """More objects than one page lists, and more than are read ahead: all, in order."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "30")
    there = store(client)
    for number in range(2 * AHEAD + 5):
        there.append(f"{number}\n")
    assert lines(client) == [str(number) for number in range(2 * AHEAD + 5)]


def test_several_objects_are_read_at_once(client: S3Client) -> None:
    """A ledger of many small objects is not read one after the other."""
    together = threading.Barrier(READ_TOGETHER, timeout=20)
    there = store(client)
    for number in range(READ_TOGETHER):
        there.append(f"{number}\n")

    def meet(**_: object) -> None:
        together.wait()

    before("send", client, "GetObject", meet)
    assert len(lines(client)) == READ_TOGETHER


def test_it_is_read_as_it_is_used(client: S3Client) -> None:
    """Who stops early has not fetched it all; what is read ahead is bounded."""
    asked: list[str] = []
    there = store(client)
    for number in range(AHEAD + 40):
        there.append(f"{number}\n")
    client.meta.events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: asked.append(params["Key"])
    )
    reading = iter(there.lines())
    assert next(reading) == "0"
    assert len(asked) <= AHEAD
    getattr(reading, "close")()  # noqa: B009  an iterator by its type, a generator in fact
    assert len(asked) <= AHEAD


def test_what_is_not_the_ledgers_is_left_alone(client: S3Client) -> None:
    """Neither other files, nor a ledger that lies deeper or beside, are read as entries."""
    store(client).append("1\n")
    store(client, "ledger/other").append("2\n")
    store(client, "ledger2").append("3\n")
    client.put_object(Bucket=BUCKET, Key="ledger/README.md", Body=b"# ours\n")
    client.put_object(Bucket=BUCKET, Key="ledger/", Body=b"")
    assert lines(client) == ["1"]


def test_whatever_bytes_stand_there_are_read_or_passed_over(client: S3Client) -> None:
    """An object that somebody else left costs itself alone, and is reported."""
    ledger = Ledger(store(client), now=lambda: NOW)
    ledger.act({"id": "1"})
    client.put_object(Bucket=BUCKET, Key="ledger/2026-x.jsonl", Body=b"\xff\n{]\r\x85\xe2\x80\xa8")
    ledger.act({"id": "2"})
    again = Ledger(store(client))
    assert [entry["id"] for entry in again.entries()] == ["1", "2"]
    assert len(again.torn) == 2


# Many at once


def test_machines_that_race_lose_and_overwrite_nothing(client: S3Client) -> None:
    """Sixteen threads of four machines append in the same second: every line is there once."""
    ledgers = [Ledger(store(client), now=lambda: NOW) for _ in range(4)]

    def work(number: int) -> None:
        ledgers[number % 4].act({"id": f"{number % 4}/{number // 4:03}", "note": "x" * 500})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(200)))
    again = Ledger(store(client))
    found = [entry["id"] for entry in again.entries()]
    assert sorted(found) == sorted(f"{n % 4}/{n // 4:03}" for n in range(200))
    assert again.torn == []
    assert len(keys(client)) <= 200


def test_threads_of_one_store_never_share_a_key(client: S3Client) -> None:
    """Without the ledger's turns too: the store alone is safe among threads."""
    there = store(client)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: there.append(f"{number}\n"), range(100)))
    numbers = [key.split("-")[2] for key in keys(client)]
    assert all(one < next_one for one, next_one in pairwise(numbers))
    assert sorted(map(int, lines(client))) == list(range(100))


def test_memory_is_shared_among_machines(client: S3Client) -> None:
    """What one machine has seen on a resource, another remembers on its next run."""
    Ledger(store(client)).remember([(RESOURCE, "2026-11-22", "2026-12-06")])
    later = store(client, at=NOW + timedelta(hours=1))
    Ledger(later).remember([(RESOURCE, "2026-11-22", "2027-01-15")])
    place = RESOURCE.place
    known = Ledger(store(client)).sighting(place, RESOURCE.kind, RESOURCE.id)
    assert known == Sighting(date(2026, 11, 22), "2027-01-15")


# A folder for each place


def placed(client: S3Client, place: str, at: datetime = NOW) -> S3:
    """The ledger as a function sees it that looks after one place."""
    return S3(client, BUCKET, "ledger", lambda: at, place)


def test_a_place_reads_its_own_and_what_is_common(client: S3Client) -> None:
    """And not what thousands of others have written."""
    store(client).append("common\n")
    placed(client, "1/eu-west-1", NOW + timedelta(hours=1)).append("own\n")
    placed(client, "1/us-east-1").append("another's\n")
    placed(client, "1").append("above\n")
    assert list(filter(None, placed(client, "1/eu-west-1").lines())) == ["common", "own"]


def test_who_looks_after_everything_reads_all_of_them_in_their_order(client: S3Client) -> None:
    """Whichever folder they lie in: the oldest first."""
    hour = timedelta(hours=1)
    placed(client, "2/eu-west-1", NOW + hour).append("2\n")
    store(client, at=NOW + 2 * hour).append("3\n")
    placed(client, "1/eu-west-1").append("1\n")
    assert lines(client) == ["1", "2", "3"]
