"""A notice as JSON, for the part of a run that tells of what other parts have seen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import plan_json
from cs_aws_janitor.resources.digest import Notice, Topic

if TYPE_CHECKING:
    from collections.abc import Mapping


def dump(notice: Notice) -> dict[str, Any]:
    """`notice` as a JSON object."""
    return {
        "topic": notice.topic.value,
        "event": notice.event,
        "step": plan_json.dump_step(notice.step),
        "restorable": notice.restorable,
    }


def load(row: Mapping[str, Any]) -> Notice:
    """The notice that `dump` made a JSON object of."""
    step = plan_json.load_step(row["step"])
    return Notice(Topic(row["topic"]), row["event"], step, restorable=row["restorable"])
