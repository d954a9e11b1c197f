"""Whether a run was right: a plan that is wrong is not a fast plan."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import scenarios
from bench.endpoint import truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.endpoint.truth import Truth
    from bench.scenarios import Command

PEER_ACTS_ON = ("new", "un-named", "expired", "due")
_PEER_COUNT = re.compile(r"\bpolicy:\S+ .*\bcount:(\d+)")


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and the files with what it printed."""

    command: Command
    code: int
    out: Path
    err: Path


def wrong(said: Said, truths: Sequence[Truth], statistics: Mapping[str, Any]) -> str:
    """What is wrong with a run, in a few words; '' where nothing is."""
    if said.code:
        return f"exit code {said.code}: {_last_line(said.err) or _undone(said)}"
    if lost := statistics["terminated_without_snapshot"]:
        return f"{lost} terminated without a snapshot"
    judge = _JUDGES.get(said.command)
    return judge(said, truths) if judge else ""


def _plan(said: Said, truths: Sequence[Truth]) -> str:
    return _differing(json.loads(said.out.read_bytes())["phases"], truth.phases(truths))


def _run(said: Said, truths: Sequence[Truth]) -> str:
    phases = json.loads(said.out.read_bytes())["phases"]
    return _undone(said) or _differing(phases, truth.phases(truths))


def _peer(said: Said, truths: Sequence[Truth]) -> str:
    counts = map(int, _PEER_COUNT.findall(said.err.read_text(encoding="utf-8")))
    right = sum(region.count(*PEER_ACTS_ON) for region in truths)
    return _differing({"acted on": sum(counts)}, {"acted on": right})


def _floor(said: Said, truths: Sequence[Truth]) -> str:
    right = sum(region.instances for region in truths)
    return _differing({"read": int(said.out.read_text(encoding="utf-8"))}, {"read": right})


_JUDGES: dict[Command, Callable[[Said, Sequence[Truth]], str]] = {
    scenarios.PLAN: _plan,
    scenarios.RUN: _run,
    scenarios.PEER: _peer,
    scenarios.PEER_EVERYWHERE: _peer,
    scenarios.PAGINATE: _floor,
    scenarios.TOKENISE: _floor,
}


def _differing(told: Mapping[str, int], right: Mapping[str, int]) -> str:
    names = sorted(told.keys() | right.keys())
    return ", ".join(
        f"{told.get(name, 0)} {name} instead of {right.get(name, 0)}"
        for name in names
        if told.get(name, 0) != right.get(name, 0)
    )


def _undone(said: Said) -> str:
    """How many steps of a run were not done, by the result and its reason."""
    try:
        outcomes = json.loads(said.out.read_bytes()).get("outcomes", ())
    except ValueError:
        return ""
    undone = Counter((one["result"], one["why"]) for one in outcomes if one["result"] != "done")
    return ", ".join(f"{count} {result} ({why})" for (result, why), count in undone.most_common(3))


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
