"""Objects in S3 read and written as files are, and what is said where they cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.path_s3 import S3Path

if TYPE_CHECKING:
    from tests.strict.aws import Account

BUCKET = "the-bucket"


@pytest.fixture
def root(account: Account) -> S3Path:
    """A bucket with some objects."""
    client: Any = account.client("s3", "us-east-1")
    client.create_bucket(Bucket=BUCKET)
    made = S3Path(client, BUCKET, "")
    for key in ("a.toml", "books/", "books/b.toml", "books/c.md", "books/old/d.toml", "books2/e"):
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    return made


def test_its_names_are_those_of_paths(root: S3Path) -> None:
    """Whoever reads files has no need to know where they lie."""
    path = root / "books" / "b.c.toml"
    assert (path.name, path.stem, path.suffix) == ("b.c.toml", "b.c", ".toml")
    assert str(path) == f"s3://{BUCKET}/books/b.c.toml"


def test_a_folder_lists_what_lies_right_in_it(root: S3Path) -> None:
    """Neither what lies deeper, nor what only begins alike, nor the mark of the folder itself."""
    assert [each.name for each in (root / "books").iterdir()] == ["b.toml", "c.md"]
    assert [each.name for each in root.iterdir()] == ["a.toml"]
    assert list((root / "none").iterdir()) == []


def test_what_is_written_is_read(root: S3Path) -> None:
    """The new content, in place of the old one."""
    path = root / "books" / "b.toml"
    path.write_bytes(b"new")
    assert path.read_bytes() == b"new"


def test_what_is_not_there(root: S3Path) -> None:
    """An object, or the whole bucket: it is the error that a file makes."""
    with pytest.raises(FileNotFoundError) as no_object:
        (root / "none").read_bytes()
    assert no_object.value.strerror == "there is no such object"
    elsewhere = S3Path(root.client, "no-such-bucket", "a")
    for read in (elsewhere.read_bytes, lambda: list(elsewhere.iterdir())):
        with pytest.raises(FileNotFoundError) as no_bucket:
            read()
        assert no_bucket.value.strerror == "there is no such bucket"


def test_what_may_not_be_read_or_written(root: S3Path, account: Account) -> None:
    """The sentence of AWS says what is denied."""
    # People are never hit by a fault: this is the client of the janitor.
    mine = S3Path(wiring.connect().at_home("s3"), BUCKET, "a.toml")
    account.deny("s3:*")
    for act in (mine.read_bytes, lambda: mine.write_bytes(b"x"), lambda: list(mine.iterdir())):
        with pytest.raises(OSError, match="denied: ") as denied:
            act()
        assert not isinstance(denied.value, FileNotFoundError)
    account.allow_all()
    assert (root / "a.toml").read_bytes() == b"a.toml"
