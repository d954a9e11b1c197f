"""The time that one invocation has: how long it waits, and when nothing more is begun."""

from __future__ import annotations

import pytest

from cs_aws_janitor.lambda_turn import OVER, Turn


class Invocation:
    """What the runtime says, of one that has so many seconds yet."""

    aws_request_id, function_name = "1-2-3", "janitor"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        """How long it may last yet."""
        return int(self.seconds * 1000)


@pytest.mark.parametrize(("left", "waits"), [(900.0, 45.0), (70.0, 10.0), (60.0, 0), (3.0, 0)])
def test_it_waits_no_longer_than_there_is_time(left: float, waits: float) -> None:
    """What a channel asks to wait for may last longer than the invocation."""
    assert Turn(Invocation(left), margin=60.0).at_most(45.0) == waits


@pytest.mark.parametrize(("left", "why"), [(60.0, None), (59.9, OVER)])
def test_near_its_end_nothing_is_begun(left: float, why: str | None) -> None:
    """The margin is kept for what is under way."""
    assert Turn(Invocation(left), margin=60.0).over() == why
