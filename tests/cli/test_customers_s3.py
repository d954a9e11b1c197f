"""`janitor customers` with everything in S3, as whoever starts it sees it."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import cs_aws_janitor
from cs_aws_janitor.cli import janitor
from cs_aws_janitor.shared.logs import log
from tests.cli.test_customers import BOOK, code, customers, shown
from tests.iam.asking import of_s3
from tests.iam.enforcing import enforce
from tests.iam.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    assert (code(done), "'s3:/the-bucket' is not a place in S3" in str(done.exception)) == (2, True)


def test_what_is_not_there_is_named(s3: Any) -> None:
    """One line, exit code 2."""
    s3.delete_object(Bucket=BUCKET, Key="book.toml")
    done = customers("plan")
    told = f"s3://{BUCKET}/book.toml cannot be read: there is no such object. Name another with"
    assert (code(done), str(done.exception).startswith(told)) == (2, True)


def test_the_printed_policy_is_enough_and_no_more(
    s3: Any, account: Account, tmp_path: Path
) -> None:
    """Each call of two runs is allowed, and each action on each place is asked for.

    Tasks go into the feed, and mails of playbooks into files.
    """
    shipped = Path(str(cs_aws_janitor.__file__)).parent / "starter" / "playbooks"
    for path in shipped.glob("*.toml"):
        s3.put_object(Bucket=BUCKET, Key=f"books/{path.name}", Body=path.read_bytes())
    more = f'calendar = "s3://{BUCKET}/feed.ics"\nplaybooks = "s3://{BUCKET}/books"\n'
    with (tmp_path / "janitor.toml").open("a", encoding="utf-8") as file:
        file.write(f'sink = "calendar"\n{more}')
    printed = CliRunner().invoke(janitor, ["permissions", "customers"])
    policy: dict[str, Any] = json.loads(printed.stdout)
    enforce(policy)
    for _ in range(2):
        assert {each["result"] for each in shown("run")["outcomes"]} <= {"done"}
    calls = [each for each in account.calls if each.service == "s3"]
    assert [each for each in calls if not Judge(policy).allows(of_s3(each))] == []
    for row in policy["Statement"]:
        for action, on in product(row["Action"], row["Resource"]):
            one = Judge({**policy, "Statement": [{**row, "Action": [action], "Resource": [on]}]})
            asked = any(one.allows(of_s3(each)) for each in calls)
            assert asked or action == "sts:GetCallerIdentity", (action, on)


def test_settings_without_a_place_in_aws_need_no_policy(tmp_path: Path) -> None:
    """It is said, and none is printed."""
    (tmp_path / "janitor.toml").write_text("", encoding="utf-8")
    refused = CliRunner().invoke(janitor, ["permissions", "customers"]).exception
    assert "asks nothing of AWS by these settings" in str(refused)
