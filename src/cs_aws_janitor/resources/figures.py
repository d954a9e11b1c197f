"""What a run comes to, in figures: resources, actions, failures, blind spots. Pure.

Of money a run tells what its own actions save each month from now on, by list prices. How long that
lasts no run knows: what was saved is told by the ledger (savings.py). A figure more is one more row
here, and stands in the log line and the textfile by that alone; a test says where the dashboard
lacks it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.model import Phase, Power, Verb
from cs_aws_janitor.resources.outcome import Result
from cs_aws_janitor.shared.errors import REFUSED
from cs_aws_janitor.shared.metrics import NONE, Figure, always

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Done:
    """What steps come to: how often each verb was carried out, and what that saves a month, in USD.

    What has no estimate saves nothing here.
    """

    actions: Mapping[Verb, int]
    saving: Decimal = NOTHING

    @classmethod
    def of(cls, ended: Iterable[Outcome]) -> Done:
        """What these outcomes come to."""
        outcomes = list(ended)
        verbs = Counter(verb for outcome in outcomes for verb in outcome.carried_out)
        return cls(verbs, sum(map(_saving, outcomes), NOTHING))

    def __add__(self, other: Done) -> Done:
        """Both together."""
        return Done(Counter(self.actions) + Counter(other.actions), self.saving + other.saving)


def _saving(outcome: Outcome) -> Decimal:
    """What is not charged any more each month, as savings.py counts it.

    By a shut-off that AWS has accepted, or by the end of what ran, or of what was left of it.
    """
    cost, done = outcome.step.monthly_cost, set(outcome.carried_out)
    if cost is None:
        return NOTHING
    if outcome.result is Result.DONE:
        done |= {Verb.SHUT_OFF} & set(outcome.step.verbs)
    if Verb.TERMINATE in done:
        ran = outcome.step.facts.get("power") in {Power.ON, Power.MOVING}
        return cost.amount if ran else cost.while_off
    return cost.amount - cost.while_off if Verb.SHUT_OFF in done else NOTHING


@dataclass(frozen=True, slots=True)
class Run:
    """One run that has ended: at which instant (aware), after how many seconds, with which code.

    `plan` is None where it was refused before anything was seen; `why` says why it was refused.
    `throttled` is how often AWS said that there were too many requests. `done` is given where
    `ended` does not hold all that was done.
    """

    code: int
    at: datetime
    seconds: float
    plan: Plan | None = None
    ended: Sequence[Outcome] = ()
    throttled: int = 0
    why: str | None = None
    done: Done | None = None


def figures(run: Run) -> list[Figure]:
    """Every figure of `run`; those of what was seen and done are missing where it was refused."""
    found = always(run.code, run.seconds, refused=run.code == REFUSED)
    return [*found, *_seen(run.plan), *_done(run)] if run.plan else found


def _seen(plan: Plan) -> Iterator[Figure]:
    lit = {row.place for row in plan.coverage if row.status == "ok"}
    accounts = len({place.account for place in lit})
    yield Figure("accounts", "Accounts of which something was seen.", accounts)
    yield Figure("regions", "Regions that were seen, of all accounts.", len(lit))
    for phase in Phase:
        seen = plan.phases.get(phase.value, 0)
        yield Figure("resources", "Resources seen, by phase.", seen, by="phase", of=phase.value)
    spots = len(plan.blind_spots)
    yield Figure("blind_spots", "Regions and kinds that could not be seen.", spots)
    yield Figure("attention", "Things that a person should look at.", len(plan.attention))
    yield Figure("limits_hit", "Limits that kept a kind in a region alone.", len(plan.breaches))


def _done(run: Run) -> Iterator[Figure]:
    done = run.done or Done.of(run.ended)
    for verb in Verb:
        times = done.actions.get(verb, 0)
        yield Figure("actions", "Actions carried out, by verb.", times, by="verb", of=verb)
    saves = "What these actions save each month, in USD by list prices, where that is known."
    yield Figure("saving_per_month_usd", saves, float(done.saving), NONE)
    results = Counter(outcome.result for outcome in run.ended)
    yield Figure("failures", "Steps that failed.", results[Result.FAILED])
    yield Figure("blocked", "Steps that AWS does not allow.", results[Result.BLOCKED])
    yield Figure("changed", "Steps dropped: their resource has changed.", results[Result.CHANGED])
    yield Figure("throttled", "Answers that there were too many requests.", run.throttled)
