"""The lives of every kind that has none of its own: what its test can make, from tag to end.

They follow from the contract of the kinds, so a new one has them as soon as it has its test:
`one(account)`, and each of `SORTS` where other sorts take other calls. Its days are `DAYS` where it
lives otherwise than most, and `VARIANTS` are further settings by the name of a life with them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import KINDS
from tests.faults.lives import DUE, EXPIRED, HERE, LIVES, Life

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.resources.kinds._kind import Kind
    from tests.faults.lives import Ids
    from tests.strict.aws import Account

    Make = Callable[[Account], str]

IT, KEPT = "it", "kept"  # the one whose life it is, and another that is protected
DAYS = (0, EXPIRED, DUE, DUE + 1)  # a backup takes a night


def beside(name: str) -> Any:
    """The test of a kind alone."""
    return import_module(f"tests.resources.kinds.test_{name}")


def lives_of(kind: Kind) -> Iterator[Life]:
    """The lives of one kind: as most are, by further settings, and those of its other sorts."""
    test = beside(kind.name)
    first: Make = test.one
    yield _life(kind, kind.name, first)
    for name, settings in getattr(test, "VARIANTS", {}).items():
        yield _life(kind, f"{kind.name}-{name}", first, settings)
    for make in getattr(test, "SORTS", ()):
        if make is not first:
            yield _life(kind, f"{kind.name}-{make.__name__}", make)


def _life(kind: Kind, name: str, make: Make, settings: tuple[str, ...] = ()) -> Life:
    def begin(account: Account) -> Ids:
        ids = {IT: make(account), KEPT: beside(kind.name).one(account)}
        _keep(kind, account, ids[KEPT])
        account.snapshots_pend(hours=12)
        return ids

    days = getattr(beside(kind.name), "DAYS", DAYS)
    ends = make is beside(kind.name).one
    return Life(name, begin, days, settings, kind=kind.name, dies=True, ends=ends)


def _keep(kind: Kind, account: Account, resource: str) -> None:
    """Make it permanent, as a person does."""
    if kind.protect:
        client = account.client(kind.service, HERE)
        kind.protect(client, resource, True)  # noqa: FBT003  the attribute's value
    account.tag(resource, Permanent="the licence server")


_HAVE_THEIR_OWN = {life.kind for life in LIVES}
LIVES_OF_KINDS = tuple(
    life for kind in KINDS.values() if kind.name not in _HAVE_THEIR_OWN for life in lives_of(kind)
)
