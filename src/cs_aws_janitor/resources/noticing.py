"""Telling owners what is about to happen: once per resource, Expiration and day of notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Result
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.policy import Policy


def notify(crew: Crew, steps: Sequence[Step]) -> Going:
    """Tell each owner whose resource is expiring; the run's own report and log are the channel."""
    told = []
    orders = crew.orders
    for step in steps:
        if tell(orders.ledger, orders.policy, orders.now, [step]):
            told.append(step)
        else:
            yield crew.end(step, Result.SKIPPED, "its owner was told already")
    crew.did(told, Verb.NOTIFY)
    return told


def tell(ledger: Ledger, policy: Policy, now: datetime, steps: Iterable[Step]) -> int:
    """Tell the owners of `steps` who were not told yet; how many steps that concerned."""
    told = 0
    for step in steps:
        days = days_before(policy, step, now)
        if not ledger.told(step, days):
            log.info("notice.sent", owner=step.owner, id=step.id, reason=step.reason)
            ledger.tell(step, days)
            told += 1
    return told


def days_before(policy: Policy, step: Step, now: datetime) -> int:
    """Which of the days in `notify.before` has come: the smallest that is not yet passed."""
    if step.expiration is None:
        return 0
    left = (policy.day_of(step.expiration) - policy.today(now)).days
    return min((days for days in policy.notify_before if days >= left), default=left)
