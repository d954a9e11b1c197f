"""Shut off, observe it, then mark it: S1 and S5, in the order that loses nothing in a crash."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import standing, tagging, tags
from cs_aws_janitor.resources.batches import send
from cs_aws_janitor.resources.crew import GONE
from cs_aws_janitor.resources.kinds._kind import BackupOrder
from cs_aws_janitor.resources.model import BackupState, Phase, Power, Verb
from cs_aws_janitor.resources.outcome import Result, result_of
from cs_aws_janitor.resources.refusals import Refusal, attempt

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Sequence

    from cs_aws_janitor.resources.crew import Checked, Crew, Going
    from cs_aws_janitor.resources.model import Backup, Resource
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Step

LOOKS, SECONDS_BETWEEN = 12, 5.0


def shut_off(crew: Crew, steps: Sequence[Step]) -> Going:
    """Shut off what runs, wait a bounded time to see it off, and mark what is seen off."""
    checked = yield from crew.check(steps, Verb.SHUT_OFF)
    checked = yield from _saved(crew, checked)
    checked = yield from _announce(crew, checked)
    switched = [c for c in checked if crew.kind.shut_off and not c.resource.cannot_shut_off]
    running = {c.step.id: c.resource for c in switched if c.resource.power is Power.ON}
    refused = send(
        list(running),
        crew.kind.stops_at_once,
        lambda ids: _call(crew, [running[each] for each in ids]),
    )
    accepted = yield from crew.sift([c.step for c in checked], refused)
    on = {c.step.id for c in switched if c.resource.power is not Power.OFF}
    spared = frozenset(c.step.id for c in checked if _is_spared(crew, c))
    marked = yield from _mark(crew, [step for step in accepted if step.id not in on], spared)
    seen_off = yield from _see_off(crew, [step for step in accepted if step.id in on])
    return [*marked, *seen_off]


def _is_spared(crew: Crew, checked: Checked) -> bool:
    """Whether it is left alone when its days are over, because no backup of it is possible."""
    return standing.read(checked.resource, crew.orders.policy, crew.orders.now).spared


def _saved(crew: Crew, checked: list[Checked]) -> Generator[Outcome, None, list[Checked]]:
    """Those of which all is saved that their shut-off would lose; the others wait for it.

    What cannot be saved stays on: nothing is lost that a person has asked to be kept.
    """
    if crew.kind.before_shut_off is None or not crew.orders.policy.backup.group_image:
        return checked
    saved = []
    for each in checked:
        backup = attempt(partial(_save, crew, each))
        if isinstance(backup, Refusal):
            yield crew.end(each.step, result_of(backup), backup.sentence)
        elif backup is None or backup.state is BackupState.COMPLETE:
            saved.append(each)
        else:
            yield crew.end(each.step, *_unsaved(backup))
    return saved


def _unsaved(backup: Backup) -> tuple[Result, str]:
    """What becomes of a step that waits for this backup, or waits in vain."""
    what = f"its image {', '.join(backup.ids)}"
    if backup.state is not BackupState.FAILED:
        return Result.DONE, f"{what} is not complete yet; shut off when it is"
    return Result.FAILED, f"{what} failed: {backup.why}. Delete it to have it made again"


def _save(crew: Crew, checked: Checked) -> Backup | None:
    """What is saved of one; of what is off, or only marked, nothing is lost by its shut-off."""
    resource, until = checked.resource, checked.step.expiration
    save, off = crew.kind.before_shut_off, resource.power is not Power.ON
    if save is None or until is None or off or resource.cannot_shut_off:
        return None
    tags_of_it = crew.inspector.backup_tags(resource)
    order = BackupOrder(resource, until, crew.orders.policy.backup.form, tags_of_it)
    return save(lambda service: crew.clients(crew.place, service), order)


def _announce(crew: Crew, checked: list[Checked]) -> Generator[Outcome, None, list[Checked]]:
    """Write the note on what bears no name, once nothing speaks against its stop any more.

    It gets no mark, and once it is off nothing calls for anything any more: were the run cut off
    after the stop, nobody would ever tell its owner why.
    """
    steps = [c.step for c in checked]
    unnamed = [step for step in steps if step.phase is Phase.UNNAMED]
    refused = tagging.write(crew, {step.id: _reason(crew) for step in unnamed})
    yield from crew.sift(steps, refused)
    return [c for c in checked if c.step.id not in refused]


def _mark(
    crew: Crew, steps: Sequence[Step], spared: Collection[str] = (), done: str = "Marked"
) -> Going:
    """Write ShutOff and the note; without the mark the 7 days do not begin.

    What bears no name has not expired: no days are counted from its shut-off. Those of what has
    started itself were counted before.
    """
    expired = [step for step in steps if step.phase is Phase.EXPIRED]
    refused = tagging.write(crew, {s.id: _marks(crew, s, done, s.id in spared) for s in expired})
    marked = yield from crew.sift(steps, refused)
    crew.did(marked, Verb.SHUT_OFF)
    return marked


def _call(crew: Crew, resources: Sequence[Resource]) -> None:
    if crew.kind.shut_off:
        crew.kind.shut_off(crew.client, resources)


def _see_off(crew: Crew, steps: Sequence[Step]) -> Going:
    """Look for a bounded time who is off, and mark whoever is without waiting for the others.

    In between its owner may start it again, or the run be cut off.
    """
    moving = list(steps)
    going: list[Step] = []
    for look in range(LOOKS):
        if not moving or (look and crew.halted()):
            break
        if look:
            crew.orders.pause(SECONDS_BETWEEN)
        found = crew.read(moving)
        if isinstance(found, Refusal):
            break
        for step in (step for step in moving if step.id not in found):
            yield crew.end(step, Result.CHANGED, GONE)
        off = {i for i, resource in found.items() if resource.power is Power.OFF}
        seen_off = [step for step in moving if step.id in off]
        going += yield from _mark(crew, seen_off, done="Shut off")
        moving = [step for step in moving if step.id in found and step.id not in off]
    return going + (yield from _not_seen_off(crew, moving))


def _not_seen_off(crew: Crew, steps: Sequence[Step]) -> Going:
    """Leave the mark to the next run. What gets none needs no other look."""
    for step in (step for step in steps if step.phase is Phase.EXPIRED):
        yield crew.end(step, Result.DONE, "it is stopping; marked when it is seen off")
    return (yield from _mark(crew, [step for step in steps if step.phase is not Phase.EXPIRED]))


def _reason(crew: Crew) -> dict[str, str]:
    """What is written on what bears no name.

    It is as true before the stop as after it, and where the stop is refused.
    """
    policy, now = crew.orders.policy, crew.orders.now
    sentence = f"It has no {policy.keys.name} tag that says whose it is,"
    sentence += f" so it was to be shut off on {policy.today(now)}."
    sentence += " Name it; if it is off, start it again."
    return {policy.keys.note: tags.note(sentence)}


def _marks(crew: Crew, step: Step, done: str, spared: bool) -> dict[str, str]:  # noqa: FBT001  a fact
    """What is written on `step`'s resource once it is off; in letters that every service takes."""
    policy, now = crew.orders.policy, crew.orders.now
    keys, today = policy.keys, policy.today(now)
    expires = policy.day_of(step.expiration) if step.expiration else today
    ends = policy.day_of(now + policy.waits)
    sentence = f"{done} on {today} because its Expiration {expires} had come."
    if spared:
        sentence += " It is not terminated as no backup of it is possible."
    else:
        moved = f"{keys.expiration} is moved to a later date"
        sentence += f" It is terminated on {ends} unless {moved}."
    return {keys.shut_off: now.isoformat(), keys.note: tags.note(sentence)}
