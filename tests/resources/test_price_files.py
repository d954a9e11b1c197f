"""Prices in files: the packaged list, and the cache, which is whole or told as damaged."""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.resources.price_files import PACKAGED, PriceFileError, read, write
from cs_aws_janitor.resources.prices import Row

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 22)
ROWS = {
    ("eu-west-1", "BoxUsage"): Row(DAY, {"t3.micro": Decimal("0.0114")}),
    ("eu-west-1", "EBS:SnapshotUsage"): Row(DAY, {"": Decimal("0.05")}),
    ("eu-west-1", "PublicIPv4:IdleAddress"): Row(DAY, {}),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a cache lies: in a folder that is not there yet."""
    return tmp_path / "cs-aws-janitor" / "prices.json"


def test_what_is_written_is_what_is_read(path: Path) -> None:
    """Exactly, also a line that AWS has no price for; nothing else is left behind."""
    write(path, ROWS)
    write(path, ROWS)
    assert read(path) == ROWS
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208  the names


def test_no_file_is_no_price(path: Path) -> None:
    """There was no refresh yet."""
    assert read(path) == {}


def damaged(**changes: Any) -> str:
    """A table of one row, with this in it."""
    row = {"region": "eu-west-1", "usage": "Box", "as_of": "2026-11-22", "usd": {"a": "0.1"}}
    body = {"version": 1, "currency": "USD", "rows": [row]}
    row.update({key: value for key, value in changes.items() if key in row})
    body.update({key: value for key, value in changes.items() if key not in row})
    return json.dumps(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\xff",
        "[" * 100_000,
        damaged(version=2),
        damaged(currency="CNY"),
        damaged(rows=None),
        damaged(rows=[[]]),
        damaged(region=None),
        damaged(usage=7),
        damaged(as_of="soon"),
        damaged(as_of=20261122),
        damaged(usd=["a"]),
        *(
            damaged(usd={"a": price})
            for price in (0.1, None, "", "much", "NaN", "-1", "1e999999999")
        ),
    ],
    ids=lambda text: text[:60],
)
def test_a_damaged_file_is_told_in_one_line(path: Path, text: str) -> None:
    """Which file, and what to do; half a table of prices is none."""
    path.parent.mkdir()
    path.write_text(text, encoding="latin-1")
    with pytest.raises(PriceFileError) as refused:
        read(path)
    said = str(refused.value)
    assert said.startswith(f"the prices in {path} are damaged (")
    assert said.endswith("Write it anew with `janitor prices refresh`, or remove it")
    assert "\n" not in said


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    """A folder in the place of the file, and a file in the place of the folder."""
    with pytest.raises(PriceFileError, match=r"cannot be read: Is a directory\. Write it anew"):
        read(tmp_path)
    file = tmp_path / "file"
    file.write_text("kept")
    with pytest.raises(PriceFileError, match=r"cannot be kept in .*: .*\. Set XDG_CACHE_HOME"):
        write(file / "prices.json", ROWS)
    assert file.read_text() == "kept"


def test_the_packaged_list() -> None:
    """It is of one region, and dated; a price in it is exactly that of AWS's list."""
    rows = read(PACKAGED)
    assert {region for region, _ in rows} == {"us-east-1"}
    assert all(row.usd and date(2026, 1, 1) <= row.as_of <= DAY for row in rows.values())
    assert rows["us-east-1", "BoxUsage"].usd["m5.large"] * 730 == Decimal("70.080")
