"""A sample book of business, and three days of its life in a folder of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.ledger import DeliveryLedger
from cs_aws_janitor.customers.model import Customer, Event
from cs_aws_janitor.customers.playbook_files import read_playbooks
from cs_aws_janitor.customers.rounds import Book, Outcome, Round, carry_out
from cs_aws_janitor.customers.schedule import Today
from cs_aws_janitor.customers.sinks.files import FileSink
from cs_aws_janitor.customers.sources.files import FileSource
from cs_aws_janitor.customers.working_days import WorkingDays
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cs_aws_janitor.customers.model import Problem

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 4)
SINCE = date(2026, 2, 15)  # what was due before is history


@dataclass(frozen=True, slots=True)
class Told:
    """A source that is a list of customers."""

    customers: Sequence[Customer]

    def read(self) -> Iterator[Customer | Problem]:
        """Each of them."""
        yield from self.customers


@dataclass(slots=True)
class Sample:
    """The book in `starter`, the folder where the shipped files are; its tasks go to `folder`."""

    starter: Path
    folder: Path

    def customers(self) -> list[Customer]:
        """The customers as they stand on the first day."""
        source = FileSource(self.starter / "customers.toml", "customers.toml")
        return list(Book(source).customers())

    def later(self) -> list[Customer]:
        """The same two days on: a mail to Acme, and Orbit has its CSM."""
        mail = Event("mail", date(2026, 3, 3))
        changes = {
            "acme": lambda known: replace(known, events=(*known.events, mail)),
            "orbit": lambda known: replace(known, csm="csm-2"),
        }
        return [changes.get(each.id, lambda known: known)(each) for each in self.customers()]

    def round(self, on: date, customers: Sequence[Customer]) -> Round:
        """What that day asks for."""
        playbooks, _ = read_playbooks(self.starter / "playbooks")
        deliveries, _ = self._ledger(on).recall()
        today = Today(on, WorkingDays(), deliveries, since=SINCE)
        return Round(Book(Told(customers)), playbooks, today, whole=True)

    def run(self, on: date, customers: Sequence[Customer]) -> list[Outcome]:
        """Deliver it."""
        steps = self.round(on, customers).steps()
        return list(carry_out(steps, {"file": FileSink(self.folder / "tasks")}, self._ledger(on)))

    def _ledger(self, on: date) -> DeliveryLedger:
        at = datetime.combine(on, time(6), UTC)
        return DeliveryLedger(File(self.folder / "customers.jsonl"), "demo", lambda: at)
