"""Notices as JSON, from the part of a run that has seen something to the one that tells it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cs_aws_janitor.resources import digest_json
from cs_aws_janitor.resources.digest import Notice, Topic
from cs_aws_janitor.resources.model import Phase, Verb
from cs_aws_janitor.resources.plan import Step
from tests.resources.fakes import HERE, NOW

WHERE = (HERE, "ec2_instance", "i-1", "jd-box", "jd", Phase.EXPIRING, (Verb.NOTIFY,))


@pytest.mark.parametrize("topic", Topic)
@pytest.mark.parametrize("event", [3, "shut_off", "failed 2026-W48"])
def test_a_notice_is_the_same_on_the_other_side(topic: Topic, event: int | str) -> None:
    """To the day and the word: by these the ledger knows what was told."""
    expires = NOW + timedelta(days=3)
    step = Step(*WHERE, "expires on 2026-12-09, in 3 days", expires.date(), expires)
    notice = Notice(topic, event, step, restorable=topic is Topic.ENDED)
    sent = json.dumps(digest_json.dump(notice))
    assert digest_json.load(json.loads(sent)) == notice
