"""One run in thousands of parts: which there are, one of them, and the report on all.

Step Functions calls these in turn (deploy/state-machine.asl.json). A shard is one region of one
account; what became of it goes into the run's folder in S3, beside the ledger.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import lambda_telling, running
from cs_aws_janitor.lambda_turn import UncleanError, begin, kinds_of, ledger_of
from cs_aws_janitor.organization import Member
from cs_aws_janitor.ready import Scope
from cs_aws_janitor.resources import account_limits, noticing, outcome, plan_json
from cs_aws_janitor.resources.figures import Done, Run
from cs_aws_janitor.resources.model import Place, Verb
from cs_aws_janitor.resources.outcome import CLEAN
from cs_aws_janitor.resources.plan import Coverage, Plan, allowed
from cs_aws_janitor.resources.report.run_report import summary
from cs_aws_janitor.resources.run_folder import RunFolder
from cs_aws_janitor.resources.sweep import Wish
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE, PARTLY, NotFoundError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cs_aws_janitor.lambda_events import Report, Shard, Shards
    from cs_aws_janitor.lambda_telling import Line
    from cs_aws_janitor.lambda_turn import Turn
    from cs_aws_janitor.ready import Ready
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.report.run_report import Summary
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws

RUNS = "runs"
SHARDS, DARK, REPORT = "shards.json", "dark.json", "report.json"
MEMBERS = "members.json"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of what is no plan of steps
NO_RESULT = "its shard ended without a result: see the execution of the state machine"


class LeftError(UncleanError):
    """A shard came near its time limit: tried again, it does what is left."""


def list_all(order: Shards) -> dict[str, Any]:
    """Write down which shards there are, and what is known to be out of sight."""
    with lambda_telling.line(lambda_telling.RUN, run=order.run) as line:
        aws, settings = begin()
        line.namespace = settings.metrics.namespace
        ready = running.prepare(aws, settings, Scope(kinds_of(settings)), "run")
        running.require_named(ready)
        folder = _folder(aws, settings, order.run)
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
    aws, settings = begin()
    line.namespace = settings.metrics.namespace
    folder = _folder(aws, settings, order.run)
    place = Place(order.account, order.region, aws.partition)
    ready = _prepared(aws, settings, place, folder)
    ready.ledger.check_writable()
    with running.one_at_a_time(ready, turn.name, order.region) as lost:

        def halted() -> str | None:
            return lost() or turn.over()

        looked = running.look(ready, Wish(sightings=True, halted=halted))
        running.remember(ready, looked)
        limits = ready.rules.policy.limits
        plan = account_limits.within(looked.plan, place, limits, folder)
        # By channels each shard tells of its own; what only the log is told is left to the report.
        quiet = plan if ready.post else _quiet(plan)
        ended = running.carry_out(ready, quiet, halted, recheck=False)
        if ready.post:  # then nothing of it is left to be told
            plan = replace(plan, steps=tuple(noticing.quiet(plan.steps)))
        told = summary(plan, ended, halted())
    run = Run(running.exit_code(plan, ended), clock.now(), 0.0, plan, ended, aws.throttled)
    _leave(folder, turn, place, run, told)
    return told, run


def _prepared(aws: Aws, settings: Settings, place: Place, folder: RunFolder) -> Ready:
    """All that it takes to look after `place`, and what of it is known to be out of sight.

    AWS Organizations was asked when the shards were listed: thousands may not ask it at once.
    """
    known = None
    if settings.organization.role:
        known = tuple(Member(**each) for each in _written(folder, MEMBERS))
    one = frozenset({place.account}), frozenset({place.region})
    scope = Scope(kinds_of(settings), *one, f"{place.account}/{place.region}", known)
    ready = running.prepare(aws, settings, scope, "run")
    running.require_named(ready)
    dark = [replace(row, place=place) for row in ready.world.dark]
    return replace(ready, world=replace(ready.world, dark=dark))


def _leave(folder: RunFolder, turn: Turn, place: Place, run: Run, told: Summary) -> None:
    """Write the result of a shard, for the report."""
    plan = run.plan or Plan(NEVER, NEVER, "UTC")
    done = Done.of(run.ended)
    # What went well is in the ledger: a report on millions of steps needs only to count it.
    notices = tuple(step for step in allowed(plan) if Verb.NOTIFY in step.verbs)
    kept = {
        "plan": plan_json.dump(replace(plan, steps=notices)),
        "results": dict(told.results),
        "unclean": [outcome.dump(each) for each in run.ended if each.result not in CLEAN],
        "throttled": run.throttled,
        "actions": {verb.value: times for verb, times in done.actions.items()},
        "saving": str(done.saving),
    }
    name = f"{plan.made_at:%Y%m%dT%H%M%SZ}-{turn.context.aws_request_id}.json"
    folder.write(f"results/{place.account}/{place.region}/{name}", kept)


def report(order: Report) -> dict[str, Any]:
    """Merge what every shard has left, tell owners once, and raise where anything went wrong."""
    with lambda_telling.line(lambda_telling.RUN, run=order.run) as line:
        told, run, facts = _reported(order, line)
        line.tell(run, facts)
        if told.wrong:
            raise UncleanError(f"{told.sentence()}. All of it: {facts['report']}")
        return facts


def _reported(order: Report, line: Line) -> tuple[Summary, Run, dict[str, Any]]:
    """The whole run in words, in figures, and in the facts to give back."""
    aws, settings = begin()
    line.namespace = settings.metrics.namespace
    folder = _folder(aws, settings, order.run)
    parts = _gathered(folder)
    plans, ended = [part.plan for part in parts], [each for part in parts for each in part.unclean]
    missing = _missing(folder, plans, aws.partition, kinds_of(settings))
    dark, now, policy = _dark(folder), clock.now(), settings.policy()
    plan = _merged(Plan(now, now, str(policy.timezone)), [dark, *plans, missing])
    results: Counter[str] = Counter()
    for part in parts:
        results.update(part.results)
    told = replace(summary(plan, ended), results=dict(sorted(results.items())))
    ledger = partial(running.open_ledger, settings, aws, "run")
    notices = _tell_owners(ledger, policy, now, [step for each in plans for step in each.steps])
    throttled = sum(part.throttled for part in parts)
    facts = {**told.facts(), "notices": notices, "throttled": throttled, "shards": len(plans)}
    rows = [outcome.dump(each) for each in ended]
    folder.write(REPORT, {**facts, "wrong": list(told.wrong), "unclean": rows})
    done = sum((part.done for part in parts), Done({}))
    seconds, code = (now - dark.made_at).total_seconds(), PARTLY if told.wrong else DONE
    run = Run(code, now, seconds, plan, ended, throttled, done=done)
    return told, run, {**facts, "report": folder.url(REPORT)}


def _folder(aws: Aws, settings: Settings, run: str) -> RunFolder:
    place = ledger_of(settings)
    folder = "/".join(part for part in (place.prefix, RUNS, run) if part)
    return RunFolder(aws.at_home("s3"), place.bucket, folder)


def _quiet(plan: Plan) -> Plan:
    """`plan` without its notices: owners hear once of all their things, by the report."""
    quiet = [tuple(verb for verb in step.verbs if verb is not Verb.NOTIFY) for step in plan.steps]
    steps = zip(plan.steps, quiet, strict=True)
    return replace(plan, steps=tuple(replace(step, verbs=verbs) for step, verbs in steps))


@dataclass(frozen=True, slots=True)
class Part:
    """What a shard has left: its plan, of whose steps only notices are kept, and what became of it.

    `results` counts all steps, `unclean` has those that need somebody's eye.
    """

    plan: Plan
    results: Counter[str]
    unclean: Sequence[Outcome]
    throttled: int
    done: Done


def _gathered(folder: RunFolder) -> list[Part]:
    """What every shard has left. Of one that was tried again: what it did in all, and its last."""
    parts: dict[Place, Part] = {}
    for result in folder.read_all("results/"):
        plan = plan_json.load(json.dumps(result["plan"]))
        place = plan.coverage[0].place
        unclean = [outcome.load(row) for row in result["unclean"]]
        actions = {Verb(verb): times for verb, times in result["actions"].items()}
        done = Done(actions, Decimal(result["saving"]))
        part = Part(plan, Counter(result["results"]), unclean, result["throttled"], done)
        if before := parts.get(place):
            clean = Counter({each.value: before.results[each.value] for each in CLEAN})
            throttled = part.throttled + before.throttled
            done = part.done + before.done
            part = replace(part, results=part.results + clean, throttled=throttled, done=done)
        parts[place] = part
    return [*parts.values()]


def _written(folder: RunFolder, name: str) -> Any:
    """What the list of the shards has left. Raises NotFoundError for a run that has none."""
    found = folder.read(name)
    if found is None:
        cure = "Send the name of an execution whose shards were listed"
        raise NotFoundError(f"{folder.url(name)} is not there", cure)
    return found


def _dark(folder: RunFolder) -> Plan:
    """What was known to be out of sight when the shards were listed, and when that was."""
    return plan_json.load(json.dumps(_written(folder, DARK)))


def _missing(
    folder: RunFolder, plans: Sequence[Plan], partition: str, kinds: Iterable[str]
) -> Plan:
    """The shards that have left no result, as places that were not seen."""
    seen = {(row.place.account, row.place.region) for plan in plans for row in plan.coverage}
    listed = [(each["account"], each["region"]) for each in _written(folder, SHARDS)]
    places = [Place(*each, partition) for each in listed if each not in seen]
    rows = [Coverage(place, kind, "failed", 0, NO_RESULT) for place in places for kind in kinds]
    return Plan(NEVER, NEVER, "UTC", tuple(rows))


def _merged(empty: Plan, plans: Sequence[Plan]) -> Plan:
    """All that `plans` have seen and warn of; of the steps the outcomes tell."""
    phases: Counter[str] = Counter()
    for plan in plans:
        phases.update(plan.phases)
    return replace(
        empty,
        coverage=tuple(row for plan in plans for row in plan.coverage),
        attention=tuple(row for plan in plans for row in plan.attention),
        breaches=tuple(row for plan in plans for row in plan.breaches),
        phases=dict(sorted(phases.items())),
    )


def _tell_owners(
    ledger: Callable[[str], Ledger], policy: Policy, now: datetime, steps: Iterable[Step]
) -> int:
    """Tell each owner once what is about to happen, and have each place's ledger remember it."""
    by_place: dict[Place, list[Step]] = defaultdict(list)
    for step in steps:
        if Verb.NOTIFY in step.verbs:
            by_place[step.place].append(step)
    return sum(
        noticing.tell(ledger(f"{place.account}/{place.region}"), policy, now, due)
        for place, due in by_place.items()
    )
