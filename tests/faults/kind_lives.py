"""The lives of every kind that has none of its own: what its test can make, from tag to end.

They follow from the contract of the kinds, so a new one has them as soon as it has its test:
`one(account)`, and each of `SORTS` where other sorts take other calls. Its days are `DAYS` where it
lives otherwise than most, and `VARIANTS` are its lives by other settings. Each is also lived by one
whose owner asks for more time in the last moment.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import KINDS
from tests.faults.lives import DAYS, DUE, HERE, LIVES, Life, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.resources.kinds._kind import Kind
    from tests.faults.lives import Ids
    from tests.strict.aws import Account

    Make = Callable[[Account], str]

IT, KEPT = "it", "kept"  # the one whose life it is, and another that is protected


def beside(name: str) -> Any:
    """The test of a kind alone."""
    return import_module(f"tests.resources.kinds.test_{name}")


def lives_of(kind: Kind) -> Iterator[Life]:
    """The lives of one kind: as most are, by further settings, and those of its other sorts."""
    test = beside(kind.name)
    first: Make = test.one
    usual = Variant(days=getattr(test, "DAYS", DAYS))
    yield _life(kind, kind.name, first, usual)
    for name, variant in getattr(test, "VARIANTS", {}).items():
        yield _life(kind, f"{kind.name}-{name}", first, variant)
    extended = _life(kind, f"{kind.name}-extended", first, usual)
    due = DUE if DUE in usual.days else usual.days[-1]
    yield replace(extended, events={due: _extend}, ends=False)
    for make in getattr(test, "SORTS", ()):
        if make is not first:
            yield replace(_life(kind, f"{kind.name}-{make.__name__}", make, usual), ends=False)


def _extend(account: Account, ids: Ids) -> None:
    account.tag(ids[IT], Expiration="2027-06-01")


def _life(kind: Kind, name: str, make: Make, variant: Variant) -> Life:
    def begin(account: Account) -> Ids:
        ids = {IT: make(account), KEPT: beside(kind.name).one(account)}
        _keep(kind, account, ids[KEPT])
        account.snapshots_pend(hours=12)
        return ids

    days, settings, terms = variant.days, variant.settings, variant.terms
    more: Any = {"kind": kind.name, "dies": True, "ends": True}
    return Life(name, begin, days, settings, terms=terms, **more)


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
