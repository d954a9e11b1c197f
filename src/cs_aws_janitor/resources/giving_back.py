"""What stands shut off gets back what its shut-off took: found, told beforehand, done, recorded.

Of a kind whose shut-off takes more than the power, such as the sizes of a group. Its dates stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import acts, finding, standing, tags
from cs_aws_janitor.shared.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from cs_aws_janitor.resources.acts import Act
    from cs_aws_janitor.resources.model import Resource
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.sweep import Rules, World


@dataclass(frozen=True, slots=True)
class Return:
    """What would be given back to `resource`, which people know as `called`, in words.

    `outlook` says what comes next all the same.
    """

    resource: Resource
    called: str | None
    taken: str
    outlook: str


def possible(world: World, kind: str | None = None) -> bool:
    """Whether anything can be given back to what is of this kind, or of any."""
    kinds = world.kinds.values() if kind is None else [world.kinds[kind]]
    return any(each.give_back for each in kinds)


def look(world: World, rules: Rules, wanted: str) -> Return:
    """Find what `wanted` names among what stands, and see what would be given back.

    Raises NotFoundError where it names none or several, and RefusedError where nothing was taken.
    """
    kinds = {name: kind for name, kind in world.kinds.items() if kind.give_back}
    dark = [row for row in world.dark if row.kind in kinds]
    found = finding.find(replace(world, kinds=kinds, dark=dark), [wanted], rules.policy.keys)
    return _return(world, rules, found[0])


def _return(world: World, rules: Rules, resource: Resource) -> Return:
    give_back = world.kinds[resource.kind].give_back
    taken = give_back.taken(resource) if give_back else None
    if taken is None:
        raise RefusedError(
            f"{resource.id} is still there, and {resource.power}: nothing was taken from it",
            "There is nothing to give back",
        )
    called = tags.called(resource, rules.policy.keys)
    return Return(resource, called, taken, _outlook(resource, rules.policy, rules.now))


def give_back(world: World, rules: Rules, promised: Return) -> Act:
    """Do what was promised. Raises RefusedError, or HalfDoneError, where AWS refuses a call."""
    return acts.give_back(world, rules, promised.resource, promised.outlook)


def find(world: World, rules: Rules, wanted: str, none: NotFoundError) -> Return:
    """As `look`, where the ledger knows of `none`; both are told where neither knows of it."""
    if not possible(world):
        raise none
    try:
        return look(world, rules, wanted)
    except NotFoundError as error:
        raise NotFoundError(f"{none.what}; and {error.what}", none.cure) from error


def _outlook(resource: Resource, policy: Policy, now: datetime) -> str:
    """What becomes of its dates, which giving back does not touch."""
    seen = standing.read(resource, policy, now)
    if seen.unreadable or seen.expires_at is None:
        return f"its {policy.keys.expiration} cannot be read"
    unchanged = f"its {policy.keys.expiration} {seen.expires_on} is unchanged"
    extend = f"`janitor extend {resource.id}` gives it more time"
    if seen.ends_at:
        return f"{unchanged}, and it is terminated on {policy.day_of(seen.ends_at)}: {extend}"
    if seen.expires_at <= now:
        return f"{unchanged}, and the next run shuts it off again: {extend}"
    return unchanged
