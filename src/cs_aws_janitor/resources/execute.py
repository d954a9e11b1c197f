"""Carry out a plan: each kind in each place by its own crew, one outcome per step.

The order of the stages is the order of `aws-lifecycle.md`, "Order of steps": whatever a crash
cuts off, the next run finds on the tags, in AWS or in the ledger, and carries on.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import checking, noticing, shutting_off, tagging, terminating
from cs_aws_janitor.resources.crew import Crew
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.resources.crew import Going, Orders
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.sweep import World

    # The verb that a stage carries out; None where it concerns every step.
    Stages = tuple[tuple[Verb | None, Callable[[Crew, Sequence[Step]], Going]], ...]

AT_ONCE = 16


STAGES: Stages = (
    (Verb.TAG, tagging.tag),
    (Verb.CLEAR_MARK, tagging.clear_mark),
    (Verb.SHUT_OFF, shutting_off.shut_off),
    (Verb.BACK_UP, terminating.back_up),
    (Verb.TERMINATE, terminating.terminate),
    (Verb.NOTIFY, noticing.notify),
)


# For a plan that was made some time ago: first of all the facts of every step are read again.
RECHECKED: Stages = ((None, checking.unchanged), *STAGES)


def carry_out(
    steps: Sequence[Step], world: World, orders: Orders, stages: Stages = STAGES
) -> Iterator[Outcome]:
    """Carry out `steps`, all places at once; an outcome is in the ledger before it is given."""
    groups = defaultdict(list)
    for step in steps:
        groups[step.place, step.kind].append(step)
    ended: SimpleQueue[Outcome | None] = SimpleQueue()  # None where a group has come to its end
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="execute")
    try:
        futures = [
            pool.submit(_work, _crew(world, orders, where), stages, group, ended.put)
            for where, group in groups.items()
        ]
        open_groups = len(groups)
        while open_groups:
            outcome = ended.get()
            if outcome is None:
                open_groups -= 1
            else:
                yield outcome
        for future in futures:
            future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _crew(world: World, orders: Orders, where: tuple[Place, str]) -> Crew:
    place, kind = where
    return Crew(place, world.kinds[kind], world.clients, orders)


def _work(
    crew: Crew, stages: Stages, steps: Sequence[Step], put: Callable[[Outcome | None], None]
) -> None:
    open_steps = {step.id: step for step in steps}
    try:
        for outcome in _in_order(crew, stages, steps):
            crew.orders.ledger.record(outcome)
            log.info("step.ended", id=outcome.step.id, result=outcome.result, why=outcome.why)
            del open_steps[outcome.step.id]
            put(outcome)
    except Exception as error:  # noqa: BLE001  see below
        # A fault of ours, or a ledger that cannot be written: nothing more is done here, and the
        # steps left open are told. The next run finds them as they are.
        why = f"{type(error).__name__}: {error}"
        log.warning("crew.broke", region=crew.place.region, kind=crew.kind.name, why=why)
        log.info("crew.broke", exc_info=error)  # who asks for the log gets the traceback, too
        for step in open_steps.values():
            put(crew.end(step, Result.FAILED, why))
    finally:
        put(None)  # whatever has ended it: nobody may wait for ever


def _halted(crew: Crew, going: Sequence[Step], why: str) -> Iterator[Outcome]:
    """The outcomes of steps that may go no further; what was all done already is done."""
    for step in going:
        if set(step.verbs) <= set(crew.carried_out.get(step.id, ())):
            yield crew.end(step, Result.DONE)
        else:
            yield crew.end(step, Result.FAILED, f"not done: {why}")


def _in_order(crew: Crew, stages: Stages, steps: Sequence[Step]) -> Iterator[Outcome]:
    going = list(steps)
    for verb, stage in stages:
        if why := crew.orders.halted():
            yield from _halted(crew, going, why)
            return
        concerned = [step for step in going if verb is None or verb in step.verbs]
        if concerned:
            others = [step for step in going if verb is not None and verb not in step.verbs]
            going = others + (yield from stage(crew, concerned))
    for step in going:
        yield crew.end(step, Result.DONE)
