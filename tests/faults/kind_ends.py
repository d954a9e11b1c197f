"""What stands at the end of a life of any kind, so put that two lives can be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import KINDS
from tests.faults.kind_laws import KindLaws, Seeing
from tests.faults.kind_lives import IT, KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.faults.acts import Act
    from tests.faults.janitor import Entry
    from tests.faults.lives import Ids, Life
    from tests.strict.aws import Account

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T[0-9:.]+(\+00:00|Z)?")


class OfKind:
    """The witness of any kind."""

    def __init__(self, life: Life, account: Account, ids: Ids) -> None:
        self.laws = KindLaws(life, account, ids)
        self._life, self._ids = life, ids
        self._kind = KINDS[life.kind]
        self._seeing = Seeing(self._kind, account)
        self._others = len(self._seeing.listed() - set(ids.values()))

    def untold(
        self, acts: list[Act], entries: list[Entry], plan: Mapping[str, Any]
    ) -> Iterator[str]:
        """Acts are only read off the calls of instances; of an end the ledger tells at last."""
        del acts, entries, plan
        return iter(())

    def wrong_at_the_end(self, entries: list[Entry]) -> Iterator[str]:
        """What should not stand, and what nobody was told of."""
        if self._seeing.shown(self._ids[KEPT]) is None:
            yield "what is protected has ended"
        marks = [each.mark for each in self._seeing.kept(self._ids[IT]) if not each.failed]
        if len(marks) > 1:
            yield f"it was backed up more than once: {marks}"
        ended = self._seeing.shown(self._ids[IT]) is None
        if self._life.ends and not ended:
            yield "it has not come to its end"
        if ended and not any(_tells_its_end(entry, self._ids[IT]) for entry in entries):
            yield "no entry of the ledger tells that it has ended"

    def end(self, entries: list[Entry]) -> dict[str, Any]:
        """What stands, and what the ledger remembers."""
        others = len(self._seeing.listed() - set(self._ids.values()))
        return {
            "account": {
                **{name: self._resource(resource) for name, resource in self._ids.items()},
                "others": others - self._others,
            },
            "ledger": {name: _remembered(entries, i) for name, i in self._ids.items()},
        }

    def _resource(self, resource: str) -> dict[str, Any]:
        found = self._seeing.shown(resource)
        return {
            "stands": found is not None,
            "power": str(found.power) if found else None,
            "tags": {k: _plain(v) for k, v in sorted(found.tags.items())} if found else {},
            "kept": sorted(
                f"{'complete' if each.complete else 'not complete'}"
                f" { ({k: _plain(v) for k, v in sorted(each.tags.items())}) }"
                for each in self._seeing.kept(resource)
            ),
        }


def _tells_its_end(entry: Entry, resource: str) -> bool:
    """Whether an entry says that it was terminated, or stores what was needed just before."""
    if entry.get("id") != resource:
        return False
    done = entry["entry"] == "outcome" and "terminate" in entry["carried_out"]
    return done or entry["entry"] == "manifest"


def _remembered(entries: list[Entry], resource: str) -> dict[str, Any]:
    """What the ledger makes the janitor remember, and what a restore would find in it."""
    found: dict[str, Any] = {"notices": set()}
    for entry in (entry for entry in entries if entry.get("id") == resource):
        match entry["entry"]:
            case "sighting":
                found["sighting"] = [entry["discovered"], entry["expiration"]]
            case "manifest":
                found["manifest"] = len(entry["backups"])
            case "notice":
                found["notices"].add(f"{_plain(entry['expiration'])} {entry['days']}")
    return {**found, "notices": sorted(found["notices"])}


def _plain(text: str) -> str:
    """A text without its instants: a second run an hour later is as good."""
    return _INSTANT.sub(r"\1", text)
