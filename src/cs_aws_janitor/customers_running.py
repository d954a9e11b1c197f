"""What every door needs of a round of customers: made ready, locked, carried out, told.

The doors are the commands (`cli/customers/`) and the Lambda handler.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import customers_places
from cs_aws_janitor.customers.figures import Run, figures
from cs_aws_janitor.customers.ledger import DeliveryLedger
from cs_aws_janitor.customers.playbook_files import read_playbooks
from cs_aws_janitor.customers.rounds import DONE as WELL
from cs_aws_janitor.customers.rounds import Book, carry_out, remember_first_values
from cs_aws_janitor.customers.schedule import Today
from cs_aws_janitor.customers_ready import Narrowed, Ready
from cs_aws_janitor.settings import NAMESPACE
from cs_aws_janitor.shared import clock, metrics
from cs_aws_janitor.shared.errors import PARTLY, JanitorError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.customers.model import Customer, Problem
    from cs_aws_janitor.customers.rounds import Outcome, Round
    from cs_aws_janitor.customers.sources._source import Source
    from cs_aws_janitor.customers_ready import Door, Scope

    Halted = Callable[[], str | None]
    Show = Callable[..., None]

EVENT, WING = "run.ended", "customers"
UNDER = "/Customers"  # behind the namespace of metrics: those of the first wing bear the same names
LOST = "the lock was lost to another run"


def prepare(door: Door, scope: Scope) -> Ready:
    """Read the clock once, the playbooks, and the ledger; customers are read as they are asked for.

    Raises RefusedError where there is no file of customers, or nothing to plan by.
    """
    source = Narrowed(customers_places.source(door, scope), scope.ids, scope.csms)
    try:
        from cs_aws_janitor.customers.working_days import WorkingDays  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise door.lacks(error) from None
    playbooks, misprints = read_playbooks(customers_places.playbooks_folder(door, scope))
    ledger = DeliveryLedger(customers_places.store(door), door.by, clock.now)
    deliveries, first_values = ledger.recall()
    own = door.settings.customers
    today = Today(
        scope.today or clock.now().astimezone(door.settings.timezone).date(),
        WorkingDays(),
        deliveries,
        own.sink,
        own.mails,
        own.since,
    )
    narrowed = bool(scope.ids or scope.csms)
    return Ready(door, Book(source), playbooks, misprints, ledger, today, first_values, narrowed)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended: what it worked with, what the day asked for, how each step ended."""

    ready: Ready
    found: Round
    outcomes: Sequence[Outcome]

    @property
    def problems(self) -> list[Any]:
        """What could not be read: lines of playbooks, then rows of customers."""
        return [*self.ready.misprints, *self.ready.book.problems]

    @property
    def exit_code(self) -> int:
        """1 where a task was refused or left, or something could not be read."""
        unclean = any(outcome.result != WELL for outcome in self.outcomes)
        return PARTLY if unclean else self.ready.exit_code


def deliver(door: Door, scope: Scope, halted: Halted = lambda: None) -> Ended:
    """One run under its lock; `halted` says why to begin nothing more.

    Raises LockedError while another run is under way, and RefusedError before the first step.
    """
    from cs_aws_janitor.customers_sinks import sinks  # noqa: PLC0415  a plan has no use for them

    with customers_places.one_at_a_time(door) as lease:

        def stopped() -> str | None:
            return LOST if lease.lost else halted()

        ready = prepare(door, scope)
        ready.ledger.check_writable()
        book = replace(ready.book, source=_InTime(ready.book.source, stopped))
        ready = replace(ready, book=book)
        found = ready.round
        steps = list(found.steps())
        reached = book.in_use - ready.first_values.keys()
        remember_first_values(reached, ready.ledger, ready.today.day)
        ended = list(carry_out(steps, sinks(door), ready.ledger, stopped))
    return Ended(ready, found, ended)


@dataclass(frozen=True, slots=True)
class _InTime:
    """A source that is read to its end, or the run is refused: half a book makes wrong tasks."""

    source: Source
    stopped: Halted

    def read(self) -> Iterator[Customer | Problem]:
        """What it holds."""
        for found in self.source.read():
            if why := self.stopped():
                raise RefusedError(f"{why}, while customers were read", "Nothing was delivered")
            yield found


@dataclass(slots=True)
class Line:
    """The one line that a run logs as it ends, by `show`. `namespace` is that of its metrics.

    It is the usual one until the settings are read.
    """

    show: Show
    namespace: str = NAMESPACE
    _began: float = field(default_factory=clock.monotonic)

    def tell(self, ended: Ended) -> None:
        """Log it, of a run that has come to its end."""
        code, found, problems = ended.exit_code, ended.found, len(ended.problems)
        run = Run(code, clock.now(), self._seconds, found, ended.outcomes, problems)
        self._tell(run)

    def tell_refused(self, error: JanitorError) -> None:
        """Log it, of a run that was refused."""
        self._tell(Run(error.exit_code, clock.now(), self._seconds, why=str(error)))

    def _tell(self, run: Run) -> None:
        namespace = f"{self.namespace}{UNDER}"
        self.show(EVENT, wing=WING, **metrics.facts(figures(run), run.at, namespace, run.why))

    @property
    def _seconds(self) -> float:
        return round(clock.monotonic() - self._began, 3)


@contextmanager
def line(show: Show) -> Iterator[Line]:
    """The line to tell in this block; where the block is refused that is told, and raised on."""
    made = Line(show)
    try:
        yield made
    except JanitorError as error:
        made.tell_refused(error)
        raise
