"""What the parts of one run leave in its folder, and what the report gathers of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.lambda_turn import ledger_of
from cs_aws_janitor.resources import digest_json, outcome, plan_json
from cs_aws_janitor.resources.figures import Done
from cs_aws_janitor.resources.model import Place, Verb
from cs_aws_janitor.resources.outcome import CLEAN
from cs_aws_janitor.resources.plan import Coverage, Plan, allowed
from cs_aws_janitor.resources.run_folder import RunFolder
from cs_aws_janitor.shared.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cs_aws_janitor.resources.digest import Notice
    from cs_aws_janitor.resources.figures import Run
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.report.run_report import Summary
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws

RUNS = "runs"
SHARDS, DARK, MEMBERS = "shards.json", "dark.json", "members.json"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of what is no plan of steps
NO_RESULT = "its shard ended without a result: see the execution of the state machine"


@dataclass(frozen=True, slots=True)
class Left:
    """What a shard leaves: its `run` in figures and words, and what channels have to tell of it.

    `notices` is None without a channel: then the steps of the plan say what the log is told.
    """

    run: Run
    told: Summary
    notices: Sequence[Notice] | None


@dataclass(frozen=True, slots=True)
class Part:
    """What a shard has left: its plan, of whose steps only notices are kept, and what became of it.

    `results` counts all steps, `unclean` has those that need somebody's eye. `notices` are what
    channels have to tell.
    """

    plan: Plan
    results: Counter[str]
    unclean: Sequence[Outcome]
    throttled: int
    done: Done
    notices: Sequence[Notice]


def run_folder(aws: Aws, settings: Settings, run: str) -> RunFolder:
    """The folder of the run of this name, beside the ledger."""
    place = ledger_of(settings)
    folder = "/".join(part for part in (place.prefix, RUNS, run) if part)
    return RunFolder(aws.at_home("s3"), place.bucket, folder)


def leave(folder: RunFolder, request: str, place: Place, left: Left) -> None:
    """Write the result of a shard, for the report; `request` tells its invocations apart."""
    run, told = left.run, left.told
    plan = run.plan or Plan(NEVER, NEVER, "UTC")
    done = Done.of(run.ended)
    # What went well is in the ledger: a report on millions of steps needs only to count it.
    logged = allowed(plan) if left.notices is None else ()
    steps = tuple(step for step in logged if Verb.NOTIFY in step.verbs)
    kept = {
        "plan": plan_json.dump(replace(plan, steps=steps)),
        "results": dict(told.results),
        "unclean": [outcome.dump(each) for each in run.ended if each.result not in CLEAN],
        "throttled": run.throttled,
        "actions": {verb.value: times for verb, times in done.actions.items()},
        "saving": str(done.saving),
        "notices": [digest_json.dump(notice) for notice in left.notices or ()],
    }
    name = f"{plan.made_at:%Y%m%dT%H%M%SZ}-{request}.json"
    folder.write(f"results/{place.account}/{place.region}/{name}", kept)


def gathered(folder: RunFolder) -> list[Part]:
    """What every shard has left. Of one that was tried again: what it did in all, and its last."""
    parts: dict[Place, Part] = {}
    for result in folder.read_all("results/"):
        part = _part(result)
        place = part.plan.coverage[0].place
        if before := parts.get(place):
            clean = Counter({each.value: before.results[each.value] for each in CLEAN})
            throttled = part.throttled + before.throttled
            done = part.done + before.done
            part = replace(part, results=part.results + clean, throttled=throttled, done=done)
        parts[place] = part
    return [*parts.values()]


def _part(result: dict[str, Any]) -> Part:
    return Part(
        plan_json.load(json.dumps(result["plan"])),
        Counter(result["results"]),
        [outcome.load(row) for row in result["unclean"]],
        result["throttled"],
        Done({Verb(v): n for v, n in result["actions"].items()}, Decimal(result["saving"])),
        [digest_json.load(row) for row in result["notices"]],
    )


def written(folder: RunFolder, name: str) -> Any:
    """What the list of the shards has left. Raises NotFoundError for a run that has none."""
    found = folder.read(name)
    if found is None:
        cure = "Send the name of an execution whose shards were listed"
        raise NotFoundError(f"{folder.url(name)} is not there", cure)
    return found


def dark(folder: RunFolder) -> Plan:
    """What was known to be out of sight when the shards were listed, and when that was."""
    return plan_json.load(json.dumps(written(folder, DARK)))


def missing(folder: RunFolder, parts: Sequence[Part], partition: str, kinds: Iterable[str]) -> Plan:
    """The shards that have left no result, as places that were not seen."""
    rows = (row for part in parts for row in part.plan.coverage)
    seen = {(row.place.account, row.place.region) for row in rows}
    listed = [(each["account"], each["region"]) for each in written(folder, SHARDS)]
    places = [Place(*each, partition) for each in listed if each not in seen]
    unseen = [Coverage(place, kind, "failed", 0, NO_RESULT) for place in places for kind in kinds]
    return Plan(NEVER, NEVER, "UTC", tuple(unseen))


def merged(empty: Plan, plans: Sequence[Plan]) -> Plan:
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
