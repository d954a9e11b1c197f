"""One run in thousands of parts: which there are, one of them, and the report on all.

Step Functions calls these in turn (deploy/state-machine.asl.json). A shard is one region of one
account; what became of it goes into the run's folder in S3, beside the ledger.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import lambda_results, lambda_telling, looking, running
from cs_aws_janitor.lambda_notices import Telling
from cs_aws_janitor.lambda_results import DARK, MEMBERS, SHARDS, Left, run_folder, written
from cs_aws_janitor.lambda_turn import UncleanError, begin, kinds_of
from cs_aws_janitor.organization import Member
from cs_aws_janitor.ready import Scope
from cs_aws_janitor.resources import account_limits, noticing, outcome, plan_json
from cs_aws_janitor.resources.figures import Done, Run
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.plan import Plan
from cs_aws_janitor.resources.report.run_report import summary
from cs_aws_janitor.resources.sweep import Wish
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE, PARTLY
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from cs_aws_janitor.lambda_events import Report, Shard, Shards
    from cs_aws_janitor.lambda_telling import Line
    from cs_aws_janitor.lambda_turn import Turn
    from cs_aws_janitor.ready import Ready
    from cs_aws_janitor.resources.report.run_report import Summary
    from cs_aws_janitor.resources.run_folder import RunFolder
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws

REPORT = "report.json"


class LeftError(UncleanError):
    """A shard came near its time limit: tried again, it does what is left."""


def list_all(order: Shards, turn: Turn) -> dict[str, Any]:
    """Write down which shards there are, and what is known to be out of sight."""
    with lambda_telling.line(lambda_telling.RUN, run=order.run) as line:
        aws, settings = begin(turn)
        line.namespace = settings.metrics.namespace
        ready = looking.prepare(aws, settings, Scope(kinds_of(settings)), "run")
        running.require_named(ready)
        folder = run_folder(aws, settings, order.run)
        dark = Plan(ready.started, ready.started, "UTC", tuple(ready.world.dark))
        folder.write(DARK, plan_json.dump(dark))
        if settings.organization.role:
            folder.write(MEMBERS, [{"id": a.id, "name": a.name} for a in ready.accounts])
        shards = [{"account": p.account, "region": p.region} for p in ready.world.places]
        folder.write(SHARDS, shards)
    log.info("run.begun", run=order.run, shards=len(shards))
    return {"bucket": folder.bucket, "key": folder.key(SHARDS), "shards": len(shards)}


def look_after(order: Shard, turn: Turn) -> dict[str, Any]:
    """Look after one region of one account; leave the result, and the notices, to the report."""
    where = {"account": order.account, "region": order.region}
    with lambda_telling.line(lambda_telling.SHARD, run=order.run, **where) as line:
        told, ended = _looked_after(order, turn, line)
        line.tell(ended, told.facts())
        if told.left:
            raise LeftError(told.sentence())
        if ended.plan and all(row.status == "failed" for row in ended.plan.coverage):
            raise UncleanError(told.sentence())  # tried again, it may see something
        return {**where, "results": dict(told.results)}


def _looked_after(order: Shard, turn: Turn, line: Line) -> tuple[Summary, Run]:
    """What became of a shard, in words and in figures; its result is written."""
    aws, settings = begin(turn)
    line.namespace = settings.metrics.namespace
    folder = run_folder(aws, settings, order.run)
    place = Place(order.account, order.region, aws.partition)
    ready = _prepared(aws, settings, place, folder)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready, turn.name, order.region) as lost:

        def halted() -> str | None:
            return lost() or turn.over()

        looked = looking.look(ready, Wish(sightings=True, halted=halted))
        running.remember(ready, looked)
        limits = ready.rules.policy.limits
        plan = account_limits.within(looked.plan, place, limits, folder)
        # Owners hear once of all their things, by the report: a shard only says what is due.
        silent = replace(ready, post=None)
        quiet = replace(plan, steps=tuple(noticing.quiet(plan.steps)))
        ended = running.carry_out(silent, quiet, halted, recheck=False)
        notices = ready.post.untold(plan) if ready.post else None
        told = summary(plan, ended, halted())
    run = Run(running.exit_code(plan, ended), clock.now(), 0.0, plan, ended, aws.throttled)
    lambda_results.leave(folder, turn.context.aws_request_id, place, Left(run, told, notices))
    return told, run


def _prepared(aws: Aws, settings: Settings, place: Place, folder: RunFolder) -> Ready:
    """All that it takes to look after `place`, and what of it is known to be out of sight.

    AWS Organizations was asked when the shards were listed: thousands may not ask it at once.
    """
    known = None
    if settings.organization.role:
        known = tuple(Member(**each) for each in written(folder, MEMBERS))
    one = frozenset({place.account}), frozenset({place.region})
    scope = Scope(kinds_of(settings), *one, f"{place.account}/{place.region}", known)
    ready = looking.prepare(aws, settings, scope, "run")
    running.require_named(ready)
    dark = [replace(row, place=place) for row in ready.world.dark]
    return replace(ready, world=replace(ready.world, dark=dark))


def report(order: Report, turn: Turn) -> dict[str, Any]:
    """Merge what every shard has left, tell owners once, and raise where anything went wrong."""
    with lambda_telling.line(lambda_telling.RUN, run=order.run) as line:
        told, run, facts = _reported(order, turn, line)
        line.tell(run, facts)
        if told.wrong:
            raise UncleanError(f"{told.sentence()}. All of it: {facts['report']}")
        return facts


def _reported(order: Report, turn: Turn, line: Line) -> tuple[Summary, Run, dict[str, Any]]:
    """The whole run in words, in figures, and in the facts to give back."""
    aws, settings = begin(turn)
    line.namespace = settings.metrics.namespace
    folder = run_folder(aws, settings, order.run)
    parts = lambda_results.gathered(folder)
    missing = lambda_results.missing(folder, parts, aws.partition, kinds_of(settings))
    dark, now, policy = lambda_results.dark(folder), clock.now(), settings.policy()
    plans = [dark, *(part.plan for part in parts), missing]
    plan = lambda_results.merged(Plan(now, now, str(policy.timezone)), plans)
    told = Telling(aws, settings, folder, now).tell(parts, [dark, missing], turn.over)
    ended = [*(each for part in parts for each in part.unclean), *told.failed]
    results = sum((part.results for part in parts), told.results)
    words = replace(summary(plan, ended), results=dict(sorted(results.items())))
    throttled = sum(part.throttled for part in parts) + aws.throttled
    rest = {"notices": told.notices, "throttled": throttled, "shards": len(parts)}
    facts = {**words.facts(), **rest}
    rows = [outcome.dump(each) for each in ended]
    folder.write(REPORT, {**facts, "wrong": list(words.wrong), "unclean": rows})
    done = sum((part.done for part in parts), Done({}))
    seconds, code = (now - dark.made_at).total_seconds(), PARTLY if words.wrong else DONE
    run = Run(code, now, seconds, plan, ended, throttled, done=done)
    return words, run, {**facts, "report": folder.url(REPORT)}
