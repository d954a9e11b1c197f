"""`janitor customers` with everything in S3, as whoever starts it sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.shared.logs import log
from tests.cli.test_customers import BOOK, code, customers, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.strict.aws import Account

BUCKET = "the-bucket"


@pytest.fixture(autouse=True)
def s3(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket with a book, and settings that name it."""
    client = account.client("s3", "us-east-1")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="book.toml", Body=BOOK.encode())
    settings = f"""[customers]
source = "s3://{BUCKET}/book.toml"
tasks = "s3://{BUCKET}/tasks"
ledger = "s3://{BUCKET}/ledger"
"""
    (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield client
    log.configure(0)


def keys(s3: Any, prefix: str) -> list[str]:
    """The keys below a prefix."""
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [each["Key"] for each in listed if each["Size"]]


def test_a_run_from_s3_into_s3(s3: Any, tmp_path: Path) -> None:
    """Each task once; nothing is left on this machine, and the lock is given back."""
    outcomes = shown("run")["outcomes"]
    assert {each["result"] for each in outcomes} == {"done"}
    assert sorted(each["place"] for each in outcomes) == [
        f"s3://{BUCKET}/{key}" for key in keys(s3, "tasks/")
    ]
    assert shown("run")["outcomes"] == []
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["janitor.toml"]
    assert "ledger/lock" not in keys(s3, "ledger/")


def test_options_name_places_in_s3_as_well(s3: Any) -> None:
    """A book and a folder of playbooks there; what is no such place is said as it is typed."""
    book = '[[customer]]\nid = "b"\nname = "B"\nstarted = 2026-01-15\n'
    s3.put_object(Bucket=BUCKET, Key="other.toml", Body=book.encode())
    playbook = 'title = "H"\nafter = "started"\n[touchpoint.h]\ntitle = "H"\ndays = 3\n'
    playbook += 'notes = ["n"]\nassignee = ["csm"]\n'
    s3.put_object(Bucket=BUCKET, Key="books/h.toml", Body=playbook.encode())
    options = ["--customers", f"s3://{BUCKET}/other.toml", "--playbooks", f"s3://{BUCKET}/books"]
    assert [task["key"] for task in shown("plan", *options)["tasks"]] == ["b/h/h/2026-01-15"]
    done = customers("plan", "--customers", "s3:/the-bucket")
    assert (code(done), "write s3://bucket/key" in str(done.exception)) == (2, True)


def test_what_is_not_there_is_named(s3: Any) -> None:
    """One line, exit code 2."""
    s3.delete_object(Bucket=BUCKET, Key="book.toml")
    done = customers("plan")
    told = f"s3://{BUCKET}/book.toml cannot be read: there is no such object. Name another with"
    assert (code(done), str(done.exception).startswith(told)) == (2, True)
