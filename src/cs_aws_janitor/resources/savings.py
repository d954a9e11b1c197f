"""What was saved, as far as the ledger can tell. Pure.

A saving runs from what a run did to a resource until something else became of it:

- a shut-off saves what is not charged while off: not volumes, not addresses. It ends with the
  termination, or when a person extends, keeps or releases it, for then it may run again. Where the
  ledger finds it running later it counts up to when it was last known to be off; where the ledger
  says nothing more, for so long as a shut-off waits for the end, and no longer.
- a termination saves all that the resource cost: as it ran when the janitor found it, or as it
  stood there shut off by others. It ends when the resource is restored. What its backup costs is
  not taken off, for its size is not known.

It is what would have been charged, by the list prices that were known then, had nobody else shut
it off or ended it. What had no estimate counts for nothing, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import plan_json, prices
from cs_aws_janitor.resources.ledger_history import instant, text, words
from cs_aws_janitor.resources.model import Power, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from cs_aws_janitor.resources.prices import Estimate

    Entry = Mapping[str, Any]
    Rates = tuple[Decimal, Decimal]  # a month before and since, in USD

RUNS = frozenset({Power.ON, Power.MOVING})
SAVING = (Verb.SHUT_OFF, Verb.TERMINATE)
NOTHING = Decimal("0.00")
_ENDED_BY = {"extend": "extended", "keep": "kept", "release": "released", "restore": "given back"}


@dataclass(frozen=True, slots=True)
class Action:
    """One action on one resource, with the name and owner that this had then."""

    verb: Verb
    account: str
    region: str
    kind: str
    id: str
    name: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Saving:
    """What one action saved from `start` to `end` (aware), at so much a month.

    `running` and `remaining` are what the resource cost a month before it and since; `ended_by` is
    empty while the saving goes on. `by` names the list prices.
    """

    action: Action
    start: datetime
    end: datetime
    running: Decimal
    remaining: Decimal
    by: str
    ended_by: str = ""

    @property
    def hours(self) -> Decimal:
        """How long it lasted."""
        return Decimal(int((self.end - self.start).total_seconds())) / 3600

    @property
    def amount(self) -> Decimal:
        """What was saved, in whole cents."""
        return prices.rounded(self.hours * (self.running - self.remaining) / prices.HOURS)


@dataclass(frozen=True, slots=True)
class Savings:
    """All that was saved, and the actions `without` an estimate of what they save."""

    found: tuple[Saving, ...]
    without: tuple[Action, ...]

    def amount(self, verb: Verb | None = None) -> Decimal:
        """The sum, of all or of one verb, as its single amounts add up."""
        amounts = (s.amount for s in self.found if verb in {None, s.action.verb})
        return sum(amounts, NOTHING)

    def since(self, start: datetime) -> Savings:
        """The same, but for what was saved before `start` (aware)."""
        kept = (s for s in self.found if s.end > start)
        found = tuple(replace(s, start=max(s.start, start)) for s in kept)
        return replace(self, found=found)

    def between(self, start: datetime, end: datetime) -> Savings:
        """The same, but for what was saved before `start` or from `end` on (aware)."""
        within = (s for s in self.since(start).found if s.start < end)
        return replace(self, found=tuple(replace(s, end=min(s.end, end)) for s in within))

    def of(self, fits: Callable[[Action], bool]) -> Savings:
        """Those of the actions that fit."""
        found = tuple(s for s in self.found if fits(s.action))
        return Savings(found, tuple(filter(fits, self.without)))


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that the ledger says of a resource. `runs` is None where it does not say that."""

    at: datetime
    entry: Entry
    verbs: frozenset[str]
    act: str | None
    runs: bool | None
    cost: Estimate | None

    def action(self, verb: Verb) -> Action:
        """What was done."""
        account, region, kind, resource = (
            text(self.entry.get(key)) or "" for key in ("account", "region", "kind", "id")
        )
        name, owner = text(self.entry.get("name")), text(self.entry.get("owner"))
        return Action(verb, account, region, kind, resource, name, owner)


def savings(entries: Iterable[Entry], now: datetime, waits: timedelta) -> Savings:
    """What was saved until `now`, in the order in which it began.

    `waits` is how long after a shut-off the end comes (lifecycle.terminate_after).
    """
    events = [event for entry in entries if (event := _event(entry)) and event.at <= now]
    lives: dict[tuple[str, ...], _Life] = {}
    for event in sorted(events, key=lambda event: event.at):  # runs in parts write side by side
        where = tuple(str(event.entry.get(key)) for key in ("account", "region", "kind", "id"))
        lives.setdefault(where, _Life(waits)).take(event)
    found = [saving for life in lives.values() for saving in life.until(now)]
    without = tuple(action for life in lives.values() for action in life.without)
    return Savings(tuple(sorted(found, key=lambda s: (s.start, s.action.id))), without)


