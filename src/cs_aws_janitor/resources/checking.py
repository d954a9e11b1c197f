"""Before a saved plan is carried out: drop what is no longer as it was planned on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources import plan
from cs_aws_janitor.resources.outcome import Result
from cs_aws_janitor.resources.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.plan import Step


def unchanged(crew: Crew, steps: Sequence[Step]) -> Going:
    """The steps whose resource still has the facts it was planned on; the others are `changed`."""
    found = crew.read(steps)
    if isinstance(found, Refusal):
        return (yield from crew.sift(steps, {step.id: found for step in steps}))
    same = []
    for step in steps:
        if step.id not in found:
            yield crew.end(step, Result.CHANGED, "it is no longer there")
        elif changed := plan.changes(step, found[step.id], crew.orders.policy.keys):
            yield crew.end(step, Result.CHANGED, "; ".join(changed))
        else:
            same.append(step)
    return same
