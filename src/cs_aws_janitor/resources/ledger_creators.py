"""What the ledger remembers of who made resources: what CloudTrail told when it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.model import Creator

if TYPE_CHECKING:
    from datetime import datetime

    from cs_aws_janitor.shared.entries import Entry

    Where = tuple[str, str, str, str]  # account, region, kind, id


@dataclass(slots=True)
class Creators:
    """The answers as they are recalled; of several on one resource the last."""

    _known: dict[Where, Creator] = field(default_factory=dict)

    def of(self, where: Where, born: datetime | None) -> Creator | None:
        """Who made it. An answer of before it was `born` is of an earlier one of its name."""
        found = self._known.get(where)
        return None if found and born and found.at < born else found

    @staticmethod
    def entry(told: Creator) -> dict[str, Any]:
        """What is written down of an answer, beside where the resource is."""
        facts = {"login": told.login, "means": told.means, "event": told.event}
        return {"at": told.at, **{key: value for key, value in facts.items() if value}}

    def recall(self, where: Where, entry: Entry, at: datetime | None) -> None:
        """Remember an answer that was written down."""
        if at is None:
            return
        texts = (entry.get(key) for key in ("login", "means", "event"))
        self._known[where] = Creator(at, *(t if isinstance(t, str) else None for t in texts))
