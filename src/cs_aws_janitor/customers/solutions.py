"""A request to the solutions architects: what is wanted, what is there, what stands in the way.

Source: customer-lifecycle.md, "Solutions architect engagement".
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.customers.model import Customer

LABEL = "SA Backlog"
PARTS = ("outcome", "infrastructure", "challenges")


@dataclass(frozen=True, slots=True)
class Request:
    """What a CSM asks the solutions architects for; each part in words."""

    customer: Customer
    outcome: str
    infrastructure: str
    challenges: str

    @property
    def key(self) -> str:
        """The same whenever the same is asked for again, whatever its spaces."""
        words = [self._part(part).split() for part in PARTS]
        digest = blake2b(repr(words).encode(), digest_size=8).hexdigest()
        return f"{self.customer.id}/sa-request/{digest}"

    @property
    def title(self) -> str:
        """The title of its issue."""
        return f"SA request: {self.customer.name}"

    @property
    def description(self) -> str:
        """Its parts under their names, then whose customer it is."""
        parts = (f"## {part.capitalize()}\n\n{self._part(part).strip()}" for part in PARTS)
        customer = self.customer
        facts = {
            "Customer": customer.name,
            "Segment": customer.segment,
            "Region": customer.region,
            "Deployment": customer.deployment,
            "CSM": customer.csm,
            "SA": customer.sa,
            "Account executive": customer.account_executive,
        }
        lines = (f"- {name}: {' '.join(value.split())}" for name, value in facts.items() if value)
        return "\n\n".join((*parts, "## Customer", "\n".join(lines)))

    def faults(self) -> Iterator[str]:
        """Which parts are missing."""
        for part in PARTS:
            if not self._part(part).strip():
                yield f"{part} is missing"

    def _part(self, part: str) -> str:
        text: str = getattr(self, part)
        return text
