"""How people of the team are called where tasks are put."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "name them in [customers.people] of the settings"


@dataclass(frozen=True, slots=True)
class Directory:
    """Addresses, usernames in GitLab and member IDs in Slack, by the names that customers use."""

    emails: Mapping[str, str] = field(default_factory=dict)
    usernames: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)

    def email(self, name: str) -> str | None:
        """Their address: as listed, or the name itself where it is one."""
        return self.emails.get(name) or (name if "@" in name else None)

    def username(self, name: str) -> str:
        """Their username in GitLab: as listed, or the name itself."""
        return self.usernames.get(name) or name.removeprefix("@")
