"""What came of it all: how many resources were tagged, shut off, extended, kept, terminated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Phase, Verb
from cs_aws_janitor.resources.report import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cs_aws_janitor.demo.story import Day
    from cs_aws_janitor.resources.plan import Step

    Steps = Mapping[str, Step]  # by the id of the resource

_LEFT_ALONE = frozenset({Phase.EXEMPT, Phase.HELD, Phase.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Sum:
    """How many resources it was, and which, or what else is to be said of them."""

    label: str
    count: int
    what: str


def sums(days: Sequence[Day]) -> list[Sum]:
    """What became of the resources in `days`, of which the last shows how they stand now."""
    now = {step.id: step for step in days[-1].plan.steps}
    tagged, told = _done(days, Verb.TAG), _done(days, Verb.NOTIFY)
    marked = {resource_id for day in days for resource_id in day.marked}
    shut_off = {i: step for i, step in _done(days, Verb.SHUT_OFF).items() if i not in marked}
    extended = {i: now[i] for i, first in tagged.items() if _moved(first, now.get(i))}
    kept = {i: step for i, step in now.items() if step.facts["permanent"]}
    backups = [ids for day in days for ids in day.backups.values()]
    left = {i: step for i, step in now.items() if step.phase in _LEFT_ALONE}
    return [
        Sum("tagged", len(tagged), "with Discovered and Expiration"),
        Sum("told of", len(told), "to their owners, ahead of the Expiration"),
        _named("shut off", {**shut_off, **{i: now[i] for i in shut_off if i in now}}),
        _named("extended", extended),
        _named("kept", kept),
        Sum("backed up", len(backups), words.counted(sum(map(len, backups)), "snapshot")),
        _named("terminated", _done(days, Verb.TERMINATE)),
        Sum("left alone", len(left), _by_phase(left)),
    ]


def _done(days: Iterable[Day], verb: Verb) -> dict[str, Step]:
    """The resources to which `verb` was done, with the first step that did it."""
    done: dict[str, Step] = {}
    for outcome in (outcome for day in days for outcome in day.ended or ()):
        if verb in outcome.carried_out:
            done.setdefault(outcome.step.id, outcome.step)
    return done


def _moved(first: Step, now: Step | None) -> bool:
    """Whether a person moved the Expiration that `first` wrote to a later date."""
    if now is None or first.expiration is None or now.expiration is None:
        return False
    return now.expiration > first.expiration


def _named(label: str, steps: Steps) -> Sum:
    return Sum(label, len(steps), ", ".join(sorted(map(_called, steps.values()))))


def _by_phase(steps: Steps) -> str:
    names = defaultdict(list)
    for step in steps.values():
        names[step.phase].append(_called(step))
    return "; ".join(f"{phase}: {', '.join(sorted(names[phase]))}" for phase in sorted(names))


def _called(step: Step) -> str:
    return step.name or step.id
