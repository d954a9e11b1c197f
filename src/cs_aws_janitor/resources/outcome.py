"""What became of a step. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import plan_json
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.refusals import Sort

if TYPE_CHECKING:
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.refusals import Refusal


class Result(StrEnum):
    """How a step ended. `blocked`: AWS does not allow it; `changed`: the facts are others now."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    CHANGED = "changed"
    SKIPPED = "skipped"


CLEAN = frozenset({Result.DONE, Result.SKIPPED})
_RESULT_OF = {Sort.BARRED: Result.BLOCKED, Sort.GONE: Result.CHANGED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step, how it ended, why, when (aware), and which of its verbs were carried out."""

    step: Step
    result: Result
    at: datetime
    why: str | None = None
    carried_out: tuple[Verb, ...] = ()


def result_of(refusal: Refusal) -> Result:
    """How a step ends that AWS refused."""
    return _RESULT_OF.get(refusal.sort, Result.FAILED)


def dump(outcome: Outcome) -> dict[str, Any]:
    """The outcome as the JSON object of the contract: the step with `result` and `why`."""
    return {
        **plan_json.dump_step(outcome.step),
        "result": outcome.result.value,
        "why": outcome.why,
        "carried_out": [verb.value for verb in outcome.carried_out],
        "at": outcome.at.isoformat(),
    }


def load(row: dict[str, Any]) -> Outcome:
    """The outcome that `dump` has made `row` of. Raises UnreadablePlanError."""
    return Outcome(
        step=plan_json.load_step(row),
        result=Result(row["result"]),
        at=datetime.fromisoformat(row["at"]),
        why=row["why"],
        carried_out=tuple(map(Verb, row["carried_out"])),
    )
