"""Carry out a plan: each kind in each place by its own crew, one outcome per step.

The order of the stages is the order of `aws-lifecycle.md`, "Order of steps": whatever a crash
cuts off, the next run finds on the tags, in AWS or in the ledger, and carries on.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

import structlog

from cs_aws_janitor.resources import noticing, shutting_off, tagging, terminating
from cs_aws_janitor.resources.crew import Crew
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.crew import Going, Orders
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.survey import Clients

    Stage = Callable[[Crew, Sequence[Step]], Going]

AT_ONCE = 16

log = structlog.get_logger()

_STAGES: tuple[tuple[Verb, Stage], ...] = (
    (Verb.TAG, tagging.tag),
    (Verb.CLEAR_MARK, tagging.clear_mark),
    (Verb.SHUT_OFF, shutting_off.shut_off),
    (Verb.BACK_UP, terminating.back_up),
    (Verb.TERMINATE, terminating.terminate),
    (Verb.NOTIFY, noticing.notify),
)


def carry_out(
    steps: Sequence[Step], kinds: Mapping[str, Kind], clients: Clients, orders: Orders
) -> Iterator[Outcome]:
    """Carry out `steps`, all places at once; every outcome is in the ledger before it is given."""
    groups = defaultdict(list)
    for step in steps:
        groups[step.place, step.kind].append(step)
    ended: SimpleQueue[Outcome] = SimpleQueue()
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="execute")
    try:
        futures = [
            pool.submit(_work, Crew(place, kinds[kind], clients, orders), group, ended.put)
            for (place, kind), group in groups.items()
        ]
        for _ in range(len(steps)):
            yield ended.get()
        for future in futures:
            future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _work(crew: Crew, steps: Sequence[Step], put: Callable[[Outcome], None]) -> None:
    open_steps = {step.id: step for step in steps}

    def close(outcome: Outcome) -> None:
        del open_steps[outcome.step.id]
        crew.orders.ledger.record(outcome)
        log.info("step.ended", id=outcome.step.id, result=outcome.result, why=outcome.why)
        put(outcome)

    try:
        for outcome in _stages(crew, steps):
            close(outcome)
    except Exception as error:
        # A fault of ours: the steps that it left open are told, not lost. The next run sees them.
        log.exception("crew.broke", place=crew.place.region, kind=crew.kind.name)
        for step in tuple(open_steps.values()):
            put(crew.end(step, Result.FAILED, f"{type(error).__name__}: {error}"))


def _stages(crew: Crew, steps: Sequence[Step]) -> Iterator[Outcome]:
    going = list(steps)
    for verb, stage in _STAGES:
        concerned = [step for step in going if verb in step.verbs]
        if concerned:
            passed = yield from stage(crew, concerned)
            going = [step for step in going if verb not in step.verbs] + list(passed)
    for step in going:
        yield crew.end(step, Result.DONE)
