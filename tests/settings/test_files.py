"""Which file is read, and what its paths mean.

Source: command-line.md, Commands ("Common: --config FILE ...").
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.settings import effective, load
from cs_aws_janitor.shared.errors import SettingsError
from tests.settings.reading import HOME, KINDS, read


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    """A plan works without a settings file: the rules are those of the source."""
    settings = load(None, HOME, tmp_path, KINDS)
    assert settings.file is None
    assert settings.policy() == Policy()
    assert (settings.accounts, settings.regions, settings.kinds) == ((), None, None)
    assert {each.origin for each in effective(settings)} == {"default"}


@pytest.mark.parametrize("content", [b"", b"\n", b"# nothing\n", b"\xef\xbb\xbf", b"[tags]\n"])
def test_an_empty_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    """An empty file, also with a byte order mark, is a file, and the defaults hold."""
    settings = read(tmp_path, content)
    assert settings.file == Path("janitor.toml")
    assert settings.policy() == Policy()


def test_the_first_file_there_is_counts(tmp_path: Path) -> None:
    """Looked for: --config, JANITOR_CONFIG, janitor.toml, config/janitor.toml."""
    environ = HOME | {"JANITOR_CONFIG": "variable.toml"}
    (tmp_path / "config").mkdir()
    found = []
    for name, asked, env in (
        ("config/janitor.toml", None, HOME),
        ("janitor.toml", None, HOME | {"JANITOR_CONFIG": ""}),
        ("variable.toml", None, environ),
        ("asked.toml", Path("asked.toml"), environ),
    ):
        (tmp_path / name).write_text("")
        found.append(str(load(asked, env, tmp_path, KINDS).file))
    assert found == ["config/janitor.toml", "janitor.toml", "variable.toml", "asked.toml"]


@pytest.mark.parametrize(
    ("asked", "environ"), [(Path("no.toml"), {}), (None, {"JANITOR_CONFIG": "no.toml"})]
)
def test_a_file_that_is_asked_for_must_be_there(
    tmp_path: Path, asked: Path | None, environ: dict[str, str]
) -> None:
    """A named file that does not exist is a fault; another one is not taken in its place."""
    (tmp_path / "janitor.toml").write_text("")
    with pytest.raises(SettingsError, match=r"^no\.toml: there is no such file; check --config"):
        load(asked, environ, tmp_path, KINDS)


@pytest.mark.parametrize("asked", [None, Path("janitor.toml")])
def test_a_directory_is_not_a_settings_file(tmp_path: Path, asked: Path | None) -> None:
    """A directory in the file's place is a fault, not a missing file."""
    (tmp_path / "janitor.toml").mkdir()
    with pytest.raises(SettingsError, match=r"it is a directory; name a file, such as janitor"):
        load(asked, HOME, tmp_path, KINDS)


def test_a_file_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    """Could not read is never is not there: the defaults would be a surprise."""
    loop = tmp_path / "janitor.toml"
    loop.symlink_to(loop)
    with pytest.raises(SettingsError, match=r"^janitor\.toml: it cannot be read \(.+\); let this"):
        load(None, HOME, tmp_path, KINDS)


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        (HOME, "/home/jd/.local/state/cs-aws-janitor/ledger.jsonl"),
        (HOME | {"XDG_STATE_HOME": "/var/state"}, "/var/state/cs-aws-janitor/ledger.jsonl"),
        (
            HOME | {"XDG_STATE_HOME": "relative"},
            "/home/jd/.local/state/cs-aws-janitor/ledger.jsonl",
        ),
    ],
)
def test_the_ledger_lies_where_state_belongs(
    tmp_path: Path, environ: dict[str, str], path: str
) -> None:
    """Without [ledger] it lies in $XDG_STATE_HOME, else in ~/.local/state."""
    settings = load(None, environ, tmp_path, KINDS)
    assert settings.ledger.path == Path(path)
    assert settings.ledger.s3 is None


def test_a_path_starts_from_the_folder_of_its_file(tmp_path: Path) -> None:
    """Cron starts in another folder: what the file names lies where the file lies."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "janitor.toml").write_text('[ledger]\npath = "ledger.jsonl"')
    settings = load(None, HOME, tmp_path, KINDS)
    assert settings.ledger.path == tmp_path / "config" / "ledger.jsonl"
