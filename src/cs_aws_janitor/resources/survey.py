"""See every place and kind at once, page by page: resources, or what could not be seen.

"Could not see" is never "is not there" (aws-lifecycle.md): a listing that breaks off is a blind
spot, and whatever it had shown until then must not be acted on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cs_aws_janitor.resources.plan import Coverage
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Take = Callable[["Page"], None]
    Halted = Callable[[], str | None]

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Place, Resource

AT_ONCE = 8  # listings: each holds a page, of as much as 10 MB


class Clients(Protocol):
    """Where AWS is asked: a client of `service` in `place`.

    `once`: the client must not repeat a call by itself, because a repeat would do it twice.
    `whole`: its answers show everything, as the SDK does; others may show of a listing only what
    `discover` reads, and tags of instances as one mapping.
    """

    def __call__(
        self, place: Place, service: str, *, once: bool = False, whole: bool = False
    ) -> Any:
        """The client."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some resources of one kind in one place; more may follow until its Coverage comes."""

    place: Place
    kind: Kind
    resources: Sequence[Resource]


def go_on() -> None:
    """Nothing says why to stop."""


def survey(
    places: Sequence[Place],
    kinds: Sequence[Kind],
    clients: Clients,
    take: Take,
    halted: Halted = go_on,
) -> Iterator[Coverage]:
    """The coverage of each place and kind once it has ended; all `places` at once.

    `take` is given every page before that, in a thread of its place and kind, one after the
    other: no more than two of them are held, however large the account. Where `take` fails, that
    listing has failed; and so has one that had not come to its end when `halted` said why to stop.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="survey")
    try:
        looks = [
            pool.submit(_look, place, kind, clients, take, halted)
            for place in places
            for kind in kinds
        ]
        for look in as_completed(looks):
            yield look.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(place: Place, kind: Kind, clients: Clients, take: Take, halted: Halted) -> Coverage:
    count = 0

    def list_all() -> str | None:
        nonlocal count
        if why := halted():
            return why
        for resources in kind.discover(clients(place, kind.service), place):
            count += len(resources)
            take(Page(place, kind, resources))
            if why := halted():
                return why  # also after the last page: it is not yet decided on
        return None

    ended = attempt(list_all)
    if isinstance(ended, Refusal):
        status = "denied" if ended.sort is Sort.DENIED else "failed"
        return Coverage(place, kind.name, status, count, ended.sentence)
    return Coverage(place, kind.name, "failed" if ended else "ok", count, ended)
