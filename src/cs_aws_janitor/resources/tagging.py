"""The steps that write and remove tags: up to 1000 resources with equal tags in one call."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import plan, tags
from cs_aws_janitor.resources.batches import send
from cs_aws_janitor.resources.model import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.resources.crew import Crew, Going
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.refusals import Refusal

BATCH = 1000


def tag(crew: Crew, steps: Sequence[Step]) -> Going:
    """S2, S3: write what each step owes its resource; remember the first sighting."""
    keys = crew.orders.policy.keys
    refused = write(crew, {step.id: step.writes for step in steps})
    tagged = yield from crew.sift(steps, refused)
    crew.did(tagged, Verb.TAG)
    crew.orders.ledger.remember(
        (step, step.writes[keys.discovered], step.writes.get(keys.expiration)) for step in tagged
    )
    return [plan.after(step, step.writes, keys) for step in tagged]


def clear_mark(crew: Crew, steps: Sequence[Step]) -> Going:
    """Remove a ShutOff that no longer counts, because its owner extended."""
    keys = crew.orders.policy.keys
    refused = send(
        [step.id for step in steps],
        BATCH,
        lambda ids: crew.kind.untag(crew.client, ids, [keys.shut_off]),
    )
    cleared = yield from crew.sift(steps, refused)
    crew.did(cleared, Verb.CLEAR_MARK)
    return [plan.after(step, {keys.shut_off: None}, keys) for step in cleared]


def write(crew: Crew, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Refusal]:
    """Write the tags `wanted` by id, one call for all that want the same; the refusals by id."""
    alike = defaultdict(list)
    for resource_id, values in wanted.items():
        alike[tuple(values.items())].append(resource_id)
    refused: dict[str, Refusal] = {}
    for pairs, ids in alike.items():
        refused |= send(ids, BATCH, partial(_write, crew, dict(pairs)))
    return refused


def _write(crew: Crew, values: Mapping[str, str], ids: Sequence[str]) -> None:
    tags.check_room((), values)
    crew.kind.tag(crew.client, ids, values)
