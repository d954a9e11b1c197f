"""The ledgers of many places as one: what was told of all of them at once, each remembers.

A digest is about many places, and its sending one call. So what was sent is first written down as
one object, the receipt, and then into each ledger; where that breaks off, whoever goes on with the
run completes it before anything else is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cs_aws_janitor.resources import plan_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cs_aws_janitor.resources.digest import Event
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Step
    from cs_aws_janitor.resources.run_folder import RunFolder

T = TypeVar("T")

AT_ONCE = 32  # places: of thousands each is some calls
RECEIPTS = "told/"


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The ledgers that `open_one` opens, and the folder of the run, where its receipts are kept."""

    open_one: Callable[[Place], Ledger]
    folder: RunFolder
    _opened: dict[Place, Ledger] = field(default_factory=dict)

    def load(self, places: Iterable[Place]) -> None:
        """Read the ledgers of `places` at once, rather than each when it is asked."""
        self._at_once({place: [place] for place in places}, lambda ledger, _: ledger.load())

    def told(self, step: Step, event: Event, channels: Sequence[str] = ()) -> bool:
        """Whether the ledger of its place says that its owner was told by all of `channels`."""
        return self._of(step.place).told(step, event, channels)

    def tell(self, notices: Iterable[tuple[Step, Event]], channel: str) -> None:
        """Have each place remember what of it was told by `channel`."""
        told = list(notices)
        rows = [{"step": plan_json.dump_step(step), "event": event} for step, event in told]
        receipt = {"channel": channel, "notices": rows}
        name = hashlib.sha256(json.dumps(receipt, sort_keys=True).encode()).hexdigest()
        self.folder.write(f"{RECEIPTS}{name}.json", receipt)
        self._remember(told, channel)

    def complete(self) -> None:
        """Have each place remember what receipts say was sent, and a crash has kept from it."""
        for receipt in self.folder.read_all(RECEIPTS):
            channel = receipt["channel"]
            sent = [(plan_json.load_step(row["step"]), row["event"]) for row in receipt["notices"]]
            self.load({step.place for step, _ in sent})
            left = [(step, event) for step, event in sent if not self.told(step, event, [channel])]
            self._remember(left, channel)

    def record(self, *ended: Outcome) -> None:
        """Write down in each place how its steps ended."""
        by_place: dict[Place, list[Outcome]] = defaultdict(list)
        for each in ended:
            by_place[each.step.place].append(each)
        self._at_once(by_place, lambda ledger, here: ledger.record(*here))

    def _remember(self, told: Iterable[tuple[Step, Event]], channel: str) -> None:
        by_place: dict[Place, list[tuple[Step, Event]]] = defaultdict(list)
        for step, event in told:
            by_place[step.place].append((step, event))
        self._at_once(by_place, lambda ledger, here: ledger.tell(here, channel))

    def _at_once(
        self, by_place: Mapping[Place, Sequence[T]], act: Callable[[Ledger, Sequence[T]], None]
    ) -> None:
        """`act` on the ledger of each place, with what is its own."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ledgers") as pool:
            acts = [pool.submit(act, self._of(place), own) for place, own in by_place.items()]
            for each in acts:
                each.result()

    def _of(self, place: Place) -> Ledger:
        if place not in self._opened:
            self._opened[place] = self.open_one(place)
        return self._opened[place]
