"""Before a saved plan is carried out: drop what is no longer as it was planned on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.outcome import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.plan import Step


def unchanged(crew: Crew, steps: Sequence[Step]) -> Going:
    """The steps whose resource still has the facts it was planned on; the others are `changed`."""
    found = yield from crew.still_there(steps)
    same = []
    for step in (step for step in steps if step.id in found):
        if changed := crew.changes(step, found[step.id]):
            yield crew.end(step, Result.CHANGED, "; ".join(changed))
        else:
            same.append(step)
    return same
