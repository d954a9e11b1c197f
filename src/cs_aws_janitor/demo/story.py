"""The days of the sample account, one run a day, each told as what was planned and came of it.

Nothing here knows what a run does: the same `look` and `carry_out` as for `janitor run` decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import time_machine

from cs_aws_janitor.demo.life import BEGAN, LIFE
from cs_aws_janitor.resources import execute, plan, sweep
from cs_aws_janitor.resources.crew import Orders
from cs_aws_janitor.resources.model import Power, Verb
from cs_aws_janitor.shared import clock

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.demo.account import Sample
    from cs_aws_janitor.demo.people import Said
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.resources.sweep import Rules
    from cs_aws_janitor.shared.clock import Pause

BEFORE_THE_RUN = timedelta(hours=1)  # when people act


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what people did, the plan, and what came of it; None where it was only planned.

    `marked`: ids that were marked as shut off and run on, because they cannot be stopped.
    `backups`: the ids of the backups of what was terminated, by its id.
    """

    on: date
    said: Sequence[Said]
    plan: Plan
    ended: Sequence[Outcome] | None = None
    marked: frozenset[str] = frozenset()
    backups: Mapping[str, Sequence[str]] = field(default_factory=dict)


def days(sample: Sample) -> Generator[Day]:
    """Every day of LIFE up to the present, which is planned and not carried out.

    The clock of the whole process travels along until the last day was given.
    """
    now = clock.now()
    with time_machine.travel(now, tick=False) as traveller:
        for ago in range(BEGAN, -1, -1):
            at = now - timedelta(days=ago)
            traveller.move_to(at - BEFORE_THE_RUN)
            said = [deed(sample) for deed in LIFE.get(ago, ())]
            traveller.move_to(at)
            yield _run(sample, said, traveller.shift) if ago else _plan(sample, said)


def _plan(sample: Sample, said: Sequence[Said]) -> Day:
    rules = sample.rules
    looked = sweep.look(sample.world, rules, sweep.Wish(everything=True))
    return Day(rules.policy.today(rules.now), said, looked.plan)


def _run(sample: Sample, said: Sequence[Said], pause: Pause) -> Day:
    """What `janitor run` does, but for its options and its printing."""
    rules, ledger = sample.rules, sample.ledger
    looked = sweep.look(sample.world, rules, sweep.Wish(sightings=True))
    ledger.remember(looked.seen)
    steps = [step for step in plan.allowed(looked.plan) if step.verbs]
    orders = Orders(rules.policy, rules.now, ledger, pause)
    ended = sorted(
        execute.carry_out(steps, sample.world, orders),
        key=lambda outcome: (outcome.step.name or "~", outcome.step.id),
    )
    return Day(
        rules.policy.today(rules.now),
        said,
        looked.plan,
        ended,
        _running_on(sample, ended),
        _backups(sample.ledger, rules),
    )


def _running_on(sample: Sample, ended: Sequence[Outcome]) -> frozenset[str]:
    """Those of `ended` that were marked as shut off, and that AWS shows running."""
    on = set()
    for step in (outcome.step for outcome in ended if Verb.SHUT_OFF in outcome.carried_out):
        kind = sample.world.kinds[step.kind]
        client = sample.world.clients(step.place, kind.service)
        on |= {r.id for r in kind.read(client, step.place, [step.id]) if r.power is Power.ON}
    return frozenset(on)


def _backups(ledger: Ledger, rules: Rules) -> dict[str, list[str]]:
    at = rules.now.isoformat()
    return {
        entry["id"]: entry["backups"]
        for entry in ledger.entries()
        if (entry["entry"], entry.get("at")) == ("manifest", at)
    }
