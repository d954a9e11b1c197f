"""From options to what the commands of customers work with."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.customers.connecting import connected
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE, PARTLY, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers.ledger import DeliveryLedger
    from cs_aws_janitor.customers.model import Customer, Problem
    from cs_aws_janitor.customers.playbook import Playbook
    from cs_aws_janitor.customers.playbook_files import Misprint
    from cs_aws_janitor.customers.rounds import Book, Round
    from cs_aws_janitor.customers.schedule import Today
    from cs_aws_janitor.customers.sinks._sink import Sink
    from cs_aws_janitor.customers.sources._source import Source
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.shared.entries import Store
    from cs_aws_janitor.shared.lease import Lease, Slot

USUAL_PLAYBOOKS = Path("config/playbooks")


@dataclass(frozen=True, slots=True)
class Ready:
    """Settings, customers, playbooks, and what is known of the days before today."""

    settings: Settings
    book: Book
    playbooks: Sequence[Playbook]
    misprints: Sequence[Misprint]
    ledger: DeliveryLedger
    today: Today
    first_values: Mapping[str, date]
    narrowed: bool = False

    @property
    def round(self) -> Round:
        """What the day asks for."""
        from cs_aws_janitor.customers.rounds import Round

        whole = not (self.misprints or self.narrowed)
        return Round(self.book, self.playbooks, self.today, whole=whole)

    @property
    def problems(self) -> Iterator[dict[str, object]]:
        """What could not be read, as JSON has it; whole once the customers were gone through."""
        for each in self.misprints:
            yield {"file": each.file, "line": each.line, "field": each.key, "why": each.why}
        for problem in self.book.problems:
            yield {
                "customer": problem.customer,
                "file": problem.file,
                "row": problem.row,
                "field": problem.field,
                "why": problem.why,
            }

    @property
    def exit_code(self) -> int:
        """Whether something could not be read."""
        return PARTLY if self.misprints or self.book.problems else DONE


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Of a source only some customers; its problems are those of all."""

    source: Source
    ids: frozenset[str]
    csms: frozenset[str]

    def read(self) -> Iterator[Customer | Problem]:
        """The customers that are wanted."""
        from cs_aws_janitor.customers.model import Customer

        for found in self.source.read():
            if not isinstance(found, Customer) or self._wants(found):
                yield found

    def _wants(self, customer: Customer) -> bool:
        named = not self.ids or customer.id in self.ids
        return named and (not self.csms or customer.csm.lower() in self.csms)


def get_ready(wanted: Wanted) -> Ready:
    """Read the settings and the clock once, the playbooks, and the ledger.

    Raises RefusedError where there is no file of customers, or nothing to plan by.
    """
    from cs_aws_janitor.cli.setting_up import read_settings
    from cs_aws_janitor.customers.ledger import DeliveryLedger
    from cs_aws_janitor.customers.playbook_files import read_playbooks
    from cs_aws_janitor.customers.rounds import Book
    from cs_aws_janitor.customers.schedule import Today
    from cs_aws_janitor.customers.working_days import WorkingDays

    settings = read_settings(wanted.config_file)
    source = Narrowed(
        _source(wanted, settings),
        frozenset(wanted.ids),
        frozenset(csm.lower() for csm in wanted.csms),
    )
    playbooks, misprints = read_playbooks(playbooks_folder(wanted, settings))
    ledger = DeliveryLedger(store(settings), _command(), clock.now)
    deliveries, first_values = ledger.recall()
    own = settings.customers
    today = Today(
        wanted.today or clock.now().astimezone(settings.timezone).date(),
        WorkingDays(),
        deliveries,
        own.sink,
        own.mails,
        own.since,
    )
    return Ready(
        settings,
        Book(source),
        playbooks,
        misprints,
        ledger,
        today,
        first_values,
        narrowed=bool(wanted.ids or wanted.csms),
    )


def source_of(wanted: Wanted, settings: Settings) -> Source:
    """Where customers come from. Raises RefusedError where nothing says it."""
    return _source(wanted, settings)