class _Life:
    """What the ledger says of one resource, event by event."""

    def __init__(self, waits: timedelta) -> None:
        self.without: list[Action] = []
        self._waits = waits
        self._ended: list[Saving] = []
        self._open: Saving | None = None  # its end is the last instant at which it was certain
        self._was_running = False
        self._last_cost: Estimate | None = None  # of its shut-off

    def take(self, event: _Event) -> None:
        """Go on to the next event."""
        if event.act:
            self._person(event)
            return
        if self._open and self._open.action.verb is Verb.TERMINATE and event.verbs:
            self._close(event.at, "its id is used again")  # as names of databases can be
        self._look(event)
        if Verb.TERMINATE in event.verbs:
            self._terminated(event)
        elif Verb.SHUT_OFF in event.verbs and event.runs:
            self._shut_off(event)

    def until(self, now: datetime) -> Iterator[Saving]:
        """Every saving, the last of them as far as it is certain by `now`."""
        yield from self._ended
        if self._open:
            gone = self._open.action.verb is Verb.TERMINATE
            end = now if gone else min(now, self._open.end + self._waits)
            why = "" if end == now else "nothing is known since"
            yield replace(self._open, end=end, ended_by=why)

    def _person(self, event: _Event) -> None:
        """A person's act ends a saving: from then on it may run again."""
        shut = self._open is not None and self._open.action.verb is Verb.SHUT_OFF
        self._was_running = False
        self._last_cost = None
        if self._open and shut and event.act in _ENDED_BY:
            self._close(min(event.at, self._open.end + self._waits), _ENDED_BY[event.act])
        elif event.act == "restore":
            self._close(event.at, "restored")

    def _look(self, event: _Event) -> None:
        """What a run had found it to be, just before it did something."""
        if self._open is None or event.runs is None or self._open.action.verb is Verb.TERMINATE:
            return
        if event.runs:
            self._close(self._open.end, "seen running")
        else:
            self._open = replace(self._open, end=event.at)

    def _shut_off(self, event: _Event) -> None:
        self._was_running = True
        self._last_cost = event.cost
        self._begin(event, event.cost, Verb.SHUT_OFF, lambda cost: (cost.amount, cost.while_off))

    def _terminated(self, event: _Event) -> None:
        if self._open:
            self._close(self._open.end, "terminated")
        ran = event.runs or self._was_running
        before = attrgetter("amount" if ran else "while_off")
        # What is shut off may not show any more what it had cost, such as a group of none.
        tells = event.cost is not None and event.cost.amount > NOTHING
        self._begin(
            event,
            event.cost if tells else self._last_cost or event.cost,
            Verb.TERMINATE,
            lambda cost: (before(cost), NOTHING),
        )

    def _begin(
        self,
        event: _Event,
        cost: Estimate | None,
        verb: Verb,
        rates: Callable[[Estimate], Rates],
    ) -> None:
        action = event.action(verb)
        if cost is None:
            self.without.append(action)
            return
        by = f"{cost.region} of {cost.as_of}"
        self._open = Saving(action, event.at, event.at, *rates(cost), by)

    def _close(self, end: datetime, why: str) -> None:
        if self._open:
            self._ended.append(replace(self._open, end=end, ended_by=why))
            self._open = None


def _event(entry: Entry) -> _Event | None:
    """What `entry` says of a resource, or None for what says nothing of that, or is damaged."""
    at = instant(entry.get("at"))
    if at is None:
        return None
    if entry.get("entry") == "act" and entry.get("result", "done") == "done":
        return _Event(at, entry, frozenset(), text(entry.get("act")), None, None)
    if entry.get("entry") != "outcome":
        return None
    facts = entry.get("facts")
    power = text(facts.get("power")) if isinstance(facts, dict) else None
    done = verbs_of(entry)
    runs = None if power not in {*RUNS, Power.OFF} else power in RUNS
    return _Event(at, entry, frozenset(done), None, runs, _cost(entry.get("monthly_cost")))


def verbs_of(outcome: Entry) -> set[str]:
    """What was done, by the entry of an outcome."""
    done = set(words(outcome.get("carried_out")))
    if outcome.get("result") == "done":  # a stop that was accepted and not yet seen to its end
        done |= {Verb.SHUT_OFF} & set(words(outcome.get("verbs")))
    return done


def _cost(row: object) -> Estimate | None:
    try:
        return plan_json.load_cost(row) if isinstance(row, dict) else None
    except (KeyError, ValueError):
        return None
