"""Sends what is due to each owner, one digest for each channel, and remembers what was sent.

So it does with the summary of a week, for who hears of what is nobody's in an account.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from cs_aws_janitor.resources import digest, noticing, weekly
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.report import digest_report, weekly_report
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.channels import Channel
    from cs_aws_janitor.resources.digest import Digest, Event, Notice
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.letter import Letter, Line
    from cs_aws_janitor.resources.plan import Plan, Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.sweep import Look

    Halted = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter: by which channel it goes, and the digest that says to whom and of what."""

    channel: Channel
    digest: Digest
    letter: Letter


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

    def written(self, notices: Sequence[Notice]) -> Iterator[Parcel]:
        """`notices` as what is to be sent, written one by one."""
        today = self.policy.today(self.now)
        for channel in self.channels:
            for each in self.digests(channel, notices):
                yield Parcel(channel, each, digest_report.letter(each, self.policy, today))

    def send(self, parcels: Iterable[Parcel], halted: Halted) -> list[Outcome]:
        """Send `parcels`; an outcome for each notice that some channel had still to send.

        Each message is remembered once it was sent, before the next one is.
        """
        ended = dict[int, Outcome]()
        for parcel in parcels:
            why = halted()
            told, failed = (set[int](), f"not told: {why}") if why else self._send(parcel, halted)
            for notice in parcel.digest.notices:
                earlier = ended.get(id(notice))
                if earlier is None or earlier.result is Result.DONE:
                    wrong = None if id(notice) in told else failed
                    ended[id(notice)] = _outcome(notice, self.now, wrong)
        outcomes = list(ended.values())
        if outcomes:
            self.ledger.record(*outcomes)
        return outcomes

    def _send(self, parcel: Parcel, halted: Halted) -> tuple[set[int], str]:
        """The notices (by identity) that were told, and why the others were not, if any."""
        channel, person = parcel.channel, parcel.digest.person
        whose = person.initials if person else None
        told = set[int]()
        for sent in channel.send(person, parcel.letter):
            if sent.why:
                log.warning("notice.failed", owner=whose, channel=channel.name, why=sent.why)
                return told, f"its owner was not told by {channel.name}: {sent.why}"
            if sent.about:
                self.ledger.tell(((n.step, n.event) for n in sent.about), channel.name)
                told |= {id(notice) for notice in sent.about}
                log.info("notice.sent", owner=whose, channel=channel.name, notices=len(sent.about))
            why = halted()
            if why and len(told) < len(parcel.digest.notices):
                return told, f"not told: {why}"
        return told, "not told"


@dataclass(frozen=True, slots=True)
class Post(Courier):
    """The same for what one run sees: what is due follows from its plan and its ledger.

    `look` is what was looked at, where that was all there is: then a week can be told of.
    """

    ledger: Ledger
    look: Look | None = None

    def due(self, plan: Plan) -> list[Notice]:
        """What is to be told now that `plan` was made, or carried out."""
        return digest.due(plan, self.policy, self.now, noticing.done(self.ledger, self.now))

    def untold(self, plan: Plan) -> list[Notice]:
        """What of that some channel has still to send."""
        names = [channel.name for channel in self.channels]
        return [n for n in self.due(plan) if not self.ledger.told(n.step, n.event, names)]

    def parcels(self, plan: Plan, *, week: bool = False) -> Iterator[Parcel]:
        """All that is due, and the summary of the week; that also where it is not (`week`)."""
        yield from self.written(self.due(plan))
        if self.look is not None and (week or weekly.is_due(self.policy, self.now)):
            yield from self._weeks(self.look, anyhow=week)

    def _weeks(self, look: Look, *, anyhow: bool) -> Iterator[Parcel]:
        """The summaries of the week that were not sent yet, for those who can be reached."""
        accounts = (row.place.account for row in look.plan.coverage)
        notices = weekly.notices(accounts, self.policy, self.now)
        for channel in self.channels:
            all_of_them = digest.digests(notices, self.policy.owners, channel.reaches)
            for each in all_of_them if anyhow else self.digests(channel, notices):
                if anyhow or channel.reaches(each.person):
                    facts = weekly.of(each, look, self.ledger, self.policy, self.now)
                    letter = weekly_report.letter(facts, each)
                    yield Parcel(channel, each, letter if anyhow else self._rest(letter, channel))

    def _rest(self, letter: Letter, channel: Channel) -> Letter:
        """`letter` without the lines that `channel` has sent already."""
        sections = []
        for section in letter.sections:
            lines = [line for line in section.lines if not self._told(line, channel)]
            sections += [replace(section, lines=tuple(lines))] if lines else []
        return replace(letter, sections=tuple(sections))

    def _told(self, line: Line, channel: Channel) -> bool:
        return all(self.ledger.told(n.step, n.event, [channel.name]) for n in line.about)

    def owes_week(self, accounts: Iterable[str]) -> bool:
        """Whether the owner of one of `accounts` is still to be told of the week."""
        if not weekly.is_due(self.policy, self.now):
            return False
        notices = weekly.notices(accounts, self.policy, self.now)
        return any(
            channel.reaches(each.person)
            for channel in self.channels
            for each in self.digests(channel, notices)
        )

    def deliver(self, plan: Plan, halted: Halted) -> list[Outcome]:
        """Send all that is due."""
        return self.send(self.parcels(plan), halted)


def _outcome(notice: Notice, now: datetime, failed: str | None) -> Outcome:
    step = replace(notice.step, verbs=(Verb.NOTIFY,))
    if failed:
        return Outcome(step, Result.FAILED, now, failed)
    return Outcome(step, Result.DONE, now, carried_out=(Verb.NOTIFY,))
