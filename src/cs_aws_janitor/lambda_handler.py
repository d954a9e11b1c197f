"""The door for AWS Lambda: what EventBridge, Scheduler and Step Functions send, done and told.

It returns a few facts where all is well, and raises where something was refused, failed, was not
seen or left for lack of time, so that alarms and dead-letter queues hear of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cs_aws_janitor import lambda_events, running, wiring
from cs_aws_janitor.lambda_events import Created, Order, Run
from cs_aws_janitor.ready import Scope
from cs_aws_janitor.resources import sweep
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.report.run_report import Summary, summary
from cs_aws_janitor.resources.sweep import Wish
from cs_aws_janitor.settings import load_distant
from cs_aws_janitor.shared.errors import DONE, PARTLY, JanitorError, RefusedError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cs_aws_janitor.ready import Ready
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws

MARGIN, LEAST = 60.0, 1.0  # seconds: what was begun comes to its end in them
SHARE = 1 / 3  # of the time there is: where that is short, the margin is no more
OVER = "the time limit of the function has come near"


class Context(Protocol):
    """What the runtime says of one invocation."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """How long it may last yet."""


class UncleanError(JanitorError):
    """The run came to its end, and something in it was refused, failed, unseen or left."""

    exit_code = PARTLY


@dataclass(frozen=True, slots=True)
class Turn:
    """One invocation: who it is, and the time it has. `margin` is in seconds."""

    context: Context
    margin: float

    @classmethod
    def of(cls, context: Context) -> Turn:
        """The turn that begins now."""
        there_is = context.get_remaining_time_in_millis() / 1000
        return cls(context, max(LEAST, min(MARGIN, there_is * SHARE)))

    @property
    def name(self) -> str:
        """What another run is told of who holds the lock."""
        return f"{self.context.function_name}, request {self.context.aws_request_id}"

    def over(self) -> str | None:
        """Why nothing more may be begun, once the time limit is near."""
        left = self.context.get_remaining_time_in_millis() / 1000
        return OVER if left < self.margin else None


def handler(event: Any, context: Context) -> dict[str, Any]:
    """What AWS Lambda calls: do what `event` asks for, tell it, raise where it went wrong."""
    log.configure(verbosity=1)
    return carry_out(lambda_events.read(event), Turn.of(context))


@singledispatch
def carry_out(order: Order, turn: Turn) -> dict[str, Any]:
    """Do what was ordered."""
    raise NotImplementedError(f"{order} {turn}")


@carry_out.register
def _run(order: Run, turn: Turn) -> dict[str, Any]:
    """The same as `janitor run --yes`."""
    aws, settings = _begin()
    kinds = _kinds(settings, order.kinds)
    scope = Scope(kinds, frozenset(order.accounts), frozenset(order.regions))
    ready = running.prepare(aws, settings, scope, "run")
    running.require_named(ready)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready, turn.name) as lost:

        def halted() -> str | None:
            return lost() or turn.over()

        looked = running.look(ready, Wish(sightings=True, halted=halted))
        running.remember(ready, looked)
        ended = running.carry_out(ready, looked.plan, halted, recheck=False)
        told = summary(looked.plan, ended, halted())
    return _tell(ready, told, running.exit_code(looked.plan, ended))


@carry_out.register
def _created(order: Created, turn: Turn) -> dict[str, Any]:
    """Tag what has just come up. It takes no lock: a run that sees it too writes the same."""
    aws, settings = _begin()
    if not _wanted(order, settings):
        log.info("creation.passed_over", **_place(order))
        return {**Summary().facts(), "passed_over": _place(order)}
    kinds = {order.kind: KINDS[order.kind]}
    scope = Scope(kinds, frozenset({order.account}), frozenset({order.region}))
    ready = running.prepare(aws, settings, scope, "creation")
    running.require_named(ready)
    ready.ledger.check_writable()
    plan = sweep.first_sight(ready.world, ready.rules, [order.id])
    ended = running.carry_out(ready, plan, turn.over, recheck=False)
    return _tell(ready, summary(plan, ended, turn.over()), running.exit_code(plan, ended))


def _begin() -> tuple[Aws, Settings]:
    """Find out who is calling, and read the settings."""
    aws = wiring.connect()
    root = Path(os.environ.get("LAMBDA_TASK_ROOT", "."))
    settings = load_distant(os.environ, root, aws.at_home, KINDS)
    if settings.ledger.s3 is None:
        raise RefusedError(
            "a function keeps no file, and the settings have no ledger in S3",
            'Set s3 = "s3://bucket/prefix" under [ledger]',
        )
    return aws, settings


def _kinds(settings: Settings, wanted: tuple[str, ...]) -> Mapping[str, Kind]:
    for name in wanted:
        if name not in KINDS:
            there_are = f"There are: {', '.join(KINDS)}"
            raise lambda_events.EventError(f"the event names no kind with {name!r}", there_are)
    return {name: KINDS[name] for name in wanted or settings.kinds or tuple(KINDS)}


def _wanted(order: Created, settings: Settings) -> bool:
    """Whether the settings are about such things in that region at all."""
    account = next((a for a in settings.accounts if a.id == order.account), None)
    regions = settings.regions_of(account) if account else settings.regions
    kinds = settings.kinds or tuple(KINDS)
    return order.kind in kinds and (regions is None or order.region in regions)


def _place(order: Created) -> dict[str, str]:
    return {"account": order.account, "region": order.region, "id": order.id}


def _tell(ready: Ready, told: Summary, code: int) -> dict[str, Any]:
    """Log what became of a run, and give it back; or raise it."""
    facts = {**told.facts(), "throttled": ready.aws.throttled}
    log.info("run.ended", **facts)
    if code != DONE:
        raise UncleanError(told.sentence())
    return facts
