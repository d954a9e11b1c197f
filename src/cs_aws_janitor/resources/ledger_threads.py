"""What the ledger remembers of threads in Slack: with which message each of them begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_aws_janitor.shared.entries import Entry


@dataclass(slots=True)
class Threads:
    """The threads as they are recalled, by their conversation and name."""

    _begins: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, conversation: str, name: str) -> str | None:
        """The message, as Slack names it; None where there is none."""
        return self._begins.get((conversation, name))

    @staticmethod
    def entry(conversation: str, name: str, begins: str) -> dict[str, Any]:
        """What is written down of one, beside when."""
        where = {"conversation": conversation, "name": name}
        return {"entry": "thread", **where, "begins": begins}

    def recall(self, entry: Entry) -> None:
        """Remember it, where `entry` is of a thread."""
        match entry:
            case {
                "entry": "thread",
                "conversation": str(conversation),
                "name": str(name),
                "begins": str(begins),
            }:
                self._begins[conversation, name] = begins
