"""The command of the black-box tests."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.blackbox.janitor import Janitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.strict.server import Endpoint


@pytest.fixture(scope="session", autouse=True)
def _heard() -> Iterator[None]:
    """A command hears the signals of its tests, though the tests were started deaf to them.

    What is ignored stays so in whatever is started, as by nohup or in the background of a script.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT)}
    for number, action in before.items():
        if action is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, action in before.items():
        signal.signal(number, action)


@pytest.fixture
def janitor(endpoint: Endpoint) -> Janitor:
    """The installed command, in a folder of its own with settings for one region."""
    return Janitor(endpoint)
