"""Figures of a run for machines: in its log line, and in a textfile. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

COUNT, SECONDS, NONE = "Count", "Seconds", "None"  # units, as CloudWatch calls them
PREFIX = "janitor_"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and what it says. `by` and `of` tell apart those of one name: phase, expired."""

    name: str
    says: str
    value: float
    unit: str = COUNT
    by: str = ""
    of: str = ""

    @property
    def key(self) -> str:
        """A name for it alone: `resources_backing_up`."""
        return f"{self.name}_{self.of}".replace("-", "_") if self.of else self.name


def always(code: int, seconds: float, *, refused: bool) -> list[Figure]:
    """What is told of every run, also of one that was refused before anything was seen."""
    return [
        Figure("run_exit_code", "Exit code of the run.", code, NONE),
        Figure("run_seconds", "How long the run took.", seconds, SECONDS),
        Figure("refused", "Whether the run was refused before its first step.", int(refused)),
    ]


def facts(
    found: Sequence[Figure], at: datetime, namespace: str, why: str | None = None
) -> dict[str, Any]:
    """The facts of the one line that a run logs, which CloudWatch reads metrics from by itself.

    Source: "Embedded metric format" in the CloudWatch user guide: `_aws` names the members of the
    line that are metrics. They have no dimensions, so that none multiplies their number. `why`
    says why the run was refused.
    """
    named = [{"Name": each.key, "Unit": each.unit} for each in found]
    directive = {"Namespace": namespace, "Dimensions": [[]], "Metrics": named}
    told: dict[str, Any] = {each.key: each.value for each in found}
    if why:
        told["why"] = why
    milliseconds = int(at.timestamp() * 1000)
    return {**told, "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}}


def textfile(found: Sequence[Figure], at: datetime) -> str:
    """The same for the textfile collector of Prometheus' node exporter.

    Source: "Exposition formats" in the documentation of Prometheus. Every figure is a gauge: each
    run begins to count anew.
    """
    says = "When the run ended, in seconds since 1970."
    when = Figure("run_timestamp_seconds", says, at.timestamp())
    return "".join(f"{line}\n" for line in _lines([when, *found]))


def _lines(found: Iterable[Figure]) -> Iterator[str]:
    for name, alike in groupby(found, key=lambda figure: figure.name):
        rows = list(alike)
        yield f"# HELP {PREFIX}{name} {rows[0].says}"
        yield f"# TYPE {PREFIX}{name} gauge"
        for row in rows:
            label = f'{{{row.by}="{row.of}"}}' if row.of else ""
            yield f"{PREFIX}{name}{label} {row.value}"
