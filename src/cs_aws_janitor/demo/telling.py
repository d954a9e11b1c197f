"""The story in words: of each day what is news, by the plans and outcomes of the runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Phase, Verb
from cs_aws_janitor.resources.outcome import CLEAN
from cs_aws_janitor.resources.report import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.demo.story import Day
    from cs_aws_janitor.resources.plan import Attention, Step

RUN, PLAN = "janitor", "plan"
# What a run does, and what a plan says that it would do.
_DOES = {
    Verb.TAG: ("tags", "tag"),
    Verb.CLEAR_MARK: ("takes the ShutOff mark off", "take the ShutOff mark off"),
    Verb.SHUT_OFF: ("shuts off", "shut off"),
    Verb.BACK_UP: ("backs up", "back up"),
    Verb.TERMINATE: ("terminates", "terminate"),
    Verb.NOTIFY: ("tells whoever owns", "tell whoever owns"),
}
_MARKS = "marks"
_ORDER = list(Verb)


@dataclass(frozen=True, slots=True)
class Line:
    """Who did what. `tone` is the last verb in it, or `person`, `flag` or `failed`."""

    who: str
    what: str
    tone: str


@dataclass(slots=True)
class Teller:
    """Tells each thing once: what every run flags, or an owner hears again, is no news."""

    _heard: set[tuple[str, str]] = field(default_factory=set)

    def told(self, day: Day) -> list[Line]:
        """What is news of `day`; nothing where nothing happened."""
        lines = [Line(said.who, said.what, "person") for said in day.said]
        lines += self._planned(day) if day.ended is None else self._done(day)
        return lines + [
            Line(RUN, f"flags {_called(row)}: {row.reason}", "flag")
            for row in day.plan.attention
            if self._is_news(row.id, row.reason)
        ]

    def _done(self, day: Day) -> Iterator[Line]:
        alike: dict[tuple[Verb, str, str], list[Step]] = defaultdict(list)
        for outcome in day.ended or ():
            step, verbs = outcome.step, outcome.carried_out
            if outcome.result not in CLEAN:
                yield Line(RUN, f"fails at {_called(step)}: {outcome.why}", "failed")
            elif verbs and self._worth_telling(step, verbs):
                does = " and ".join(_DOES[verb][0] for verb in verbs)
                if step.id in day.marked:
                    does = does.replace(_DOES[Verb.SHUT_OFF][0], _MARKS)
                alike[verbs[-1], does, _why(step)].append(step)
        for (verb, does, why), steps in sorted(alike.items(), key=_by_verb):
            made = sum(len(day.backups.get(step.id, ())) for step in steps)
            also = f"; {words.counted(made, 'snapshot')}" if made else ""
            yield Line(RUN, f"{does} {_all_called(steps)}: {why}{also}", verb)

    def _planned(self, day: Day) -> Iterator[Line]:
        for step in day.plan.steps:
            if step.verbs and self._worth_telling(step, step.verbs):
                does = " and ".join(_DOES[verb][1] for verb in step.verbs)
                yield Line(PLAN, f"would {does} {_called(step)}: {_why(step)}", step.verbs[-1])

    def _worth_telling(self, step: Step, verbs: Sequence[Verb]) -> bool:
        """Everything but a second notice of one Expiration."""
        if tuple(verbs) != (Verb.NOTIFY,):
            return True
        return self._is_news(step.id, f"expires {step.expiration}")

    def _is_news(self, resource_id: str, what: str) -> bool:
        known = (resource_id, what) in self._heard
        self._heard.add((resource_id, what))
        return not known


def _called(seen: Step | Attention) -> str:
    return seen.name or seen.id


def _all_called(steps: Sequence[Step]) -> str:
    return ", ".join(_called(step) for step in steps)


def _why(step: Step) -> str:
    """The reason of `step`; of what is new, the date that it is given."""
    if step.phase is Phase.NEW and step.expiration:
        return f"{step.phase}, Expiration {step.expiration:%Y-%m-%d}"
    return step.reason


def _by_verb(item: tuple[tuple[Verb, str, str], object]) -> int:
    return _ORDER.index(item[0][0])
