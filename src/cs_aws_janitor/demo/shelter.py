"""A process apart: nothing of the user's environment, home or logs gets in, and nothing gets out.

To be entered before moto and botocore are imported: some of what they are told is read only then.
"""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME_REGION = "eu-west-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_DEFAULT_REGION": HOME_REGION,
}
KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "TERM", "TMPDIR", "TZ")
CHATTY = ("botocore", "moto", "werkzeug")


@contextmanager
def sheltered() -> Iterator[Path]:
    """A folder that is removed at the end, and is home meanwhile."""
    with (
        TemporaryDirectory(prefix="janitor-demo-") as folder,
        _environment(_own(folder)),
        _silence(),
    ):
        yield Path(folder)


def _own(folder: str) -> dict[str, str]:
    """Every variable that the demo sees. An empty folder as home has no AWS configuration."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        **CREDENTIALS,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": folder,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # seconds for images that nobody launches
    }


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _silence() -> Iterator[None]:
    """Neither warnings nor logs of the libraries: they would be taken for the story."""
    before = {name: logging.getLogger(name).level for name in CHATTY}
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
