"""A life that is lived: the account, the janitor in it, the laws at its door, the days that pass.

On each of its days the janitor runs twice, or thrice, an hour apart. Only the first is disturbed;
the others are the runs without, and they are there in the undisturbed life as well.
"""

from __future__ import annotations

import functools
import gc
import logging
import os
import random
import shutil
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import botocore.hooks
import pytest

from tests.faults import ends
from tests.faults.acts import untold
from tests.faults.janitor import Janitor, Ran
from tests.faults.kind_ends import OfKind
from tests.faults.laws import Laws, watching
from tests.faults.lives import INSTANCES
from tests.strict.aws import open_account
from tests.strict.clock import START
from tests.strict.disk import in_memory
from tests.strict.door import DOOR
from tests.strict.faults import Fault, broken
from tests.strict.wire import DiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.faults.acts import Act
    from tests.faults.janitor import Entry
    from tests.faults.laws import Judge
    from tests.faults.lives import Ids, Life
    from tests.strict.aws import Account

    Run = Callable[[], Ran]

# A session asks of each of its 130 handlers what it takes: a fourth of the time of a run.
botocore.hooks.accepts_kwargs = functools.cache(botocore.hooks.accepts_kwargs)

LATER_EACH_DAY = timedelta(hours=2)  # what was begun late one day is ripe at the hour of the next
AGAIN = timedelta(hours=1)
AT_LAST = timedelta(days=1)
REFUSED = 2
DIED = -1  # the exit code of who dies in this process


class Witness(Protocol):
    """Who knows what is true of the resources of a life, and what must be."""

    @property
    def laws(self) -> Judge: ...  # noqa: D102  a protocol
    def untold(  # noqa: D102
        self, acts: list[Act], entries: list[Entry], plan: Mapping[str, Any]
    ) -> Iterator[str]: ...
    def wrong_at_the_end(self, entries: list[Entry]) -> Iterator[str]: ...  # noqa: D102
    def end(self, entries: list[Entry]) -> dict[str, Any]: ...  # noqa: D102


class OfInstances:
    """The witness of EC2 instances."""

    def __init__(self, life: Life, account: Account, ids: Ids) -> None:
        self.laws = Laws(life.terms)
        self._account, self._ids = account, ids
        self._names = ends.names(account, ids)

    def untold(
        self, acts: list[Act], entries: list[Entry], plan: Mapping[str, Any]
    ) -> Iterator[str]:
        """The acts of which nobody can learn any more."""
        tags = {instance: self._account.tags(instance) for instance in self._ids.values()}
        notes = {instance: of.get("JanitorNote", "") for instance, of in tags.items()}
        return untold(acts, entries, plan, notes)

    def wrong_at_the_end(self, _entries: list[Entry]) -> Iterator[str]:
        """What should not stand."""
        return ends.backed_up_twice(self._account, self._ids)

    def end(self, entries: list[Entry]) -> dict[str, Any]:
        """What stands."""
        account, ids, names = self._account, self._ids, self._names
        return {
            "account": ends.account_end(account, ids, names),
            "ledger": ends.ledger_end(account, ids, names, entries),
        }


class World:
    """One life under way. `wrong` gathers whatever should not be, beside the breaches of laws."""

    def __init__(self, life: Life, account: Account, folder: Path) -> None:
        self.life = life
        self.account = account
        self.wrong: list[str] = []
        self._folder = folder
        self.janitor = Janitor(life, account, _home(folder, "undisturbed"))
        self.ids: Ids = life.begin(account)
        of = OfInstances if life.kind == INSTANCES else OfKind
        self._witness: Witness = of(life, account, self.ids)
        self.laws = self._witness.laws

    @property
    def labels(self) -> dict[str, str]:
        """The names of the resources by their ids."""
        return {resource: name for name, resource in self.ids.items()}

    def move(self, name: str) -> None:
        """Go on in a folder of its own, so that the files of this world stay as they are."""
        home = self._folder / name
        shutil.copytree(self.janitor.home, home)
        self.janitor.home = home
        os.chdir(home)

    def come_to(self, number: int) -> None:
        """Go to the day of the run `number`, and let happen what people do on it."""
        day = self.life.runs[number]
        self.account.at(START + timedelta(days=day) + number * LATER_EACH_DAY)
        if event := self.life.events.get(day):
            event(self.account, self.ids)

    def run(self, how: Run | None = None) -> Ran:
        """One run of the janitor under the eyes of the laws."""
        self.laws.begin_run()
        return (how or self.janitor.run)()

    def run_again(self, how: Run | None = None) -> None:
        """The runs without, each an hour later on the same day."""
        for _ in range(self.life.again):
            self.account.travel(seconds=AGAIN.total_seconds())
            ran = self.run(how)
            if ran.code == REFUSED:
                self.wrong.append(f"the run after it was refused: {ran.err.strip()}")

    def live_on(self, after: int) -> None:
        """All days after that of the run `after`, to the end."""
        for number in range(after + 1, len(self.life.runs)):
            self.come_to(number)
            self.run()
            self.run_again()
        self.account.travel(days=AT_LAST.days)

    def disturbed(self, fault: Fault, how: Run | None = None) -> Ran:
        """A run into `fault`; afterwards everything that was done must be known to somebody."""
        before = len(self.janitor.entries())
        DOOR.faults.standing.append(fault)
        try:
            ran = self.run(how)
        except DiedError:
            ran = Ran(DIED, "")
        finally:
            DOOR.faults.standing.pop()
            DOOR.faults.death = None
        self.check_books(before)
        return ran

    def check_books(self, before: int) -> None:
        """Every act stands in the ledger, behind its first entries, or in the next plan."""
        acts = list(self.laws.acts)
        if not acts:
            return
        self.laws.begin_run(may_write=False)
        plan, entries = self.janitor.plan(), self.janitor.entries()[before:]
        self.wrong += self._witness.untold(acts, entries, plan)

    def end(self) -> dict[str, Any]:
        """What stands at the end."""
        entries = self.janitor.entries()
        self.wrong += self._witness.wrong_at_the_end(entries)
        if self.janitor.lock:
            self.wrong.append(f"the lock is still held: {self.janitor.lock}")
        return self._witness.end(entries)

    def faults_found(self) -> list[str]:
        """Everything that should not be."""
        return [*self.wrong, *self.laws.breaches]


@contextmanager
def begun(life: Life) -> Iterator[World]:
    """A life at its beginning, in an empty account."""
    random.seed(life.name)  # so that a replay meets the same ids
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="faults-", dir=in_memory())))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        account = stack.enter_context(open_account(folder, patch))
        world = World(life, account, folder)
        stack.enter_context(watching(world.laws))
        yield world


def warm_up(life: Life) -> None:
    """Load now what all forks of this process would load, each for itself."""
    with begun(life) as world:
        world.disturbed(Fault("nothing", broken))
    gc.freeze()  # what is there now stays shared with the forks


def _home(folder: Path, name: str) -> Path:
    home = folder / name
    home.mkdir()
    return home
