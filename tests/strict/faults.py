"""What goes wrong, on demand: permissions, throttling, broken connections, a killed process."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.strict.calls import READS
from tests.strict.wire import DiedError, DroppedError, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.strict.wire import Request

    Error = Callable[[Request], BaseException]


@dataclass
class Fault:
    """`pattern` is `ec2:StopInstances`, `StopInstances` or `ec2:*`; `times` None is for good.

    `afterwards`: the effect takes place, only the answer is lost.
    `of`: only requests that name this resource. `after`: only once so many were spared.
    """

    pattern: str
    error: Error
    region: str | None = None
    times: int | None = None
    afterwards: bool = False
    of: str | None = None
    after: int = 0

    def strikes(self, request: Request, *, afterwards: bool) -> bool:
        """Whether it hits `request`, which counts as one of its times."""
        names = request.name, request.operation
        hits = (
            any(fnmatchcase(name, self.pattern) for name in names)
            and self.region in {None, request.region}
            and (self.of is None or self.of in request.form.values())
        )
        if self.afterwards is not afterwards or not hits or self.times == 0:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Death:
    """The process dies at its writing call number so many: before it, or right after it.

    Its readings go on to be answered: they change nothing, and a thread that died unseen would
    leave the others waiting for ever, as no killed process does.
    """

    writes_left: int
    afterwards: bool


@dataclass
class Faults:
    """All that is wrong at present. A person is never hit."""

    standing: list[Fault] = field(default_factory=list)
    death: Death | None = None

    def before(self, request: Request) -> None:
        """Raise what keeps `request` from having any effect."""
        self._raise(request, afterwards=False)
        death = self.death
        if death is None or not _is_write_of_the_janitor(request):
            return
        death.writes_left -= 1
        if death.writes_left < 0 or (death.writes_left == 0 and not death.afterwards):
            raise DiedError

    def after(self, request: Request) -> None:
        """Raise what loses the answer to `request`."""
        self._raise(request, afterwards=True)
        death = self.death
        if death and death.writes_left <= 0 and _is_write_of_the_janitor(request):
            raise DiedError

    def _raise(self, request: Request, *, afterwards: bool) -> None:
        if request.by_person:
            return
        for fault in self.standing:
            if fault.strikes(request, afterwards=afterwards):
                raise fault.error(request)


def _is_write_of_the_janitor(request: Request) -> bool:
    return not request.by_person and not request.operation.startswith(READS)


def unauthorized(request: Request) -> RefusalError:
    """What AWS says to a caller without permission."""
    who = f"arn:aws:iam::{request.account}:user/janitor"
    what = f"User: {who} is not authorized to perform: {request.name}"
    if request.service == "ec2":
        message = f"You are not authorized to perform this operation. {what}"
        return RefusalError("UnauthorizedOperation", message, 403)
    code = "AccessDenied" if request.form or request.service == "s3" else "AccessDeniedException"
    return RefusalError(code, what, 403)


def throttled(request: Request) -> RefusalError:
    """What AWS says to a caller who asks too often."""
    if request.service == "ec2":
        return RefusalError("RequestLimitExceeded", "Request limit exceeded.", 503)
    if request.service == "s3":
        return RefusalError("SlowDown", "Please reduce your request rate.", 503)
    return RefusalError("Throttling" if request.form else "ThrottlingException", "Rate exceeded")


def dropped(_: Request) -> DroppedError:
    """The connection is reset."""
    return DroppedError()


def broken(_: Request) -> RefusalError:
    """A 500 comes back."""
    return RefusalError("InternalError", "An internal error has occurred", 500)


BREAKS: dict[str, Error] = {"error": broken, "reset": dropped}
