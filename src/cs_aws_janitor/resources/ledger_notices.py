"""What the ledger remembers of notices: what was told, and what was done that is to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import digest
from cs_aws_janitor.resources.model import NEVER, Phase, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.resources.digest import Event
    from cs_aws_janitor.shared.entries import Entry

    Where = tuple[str, str, str, str]  # account, region, kind, id

TOLD_FOR = timedelta(days=7)  # what was done longer ago is told to nobody any more
LOG = "log"


@dataclass(slots=True)
class Notices:
    """Notices, outcomes and manifests as they are recalled, one entry after the other."""

    _told: set[tuple[Where, str, Event, str]] = field(default_factory=set)
    _shut_off: dict[Where, dict[str, datetime]] = field(default_factory=dict)
    _lately: dict[tuple[Where, object, str], Entry] = field(default_factory=dict)
    _kept: set[Where] = field(default_factory=set)

    def told(self, what: tuple[Where, str, Event], channels: Sequence[str]) -> bool:
        """Whether it was told by all of `channels`; by the log, where there are none."""
        return all((*what, channel) in self._told for channel in channels or (LOG,))

    def of_shut_off(self, where: Where) -> Mapping[str, datetime]:
        """When its shut-off was first told, by each Expiration (ISO format)."""
        return self._shut_off.get(where, NEVER)

    def lately(self) -> list[tuple[str, Entry]]:
        """The outcomes that shut off or terminated something, and which of it that was."""
        return [(event, entry) for (_, _, event), entry in self._lately.items()]

    def keeps(self, where: Where) -> bool:
        """Whether there is a manifest of it."""
        return where in self._kept

    def recall(
        self, where: Where, entry: Entry, at: datetime | None, now: Callable[[], datetime]
    ) -> None:
        """Remember `entry`, of the instant `at`, where it is of use `now`."""
        match entry:
            case {"entry": "notice", "expiration": str(told)}:
                self._notice(where, told, entry, at)
            case {"entry": "outcome", "carried_out": list(done)} if at and now() - at <= TOLD_FOR:
                if event := _event(done, entry.get("phase")):
                    self._lately[where, entry.get("expiration"), event] = entry
            case {"entry": "manifest"}:
                self._kept.add(where)

    def _notice(self, where: Where, told: str, entry: Entry, at: datetime | None) -> None:
        event, channel = entry.get("days", entry.get("event")), entry.get("channel", LOG)
        if isinstance(event, int | str) and isinstance(channel, str):
            self._told.add((where, told, event, channel))
            if at and event == digest.SHUT_OFF:
                self._shut_off.setdefault(where, {}).setdefault(told, at)


def _event(done: list[object], phase: object) -> str | None:
    if Verb.TERMINATE in done:
        return digest.ENDED
    if Verb.SHUT_OFF not in done:
        return None
    events = {Phase.EXPIRED.value: digest.SHUT_OFF, Phase.UNNAMED.value: digest.UNNAMED}
    return events.get(str(phase))
