"""What the janitor asked of AWS, call by call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

READS = (
    "Describe",
    "Get",
    "List",
    "Head",
    "Search",
    "Lookup",
    "BatchGet",
    "Simulate",
    "AssumeRole",  # signs in; changes nothing
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `params` are as given to the client; of the installed command, as sent."""

    service: str
    operation: str
    region: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As IAM writes it: `ec2:StopInstances`."""
        return f"{self.service}:{self.operation}"

    @property
    def is_write(self) -> bool:
        """Whether it changes anything, judged by its name."""
        return not self.operation.startswith(READS)
