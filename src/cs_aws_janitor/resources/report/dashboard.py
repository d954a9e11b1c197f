"""A CloudWatch dashboard over the metrics that the log line of a run bears. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cs_aws_janitor.resources.figures import Run, figures
from cs_aws_janitor.resources.plan import Plan

HOUR, DAY = 3600, 86400  # seconds
WIDTH, HEIGHT = 12, 6  # of one widget, on a grid of 24 columns

_THEN = datetime.fromtimestamp(0, UTC)
# Every figure that there is, of a run that saw nothing.
_EMPTY = Run(0, _THEN, 0.0, Plan(_THEN, _THEN, "UTC", (), (), (), {}))


@dataclass(frozen=True, slots=True)
class Widget:
    """One graph: its title, the figures on it by their names, and how they are drawn.

    `sums`: what all runs of a day come to; else the most that a run of an hour has told.
    """

    title: str
    names: tuple[str, ...]
    sums: bool = False
    stacked: bool = False


WIDGETS = (
    Widget("Resources by phase", ("resources",), stacked=True),
    Widget("Actions a day, by verb", ("actions",), sums=True, stacked=True),
    Widget("Steps that did not go well", ("failures", "blocked", "changed"), sums=True),
    Widget("Not seen, or not done", ("blind_spots", "limits_hit", "refused")),
    Widget("USD a month that the actions of a day save", ("saving_per_month_usd",), sums=True),
    Widget("Needs attention", ("attention",)),
    Widget("Looked at", ("accounts", "regions")),
    Widget("Seconds a run takes", ("run_seconds",)),
    Widget("Throttled answers, and the exit code", ("throttled", "run_exit_code")),
)


def dashboard(namespace: str, region: str) -> dict[str, Any]:
    """The body of a dashboard over the metrics in `namespace`, which stand in `region`.

    Source: "Dashboard body structure and syntax" in the reference of CloudWatch's API.
    """
    return {"widgets": [_widget(n, each, namespace, region) for n, each in enumerate(WIDGETS)]}


def _widget(number: int, shown: Widget, namespace: str, region: str) -> dict[str, Any]:
    on_it = [each for each in figures(_EMPTY) if each.name in shown.names]
    label = {each.key: {"label": each.of or each.name.replace("_", " ")} for each in on_it}
    return {
        "type": "metric",
        "x": number % 2 * WIDTH,
        "y": number // 2 * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": shown.title,
            "metrics": [[namespace, key, more] for key, more in label.items()],
            "view": "timeSeries",
            "stacked": shown.stacked,
            "stat": "Sum" if shown.sums else "Maximum",
            "period": DAY if shown.sums else HOUR,
            "region": region,
        },
    }
