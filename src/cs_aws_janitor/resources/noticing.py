"""Telling owners in the log, where no channel is configured; and what a run has done to tell of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import digest, plan_json
from cs_aws_janitor.resources.digest import Notice, Topic
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Result
from cs_aws_janitor.resources.plan_json import UnreadablePlanError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.policy import Policy

_TOPICS = {
    digest.ENDED: Topic.ENDED,
    digest.SHUT_OFF: Topic.SHUT_OFF,
    digest.UNNAMED: Topic.UNNAMED,
}


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
        event = digest.event_of(policy, step, now)
        if not ledger.told(step, event):
            log.info("notice.sent", owner=step.owner, id=step.id, reason=step.reason)
            ledger.tell([(step, event)])
            told += 1
    return told


def quiet(steps: Iterable[Step]) -> list[Step]:
    """`steps` without their notices; those that were nothing else are left out."""
    left = [replace(s, verbs=tuple(v for v in s.verbs if v is not Verb.NOTIFY)) for s in steps]
    return [step for step in left if step.verbs]


def done(ledger: Ledger, now: datetime) -> Iterator[Notice]:
    """What was shut off and terminated, by the run of `now` or one that could not tell of it.

    What an earlier run shut off because it expired is told by where it stands now: it may have
    been extended since.
    """
    for event, entry in ledger.lately():
        if event == digest.SHUT_OFF and entry.get("at") != now.isoformat():
            continue
        try:
            step = plan_json.load_step(entry)
        except (UnreadablePlanError, KeyError, ValueError, TypeError):
            continue  # another version's: `janitor history` tells it all the same
        yield Notice(_TOPICS[event], event, step, restorable=ledger.keeps(step))
