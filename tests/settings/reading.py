"""How the tests of the settings read a file, and what they read it with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import cs_aws_janitor
from cs_aws_janitor.settings import Settings, effective, load
from cs_aws_janitor.shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("ebs_volume", "ec2_instance")


HOME = {"HOME": "/home/jd"}


ID = "123456789012"


ROLE = f"arn:aws:iam::{ID}:role/janitor"


PLACED = re.compile(r"janitor\.toml(, line [1-9]\d*)?: (?P<fault>.*)")


STARTER = Path(cs_aws_janitor.__file__).parent / "starter" / "janitor.toml"


def read(folder: Path, text: str | bytes, environ: Mapping[str, str] = HOME) -> Settings:
    """The settings of a janitor.toml with `text`."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "janitor.toml").write_bytes(content)
    return load(None, environ, folder, KINDS)


def faults(folder: Path, text: str | bytes) -> list[str]:
    """The faults of a janitor.toml with `text`, without the name of the file and the line."""
    with pytest.raises(SettingsError) as refused:
        read(folder, text)
    placed = [PLACED.fullmatch(line) for line in refused.value.problems]
    return [found["fault"] for found in placed if found]


def value_of(settings: Settings, key: str) -> Any:
    """The value that holds for `key`, as a file would say it."""
    return {each.key: each.value for each in effective(settings)}[key]
