"""Who carries out the steps of one kind in one place, and the check just before anything grave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import plan
from cs_aws_janitor.resources.inspection import Inspector
from cs_aws_janitor.resources.model import Phase, Power
from cs_aws_janitor.resources.outcome import Outcome, Result, result_of
from cs_aws_janitor.resources.refusals import Refusal, attempt, halt

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.lifecycle import Decision
    from cs_aws_janitor.resources.model import Place, Resource, Verb
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.survey import Clients
    from cs_aws_janitor.shared.clock import Pause

    Going = Generator[Outcome, None, list[Step]]  # outcomes of what ends; what goes on

GONE = "it is no longer there"


@dataclass(frozen=True, slots=True)
class Orders:
    """What holds for a whole run: the rules, its instant (aware), its ledger, how to wait.

    `halted` says why nothing more may be begun, or None.
    """

    policy: Policy
    now: datetime
    ledger: Ledger
    pause: Pause
    halted: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Checked:
    """A step whose facts still hold, the resource as it is now, and what `decide` says of it."""

    step: Step
    resource: Resource
    decision: Decision


@dataclass(slots=True)
class Crew:
    """The hands for one kind in one place. `carried_out` gathers the verbs done, by id."""

    place: Place
    kind: Kind
    clients: Clients
    orders: Orders
    carried_out: dict[str, tuple[Verb, ...]] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        """The client that repeats what was throttled or broke off."""
        return self.clients(self.place, self.kind.service)

    @property
    def inspector(self) -> Inspector:
        """Reads facts again, by the rules of this run."""
        orders = self.orders
        rules = (orders.policy, orders.now, orders.ledger, orders.halted)
        return Inspector(self.kind, self.client, *rules)

    def halted(self) -> Refusal | None:
        """The refusal of what may not be begun any more, or None."""
        why = self.orders.halted()
        return halt(why) if why else None

    def did(self, steps: Sequence[Step], verb: Verb) -> None:
        """Note that `verb` was carried out on `steps`."""
        for step in steps:
            self.carried_out[step.id] = (*self.carried_out.get(step.id, ()), verb)

    def end(self, step: Step, result: Result, why: str | None = None) -> Outcome:
        """The outcome of `step`, which goes no further in this run."""
        done = self.carried_out.get(step.id, ())
        return Outcome(step, result, self.orders.now, why, done)

    def sift(self, steps: Sequence[Step], refused: Mapping[str, Refusal]) -> Going:
        """End the steps that were refused; the others go on."""
        for step in steps:
            if refusal := refused.get(step.id):
                yield self.end(step, result_of(refusal), refusal.sentence)
        return [step for step in steps if step.id not in refused]

    def read(self, steps: Sequence[Step]) -> dict[str, Resource] | Refusal:
        """The resources of `steps` as AWS shows them now, by id."""
        ids = [step.id for step in steps]
        found = attempt(lambda: self.kind.read(self.client, self.place, ids))
        return found if isinstance(found, Refusal) else {r.id: r for r in found}

    def still_there(self, steps: Sequence[Step]) -> Generator[Outcome, None, dict[str, Resource]]:
        """Read the resources of `steps` again, by id; what is gone or cannot be read ends here."""
        found = self.read(steps)
        if isinstance(found, Refusal):
            yield from self.sift(steps, {step.id: found for step in steps})
            return {}
        for step in steps:
            if step.id not in found:
                yield self.end(step, Result.CHANGED, GONE)
        return found

    def changes(self, step: Step, resource: Resource) -> list[str]:
        """What differs from what `step` was planned on, in words.

        What was on its way then has only arrived meanwhile: that is nobody's change.
        """
        if step.facts.get("power") == Power.MOVING:
            step = replace(step, facts={**step.facts, "power": resource.power.value})
        return plan.changes(step, resource, self.orders.policy.keys)

    def check(self, steps: Sequence[Step], verb: Verb) -> Generator[Outcome, None, list[Checked]]:
        """Read the facts of `steps` again; those that still stand and still call for `verb`.

        Source: aws-lifecycle.md, "Order of steps", 5: drop the step where they changed.
        """
        found = yield from self.still_there(steps)
        decided = {r.id: (r, d) for r, d in self.inspector.decide(list(found.values()))}
        standing = []
        for checked in (Checked(s, *decided[s.id]) for s in steps if s.id in decided):
            ended = self._differs(checked, verb)
            if ended:
                yield ended
            else:
                standing.append(checked)
        return standing

    def _differs(self, checked: Checked, verb: Verb) -> Outcome | None:
        step, decision = checked.step, checked.decision
        if decision.phase is Phase.UNKNOWN:
            return self.end(step, Result.FAILED, decision.reason)
        if changed := self.changes(step, checked.resource):
            return self.end(step, Result.CHANGED, "; ".join(changed))
        if verb not in decision.verbs:
            ending = decision.phase in {Phase.DUE, Phase.BACKING_UP}
            result = Result.BLOCKED if ending else Result.CHANGED
            return self.end(step, result, f"it is {decision.phase} now: {decision.reason}")
        return None
