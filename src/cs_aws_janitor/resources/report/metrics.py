"""The figures of a run for machines: in its log line, and in a textfile. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.figures import Figure, figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cs_aws_janitor.resources.figures import Run

PREFIX = "janitor_"


def facts(run: Run, namespace: str) -> dict[str, Any]:
    """The facts of the one line that a run logs, which CloudWatch reads metrics from by itself.

    Source: "Embedded metric format" in the CloudWatch user guide: `_aws` names the members of the
    line that are metrics. They have no dimensions, so that none multiplies their number.
    """
    found = figures(run)
    named = [{"Name": each.key, "Unit": each.unit} for each in found]
    directive = {"Namespace": namespace, "Dimensions": [[]], "Metrics": named}
    told: dict[str, Any] = {each.key: each.value for each in found}
    if run.why:
        told["why"] = run.why
    milliseconds = int(run.at.timestamp() * 1000)
    return {**told, "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}}


def textfile(run: Run) -> str:
    """The same for the textfile collector of Prometheus' node exporter.

    Source: "Exposition formats" in the documentation of Prometheus. Every figure is a gauge: each
    run begins to count anew.
    """
    says = "When the run ended, in seconds since 1970."
    when = Figure("run_timestamp_seconds", says, run.at.timestamp())
    return "".join(f"{line}\n" for line in _lines([when, *figures(run)]))


def _lines(found: Iterable[Figure]) -> Iterator[str]:
    for name, alike in groupby(found, key=lambda figure: figure.name):
        rows = list(alike)
        yield f"# HELP {PREFIX}{name} {rows[0].says}"
        yield f"# TYPE {PREFIX}{name} gauge"
        for row in rows:
            label = f'{{{row.by}="{row.of}"}}' if row.of else ""
            yield f"{PREFIX}{name}{label} {row.value}"
