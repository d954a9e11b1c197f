"""The steps that write and remove tags: one call for equal tags, where the service can."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cs_aws_janitor.resources import plan, tags
from cs_aws_janitor.resources.batches import send
from cs_aws_janitor.resources.model import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.refusals import Refusal

T = TypeVar("T")


def tag(crew: Crew, steps: Sequence[Step]) -> Going:
    """S2, S3: write what each step owes its resource; remember the first sighting."""
    keys = crew.orders.policy.keys
    refused = write(crew, {step.id: step.writes for step in steps})
    tagged = yield from crew.sift(steps, refused)
    crew.did(tagged, Verb.TAG)
    crew.orders.ledger.remember(
        (step, step.writes[keys.discovered], step.writes.get(keys.expiration) or _given(step))
        for step in tagged
    )
    return [plan.after(step, step.writes, keys) for step in tagged]


def _given(step: Step) -> str | None:
    """The Expiration that a person had set before the first sighting; of several, what counts.

    One alone is remembered as it was typed, as every later look at it does.
    """
    typed = step.facts.get("expiration")
    if isinstance(typed, str) and plan.BETWEEN not in typed:
        return typed
    return step.expiration.isoformat() if step.expiration else None


def clear_mark(crew: Crew, steps: Sequence[Step]) -> Going:
    """Remove a ShutOff that no longer counts, however it is spelled: its owner extended.

    The note that foretells the end goes with it, for it is not true any more.
    """
    keys = crew.orders.policy.keys
    found = yield from crew.still_there(steps)
    marks = {
        i: tuple(tags.spellings(r.tags, keys.shut_off) + tags.spellings(r.tags, keys.note))
        for i, r in found.items()
    }
    refused: dict[str, Refusal] = {}
    for spelled, ids in _alike(marks).items():
        refused |= send(ids, crew.kind.tags_at_once, partial(_remove, crew, spelled))
    cleared = yield from crew.sift([step for step in steps if step.id in found], refused)
    crew.did(cleared, Verb.CLEAR_MARK)
    return [plan.after(step, {keys.shut_off: None}, keys) for step in cleared]


def write(crew: Crew, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Refusal]:
    """Write the tags `wanted` by id, one call for all that want the same; the refusals by id."""
    refused: dict[str, Refusal] = {}
    for pairs, ids in _alike({i: tuple(v.items()) for i, v in wanted.items()}).items():
        refused |= send(ids, crew.kind.tags_at_once, partial(_write, crew, dict(pairs)))
    return refused


def _write(crew: Crew, values: Mapping[str, str], ids: Sequence[str]) -> None:
    tags.check_room((), values)
    crew.kind.tag(crew.client, crew.place, ids, values)


def _remove(crew: Crew, keys: Sequence[str], ids: Sequence[str]) -> None:
    crew.kind.untag(crew.client, crew.place, ids, keys)


def _alike(wanted: Mapping[str, T]) -> Mapping[T, list[str]]:
    """The ids of all that want the same, by what they want."""
    alike = defaultdict(list)
    for resource_id, what in wanted.items():
        alike[what].append(resource_id)
    return alike
