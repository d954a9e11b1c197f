"""One run in thousands of parts: which there are, one of them, and the report on all.

Step Functions calls these in turn (deploy/state-machine.asl.json). A shard is one region of one
account; what became of it goes into the run's folder in S3, beside the ledger.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import running
from cs_aws_janitor.lambda_turn import UncleanError, begin, kinds_of, ledger_of
from cs_aws_janitor.ready import Scope
from cs_aws_janitor.resources import account_limits, noticing, outcome, plan_json
from cs_aws_janitor.resources.model import Place, Verb
from cs_aws_janitor.resources.outcome import CLEAN
from cs_aws_janitor.resources.plan import Coverage, Plan, allowed
from cs_aws_janitor.resources.report.run_report import summary
from cs_aws_janitor.resources.run_folder import RunFolder
from cs_aws_janitor.resources.sweep import Wish
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import NotFoundError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cs_aws_janitor.lambda_events import Report, Shard, Shards
    from cs_aws_janitor.lambda_turn import Turn
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws

RUNS = "runs"
SHARDS, DARK, REPORT = "shards.json", "dark.json", "report.json"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of what is no plan of steps
NO_RESULT = "its shard ended without a result: see the execution of the state machine"


class LeftError(UncleanError):
    """A shard came near its time limit: tried again, it does what is left."""


def list_all(order: Shards) -> dict[str, Any]:
    """Write down which shards there are, and what is known to be out of sight."""
    aws, settings = begin()
    ready = running.prepare(aws, settings, Scope(kinds_of(settings)), "run")
    running.require_named(ready)
    folder = _folder(aws, settings, order.run)
    folder.write(DARK, plan_json.dump(Plan(NEVER, NEVER, "UTC", tuple(ready.world.dark))))
    shards = [{"account": p.account, "region": p.region} for p in ready.world.places]
    folder.write(SHARDS, shards)
    log.info("run.begun", run=order.run, shards=len(shards))
    return {"bucket": folder.bucket, "key": folder.key(SHARDS), "shards": len(shards)}


def look_after(order: Shard, turn: Turn) -> dict[str, Any]:
    """Look after one region of one account; leave the result, and the notices, to the report."""
    aws, settings = begin()
    where = f"{order.account}/{order.region}"
    one = frozenset({order.account}), frozenset({order.region})
    ready = running.prepare(aws, settings, Scope(kinds_of(settings), *one, where), "run")
    running.require_named(ready)
    ready.ledger.check_writable()
    folder = _folder(aws, settings, order.run)
    with running.one_at_a_time(ready, turn.name, order.region) as lost:

        def halted() -> str | None:
            return lost() or turn.over()

        looked = running.look(ready, Wish(sightings=True, halted=halted))
        running.remember(ready, looked)
        limits = ready.rules.policy.limits
        (place,) = ready.world.places
        plan = account_limits.within(looked.plan, place, limits, folder)
        # By channels each shard tells of its own; what only the log is told is left to the report.
        quiet = plan if ready.post else _quiet(plan)
        ended = running.carry_out(ready, quiet, halted, recheck=False)
        told = summary(plan, ended, halted())
    # What went well is in the ledger: a report on millions of steps needs only to count it.
    steps = () if ready.post else allowed(plan)
    notices = tuple(step for step in steps if Verb.NOTIFY in step.verbs)
    kept = {
        "plan": plan_json.dump(replace(plan, steps=notices)),
        "results": dict(told.results),
        "unclean": [outcome.dump(each) for each in ended if each.result not in CLEAN],
        "throttled": aws.throttled,
    }
    name = f"{ready.started:%Y%m%dT%H%M%SZ}-{turn.context.aws_request_id}.json"
    folder.write(f"results/{where}/{name}", kept)
    log.info("shard.ended", run=order.run, **told.facts())
    if told.left:
        raise LeftError(told.sentence())
    return {"account": order.account, "region": order.region, "results": dict(told.results)}


def report(order: Report) -> dict[str, Any]:
    """Merge what every shard has left, tell owners once, and raise where anything went wrong."""
    aws, settings = begin()
    folder = _folder(aws, settings, order.run)
    parts = _gathered(folder)
    plans, ended = [part.plan for part in parts], [each for part in parts for each in part.unclean]
    missing = _missing(folder, plans, aws.partition, kinds_of(settings))
    now, policy = clock.now(), settings.policy()
    plan = _merged(Plan(now, now, str(policy.timezone)), [*_dark(folder), *plans, missing])
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
    log.info("run.ended", run=order.run, **facts)
    if told.wrong:
        raise UncleanError(f"{told.sentence()}. All of it: {folder.url(REPORT)}")
    return facts


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


def _gathered(folder: RunFolder) -> list[Part]:
    """What every shard has left. Of one that was tried again: what it did in all, and its last."""
    parts: dict[Place, Part] = {}
    for result in folder.read_all("results/"):
        plan = plan_json.load(json.dumps(result["plan"]))
        place = plan.coverage[0].place
        unclean = [outcome.load(row) for row in result["unclean"]]
        part = Part(plan, Counter(result["results"]), unclean, result["throttled"])
        if before := parts.get(place):
            clean = Counter({each.value: before.results[each.value] for each in CLEAN})
            throttled = part.throttled + before.throttled
            part = replace(part, results=part.results + clean, throttled=throttled)
        parts[place] = part
    return [*parts.values()]


def _written(folder: RunFolder, name: str) -> Any:
    """What the list of the shards has left. Raises NotFoundError for a run that has none."""
    found = folder.read(name)
    if found is None:
        cure = "Send the name of an execution whose shards were listed"
        raise NotFoundError(f"{folder.url(name)} is not there", cure)
    return found


def _dark(folder: RunFolder) -> list[Plan]:
    """What was known to be out of sight when the shards were listed."""
    return [plan_json.load(json.dumps(_written(folder, DARK)))]


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
