"""What is known of a customer: facts without an opinion.

Source: customer-lifecycle.md, "Customer record"; the names are those of command-line.md, "The
second wing". None or '' means that nothing is known.
"""

# Annotations are read when customers are, so they are not postponed here.
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Segment = Literal["strategic", "large", "mid-market", "smb"]
Region = Literal["AMER", "EMEA", "APAC"]
Deployment = Literal["self-managed", "gitlab.com", "dedicated"]
Cause = Literal["customer", "gitlab"]
EventKind = Literal["call", "meeting", "mail"]

SEGMENTS: tuple[str, ...] = get_args(Segment)
REGIONS: tuple[str, ...] = get_args(Region)
DEPLOYMENTS: tuple[str, ...] = get_args(Deployment)
CAUSES: tuple[str, ...] = get_args(Cause)
ROLES = ("csm", "csm_manager", "sa", "account_executive")

ADMIN = "GitLab Admin"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the customer."""

    name: str
    title: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    salutation: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the timeline."""

    kind: EventKind
    on: date


@dataclass(frozen=True, slots=True)
class Onboarding:
    """The onboarding call-to-action; `delay` is the documented reason why it is late."""

    opened: date | None = None
    closed: date | None = None
    delay: str = ""
    delay_cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Licences:
    """How many seats were sold, and how many of them are in use."""

    sold: int | None = None
    activated: int | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, and the day on which each metric of product usage was reached in it."""

    id: str
    started: date
    usage: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer.

    `started` is the day from which windows count, `contracted` that of the original contract,
    `subscribed` that of the subscription; `usage` are the metrics reached in the latter.
    `renewal_opportunity` is the day on which the renewal was identified. `country` is an ISO 3166
    code, with a subdivision where it has holidays of its own: `DE`, `DE-BY`.
    """

    id: str
    name: str
    segment: Segment | None = None
    region: Region | None = None
    country: str = ""
    public_sector: bool = False
    deployment: Deployment | None = None
    stage: str = ""
    annual_value: Decimal | None = None
    started: date | None = None
    contracted: date | None = None
    subscribed: date | None = None
    renews: date | None = None
    renewal_opportunity: date | None = None
    renewed: bool = False
    lost_reason: str = ""
    csm: str = ""
    csm_manager: str = ""
    sa: str = ""
    account_executive: str = ""
    onboarding: Onboarding = Onboarding()
    licences: Licences = Licences()
    first_value: date | None = None
    usage: Mapping[str, date] = field(default_factory=dict)
    health: str = ""
    sentiment: str = ""
    project: str = ""
    slack_channel: str = ""
    contacts: tuple[Contact, ...] = ()
    events: tuple[Event, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()

    def person(self, role: str) -> str:
        """Who has one of ROLES for this customer, or ''."""
        person: str = getattr(self, role)
        return person

    def conversations(self, today: date) -> list[date]:
        """The days of calls and meetings until `today`, in their order."""
        return sorted([e.on for e in self.events if e.kind != "mail" and e.on <= today])

    def onboarding_conversations(self, today: date) -> list[date]:
        """Those of them that are part of the onboarding: calls of whoever sold it came before.

        It begins with its call-to-action, or where none was opened with the customer.
        """
        began = self.onboarding.opened or self.started or date.min
        return [on for on in self.conversations(today) if on >= began]

    def last_contact(self, today: date) -> date | None:
        """The day of the last call, meeting or mail until `today`."""
        return max([event.on for event in self.events if event.on <= today], default=None)

    def labelled(self, label: str) -> list[Contact]:
        """The contacts that bear `label`, in whatever case."""
        wanted = label.lower()
        return [c for c in self.contacts if wanted in (each.lower() for each in c.labels)]


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read or seen: of which customer, in which file, row and field, and why.

    `row` counts customers from 1; in a CSV file it is the row that a spreadsheet shows.
    """

    why: str
    customer: str | None = None
    file: str | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        """One line: where, and what is wrong there."""
        row = f"row {self.row}" if self.row is not None else ""
        where = [each for each in (self.file, row, self.customer, self.field) if each]
        return f"{', '.join(where)}: {self.why}" if where else self.why
