"""Whether what is known of a customer's people is whole.

Source: customer-lifecycle.md, "Data integrity".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.customers.model import ADMIN
from cs_aws_janitor.shared.addresses import is_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.customers.model import Contact, Customer

REGULAR = 2  # contacts that are spoken with
FIELDS = {"title": "title", "role": "role", "email": "email", "phone": "contact number"}
CHANNEL = re.compile(r"#a_([a-z0-9-]+)-internal")
_GAPS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing; `contact` is None where it concerns the customer."""

    contact: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """What is missing of one customer, out of how much that is asked for."""

    gaps: tuple[Gap, ...]
    asked: int

    @property
    def completeness(self) -> float:
        """The share of what is asked for that is there, from 0 to 1."""
        return (self.asked - len(self.gaps)) / self.asked


def integrity(customer: Customer) -> Integrity:
    """What is missing: of each contact, and of the customer as a whole."""
    checks = list(_checks(customer))
    return Integrity(tuple(gap for gap, fine in checks if not fine), len(checks))


def channel_fits(customer: Customer) -> bool:
    """Whether the Slack channel is `#a_<customer-name>-internal`.

    The customer's name is its id, its name, or the first words of that: GmbH and the like may be
    left out.
    """
    found = CHANNEL.fullmatch(customer.slack_channel)
    if not found:
        return False
    name = _slug(customer.name)
    return found[1] in {_slug(customer.id), name} or name.startswith(f"{found[1]}-")


def expected_channel(customer: Customer) -> str:
    """The name that the Slack channel should have."""
    return f"#a_{_slug(customer.name) or _slug(customer.id)}-internal"


def _checks(customer: Customer) -> Iterator[tuple[Gap, bool]]:
    for contact in customer.contacts:
        yield from _contact_checks(contact, apac=customer.region == "APAC")
    reachable = [c for c in customer.contacts if c.email or c.phone]
    yield (
        Gap(None, f"{len(reachable)} of at least {REGULAR} regular contacts that can be reached"),
        len(reachable) >= REGULAR,
    )
    yield Gap(None, f"a contact labelled {ADMIN}"), bool(customer.labelled(ADMIN))
    channel = customer.slack_channel
    named = f"a Slack channel named {expected_channel(customer)}"
    yield Gap(None, f"{named}, not {channel}" if channel else named), channel_fits(customer)


def _contact_checks(contact: Contact, *, apac: bool) -> Iterator[tuple[Gap, bool]]:
    for attribute, name in FIELDS.items():
        yield Gap(contact.name, name), bool(getattr(contact, attribute))
    if contact.email:
        fine = is_address(contact.email)
        yield Gap(contact.name, f"a valid email, not {contact.email}"), fine
    if apac:
        yield Gap(contact.name, "salutation"), bool(contact.salutation)


def _slug(text: str) -> str:
    return _GAPS.sub("-", text.lower()).strip("-")
