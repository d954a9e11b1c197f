"""See every place and kind at once, page by page: resources, or what could not be seen.

"Could not see" is never "is not there" (aws-lifecycle.md): a listing that breaks off is a blind
spot, and whatever it had shown until then must not be acted on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from cs_aws_janitor.resources.plan import Coverage
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Place, Resource

AT_ONCE = 16


class Clients(Protocol):
    """Where AWS is asked: a client of `service` in `place`.

    `once`: the client must not repeat a call by itself, because a repeat would do it twice.
    """

    def __call__(self, place: Place, service: str, *, once: bool = False) -> Any:
        """The client."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some resources of one kind in one place; more may follow until its Coverage comes."""

    place: Place
    kind: Kind
    resources: Sequence[Resource]


def survey(
    places: Sequence[Place], kinds: Sequence[Kind], clients: Clients
) -> Iterator[Page | Coverage]:
    """Pages as they come, from all `places` at once; one Coverage ends each place and kind."""
    targets = [(place, kind) for place in places for kind in kinds]
    seen: SimpleQueue[Page | Coverage] = SimpleQueue()
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="survey")
    try:
        for place, kind in targets:
            pool.submit(_look, place, kind, clients, seen.put)
        open_targets = len(targets)
        while open_targets:
            found = seen.get()
            open_targets -= isinstance(found, Coverage)
            yield found
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(
    place: Place, kind: Kind, clients: Clients, put: Callable[[Page | Coverage], None]
) -> None:
    count = 0

    def list_all() -> None:
        nonlocal count
        for resources in kind.discover(clients(place, kind.service), place):
            count += len(resources)
            put(Page(place, kind, resources))

    refusal = attempt(list_all)
    if not isinstance(refusal, Refusal):
        put(Coverage(place, kind.name, "ok", count))
        return
    status = "denied" if refusal.sort is Sort.DENIED else "failed"
    put(Coverage(place, kind.name, status, count, refusal.sentence))
