"""Who lives in the stories beside the people of `account`: the janitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from cs_aws_janitor.shared.logs import log
from tests.stories.driver import Janitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.strict.aws import Account


@pytest.fixture
def kinds() -> tuple[str, ...]:
    """What it looks after; stories of another kind name theirs."""
    return ("ec2_instance",)


@pytest.fixture
def janitor(account: Account, tmp_path: Path, kinds: tuple[str, ...]) -> Iterator[Janitor]:
    """A janitor for `account`, with the default settings, in one region and with a new ledger.

    It logs as its commands do: to print the traceback of every refusal would take most of the time.
    """
    log.configure(0)
    started = Janitor(account, tmp_path, *kinds)
    yield started
    started.close()
    structlog.reset_defaults()
