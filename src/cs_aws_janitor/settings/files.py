"""Finds, reads and checks the settings file (command-line.md, Commands: `--config`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from cs_aws_janitor.settings.model import Settings
from cs_aws_janitor.settings.problems import problems
from cs_aws_janitor.settings.surroundings import Surroundings
from cs_aws_janitor.shared import toml_reading
from cs_aws_janitor.shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

VARIABLE = "JANITOR_CONFIG"
SEARCHED = (Path("janitor.toml"), Path("config/janitor.toml"))


def load(
    path: Path | None, environ: Mapping[str, str], cwd: Path, kinds: Collection[str]
) -> Settings:
    """The settings of the first file there is; without one, the defaults.

    Looked for, from `cwd`: `path`, JANITOR_CONFIG, janitor.toml, config/janitor.toml; the first
    two must exist when they are given. `kinds` are the names of the kinds there are. Raises
    SettingsError with every fault, each as `FILE, line 3: key.path: what was wrong; what to do`.
    """
    named = path or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    for candidate in (named,) if named else SEARCHED:
        content = _read(cwd, candidate)
        if content is not None:
            return _check(content, Surroundings(candidate, cwd, environ, kinds), str(candidate))
    if named:
        cure = f"check --config and {VARIABLE}, or write a starter with 'janitor config init'"
        raise SettingsError([f"{named}: there is no such file; {cure}"])
    return _check(b"", Surroundings(None, cwd, environ, kinds), "without a settings file")


def from_elsewhere(name: str, content: bytes, surroundings: Surroundings) -> Settings:
    """The settings in `content`, which came from no file; faults call it by its `name`."""
    return _check(content, surroundings, name)


def _read(cwd: Path, file: Path) -> bytes | None:
    try:
        return (cwd / file).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        cure = f"name a file, such as {file / SEARCHED[0].name}"
        raise SettingsError([f"{file}: it is a directory; {cure}"]) from None
    except OSError as error:
        # A file that cannot be read is not "no file": the defaults would be a surprise.
        what = f"it cannot be read ({error.strerror}); let this user read it, or name another"
        raise SettingsError([f"{file}: {what}"]) from None


def _check(content: bytes, surroundings: Surroundings, name: str) -> Settings:
    """The settings in `content`, which faults call by its `name`."""
    try:
        document = toml_reading.loads(content)
        return Settings.model_validate(document, context=surroundings)
    except toml_reading.NotTomlError as error:
        raise SettingsError([f"{name}: {error}"]) from None
    except ValidationError as error:
        raise SettingsError(problems(error, name, content)) from None
