"""What a round of customers is about, and everything that it works with. Light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE, PARTLY, RefusedError
from cs_aws_janitor.shared.wording import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.customers.ledger import DeliveryLedger
    from cs_aws_janitor.customers.model import Customer, Problem
    from cs_aws_janitor.customers.playbook import Playbook
    from cs_aws_janitor.customers.playbook_files import Misprint
    from cs_aws_janitor.customers.rounds import Book, Round
    from cs_aws_janitor.customers.schedule import Today
    from cs_aws_janitor.customers.sources._source import Source
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.settings.values import Location
    from cs_aws_janitor.shared.clock import Pause
    from cs_aws_janitor.wiring import Aws

EXTRA = "customers"
INSTALL = "Install it: pip install 'cs-aws-janitor[{extra}]'"


def lacking(error: ModuleNotFoundError, cure: str = INSTALL, extra: str = EXTRA) -> RefusedError:
    """What to raise where a library is not there; `cure` says how it is had by its `{extra}`."""
    return RefusedError(f"{error.name} is not installed", cure.format(extra=extra))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a round is about, where it is not what the settings say; empty or None: as they say.

    `csms` are in lower case.
    """

    customers: Location | None = None
    playbooks: Location | None = None
    today: date | None = None
    ids: frozenset[str] = field(default_factory=frozenset)
    csms: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Door:
    """What a door brings along: the settings, and the world around it.

    `connect` is called once something lies in AWS, and `environ` holds the secrets. `by` is what
    the ledger names, `name` what others are told of who holds the lock. `root` is the folder from
    which the usual playbooks are looked for; `keeps_files` is False for a function, whose files
    are gone after it. `cure` says how a library is had, by the `{extra}` that brings it. `pause`
    is how to wait.
    """

    settings: Settings
    connect: Callable[[], Aws]
    environ: Mapping[str, str]
    by: str
    name: str = ""
    root: Path = Path()
    keeps_files: bool = True
    cure: str = INSTALL
    pause: Pause = clock.pause

    def lacks(self, error: ModuleNotFoundError, extra: str = EXTRA) -> RefusedError:
        """What to raise where a library is not there."""
        return lacking(error, self.cure, extra)


@dataclass(frozen=True, slots=True)
class Ready:
    """Customers, playbooks, and what is known of the days before today."""

    door: Door
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
        from cs_aws_janitor.customers.rounds import Round  # noqa: PLC0415  light to import

        whole = not (self.misprints or self.narrowed)
        return Round(self.book, self.playbooks, self.today, whole=whole)

    @property
    def settings(self) -> Settings:
        """The settings that hold."""
        return self.door.settings

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
        from cs_aws_janitor.customers.model import Customer, Problem  # noqa: PLC0415  light

        missing = set(self.ids)
        known: list[str] = []
        for found in self.source.read():
            if self.ids and (id_ := found.id if isinstance(found, Customer) else found.customer):
                missing.discard(id_)
                known.append(id_)
            if not isinstance(found, Customer) or self._wants(found):
                yield found
        for id_ in sorted(missing):
            cure = meant(id_, known, "see janitor customers list")
            yield Problem(f"there is no such customer; {cure}", id_)

    def _wants(self, customer: Customer) -> bool:
        named = not self.ids or customer.id in self.ids
        return named and (not self.csms or customer.csm.lower() in self.csms)
