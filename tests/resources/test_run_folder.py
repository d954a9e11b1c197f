"""What the functions of one run tell each other: nobody's word is lost, and errors have names."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cs_aws_janitor.resources.run_folder import RunFolder
from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("quiet")

BUCKET = "janitor-ledger"


class Deciding:
    """S3 that decides on one call at a time: among threads moto decides on several writes at once.

    It also closes what is being read when that is written anew.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._turn = threading.Lock()

    def put_object(self, **asked: Any) -> Any:
        """Write, or refuse."""
        with self._turn:
            return self._client.put_object(**asked)

    def get_object(self, **asked: Any) -> Any:
        """Read, or refuse."""
        with self._turn:
            return self._client.get_object(**asked)

    def __getattr__(self, name: str) -> Any:
        """Whatever else there is."""
        return getattr(self._client, name)


@pytest.fixture
def folder() -> Iterator[RunFolder]:
    """The folder of one run, in an empty bucket."""
    with mock_aws():
        client = boto3.Session("testing", "testing", region_name="us-east-1").client("s3")
        client.create_bucket(Bucket=BUCKET)
        deciding: Any = Deciding(client)
        yield RunFolder(deciding, BUCKET, "janitor/runs/daily")


def test_what_is_written_is_read(folder: RunFolder) -> None:
    """What was never written is None."""
    folder.write("shards.json", [{"account": "1"}])
    assert folder.read("shards.json") == [{"account": "1"}]
    assert folder.read("report.json") is None
    assert folder.key("shards.json") == "janitor/runs/daily/shards.json"


def test_everything_under_a_name(folder: RunFolder) -> None:
    """However many, in the order of their keys; and of no other run."""
    for number in range(1100):
        folder.write(f"results/1/eu-west-1/{number:04}.json", number)
    folder.write("report.json", "another")
    RunFolder(folder.client, BUCKET, "janitor/runs/daily-2").write("results/1.json", "other")
    assert list(folder.read_all("results/")) == list(range(1100))


def test_many_change_one_object(folder: RunFolder) -> None:
    """Each change is kept, whoever was quicker."""

    def add(number: int) -> None:
        folder.change("all.json", lambda standing: [*(standing or []), number])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(40)))
    assert sorted(folder.read("all.json")) == list(range(40))


def test_a_change_to_nothing_writes_nothing(folder: RunFolder) -> None:
    """Whoever has nothing to say leaves what stands there."""
    folder.change("all.json", lambda _: None)
    assert folder.read("all.json") is None


class Refusing:
    """S3 that allows nothing."""

    def get_object(self, **_: object) -> None:
        """Refuse."""
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    put_object = get_object

    def get_paginator(self, _: str) -> Any:
        """Refuse as it is asked."""
        return self

    def paginate(self, **_: object) -> Iterator[Any]:
        """Refuse when the first page is wanted."""
        self.get_object()
        yield from ()


def test_what_is_refused_is_named() -> None:
    """With the object, and the permission that is lacking."""
    client: Any = Refusing()
    closed = RunFolder(client, BUCKET, "janitor/runs/daily")
    with pytest.raises(LedgerError, match=f"s3://{BUCKET}/janitor/runs/daily/a.json cannot be wri"):
        closed.write("a.json", 1)
    with pytest.raises(LedgerError, match=r"cannot be read .*denied"):
        closed.read("a.json")
    with pytest.raises(LedgerError, match="results/ cannot be listed"):
        list(closed.read_all("results/"))
