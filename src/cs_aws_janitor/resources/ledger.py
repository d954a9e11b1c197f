"""What was done, when, why and to what: append-only JSON lines, read back as memory.

Every line is one entry, an object whose `entry` says what it is, and whose `at` says when:

- outcome: how a step ended (`outcome.dump`), and `by` which command: `run` or `apply`;
- act: what a person had done through a command (`Ledger.act`);
- sighting: the Discovered and Expiration as they stood on a resource, so that stripping both
  renews nothing, not even after a person had moved the date;
- notice: its owner was told of an Expiration, so many `days` before, or of an `event`, by a
  `channel`; without one, in the log;
- thread: with which message in Slack (`begins`) the thread of a `name` begins in a `conversation`;
- creator: CloudTrail was asked who made it; the `login`, and what it `means` by which `event`, or
  none of them where it told of no person;
- inventory: how much a complete listing had shown, so that a sudden gap is not believed;
- manifest: what a restore needs. It holds user data, and is never shown.

Other entries, of a later version, are kept and passed over. So is a line that cannot be read,
for the last one may be torn by a crash; it is reported.
"""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import dates, outcome
from cs_aws_janitor.resources.ledger_creators import Creators
from cs_aws_janitor.resources.ledger_notices import LOG, Notices
from cs_aws_janitor.resources.ledger_threads import Threads
from cs_aws_janitor.resources.ledger_turns import Turns
from cs_aws_janitor.resources.model import Place, Resource, Sighting
from cs_aws_janitor.shared import clock, entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.digest import Event
    from cs_aws_janitor.resources.model import Creator
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Coverage, Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.shared.entries import Entry, Store

    Where = tuple[str, str, str, str]  # account, region, kind, id


COUNTED_FROM = 10  # fewer resources may well come and go in a day
COUNTED_FOR = timedelta(days=2)


