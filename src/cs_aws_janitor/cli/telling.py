"""What a run tells machines once it has ended: the one line of its log, and a textfile."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import PARTLY, JanitorError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cs_aws_janitor.cli.carrying_out import Finished
    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.figures import Run
    from cs_aws_janitor.resources.plan import Plan

    Tell = Callable[[Ready, Plan, Finished], int]

EVENT = "run.ended"


@dataclass(frozen=True, slots=True)
class Telling:
    """How a run is told. `always`: its line is logged whatever the verbosity; else from -v on."""

    always: bool = False
    textfile: Path | None = None


@contextmanager
def told(how: Telling) -> Iterator[Tell]:
    """Tell of the run in this block: call what is given at its end; the exit code.

    Where it is refused that is told, too, and raised on.
    """
    from cs_aws_janitor.resources.figures import Run
    from cs_aws_janitor.settings import NAMESPACE

    began = clock.monotonic()

    def tell(ready: Ready, plan: Plan, finished: Finished) -> int:
        seconds = round(clock.monotonic() - began, 3)
        code, ended, throttled = finished.code, finished.ended, ready.aws.throttled
        run = Run(code, clock.now(), seconds, plan, ended, throttled)
        return _tell(run, how, ready.settings.metrics.namespace)

    try:
        yield tell
    except JanitorError as error:
        seconds = round(clock.monotonic() - began, 3)
        refused = Run(error.exit_code, clock.now(), seconds, why=str(error))
        _tell(refused, how, NAMESPACE)
        raise


def _tell(run: Run, how: Telling, namespace: str) -> int:
    from cs_aws_janitor.cli import printing, replacing
    from cs_aws_janitor.resources.figures import figures
    from cs_aws_janitor.shared import metrics
    from cs_aws_janitor.shared.logs import log

    found = figures(run)
    show = log.always if how.always else log.info
    show(EVENT, **metrics.facts(found, run.at, namespace, run.why))
    if how.textfile is None:
        return run.code
    try:
        replacing.replace(how.textfile, metrics.textfile(found, run.at))
    except RefusedError as error:
        printing.show_error(str(error))
        return run.code or PARTLY
    return run.code
