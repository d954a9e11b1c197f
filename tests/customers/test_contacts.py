"""Data integrity, a row for each line of customer-lifecycle.md."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cs_aws_janitor.customers.contacts import channel_fits, integrity
from cs_aws_janitor.customers.model import Contact
from tests.customers.making import customer

ANN = Contact(
    "Ann", "CTO", "decision maker", "ann@acme.example", "+49 30 1", "Dr", ("GitLab Admin",)
)
BEN = replace(ANN, name="Ben", email="ben@acme.example", labels=())
WHOLE = customer(contacts=(ANN, BEN), slack_channel="#a_acme-internal", region="APAC")


def test_nothing_is_missing() -> None:
    """Two contacts with everything, one of them an admin, and the channel: complete."""
    found = integrity(WHOLE)
    assert found.gaps == ()
    assert found.completeness == 1


# What the first contact lacks, and what is said of it; outside of APAC a salutation may lack.
CONTACT = [
    ("title", "", "title"),
    ("role", "", "role"),
    ("email", "", "email"),
    ("phone", "", "contact number"),
    ("salutation", "", "salutation"),
    ("email", "ann at acme", "a valid email, not ann at acme"),
]


@pytest.mark.parametrize(("attribute", "value", "missing"), CONTACT)
def test_what_a_contact_lacks(attribute: str, value: str, missing: str) -> None:
    """Title, role, email, contact number; salutation in APAC."""
    changed: dict[str, Any] = {attribute: value}
    lacking = replace(ANN, **changed)
    found = integrity(replace(WHOLE, contacts=(lacking, BEN)))
    assert [(gap.contact, gap.what) for gap in found.gaps] == [("Ann", missing)]
    assert 0 < found.completeness < 1


@pytest.mark.parametrize("region", ["EMEA", "AMER", None])
def test_no_salutation_is_asked_for_elsewhere(region: Any) -> None:
    """A salutation matters in APAC alone."""
    elsewhere = replace(WHOLE, region=region, contacts=(replace(ANN, salutation=""), BEN))
    assert integrity(elsewhere).gaps == ()


# The contacts, and what is said of the customer.
FEW = "{} of at least 2 regular contacts that can be reached"
CUSTOMER: list[tuple[tuple[Contact, ...], list[str]]] = [
    ((), [FEW.format(0), "a contact labelled GitLab Admin"]),
    ((ANN,), [FEW.format(1)]),
    ((ANN, Contact("Cid", "CIO", "sponsor", "", "", "Ms")),
     ["email", "contact number", FEW.format(1)]),
    ((BEN, BEN), ["a contact labelled GitLab Admin"]),
]  # fmt: skip


@pytest.mark.parametrize(("contacts", "missing"), CUSTOMER)
def test_what_a_customer_lacks(contacts: tuple[Contact, ...], missing: list[str]) -> None:
    """Two regular contacts at least, and one labelled GitLab Admin."""
    found = integrity(replace(WHOLE, contacts=contacts))
    assert [gap.what for gap in found.gaps] == missing


# Name and id of the customer, its channel, and whether it fits.
CHANNELS = [
    ("Acme GmbH", "acme", "#a_acme-internal", True),
    ("Acme GmbH", "0017", "#a_acme-gmbh-internal", True),
    ("Acme GmbH", "0017", "#a_acme-internal", True),
    ("Acme GmbH", "0017", "#a_0017-internal", True),
    ("Acme & Söhne", "0017", "#a_acme-internal", True),
    ("Acme GmbH", "acme", "a_acme-internal", False),
    ("Acme GmbH", "acme", "#acme-internal", False),
    ("Acme GmbH", "acme", "#a_acme", False),
    ("Acme GmbH", "acme", "#a_acm-internal", False),
    ("Acme GmbH", "acme", "#a_beta-internal", False),
    ("Acme GmbH", "acme", "", False),
]


@pytest.mark.parametrize(("name", "number", "channel", "fits"), CHANNELS)
def test_the_name_of_the_channel(
    name: str,
    number: str,
    channel: str,
    fits: bool,  # noqa: FBT001  a row of the table
) -> None:
    """An internal channel is named #a_<customer-name>-internal."""
    known = replace(WHOLE, name=name, id=number, slack_channel=channel)
    assert channel_fits(known) is fits
    assert ([gap for gap in integrity(known).gaps if "channel" in gap.what] == []) is fits