def playbooks_folder(wanted: Wanted, settings: Settings) -> Path:
    """The folder that the options or the settings name, else ours, else the shipped one."""
    named = wanted.playbooks_folder or settings.customers.playbooks
    return named or (USUAL_PLAYBOOKS if USUAL_PLAYBOOKS.is_dir() else shipped_playbooks())


def shipped_playbooks() -> Path:
    """The playbooks that come with the package."""
    return Path(str(files("cs_aws_janitor") / "starter" / "playbooks"))


def sinks(settings: Settings) -> dict[str, Sink]:
    """The sinks that are set up, by the names that playbooks and settings use."""
    from cs_aws_janitor.customers.sinks.files import FileSink

    own = settings.customers
    found: dict[str, Sink] = dict(connected(settings))
    if own.tasks:
        found["file"] = FileSink(own.tasks)
    if own.calendar:
        from cs_aws_janitor.customers.sinks.calendar import CalendarSink

        found["calendar"] = CalendarSink(own.calendar, clock.now)
    if own.salesforce.url:
        from cs_aws_janitor.cli.customers import salesforce

        found["salesforce"] = salesforce.sink(settings)
    return found


def store(settings: Settings) -> Store:
    """Where deliveries are written down: a file, or below the janitor's own place in S3."""
    from cs_aws_janitor.shared.ledger_file import File

    if place := _shared_place(settings):
        from cs_aws_janitor import wiring
        from cs_aws_janitor.resources.ledger_s3 import S3

        bucket, prefix = place
        return S3(wiring.connect(settings.partition).at_home("s3"), bucket, prefix)
    return File(_path(settings), "customers.ledger")


def one_at_a_time(settings: Settings) -> AbstractContextManager[Lease]:
    """Hold the lock of the second wing. Raises LockedError while another run is under way."""
    from cs_aws_janitor.shared.lease import Holder, hold

    host, pid = socket.gethostname(), os.getpid()
    holder = Holder(f"process {pid} on {host}", host, pid)
    return hold(_slot(settings), holder, clock.now)


def _slot(settings: Settings) -> Slot:
    from cs_aws_janitor.shared.lease import FileSlot

    if place := _shared_place(settings):
        from cs_aws_janitor import wiring
        from cs_aws_janitor.resources.lease_s3 import S3Slot

        bucket, prefix = place
        return S3Slot(wiring.connect(settings.partition).at_home("s3"), bucket, f"{prefix}/lock")
    path = _path(settings)
    return FileSlot(path.with_name(f"{path.name}.lock"))


def _shared_place(settings: Settings) -> tuple[str, str] | None:
    """The bucket and prefix of the second wing, where the ledger of the first lies in S3."""
    if settings.ledger.s3 is None or "ledger" in settings.customers.model_fields_set:
        return None
    prefix = settings.ledger.s3.prefix
    return settings.ledger.s3.bucket, f"{prefix}/customers" if prefix else "customers"


def _path(settings: Settings) -> Path:
    path = settings.customers.ledger
    if path is None:
        raise RefusedError("the settings name no ledger of customers", "Set customers.ledger")
    return path


def _source(wanted: Wanted, settings: Settings) -> Source:
    from cs_aws_janitor.customers.sources.files import FileSource

    path = wanted.customers_file or settings.customers.source
    if path is None and settings.customers.salesforce.url:
        from cs_aws_janitor.cli.customers import salesforce

        return salesforce.source(settings)
    if path is None:
        cure = "Name one with --customers FILE, or [customers] source in the settings"
        raise RefusedError("there is no file of customers", cure)
    return FileSource(path, str(path))


def _command() -> str:
    context = click.get_current_context(silent=True)
    return (context and context.info_name) or "run"


def show_problems(ready: Ready) -> None:
    """Say on standard error what could not be read, a line each."""
    from cs_aws_janitor.cli import printing

    for each in (*ready.misprints, *ready.book.problems):
        printing.show_error(str(each))
    for line in ready.ledger.torn:
        printing.show_error(f"the ledger: {line}")
