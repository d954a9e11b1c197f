"""What the stories live in: a strict AWS account in this process, or behind a socket."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.strict.aws import Account, open_account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.strict.server import Endpoint


# One commit is judged one way. To look further: make test ARGS="--hypothesis-profile default"
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

COLLECTED_AFTER = gc.get_threshold()
MANY = 1_000_000  # objects, most of them garbage by then: a collection takes a tenth of a second


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    """A command that runs in this process leaves Python's collector as its own end wants it.

    What it had made would never be looked at again, and fill gigabytes by the end of all tests.
    """
    yield
    frozen = gc.get_freeze_count()
    if frozen or gc.get_threshold() != COLLECTED_AFTER:
        gc.unfreeze()
        gc.set_threshold(*COLLECTED_AFTER)
        if frozen > MANY:
            gc.collect()


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An empty, strict AWS account at a fixed instant; nothing of the user is within reach."""
    with open_account(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    """The address of a strict AWS behind a socket; what stands in it is that of `account`."""
    from tests.strict.server import serving  # noqa: PLC0415  Flask is not needed otherwise

    with serving() as url:
        yield url


@pytest.fixture
def endpoint(account: Account, aws_server: str, tmp_path: Path) -> Endpoint:
    """The same account for runs of the installed command: `endpoint.run("plan")`."""
    from tests.strict.server import Endpoint  # noqa: PLC0415

    return Endpoint(account, aws_server, tmp_path)
