"""Shut off, observe it, then mark it: S1 and S5, in the order that loses nothing in a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources import tagging, tags
from cs_aws_janitor.resources.batches import send
from cs_aws_janitor.resources.model import Phase, Power, Verb
from cs_aws_janitor.resources.outcome import Result
from cs_aws_janitor.resources.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.resources.crew import Checked, Crew, Going
    from cs_aws_janitor.resources.plan import Step

BATCH = 100
LOOKS, SECONDS_BETWEEN = 12, 5.0


def shut_off(crew: Crew, steps: Sequence[Step]) -> Going:
    """Shut off what runs, wait a bounded time to see it off, and mark what is seen off."""
    checked = yield from crew.check(steps, Verb.SHUT_OFF)
    running = [c.step.id for c in checked if _has_switch(crew, c) and _is_on(c)]
    refused = send(running, BATCH, lambda ids: _call(crew, ids))
    accepted = yield from crew.sift([c.step for c in checked], refused)
    ids = {step.id for step in accepted}
    moving = {c.step.id for c in checked if c.step.id in ids and _has_switch(crew, c)}
    unseen = _wait(crew, accepted, moving) if moving else set()
    for step in accepted:
        if step.id in unseen:
            yield crew.end(step, Result.DONE, "it is stopping; marked when it is seen off")
    return (yield from _mark(crew, [step for step in accepted if step.id not in unseen]))


def _mark(crew: Crew, steps: Sequence[Step]) -> Going:
    """Write ShutOff and the note; without the mark the 7 days do not begin."""
    refused = tagging.write(crew, {step.id: _marks(crew, step) for step in steps})
    marked = yield from crew.sift(steps, refused)
    crew.did(marked, Verb.SHUT_OFF)
    return marked


def _has_switch(crew: Crew, checked: Checked) -> bool:
    return crew.kind.shut_off is not None and not checked.resource.cannot_shut_off


def _is_on(checked: Checked) -> bool:
    return checked.resource.power is Power.ON


def _call(crew: Crew, ids: Sequence[str]) -> None:
    if crew.kind.shut_off:
        crew.kind.shut_off(crew.client, ids)


def _wait(crew: Crew, steps: Sequence[Step], moving: set[str]) -> set[str]:
    """Those of `moving` that were not seen off within the bounded time."""
    by_id = {step.id: step for step in steps}
    for look in range(LOOKS):
        if look:
            crew.orders.pause(SECONDS_BETWEEN)
        found = crew.read([by_id[i] for i in sorted(moving)])
        if isinstance(found, Refusal):
            return moving
        moving = {i for i in moving if i in found and found[i].power is not Power.OFF}
        if not moving:
            break
    return moving


def _marks(crew: Crew, step: Step) -> dict[str, str]:
    """What is written on `step`'s resource once it is off; in letters that every service takes."""
    policy, now = crew.orders.policy, crew.orders.now
    keys, today = policy.keys, policy.today(now)
    if step.phase is Phase.UNNAMED:
        sentence = f"Shut off on {today} because it has no {keys.name} tag that says whose it is."
        sentence += " Name it and start it again."
        return {keys.note: tags.note(sentence)}
    expires = policy.day_of(step.expiration) if step.expiration else today
    ends = policy.day_of(now + policy.terminate_after)
    sentence = f"Shut off on {today} because its Expiration {expires} had come."
    sentence += f" It is terminated on {ends} unless {keys.expiration} is moved to a later date."
    return {keys.shut_off: now.isoformat(), keys.note: tags.note(sentence)}