class Ledger:
    """The entries of a `store`, and what they make the janitor remember. Safe among threads.

    Memory is read once, when it is first asked for: one ledger for each run. `by` names the
    command whose outcomes are recorded, `now` stamps what has no instant of its own.
    """

    def __init__(
        self, store: Store, by: str = "run", now: Callable[[], datetime] = clock.now
    ) -> None:
        self.store = store
        self.by = by
        self.torn: list[str] = []
        self._now = now
        self._turns = Turns(store.append)
        self._memory = threading.Lock()
        self._loaded = False
        self._sightings: dict[Where, Sighting] = {}
        self._notices = Notices()
        self._threads = Threads()
        self._creators = Creators()
        self._counts: dict[tuple[Place, str], tuple[int, datetime]] = {}

    def entries(self) -> Iterator[Entry]:
        """Every readable entry, oldest first; once all are read, `torn` tells of the others."""
        torn: list[str] = []
        yield from entries.read(self.store, torn)
        self.torn = torn

    def check_writable(self) -> None:
        """Raise LedgerError now rather than after the first thing was done."""
        self._append([])

    def record(self, *ended: Outcome) -> None:
        """Write down how steps ended; all of one call are kept together."""
        self._append([{"entry": "outcome", "by": self.by, **outcome.dump(one)} for one in ended])

    def act(self, what: Mapping[str, Any]) -> None:
        """Write down what a person had done through a command.

        `what` holds `act` (extend, keep, release, restore), `account region kind id name` of the
        resource, the `old` and the `new` value where there are such, and the `reason` that was
        given; `at` where it is not the present.
        """
        self._append([{"entry": "act", "at": self._now(), **what}])

    def keep_manifest(self, resource: Resource, backups: Iterable[str], facts: Entry) -> None:
        """Store what a restore of `resource` needs, before it is terminated."""
        needed = {"by": self.by, "backups": list(backups), "manifest": facts}
        self._append([self._entry("manifest", resource, needed)])

    def manifest(self, resource: Resource) -> Entry | None:
        """What was stored last of `resource`, or of an earlier one of its id; None without any."""
        where = _where(resource)
        for entry in self.manifests():
            if (entry["account"], entry["region"], entry["kind"], entry["id"]) == where:
                facts: Entry = entry["manifest"]
                return facts
        return None

    def manifests(self) -> list[Entry]:
        """The last manifest of every resource that has one, in the order of their ends."""
        last: dict[Where, Entry] = {}
        for entry in self.entries():
            match entry:
                case {
                    "entry": "manifest",
                    "account": str(account),
                    "region": str(region),
                    "kind": str(kind),
                    "id": str(resource_id),
                    "manifest": dict(),
                }:
                    last.pop((account, region, kind, resource_id), None)
                    last[account, region, kind, resource_id] = entry
        return list(last.values())

    def remember(self, seen: Iterable[tuple[Step | Resource, str, str | None]]) -> None:
        """Remember the Discovered and Expiration, as on the tags, that stand on resources.

        What stood there last counts: a date that a person moved replaces the one before.
        """
        entries = []
        known: dict[Where, Sighting | None] = {}
        for thing, discovered, expiration in seen:
            where = _where(thing)
            stands = _sighting(discovered, expiration, self._belongs_to(thing))
            if stands and stands != known.get(where, self._remembered(thing)):
                known[where] = stands
                tags = {"discovered": discovered, "expiration": expiration}
                tags |= {"name": stands.name} if stands.name else {}
                entries.append(self._entry("sighting", thing, tags))
        if entries:
            self._append(entries)

    def first_seen(self, thing: Resource, policy: Policy) -> date:
        """The day to remember as that of its discovery, where its tags do not tell it.

        That which is known, but not of an earlier one that bore the same id; else the present one.
        """
        known = self._remembered(thing)
        if known and (thing.born is None or known.discovered >= policy.day_of(thing.born)):
            return known.discovered
        return policy.today(self._now())

    def is_news(self, thing: Resource, discovered: str, expiration: str | None) -> bool:
        """Whether `remember` would write down these tags of `thing`."""
        stands = _sighting(discovered, expiration, self._belongs_to(thing))
        return stands is not None and stands != self._remembered(thing)

    def sighting(self, place: Place, kind: str, resource_id: str) -> Sighting | None:
        """What is remembered of a resource, or None."""
        self.load()
        return self._sightings.get((place.account, place.region, kind, resource_id))

    def learn(self, created: Iterable[tuple[Resource, Creator]]) -> None:
        """Remember who made each, so that CloudTrail is not asked again."""
        entries = [self._entry("creator", one, Creators.entry(told)) for one, told in created]
        if entries:
            self._append(entries)

    def creator(self, thing: Resource) -> Creator | None:
        """Who made it, as CloudTrail told; None where it was not asked of this very one yet."""
        self.load()
        return self._creators.of(_where(thing), thing.born)

    def _remembered(self, thing: Step | Resource) -> Sighting | None:
        return self.sighting(thing.place, thing.kind, thing.id)

    def _belongs_to(self, thing: Step | Resource) -> str | None:
        """The name of what `thing` is part of, or was last: it keeps it when that is gone."""
        known = self._remembered(thing)
        return _whose(thing) or (known.name if known else None)

    def count(self, coverage: Iterable[Coverage]) -> None:
        """Remember how much each complete listing has shown, once a day or when it changes."""
        self.load()
        with self._memory:
            counts = dict(self._counts)
        entries = []
        for row in coverage:
            if row.status == "ok" and row.resources >= COUNTED_FROM:
                last = counts.get((row.place, row.kind))
                now = self._now()
                if last is None or last[0] != row.resources or last[1].date() != now.date():
                    where = asdict(row.place)
                    seen = {"kind": row.kind, "resources": row.resources}
                    entries.append({"entry": "inventory", "at": now, **where, **seen})
        if entries:
            self._append(entries)

    def counts(self, now: datetime) -> dict[tuple[Place, str], int]:
        """How much the last complete listing of each kind in each place has shown.

        One of long ago tells nothing any more: what people made of the account since is the truth.
        """
        self.load()
        return {where: n for where, (n, at) in self._counts.items() if now - at <= COUNTED_FOR}

    def told(self, step: Step, event: Event, channels: Sequence[str] = ()) -> bool:
        """Whether the owner was told of this event and Expiration by all of `channels`."""
        self.load()
        return self._notices.told((_where(step), _expiration(step), event), channels)

    def told_of_shut_off(self, thing: Resource) -> Mapping[str, datetime]:
        """When the owner was first told that it was shut off, by each Expiration (ISO format)."""
        self.load()
        return self._notices.of_shut_off(_where(thing))

    def tell(self, notices: Iterable[tuple[Step, Event]], channel: str = LOG) -> None:
        """Remember that owners were told by `channel`; all of one call are kept together."""
        by = {} if channel == LOG else {"channel": channel}
        entries = []
        for step, event in notices:
            what = {"days": event} if isinstance(event, int) else {"event": event}
            told = {"expiration": _expiration(step), **what, **by}
            entries.append(self._entry("notice", step, told))
        self._append(entries)

    def thread(self, conversation: str, name: str) -> str | None:
        """With which message in Slack the thread of that name begins; None where there is none."""
        self.load()
        return self._threads.of(conversation, name)

    def keep_thread(self, conversation: str, name: str, begins: str) -> None:
        """Remember with which message in Slack a thread begins."""
        self._append([{"at": self._now(), **Threads.entry(conversation, name, begins)}])

    def lately(self) -> list[tuple[str, Entry]]:
        """The outcomes of the last days that shut off or terminated something, and which it was."""
        self.load()
        return self._notices.lately()

    def keeps(self, step: Step) -> bool:
        """Whether there is a manifest by which it can be restored."""
        self.load()
        return self._notices.keeps(_where(step))

    def _entry(self, sort: str, of: Step | Resource, more: Mapping[str, Any]) -> Entry:
        where = asdict(of.place)
        return {"entry": sort, "at": self._now(), **where, "kind": of.kind, "id": of.id, **more}

    def _append(self, added: Sequence[Entry]) -> None:
        """Keep `added`, and only then remember them."""
        self._turns.append(entries.text(added))
        with self._memory:
            for entry in added:
                self._recall(entry)

    def load(self) -> None:
        """Read the memory now, where it was not asked for yet."""
        with self._memory:
            if self._loaded:
                return
            for entry in self.entries():
                self._recall(entry)
            self._loaded = True

    def _recall(self, entry: Entry) -> None:
        match entry:
            case {
                "entry": "inventory",
                "account": str(account),
                "region": str(region),
                "partition": str(partition),
                "kind": str(kind),
                "resources": int(seen),
            }:
                if at := _instant(entry.get("at")):
                    self._counts[Place(account, region, partition), kind] = (seen, at)
                return
            case {
                "account": str(account),
                "region": str(region),
                "kind": str(kind),
                "id": str(resource_id),
            }:
                where = (account, region, kind, resource_id)
            case _:
                self._threads.recall(entry)
                return
        match entry:
            case {"entry": "sighting", "discovered": str(discovered)}:
                if found := _sighting(discovered, entry.get("expiration"), entry.get("name")):
                    self._sightings[where] = found
            case {"entry": "creator"}:
                self._creators.recall(where, entry, _instant(entry.get("at")))
            case {"entry": "notice" | "outcome" | "manifest"}:
                self._notices.recall(where, entry, _instant(entry.get("at")), self._now)


def _instant(given: object) -> datetime | None:
    if isinstance(given, datetime):
        return given
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _where(thing: Step | Resource) -> Where:
    return thing.place.account, thing.place.region, thing.kind, thing.id


def _whose(thing: Step | Resource) -> str | None:
    """The name of what `thing` is part of; None for what is part of nothing."""
    if isinstance(thing, Resource):
        return thing.own_name if thing.follows else None
    return thing.name if thing.facts.get("follows") else None


def _sighting(discovered: str, expiration: object, name: object) -> Sighting | None:
    try:
        day = dates.read(discovered, UTC).at.date()
    except dates.UnreadableDateError:
        return None
    return Sighting(day, _text(expiration), _text(name))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _expiration(step: Step) -> str:
    return step.expiration.isoformat() if step.expiration else ""
