"""The order of things: read, schedule, then deliver; each delivery first, its record second.

A run that is cut off between the two asks for the same task again, and its sink, which knows it by
its key, makes no second one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.model import Customer, Problem
from cs_aws_janitor.customers.schedule import schedule
from cs_aws_janitor.customers.steps import VERBS, WITHDRAW, Seen, change, creation, withdrawals
from cs_aws_janitor.customers.task import DELIVERED, WAITING, Flag
from cs_aws_janitor.customers.time_to_value import in_use
from cs_aws_janitor.shared.errors import JanitorError, LedgerError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.customers.ledger import DeliveryLedger
    from cs_aws_janitor.customers.playbook import Playbook
    from cs_aws_janitor.customers.schedule import Today
    from cs_aws_janitor.customers.sinks._sink import Receipt, Sink
    from cs_aws_janitor.customers.sources._source import Source
    from cs_aws_janitor.customers.steps import Step
    from cs_aws_janitor.customers.task import Task

DONE, FAILED, SKIPPED = "done", "failed", "skipped"
AT_ONCE = 500  # tasks that a sink is given together


@dataclass(slots=True)
class Book:
    """The customers of a source, as they are read.

    Once they are, `problems`, `ids` and who has enough licences `in_use` are whole.
    """

    source: Source
    problems: list[Problem] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    in_use: set[str] = field(default_factory=set)

    def customers(self) -> Iterator[Customer]:
        """Every customer that can be read."""
        self.problems.clear()
        self.ids.clear()
        self.in_use.clear()
        for found in self.source.read():
            if isinstance(found, Customer):
                self.ids.add(found.id)
                if found.first_value is None and in_use(found):
                    self.in_use.add(found.id)
                yield found
            else:
                self.problems.append(found)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: `done`, `failed` or `skipped`, where its task stands, and why."""

    step: Step
    result: str
    place: str = ""
    why: str | None = None


class Round:
    """What one day asks for. `whole` says whether every playbook could be read.

    `flags`, `counts` of tasks by their status, `changes` of what was delivered and the problems of
    `book` are there once its tasks, or its steps, have been gone through.
    """

    def __init__(
        self, book: Book, playbooks: Sequence[Playbook], today: Today, *, whole: bool
    ) -> None:
        self.book = book
        self.playbooks = playbooks
        self.today = today
        self.whole = whole
        self.flags: list[Flag] = []
        self.changes: list[Step] = []
        self.counts: Counter[str] = Counter()

    def tasks(self) -> Iterator[Task]:
        """Every task there is, as it is found."""
        self.flags, self.changes = [], []
        self.counts = counts = Counter[str]()
        keys: set[str] = set()
        for found in schedule(self.book.customers(), self.playbooks, self.today):
            if isinstance(found, Flag):
                self.flags.append(found)
                continue
            status = found.status
            counts[status] += 1
            if status == DELIVERED:
                keys.add(found.key)
                # Of a task of many customers too few are known, as long as one was not seen.
                step = change(found, self.today) if found.customer or self._complete else None
                if step:
                    self.changes.append(step)
            yield found
        self.changes += withdrawals(keys, self.today, self.seen())

    def steps(self) -> Iterator[Step]:
        """What is to be done: new tasks first, then changes and withdrawals."""
        for task in self.tasks():
            if task.status in WAITING:
                yield creation(task)
        yield from self.changes

    def seen(self) -> Seen:
        """What was seen whole."""
        names = frozenset(each.name for each in self.playbooks)
        return Seen(frozenset(self.book.ids), names, self._complete)

    @property
    def _complete(self) -> bool:
        return self.whole and not self.book.problems


def carry_out(
    todo: Iterable[Step],
    sinks: Mapping[str, Sink],
    ledger: DeliveryLedger,
    halted: Callable[[], str | None] = lambda: None,
) -> Iterator[Outcome]:
    """Do every step, sink by sink; what could not be done stays due, and its outcome says why.

    `halted` says why to stop, once there is a reason. LedgerError ends it all: what cannot be
    recorded is not delivered.
    """
    order = sorted(todo, key=lambda step: (step.delivery.sink, VERBS.index(step.verb)))
    for (name, verb), group in groupby(order, key=attrgetter("delivery.sink", "verb")):
        waiting = list(group)
        sink = sinks.get(name)
        if sink is None:
            why = f"there is no sink {name!r} in the settings; there are: {', '.join(sinks)}"
            yield from (Outcome(step, FAILED, why=why) for step in waiting)
            continue
        while waiting:
            if reason := halted():
                yield from (Outcome(step, SKIPPED, why=reason) for step in waiting)
                break
            batch, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            yield from _deliver(partial(_receipts, sink, verb, batch), batch, ledger, halted)


def _deliver(
    receipts: Callable[[], Iterator[Receipt]],
    batch: Sequence[Step],
    ledger: DeliveryLedger,
    halted: Callable[[], str | None],
) -> Iterator[Outcome]:
    """One batch; whatever breaks it leaves the steps without a receipt as failed."""
    left = {step.delivery.key: step for step in batch}
    result, why = FAILED, "its sink has given no receipt"
    try:
        for receipt in receipts():
            if step := left.pop(receipt.key, None):
                yield _recorded(step, receipt, ledger)
            # What a sink has put already, and not told yet, it knows by its key in the next run.
            if left and (reason := halted()):
                result, why = SKIPPED, reason
                break
    except LedgerError:
        raise
    except JanitorError as error:  # a SinkError, or a secret of it that cannot be had
        why = str(error)
    except Exception as error:  # noqa: BLE001  one boundary: a fault of a sink loses no other task
        why = f"a fault of its sink ({type(error).__name__}: {' '.join(str(error).split())})"
        log.warning("sink.broke", sink=batch[0].delivery.sink, exc_info=error)
    yield from (Outcome(step, result, why=why) for step in left.values())


def _receipts(sink: Sink, verb: str, batch: Sequence[Step]) -> Iterator[Receipt]:
    if verb == WITHDRAW:
        return sink.withdraw([step.delivery for step in batch])
    return sink.put([step.task for step in batch if step.task])


def _recorded(step: Step, receipt: Receipt, ledger: DeliveryLedger) -> Outcome:
    """What was delivered is written down; what was refused stays due."""
    if receipt.why is not None:
        return Outcome(step, FAILED, why=receipt.why)
    place = receipt.place or step.delivery.place
    ledger.record(step.verb, replace(step.delivery, place=place))
    log.info("task.delivered", key=receipt.key, verb=step.verb, place=place)
    return Outcome(step, DONE, place)


def remember_first_values(customers: Iterable[str], ledger: DeliveryLedger, on: date) -> None:
    """Write down the day on which enough licences of `customers` were seen in use first."""
    for customer in sorted(customers):
        ledger.remember_first_value(customer, on)
