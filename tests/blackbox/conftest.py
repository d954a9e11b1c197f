"""The command of the black-box tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.blackbox.janitor import Janitor

if TYPE_CHECKING:
    from tests.strict.server import Endpoint


@pytest.fixture
def janitor(endpoint: Endpoint) -> Janitor:
    """The installed command, in a folder of its own with settings for one region."""
    return Janitor(endpoint)
