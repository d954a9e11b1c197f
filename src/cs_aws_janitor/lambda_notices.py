"""Owners hear once of a run in many parts: of all accounts and regions in one digest."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor import looking
from cs_aws_janitor.channels import channels_of
from cs_aws_janitor.resources import digest, noticing
from cs_aws_janitor.resources.delivering import Courier
from cs_aws_janitor.resources.ledgers import Ledgers
from cs_aws_janitor.resources.outcome import CLEAN, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from cs_aws_janitor.lambda_results import Part
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan, Step
    from cs_aws_janitor.resources.run_folder import RunFolder
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws


THREADS = "all/threads"  # in the place of one: a thread in Slack is about many


@dataclass(frozen=True, slots=True)
class Told:
    """How many `notices` were told, and how those ended that some channel had to send."""

    notices: int
    ended: Sequence[Outcome] = ()

    @property
    def failed(self) -> list[Outcome]:
        """Those that were not sent, and stay due."""
        return [each for each in self.ended if each.result not in CLEAN]

    @property
    def results(self) -> Counter[str]:
        """How many ended how."""
        return Counter(each.result.value for each in self.ended)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who tells of the run of `folder`, at `now` (aware)."""

    aws: Aws
    settings: Settings
    folder: RunFolder
    now: datetime

    def tell(
        self, parts: Sequence[Part], unseen: Sequence[Plan], halted: Callable[[], str | None]
    ) -> Told:
        """Tell owners of what the parts have left, and of the places that no part has seen.

        The ledger of each place remembers it. What `halted` or a refusal leaves is due again when
        the place is looked after the next time.
        """
        policy, threads = self.settings.policy(), self._ledger_of(THREADS)
        channels = channels_of(self.aws, self.settings, threads, self.now)
        if not channels:
            return Told(self._log(step for part in parts for step in part.plan.steps))
        ledgers = Ledgers(self._ledger, self.folder)
        ledgers.complete()
        notices = [notice for part in parts for notice in part.notices]
        for plan in unseen:
            notices += digest.due(plan, policy, self.now, ())
        ledgers.load({notice.step.place for notice in notices})
        courier = Courier(channels, policy, ledgers, self.now)
        ended = courier.send(courier.written(notices), halted)
        return Told(sum(each.result is Result.DONE for each in ended), ended)

    def _log(self, steps: Iterator[Step]) -> int:
        """Tell them in the log, which is all there is."""
        by_place: dict[Place, list[Step]] = defaultdict(list)
        for step in steps:
            by_place[step.place].append(step)
        policy = self.settings.policy()
        return sum(
            noticing.tell(self._ledger(place), policy, self.now, due)
            for place, due in by_place.items()
        )

    def _ledger(self, place: Place) -> Ledger:
        return self._ledger_of(f"{place.account}/{place.region}")

    def _ledger_of(self, own: str) -> Ledger:
        return looking.open_ledger(self.settings, self.aws, "run", own)
