"""The last call to a thing of EC2, which the SDK may make twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt

if TYPE_CHECKING:
    from collections.abc import Callable


def end(call: Callable[[], object]) -> None:
    """Make `call`, which ends something.

    Where its answer was lost the SDK repeats it, and hears that there is no such thing any more:
    then it has done its work. Told so at the first try, somebody else was faster.
    """
    answer = attempt(call)
    if isinstance(answer, Refusal) and not (answer.sort is Sort.GONE and answer.repeated):
        raise answer.error
