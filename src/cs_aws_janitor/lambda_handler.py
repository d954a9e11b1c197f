"""The door for AWS Lambda: what EventBridge, Scheduler and Step Functions send, done and told.

It returns a few facts where all is well, and raises where something was refused, failed, was not
seen or left for lack of time, so that alarms and dead-letter queues hear of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import lambda_events, lambda_shards, lambda_telling, looking, running
from cs_aws_janitor.lambda_events import Created, CustomersRun, Report, Run, Shard, Shards
from cs_aws_janitor.lambda_turn import Turn, UncleanError, begin, kinds_of
from cs_aws_janitor.ready import Scope
from cs_aws_janitor.resources import sweep
from cs_aws_janitor.resources.figures import Run as Ended
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.report.run_report import Summary, summary
from cs_aws_janitor.resources.sweep import Wish
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from cs_aws_janitor.lambda_telling import Line
    from cs_aws_janitor.lambda_turn import Context
    from cs_aws_janitor.settings import Settings


def handler(event: Any, context: Context) -> dict[str, Any]:
    """What AWS Lambda calls: do what `event` asks for, tell it, raise where it went wrong."""
    log.configure(verbosity=1)
    turn = Turn.of(context)
    match lambda_events.read(event):
        case Run() as order:
            return _run(order, turn)
        case CustomersRun():
            from cs_aws_janitor import lambda_customers  # noqa: PLC0415  most zips do without

            return lambda_customers.run(turn)
        case Created() as order:
            return _created(order, turn)
        case Shards() as order:
            return lambda_shards.list_all(order, turn)
        case Shard() as order:
            return lambda_shards.look_after(order, turn)
        case Report() as order:
            return lambda_shards.report(order, turn)


def _run(order: Run, turn: Turn) -> dict[str, Any]:
    """The same as `janitor run --yes`."""
    with lambda_telling.line(lambda_telling.RUN) as line:
        told, ended = _carried_out(order, turn, line)
        facts = {**told.facts(), "throttled": ended.throttled}
        line.tell(ended, facts)
        if ended.code != DONE:
            raise UncleanError(told.sentence())
        return facts


def _carried_out(order: Run, turn: Turn, line: Line) -> tuple[Summary, Ended]:
    """Look, and do what there is to do: in words, and in figures."""
    aws, settings = begin(turn)
    line.namespace = settings.metrics.namespace
    kinds = kinds_of(settings, order.kinds)
    scope = Scope(kinds, frozenset(order.accounts), frozenset(order.regions))
    ready = looking.prepare(aws, settings, scope, "run")
    running.require_named(ready)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready, turn.name) as lost:

        def halted() -> str | None:
            return lost() or turn.over()

        whole = not (order.regions or order.kinds)
        wish = Wish(sightings=True, halted=halted)
        looked = looking.look(ready, running.also_the_week(ready, wish) if whole else wish)
        running.remember(ready, looked)
        if whole:
            ready = running.telling_the_week(ready, looked)
        ended = running.carry_out(ready, looked.plan, halted, recheck=False)
        told = summary(looked.plan, ended, halted())
    code = running.exit_code(looked.plan, ended)
    return told, Ended(code, clock.now(), 0.0, looked.plan, ended, aws.throttled)


def _created(order: Created, turn: Turn) -> dict[str, Any]:
    """Tag what has just come up. It takes no lock: a run that sees it too writes the same."""
    aws, settings = begin(turn)
    where = {"account": order.account, "region": order.region, "id": order.id}
    if not _wanted(order, settings):
        log.info("creation.passed_over", **where)
        return {**Summary().facts(), "passed_over": where}
    kinds = {order.kind: KINDS[order.kind]}
    one = frozenset({order.account}), frozenset({order.region})
    scope = Scope(kinds, *one, f"{order.account}/{order.region}")
    ready = looking.prepare(aws, settings, scope, "creation")
    running.require_named(ready)
    ready.ledger.check_writable()
    ready = replace(ready, post=None)  # without the lock a run might be telling the same
    plan = sweep.first_sight(ready.world, ready.rules, [order.id])
    ended = running.carry_out(ready, plan, turn.over, recheck=False)
    told = summary(plan, ended, turn.over())
    facts = {**told.facts(), "throttled": aws.throttled}
    log.info("creation.ended", **facts)
    if running.exit_code(plan, ended) != DONE:
        raise UncleanError(told.sentence())
    return facts


def _wanted(order: Created, settings: Settings) -> bool:
    """Whether the settings are about such things in that account and region at all."""
    if order.account in settings.organization.exclude:
        return False
    account = next((a for a in settings.accounts if a.id == order.account), None)
    regions = settings.regions_of(account) if account else settings.regions
    kinds = settings.kinds or tuple(KINDS)
    return order.kind in kinds and (regions is None or order.region in regions)
