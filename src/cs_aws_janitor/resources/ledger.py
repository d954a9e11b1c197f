"""What was done, when, why and to what: append-only JSON lines, read back as memory.

Besides outcomes it holds first sightings (so that stripping tags renews nothing) and the
manifests that a restore needs. Each line is one entry; a line that cannot be read is reported
and passed over, because the last one may be torn by a crash.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from cs_aws_janitor.resources import dates, outcome
from cs_aws_janitor.resources.model import Sighting
from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from cs_aws_janitor.resources.model import Place, Resource
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Step

Entry = dict[str, Any]
Where = tuple[str, str, str]  # account, region, id


class Store(Protocol):
    """Where the lines of a ledger are kept."""

    def append(self, text: str) -> None:
        """Add whole lines; what was there stays. Raises LedgerError."""

    def lines(self) -> Iterator[str]:
        """Every line, oldest first. Raises LedgerError."""


@dataclass(frozen=True, slots=True)
class File:
    """Lines in one file, readable by its owner alone: manifests hold user data."""

    path: Path

    def append(self, text: str) -> None:
        """Add lines at the end, on a line of their own even after a torn one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                end = os.lseek(handle, 0, os.SEEK_END)
                torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
                _write_all(handle, (f"\n{text}" if torn else text).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise LedgerError(
                f"the ledger {self.path} cannot be written: {error.strerror}",
                "Set ledger.path to a file that can be",
            ) from error

    def lines(self) -> Iterator[str]:
        """Every line; none where there is no file yet."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                yield from file
        except FileNotFoundError:
            return
        except OSError as error:
            raise LedgerError(
                f"the ledger {self.path} cannot be read: {error.strerror}",
                "Set ledger.path to a file that can be",
            ) from error


class Ledger:
    """The entries of a `store`, and what they make the janitor remember. Safe among threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.torn: list[str] = []
        self._lock = threading.Lock()
        self._sightings: dict[Where, Sighting] = {}
        self._told: set[tuple[Where, str, int]] = set()
        self._loaded = False

    def entries(self) -> Iterator[Entry]:
        """Every readable entry, oldest first; what is torn is noted in `torn`."""
        self.torn.clear()
        for number, line in enumerate(self.store.lines(), 1):
            if not line.strip():
                continue
            entry = _parse(line)
            if entry is None:
                self.torn.append(f"line {number} is torn and was passed over")
            else:
                yield entry

    def check_writable(self) -> None:
        """Raise LedgerError now rather than after the first thing was done."""
        self._append([])

    def record(self, ended: Outcome) -> None:
        """Write down how a step ended."""
        self._append([{"entry": "outcome", **outcome.dump(ended)}])

    def act(self, what: Mapping[str, Any]) -> None:
        """Write down what a person did through a command: `extend`, `keep`, `release`."""
        self._append([{"entry": "act", **what}])

    def keep_manifest(self, resource: Resource, backups: Iterable[str], facts: Entry) -> None:
        """Store what a restore of `resource` needs, before it is terminated."""
        entry = {
            "entry": "manifest",
            **_where(resource.place, resource.id),
            "kind": resource.kind,
            "backups": list(backups),
            "manifest": facts,
        }
        self._append([entry])

    def remember(self, seen: Iterable[tuple[Step | Resource, str, str | None]]) -> None:
        """Remember the Discovered and Expiration, as on the tags, that stand on resources."""
        entries = []
        for thing, discovered, expiration in seen:
            where = (thing.place.account, thing.place.region, thing.id)
            sighting = _sighting(discovered, expiration)
            if sighting and self.sighting(*where) != sighting:
                self._sightings[where] = sighting
                entries.append(
                    {
                        "entry": "sighting",
                        **_where(thing.place, thing.id),
                        "kind": thing.kind,
                        "discovered": discovered,
                        "expiration": expiration,
                    }
                )
        if entries:
            self._append(entries)

    def sighting(self, account: str, region: str, resource_id: str) -> Sighting | None:
        """What is remembered of a resource, or None."""
        self._load()
        return self._sightings.get((account, region, resource_id))

    def told(self, step: Step, days: int) -> bool:
        """Whether the owner was told of this Expiration at this many days before."""
        self._load()
        return _notice_key(step, days) in self._told

    def tell(self, step: Step, days: int) -> None:
        """Remember that the owner was told."""
        where, expiration, _ = _notice_key(step, days)
        self._told.add((where, expiration, days))
        entry = {
            "entry": "notice",
            **_where(step.place, step.id),
            "expiration": expiration,
            "days": days,
        }
        self._append([entry])

    def _load(self) -> None:
        with self._lock:
            if self._loaded:
                return
            for entry in self.entries():
                self._recall(entry)
            self._loaded = True

    def _recall(self, entry: Entry) -> None:
        where = (
            str(entry.get("account")),
            str(entry.get("region")),
            str(entry.get("id")),
        )
        if entry["entry"] == "sighting":
            found = _sighting(str(entry.get("discovered")), entry.get("expiration"))
            if found:
                self._sightings[where] = found
        elif entry["entry"] == "notice":
            self._told.add((where, str(entry.get("expiration")), int(entry.get("days") or 0)))

    def _append(self, entries: Iterable[Entry]) -> None:
        text = "".join(f"{json.dumps(entry, default=_json)}\n" for entry in entries)
        with self._lock:
            self.store.append(text)


def _parse(line: str) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "entry" in entry else None


def _sighting(discovered: str, expiration: str | None) -> Sighting | None:
    try:
        return Sighting(dates.read(discovered, UTC).at.date(), expiration)
    except dates.UnreadableDateError:
        return None


def _notice_key(step: Step, days: int) -> tuple[Where, str, int]:
    where = (step.place.account, step.place.region, step.id)
    return where, step.expiration.isoformat() if step.expiration else "", days


def _where(place: Place, resource_id: str) -> Entry:
    return {
        "account": place.account,
        "region": place.region,
        "partition": place.partition,
        "id": resource_id,
    }


def _json(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]
