"""From what a person types (an id, an ARN, a Name) to the one resource that is meant."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import arns, tags
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.survey import AT_ONCE, survey
from cs_aws_janitor.shared.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Place, Resource
    from cs_aws_janitor.resources.policy import TagKeys
    from cs_aws_janitor.resources.survey import Page
    from cs_aws_janitor.resources.sweep import World

Found = list["Resource"]
_Seen = tuple[Found, list[str]]  # and what could not be seen


def find(world: World, wanted: Sequence[str], keys: TagKeys) -> Found:
    """The resources that `wanted` names, in that order, each once.

    Raises NotFoundError, with the candidates, where one names none or several, or a name that
    another may bear where nothing could be seen.
    """
    plain = {one for each in wanted for one in _plain(world, each)}
    ids = {each for each in plain if any(_knows(k, each) for k in world.kinds.values())}
    found, unseen = _by_id(world, sorted(ids)) if ids else ([], [])
    if names := plain - {r.id for r in found}:  # a name may look like an id
        named, unseen = _by_name(world, names, keys)
        found += named
    seen = _distinct(found), unseen
    return _distinct([_only(world, each, seen, keys) for each in wanted])


def _distinct(found: Found) -> Found:
    return list({(r.place, r.kind, r.id): r for r in found}.values())


def _plain(world: World, wanted: str) -> set[str]:
    templates = (template for kind in world.kinds.values() for template in kind.arns)
    return arns.ids(wanted, templates) or {wanted}


def _knows(kind: Kind, text: str) -> bool:
    """Whether `text` can be nothing else than an id of this kind."""
    return kind.ids is not None and re.fullmatch(kind.ids, text) is not None


def _only(world: World, wanted: str, seen: _Seen, keys: TagKeys) -> Resource:
    found, unseen = seen
    fits = _fitting(world, wanted, found, keys)
    # What people have chosen may be borne elsewhere as well, where nothing could be seen.
    by_id = arns.parse(wanted) or all(_knows(world.kinds[r.kind], wanted) for r in fits)
    if len(fits) == 1 and (by_id or not unseen):
        return fits[0]
    places = "1 place" if len(unseen) == 1 else f"{len(unseen)} places"
    hidden = f" ({places} could not be seen: {unseen[0]})" if unseen else ""
    if fits:
        candidates = ", ".join(_told(world, r) for r in fits)
        apart = len({r.id for r in fits} | {wanted}) > len(fits)
        several = len({r.place.region for r in fits}) > 1
        arn = "Give its ARN, or its region with --region" if several else "Give its ARN"
        cure = "Give the id of one" if apart else arn
        raise NotFoundError(f"{wanted!r} is the name of {candidates}{hidden}", cure)
    raise NotFoundError(
        f"no resource {wanted!r} was found{hidden}",
        "Check the account, --region and the spelling; "
        "what was terminated stands in `janitor history`",
    )


def _told(world: World, resource: Resource) -> str:
    title = world.kinds[resource.kind].title
    return f"{resource.id} ({title}) in {resource.place.region}"


def _fitting(world: World, wanted: str, found: Found, keys: TagKeys) -> Found:
    if arns.parse(wanted):
        return [r for r in found if arns.names(wanted, world.kinds[r.kind].arns, r.place, r.id)]
    return [r for r in found if wanted in {r.id, _name(r, keys)}]


def _name(resource: Resource, keys: TagKeys) -> str | None:
    """Its name; not that of what it follows, for then that is meant."""
    if resource.follows:
        return tags.read(resource.tags, keys).name
    return tags.called(resource, keys)


def _by_id(world: World, ids: Sequence[str]) -> tuple[Found, list[str]]:
    """Ask every place for `ids` alone; what was found, and what could not be asked."""
    asked = {kind.name: [i for i in ids if _knows(kind, i)] for kind in world.kinds.values()}
    kinds = [kind for kind in world.kinds.values() if asked[kind.name]]
    targets = [(place, kind) for place in world.places for kind in kinds]

    def ask(target: tuple[Place, Kind]) -> Found | Refusal:
        place, kind = target
        client = world.clients(place, kind.service)
        return attempt(lambda: kind.read(client, place, asked[kind.name]))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, targets))
    found = [r for answer in answers if not isinstance(answer, Refusal) for r in answer]
    return found, [answer.sentence for answer in answers if isinstance(answer, Refusal)]


def _by_name(world: World, names: set[str], keys: TagKeys) -> tuple[Found, list[str]]:
    found: Found = []
    unseen = [row.why or row.status for row in world.dark if row.blind]

    def take(page: Page) -> None:
        found.extend(r for r in page.resources if {r.id, _name(r, keys)} & names)

    for row in survey(world.places, list(world.kinds.values()), world.clients, take):
        unseen += [row.why or row.status] if row.blind else []
    return found, unseen
