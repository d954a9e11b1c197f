"""Sends what is due to each owner, one digest for each channel, and remembers what was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from cs_aws_janitor.resources import digest, noticing
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.report import digest_report
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.channels import Channel
    from cs_aws_janitor.resources.digest import Digest, Event, Notice
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Plan, Step
    from cs_aws_janitor.resources.policy import Policy


class Memory(Protocol):
    """What remembers who was told of what: a ledger, or those of many places."""

    def told(self, step: Step, event: Event, channels: Sequence[str] = ()) -> bool:
        """Whether the owner was told of it by all of `channels`."""
        ...

    def tell(self, notices: Iterable[tuple[Step, Event]], channel: str) -> None:
        """Remember that owners were told by `channel`."""
        ...

    def record(self, *ended: Outcome) -> None:
        """Write down how notices ended."""
        ...


@dataclass(frozen=True, slots=True)
class Courier:
    """The channels of the settings, and what is known of who was told, at the `now` of a run."""

    channels: Sequence[Channel]
    policy: Policy
    ledger: Memory
    now: datetime

    def digests(self, channel: Channel, notices: Sequence[Notice]) -> list[Digest]:
        """What of `notices` the `channel` has not sent yet, by who is told."""
        fresh = [n for n in notices if not self.ledger.told(n.step, n.event, [channel.name])]
        return digest.digests(fresh, self.policy.owners, channel.reaches)

    def send(self, notices: Sequence[Notice], halted: Callable[[], str | None]) -> list[Outcome]:
        """Send `notices`; an outcome for each that some channel had still to send.

        A digest is remembered once it was sent, before the next one is.
        """
        ended: dict[int, Outcome] = {}
        for channel in self.channels:
            for each in self.digests(channel, notices):
                why = halted()
                failed = f"not told: {why}" if why else self._send(channel, each)
                for notice in each.notices:
                    earlier = ended.get(id(notice))
                    if earlier is None or earlier.result is Result.DONE:
                        ended[id(notice)] = _outcome(notice, self.now, failed)
        outcomes = list(ended.values())
        if outcomes:
            self.ledger.record(*outcomes)
        return outcomes

    def _send(self, channel: Channel, what: Digest) -> str | None:
        person = what.person.initials if what.person else None
        failed = channel.send(what.person, digest_report.message(what, self.policy))
        if failed:
            log.warning("notice.failed", owner=person, channel=channel.name, why=failed)
            return f"its owner was not told by {channel.name}: {failed}"
        self.ledger.tell(((n.step, n.event) for n in what.notices), channel.name)
        log.info("notice.sent", owner=person, channel=channel.name, notices=len(what.notices))
        return None


@dataclass(frozen=True, slots=True)
class Post(Courier):
    """The same for what one run sees: what is due follows from its plan and its ledger."""

    ledger: Ledger

    def due(self, plan: Plan) -> list[Notice]:
        """What is to be told now that `plan` was made, or carried out."""
        return digest.due(plan, self.policy, self.now, noticing.done(self.ledger, self.now))

    def untold(self, plan: Plan) -> list[Notice]:
        """What of that some channel has still to send."""
        names = [channel.name for channel in self.channels]
        return [n for n in self.due(plan) if not self.ledger.told(n.step, n.event, names)]

    def deliver(self, plan: Plan, halted: Callable[[], str | None]) -> list[Outcome]:
        """Send all that is due."""
        return self.send(self.due(plan), halted)

    def preview(self, plan: Plan) -> Iterator[tuple[str, Digest]]:
        """What would be sent, by which channel."""
        notices = self.due(plan)
        for channel in self.channels:
            for each in self.digests(channel, notices):
                yield channel.name, each


def _outcome(notice: Notice, now: datetime, failed: str | None) -> Outcome:
    step = replace(notice.step, verbs=(Verb.NOTIFY,))
    if failed:
        return Outcome(step, Result.FAILED, now, failed)
    return Outcome(step, Result.DONE, now, carried_out=(Verb.NOTIFY,))
