"""What tests of `resources` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """Log as commands do. By default structlog prints each refusal with its whole traceback."""
    log.configure(0)
    yield
    structlog.reset_defaults()
