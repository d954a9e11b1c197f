"""Where a fault strikes: a point is one call of a run, named so that every run has the same.

Calls that are made at once come in any order, so a point is not a plain number: it is the
operation, the instances that the call names, and which call of these it is: the second reading of
the protection of `web` is `DescribeInstanceAttribute@web.2`; in another region than the first it
bears that as well, as in `DescribeInstances.us-east-1.2`. A repeat that botocore makes by itself is
the same call. Of the installed command no repeats are known, so there each request is a call.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.handlers import BUILTIN_HANDLERS

from tests.faults.acts import named
from tests.faults.lives import HERE
from tests.strict.calls import READS
from tests.strict.door import DOOR
from tests.strict.faults import Death, Fault, broken, dropped, throttled, unauthorized
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.strict.faults import Error
    from tests.strict.wire import Request


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call goes wrong: `once`, or every time that it is repeated.

    `afterwards`: it takes effect and its answer is lost. `killed`: so is the whole process; `dies`
    is the same for a janitor in this process. `writes_only`: for a call that only reads it comes
    to the same as another manner.
    """

    error: Error
    afterwards: bool = False
    once: bool = False
    killed: bool = False
    dies: bool = False
    writes_only: bool = False


MANNERS = {
    "reset": Manner(dropped),
    "reset-once": Manner(dropped, once=True),
    "throttled": Manner(throttled),
    "denied": Manner(unauthorized),
    "lost": Manner(broken, afterwards=True),
    "lost-once": Manner(broken, afterwards=True, once=True, writes_only=True),
    "cut": Manner(dropped, afterwards=True, writes_only=True),
}
KILLS = {
    "killed-before": Manner(dropped, killed=True),
    "killed-after": Manner(dropped, afterwards=True, killed=True, writes_only=True),
}
DEATHS = {
    "dies-before": Manner(broken, dies=True, writes_only=True),
    "dies-after": Manner(broken, afterwards=True, dies=True, writes_only=True),
}


class _Local(threading.local):
    """What each thread is at: a new call, or a repeat; and the name of its call."""

    new = True
    point = ""


_here = _Local()


def _call_begins(**_: object) -> None:
    """Botocore builds the parameters of a call once, and sends it as often as it must."""
    _here.new = True


BUILTIN_HANDLERS.append(("before-parameter-build", _call_begins))


class Points(Fault):
    """Names every call that passes, in their order; strikes nobody.

    `granted` are those that AWS did not refuse: only their answers can be lost.
    """

    def __init__(self, labels: Mapping[str, str], *, of_command: bool = False) -> None:
        super().__init__("*", broken)
        self.passed: list[str] = []
        self.writes: set[str] = set()
        self.granted: set[str] = set()
        self._labels = labels
        self._of_command = of_command
        self._counts: Counter[str] = Counter()

    def strikes(self, request: Request, *, afterwards: bool) -> bool:
        """Name it; whether it is hit is another question."""
        if not afterwards and (self._of_command or _here.new):
            _here.new = False
            _here.point = self._name(request)
        if afterwards:
            self.granted.add(_here.point)
        return self.hits(_here.point, afterwards=afterwards)

    def hits(self, point: str, *, afterwards: bool) -> bool:
        """Whether the call `point` is hit: never here."""
        _ = point, afterwards
        return False

    def _name(self, request: Request) -> str:
        labels = sorted(self._labels.get(i, "?") for i in self._concerned(request))
        region = "" if request.region == HERE else f".{request.region}"
        operation = request.operation.partition(" ")[0] + region
        name = operation + ("@" + "+".join(labels) if labels else "")
        self._counts[name] += 1
        point = f"{name}.{self._counts[name]}"
        self.passed.append(point)
        if not request.operation.startswith(READS):
            self.writes.add(point)
        return point

    def _concerned(self, request: Request) -> list[str]:
        """The ids of all instances, and of whatever else has a name here; an ARN ends with it."""
        ends = (value.rpartition(":")[2] for value in request.form.values())
        return list(
            dict.fromkeys([*named(request), *(each for each in ends if each in self._labels)])
        )


class Strike(Points):
    """Hits one call in one manner. A kill ends the process whose id `born` is told.

    Who dies in this process calls nothing that writes any more; what is read is answered still.
    """

    def __init__(self, at: str, manner: Manner, labels: Mapping[str, str]) -> None:
        super().__init__(labels, of_command=manner.killed)
        self.at = at
        self.manner = manner
        self.struck = 0
        self._pid: Future[int] = Future()
        self.born = self._pid.set_result
        self.error = self._kill if manner.killed else manner.error
        self.error = self._die if manner.dies else self.error

    def hits(self, point: str, *, afterwards: bool) -> bool:
        """Whether this is the call and the moment."""
        if point != self.at or afterwards is not self.manner.afterwards:
            return False
        if self.struck and (self.manner.once or self.manner.killed or self.manner.dies):
            return False
        self.struck += 1
        return True

    def _die(self, _: Request) -> BaseException:
        DOOR.faults.death = Death(0, afterwards=False)
        return DiedError()

    def _kill(self, request: Request) -> BaseException:
        os.kill(self._pid.result(), signal.SIGKILL)
        return self.manner.error(request)


def applies(manner: Manner, *, is_write: bool, is_granted: bool) -> bool:
    """Whether a call of this sort can go wrong in this manner in a way of its own."""
    return (is_write or not manner.writes_only) and (is_granted or not manner.afterwards)
