"""An AWS that enforces a policy: whatever it does not allow is refused, and has no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.asking import questions
from tests.iam.judge import Judge
from tests.strict.door import DOOR
from tests.strict.faults import Fault, unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.strict.wire import Request


class Enforced(Fault):
    """What the janitor may not do. People have policies of their own."""

    def __init__(self, *documents: Mapping[str, Any]) -> None:
        super().__init__("*", unauthorized)
        self._judge = Judge(*documents)

    def strikes(self, request: Request, *, afterwards: bool) -> bool:
        """Whether the policies refuse `request`."""
        if afterwards:
            return False
        return not all(self._judge.allows(question) for question in questions(request))


def enforce(*documents: Mapping[str, Any]) -> None:
    """From now on the janitor has these policies and no others."""
    faults = DOOR.faults.standing
    faults[:] = [one for one in faults if not isinstance(one, Enforced)]
    faults.append(Enforced(*documents))
