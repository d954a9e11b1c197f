"""Back up and terminate: S6 and S7. Nothing ends without proof that its backup is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.inspection import AT_ONCE
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Result
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt
from cs_aws_janitor.shared.at_once import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.kinds._kind import BackupOrder
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Step

DESCRIBED = 200  # at a time: all that AWS says of a resource is large
LOOKS, SECONDS_BETWEEN = 12, 5.0
TRIES = 8
FIRST_PAUSE = 0.5  # seconds; doubled after each throttled try


def back_up(crew: Crew, steps: Sequence[Step]) -> Going:
    """Begin what is missing of each backup; what stands already is found, not made again."""
    checked = yield from crew.check(steps, Verb.TERMINATE)
    resources = [c.resource for c in checked if Verb.BACK_UP in c.decision.verbs]
    refused = _each(crew, resources, lambda resource: _begin(crew, resource))
    return (yield from crew.sift([c.step for c in checked], refused))


def terminate(crew: Crew, steps: Sequence[Step]) -> Going:
    """Terminate what `decide` calls ready on facts read just now; the rest waits for its backup.

    Where the manifest cannot be stored nothing ends. To gather it takes time, in which an owner
    may act: what is terminated is proven once more after it.
    """
    proven = yield from _proven(crew, steps)
    refused = _store(crew, proven)
    stored = yield from crew.sift(_of(proven, steps), refused)
    proven = yield from _proven(crew, stored)
    refused = _each(crew, proven, lambda resource: _end(crew, resource))
    ended = yield from crew.sift(_of(proven, stored), refused)
    crew.did([step for step in ended if Verb.BACK_UP in step.verbs], Verb.BACK_UP)
    crew.did(ended, Verb.TERMINATE)
    return (yield from _labelled(crew, ended, proven))


def _labelled(crew: Crew, ended: Sequence[Step], proven: Sequence[Resource]) -> Going:
    """Label the last acts of `ended`, which show only after a while; wait a bounded time for it."""
    begun = {r.id: r for r in proven if r.backup is None} if _last_act(crew) else {}
    orders = {s.id: crew.inspector.order(begun[s.id]) for s in ended if s.id in begun}
    hidden = {each for each, order in orders.items() if order}
    for look in range(LOOKS if hidden else 0):
        if look:
            crew.orders.pause(SECONDS_BETWEEN)
        hidden = {each for each in hidden if not _label(crew, orders[each])}
        if not hidden or crew.halted():
            break
    for step in (step for step in ended if step.id in hidden):
        yield crew.end(step, Result.DONE, "its backup does not show yet; its name says what it is")
    return [step for step in ended if step.id not in hidden]


def _label(crew: Crew, order: BackupOrder | None) -> bool:
    """Whether the backup that `order` was for bears its labels now."""
    label = crew.kind.backups.label if crew.kind.backups else None
    if label is None or order is None:
        return True
    return attempt(lambda: label(crew.client, order)) is True


def _proven(crew: Crew, steps: Sequence[Step]) -> Generator[Outcome, None, list[Resource]]:
    """The resources of which `decide` asks for nothing any more but the end."""
    proven = []
    for checked in (yield from crew.check(steps, Verb.TERMINATE)):
        begun = checked.resource.backup is not None
        if Verb.BACK_UP not in checked.decision.verbs or (_last_act(crew) and not begun):
            proven.append(checked.resource)
            continue
        backup = checked.resource.backup
        crew.did([checked.step], Verb.BACK_UP)
        what = f"its backup {', '.join(backup.ids)}" if backup else "its backup"
        yield crew.end(
            checked.step, Result.DONE, f"{what} is not complete yet; terminated when it is"
        )
    return proven


def _of(resources: Sequence[Resource], steps: Sequence[Step]) -> list[Step]:
    ids = {resource.id for resource in resources}
    return [step for step in steps if step.id in ids]


def _each(
    crew: Crew, resources: Sequence[Resource], call: Callable[[Resource], object]
) -> dict[str, Refusal]:
    """Make `call` for several resources at once, until the run is halted; the refusals by id."""

    def make(resource: Resource) -> object:
        return crew.halted() or attempt(lambda: call(resource))

    answers = at_once(make, resources, AT_ONCE)
    return {
        resource.id: answer
        for resource, answer in zip(resources, answers, strict=True)
        if isinstance(answer, Refusal)
    }


def _last_act(crew: Crew) -> bool:
    return crew.kind.backups is not None and crew.kind.backups.last_act


def _end(crew: Crew, resource: Resource) -> None:
    """Terminate `resource`; where AWS makes the backup as its last act, that is begun instead."""
    backup, kind = resource.backup, crew.kind
    order = crew.inspector.order(resource)
    if kind.backups and kind.backups.last_act and order and backup is None:
        kind.backups.begin(crew.client, order, resource.parts)
    else:
        kind.terminate(crew.client, resource)


def _begin(crew: Crew, resource: Resource) -> None:
    """Begin the backup of the parts of `resource` that have none."""
    order, backups, backup = crew.inspector.order(resource), crew.kind.backups, resource.backup
    missing = backup.missing if backup else resource.parts
    if order is None or backups is None or not missing or backups.last_act:
        return
    once = crew.clients(crew.place, crew.kind.service, once=True)
    _unless_throttled(crew, lambda: backups.begin(once, order, missing))


def _unless_throttled(crew: Crew, call: Callable[[], Any]) -> None:
    """Repeat `call` only where AWS refused it unread: any other repeat could do it twice."""
    for tried in range(1, TRIES + 1):
        answer = attempt(call)
        if not isinstance(answer, Refusal):
            return
        if answer.sort is not Sort.THROTTLED or tried == TRIES:
            raise answer.error
        crew.orders.pause(FIRST_PAUSE * 2 ** (tried - 1))


def _store(crew: Crew, resources: Sequence[Resource]) -> dict[str, Refusal]:
    """Store what a restore of each needs, described some at a time; the refusals by id."""
    refused: dict[str, Refusal] = {}
    for some in cut(resources, DESCRIBED):
        refused |= _store_some(crew, some)
    return refused


def _store_some(crew: Crew, resources: Sequence[Resource]) -> dict[str, Refusal]:
    remembering = crew.kind.remembering
    client = crew.clients(crew.place, crew.kind.service, whole=True)
    described = attempt(lambda: remembering.describe(client, resources))
    if isinstance(described, Refusal):
        return dict.fromkeys((resource.id for resource in resources), described)

    def keep(resource: Resource) -> None:
        ids = resource.backup.ids if resource.backup else ()
        facts = remembering.manifest(client, resource, described)
        earlier = crew.orders.ledger.manifest(resource) if remembering.carry else None
        if remembering.carry and earlier:
            facts = remembering.carry(earlier, facts)
        crew.orders.ledger.keep_manifest(resource, ids, facts)

    return _each(crew, resources, keep)
