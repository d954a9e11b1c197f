"""What comes of a resource if nobody does anything, told before it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from cs_aws_janitor.resources.explaining import coming
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Power, Verb
from cs_aws_janitor.resources.policy import DAY, Notices
from cs_aws_janitor.resources.sweep import Rules
from tests.resources.fakes import DUE, EXPIRED, NOW, POLICY, Shelf

TELLS = replace(POLICY, notices=Notices(("sns",), required=True))


def test_an_end_that_was_put_off_is_still_to_come() -> None:
    """The next run tells the owner of it, and so many days later it ends."""
    shelf = Shelf()
    shelf.put("t-1", DUE, Power.OFF)
    untold = shelf.standing["t-1"]
    decision = decide(untold, TELLS, NOW)
    found = coming(untold, decision, Rules(TELLS, NOW))
    assert [(each.on, each.verb) for each in found] == [(date(2026, 12, 8), Verb.TERMINATE)]
    told = replace(untold, told={"2026-11-15T00:00:00+00:00": NOW - timedelta(days=1)})
    found = coming(told, decide(told, TELLS, NOW), Rules(TELLS, NOW))
    assert [each.on for each in found] == [date(2026, 12, 7)]


def test_no_end_is_foretold_before_its_owner_may_have_known_for_long_enough() -> None:
    """Where that takes longer than the days after a shut-off, it is what counts."""
    shelf = Shelf()
    shelf.put("t-1", EXPIRED)
    expired = shelf.standing["t-1"]
    slow = replace(TELLS, notices=replace(TELLS.notices, before_terminate=10 * DAY))
    for policy, ends in ((POLICY, 13), (TELLS, 13), (slow, 16)):
        decision = decide(expired, policy, NOW)
        last = coming(expired, decision, Rules(policy, NOW))[-1]
        assert (decision.next_on, last.on) == (date(2026, 12, ends), date(2026, 12, ends))
