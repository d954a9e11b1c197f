"""Price tables in files: the one that ships with the package, and the cache of a refresh."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.prices import CURRENCY, Row
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Rows = Mapping[tuple[str, str], Row]

VERSION = 1
PACKAGED = Path(__file__).with_name("list_prices.json")
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,15})?")
REFRESH = "Write it anew with `janitor prices refresh`, or remove it"


class PriceFileError(RefusedError):
    """A file of prices cannot be read or written."""


def read(path: Path) -> Rows:
    """The rows in `path`, by region and usage type; none where there is no file.

    Raises PriceFileError for a file that cannot be read, or that is not wholly a table of prices.
    """
    try:
        return _rows(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PriceFileError(
            f"the prices in {path} cannot be read: {error.strerror}", REFRESH
        ) from error
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise PriceFileError(f"the prices in {path} are damaged ({why})", REFRESH) from error


def write(path: Path, rows: Rows) -> None:
    """Make `rows` what stands in `path`, whole or not at all. Raises PriceFileError."""
    lines = ",\n  ".join(
        json.dumps(_dump(region, usage, row)) for (region, usage), row in sorted(rows.items())
    )
    text = f'{{"version": {VERSION}, "currency": "{CURRENCY}", "rows": [\n  {lines}\n]}}\n'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{os.getpid()}")  # another one may write its own
        try:
            made.write_text(text, encoding="utf-8")
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    except OSError as error:
        raise PriceFileError(
            f"the prices cannot be kept in {path}: {error.strerror}", "Set XDG_CACHE_HOME"
        ) from error


def _rows(body: Any) -> Rows:
    if body["version"] != VERSION or body["currency"] != CURRENCY:
        raise ValueError(f"version {body['version']!r} in {body['currency']!r}")
    return {
        (_text(row["region"]), _text(row["usage"])): Row(
            date.fromisoformat(row["as_of"]),
            {variant: usd(price) for variant, price in row["usd"].items()},
        )
        for row in body["rows"]
    }


def usd(text: str) -> Decimal:
    """A price as it is written, exactly. Raises ValueError for what is none."""
    if not _PRICE.fullmatch(_text(text)):
        raise ValueError(f"{text!r} is not a price")
    return Decimal(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _dump(region: str, usage: str, row: Row) -> dict[str, Any]:
    prices = {variant: f"{price:f}" for variant, price in sorted(row.usd.items())}
    return {"region": region, "usage": usage, "as_of": row.as_of.isoformat(), "usd": prices}
