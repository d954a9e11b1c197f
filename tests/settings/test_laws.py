"""Laws of the settings, held against whatever a file may contain."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.settings import effective, toml
from cs_aws_janitor.shared.errors import SettingsError
from tests.settings.reading import ID, KINDS, read

if TYPE_CHECKING:
    from pathlib import Path

days = st.integers(1, 3650).map(lambda number: f"{number}d")


GOOD: dict[str, st.SearchStrategy[Any]] = {
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]),
    "regions": st.sampled_from(["all", ["eu-west-1"], ["eu-west-1", "us-east-2"]]),
    "kinds": st.sampled_from(["all", ["ebs_volume"], list(KINDS)]),
    "accounts": st.lists(st.from_regex(r"\A[0-9]{12}\Z"), unique=True, max_size=3),
    "tags.note": st.text(string.ascii_letters, min_size=1).map("note-".__add__),
    "lifecycle.expire_after": days,
    "lifecycle.terminate_after": st.integers(1, 9999).map(lambda number: f"{number}m"),
    "naming.pattern": st.sampled_from(
        [r"(?P<owner>\w+)'s", r"^(?P<owner>[a-z]+)\.", '(?P<owner>")']
    ),
    "naming.enforce": st.booleans(),
    "naming.grace": st.integers(0, 99).map(lambda number: f"{number}h"),
    "extension.longest": days,
    "backup.when": st.sampled_from(["always", "stopped"]),
    "backup.as": st.sampled_from(["snapshot", "image"]),
    "backup.keep": days | st.just("forever"),
    "backup.group_image": st.booleans(),
    "limits.shut_off.count": st.integers(0, 1_000_000),
    "limits.terminate.share": st.floats(0, 1),
    "rollout.tag_only_until": st.dates(),
    "rollout.kinds.ebs_volume": st.dates(),
    "ledger.s3": st.just("s3://bucket/prefix"),
    "notify.before": st.lists(days, unique=True, max_size=4),
}


anything = st.recursive(
    st.text()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["", "0d", "1h", "all", "forever", "aws:", ID, "s3://b", "(?P<owner>", "~"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


some_keys = st.sampled_from([*GOOD, "tags", "limits.shut_off", "ledger", "ledger.path", "accunts"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all the files of a law."""
    return tmp_path_factory.mktemp("laws")


@given(st.fixed_dictionaries({}, optional=GOOD))
def test_what_holds_can_be_written_down_and_read_again(
    folder: Path, wanted: dict[str, Any]
) -> None:
    """Law: the settings shown as TOML are a settings file that means the same."""
    text = "\n".join(f"{key} = {toml.written(value)}" for key, value in wanted.items())
    settings = read(folder, text)
    again = read(folder, toml.document(effective(settings)))
    assert again.policy() == settings.policy()
    assert [(e.key, e.value) for e in effective(again)] == [
        (e.key, e.value) for e in effective(settings)
    ]


@given(st.dictionaries(some_keys, anything, max_size=4))
def test_whatever_a_key_says_is_taken_or_told(folder: Path, wanted: dict[str, Any]) -> None:
    """Law: no value brings anything but settings, or faults of one line with a cure each."""
    told_or_taken(folder, "\n".join(f"{k} = {toml.written(v)}" for k, v in wanted.items()))


@given(
    st.binary() | st.text(string.printable) | st.binary(max_size=9).map(b"[tags]\nname = ".__add__)
)
def test_whatever_a_file_holds_is_taken_or_told(folder: Path, content: bytes | str) -> None:
    """Law: no file brings anything but settings, or faults of one line with a cure each."""
    told_or_taken(folder, content)


def told_or_taken(folder: Path, content: bytes | str) -> None:
    """Read `content`; a fault must be a line that begins with its place and holds a cure."""
    try:
        settings = read(folder, content)
    except SettingsError as error:
        for line in error.problems:
            assert line.isprintable()
            assert re.fullmatch(
                r"janitor\.toml(, line [1-9]\d*)?: .+: .+(; .+|, did you mean '.+'.*)", line
            ) or ("nested" in line or "numbers" in line)
    else:
        assert isinstance(settings.policy(), Policy)
