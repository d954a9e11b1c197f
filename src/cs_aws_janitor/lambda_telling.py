"""The one line that each run, and each part of one, logs as it ends: CloudWatch's metrics."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.lambda_turn import UncleanError
from cs_aws_janitor.resources.figures import Run, figures
from cs_aws_janitor.settings import NAMESPACE
from cs_aws_janitor.shared import clock, metrics
from cs_aws_janitor.shared.errors import JanitorError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUN, SHARD = "run.ended", "shard.ended"
SHARDS = "/Shards"  # behind the namespace: parts are not added to the run that they are of


@dataclass(slots=True)
class Line:
    """The line of this invocation. `facts` stand in it beside the figures.

    `namespace` is that of its metrics: the usual one until the settings are read.
    """

    event: str
    namespace: str = NAMESPACE
    facts: dict[str, Any] = field(default_factory=dict)
    _began: float = field(default_factory=clock.monotonic)

    def tell(self, run: Run, facts: Mapping[str, Any]) -> None:
        """Log it, of a run that has ended; one of no length took as long as the invocation."""
        run = run if run.seconds else replace(run, seconds=self._seconds)
        under = SHARDS if self.event == SHARD else ""
        found = metrics.facts(figures(run), run.at, f"{self.namespace}{under}", run.why)
        log.always(self.event, **{**self.facts, **facts, **found})

    @property
    def _seconds(self) -> float:
        return round(clock.monotonic() - self._began, 3)


@contextmanager
def line(event: str, **facts: Any) -> Iterator[Line]:
    """The line to tell in this block; where the block is refused that is told, and raised on."""
    made = Line(event, facts=facts)
    try:
        yield made
    except UncleanError:
        raise  # which comes of what was told
    except JanitorError as error:
        made.tell(Run(error.exit_code, clock.now(), 0.0, why=str(error)), {})
        raise
