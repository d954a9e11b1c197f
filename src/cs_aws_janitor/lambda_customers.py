"""The customers' wing in the function: the same as `janitor customers run`, within its time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import customers_running, customers_sinks
from cs_aws_janitor.customers.report.run_report import summary
from cs_aws_janitor.customers_ready import Door, Scope
from cs_aws_janitor.lambda_secrets import Secrets
from cs_aws_janitor.lambda_turn import UncleanError, enter, root
from cs_aws_janitor.shared.errors import DONE
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from cs_aws_janitor.lambda_turn import Turn

CURE = 'Build a zip with it: make lambda ARGS="--wing customers"'


def run(turn: Turn) -> dict[str, Any]:
    """Deliver what is due; a few facts of it. Raises UncleanError where something was not."""
    with customers_running.line(log.always) as line:
        aws, settings = enter(turn)
        line.namespace = settings.metrics.namespace
        customers_sinks.require_lasting(settings)
        door = Door(
            settings,
            lambda: aws,
            Secrets(os.environ, aws.at_home),
            by="run",
            name=turn.name,
            root=root(),
            keeps_files=False,
            cure=CURE,
            pause=turn.pause,
        )
        ended = customers_running.deliver(door, Scope(), turn.over)
        line.tell(ended)
    told = summary(ended.found, ended.outcomes, ended.problems)
    if ended.exit_code != DONE:
        raise UncleanError(told.sentence())
    return told.facts()
