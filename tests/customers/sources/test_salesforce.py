"""Customers out of Salesforce: what belongs together, and what is said of what cannot be read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.customers.model import Contact, Customer, Event, Licences, Problem
from cs_aws_janitor.customers.salesforce import SalesforceError
from cs_aws_janitor.customers.sources.salesforce import Mapped, SalesforceSource
from cs_aws_janitor.shared.errors import RefusedError
from tests.customers import salesforce_fake as fake
from tests.customers.making import day

if TYPE_CHECKING:
    from tests.customers.salesforce_fake import FakeSalesforce

PLAIN = Mapped({}, {}, {}, {}, {})
ACCOUNT = {
    "segment": "Segment__c",
    "country": "Country__c",
    "started": "Started__c",
    "health": "Health__c",
    "public_sector": "Public__c",
    "licences.sold": "Sold__c",
    "licences.activated": "Activated__c",
    "account_executive": "Owner.Name",
}
MAPPED = Mapped(
    ACCOUNT,
    {"labels": "Labels__c"},
    {"annual_value": "Amount"},
    {"segment": {"Enterprise": "strategic"}, "stage": {"Closed Won": "closed-won"}},
    {},
)


def found(salesforce: FakeSalesforce, mapped: Mapped = PLAIN) -> list[Customer | Problem]:
    """What the source gives."""
    return list(SalesforceSource(salesforce.client(), mapped).read())


def customers(salesforce: FakeSalesforce, mapped: Mapped = PLAIN) -> list[Customer]:
    """The customers, where nothing is wrong."""
    read = found(salesforce, mapped)
    assert [each for each in read if isinstance(each, Problem)] == []
    return [each for each in read if isinstance(each, Customer)]


def an_account(salesforce: FakeSalesforce, **more: Any) -> str:
    """An account of which everything is known."""
    fields = {"Name": "Acme GmbH", "Segment__c": "Enterprise", "Country__c": "DE",
              "Started__c": "2026-01-15T10:00:00.000+0000", "Health__c": 87.0, "Public__c": False,
              "Sold__c": 500.0, "Activated__c": 60.0, "Owner": {"Name": "ae-1"}}  # fmt: skip
    return salesforce.add("Account", **fields | more)


def test_an_account_is_a_customer(salesforce: FakeSalesforce) -> None:
    """By its Id and its name, without a word in the settings."""
    record = salesforce.add("Account", Name="Acme GmbH")
    assert customers(salesforce) == [Customer(record, "Acme GmbH")]


def test_the_settings_say_which_field_is_which(salesforce: FakeSalesforce) -> None:
    """Also fields of fields, those of other records, days with a time, and numbers as text."""
    record = an_account(salesforce)
    (acme,) = customers(salesforce, MAPPED)
    assert acme == Customer(
        record,
        "Acme GmbH",
        segment="strategic",
        country="DE",
        started=day("2026-01-15"),
        health="87",
        account_executive="ae-1",
        licences=Licences(500, 60),
    )


def test_what_is_empty_there_is_not_known(salesforce: FakeSalesforce) -> None:
    """No fault, and no value."""
    record = salesforce.add("Account", Name="Acme GmbH", Owner=None)
    assert customers(salesforce, MAPPED) == [Customer(record, "Acme GmbH")]


def test_contacts_and_events_are_those_of_their_account(salesforce: FakeSalesforce) -> None:
    """Labels are split; what is in the archive counts, what is deleted or still ahead does not."""
    acme, other = an_account(salesforce), an_account(salesforce, Name="Beta")
    salesforce.add("Contact", AccountId=acme, Name="The CTO", Title="CTO", Email="cto@example.com",
                   Phone="1", Salutation="Dr.", Labels__c="GitLab Admin;Other")  # fmt: skip
    salesforce.add("Contact", AccountId=None, Name="Nobody's")
    for kind, more in (
        ("Event", {"Type": "Meeting", "ActivityDate": "2024-01-20", "IsArchived": True}),
        ("Event", {"Type": "Meeting", "ActivityDate": "2026-01-21", "IsDeleted": True}),
        ("Event", {"Type": "Other", "ActivityDate": "2026-01-22"}),
        ("Task", {"Type": "Call", "ActivityDate": "2026-01-23", "IsClosed": True}),
        ("Task", {"Type": "Email", "ActivityDate": "2026-01-24", "IsClosed": False}),
        ("Task", {"Type": "Email", "ActivityDate": None, "IsClosed": True}),
    ):
        salesforce.add(kind, AccountId=acme, **{"IsDeleted": False, **more})
    first, second = customers(salesforce, MAPPED)
    assert (first.id, second.id) == (acme, other)
    assert first.contacts == (
        Contact("The CTO", "CTO", "", "cto@example.com", "1", "Dr.", ("GitLab Admin", "Other")),
    )
    assert first.events == (Event("meeting", day("2024-01-20")), Event("call", day("2026-01-23")))
    assert (second.contacts, second.events) == ((), ())


def test_which_types_are_of_the_timeline_is_a_setting(salesforce: FakeSalesforce) -> None:
    """An organisation has its own words for calls and meetings."""
    acme = an_account(salesforce)
    for kind in ("Demo", "Meeting"):
        salesforce.add("Event", AccountId=acme, Type=kind, ActivityDate="2026-01-20",
                       IsDeleted=False)  # fmt: skip
    (customer,) = customers(salesforce, MAPPED._replace(events={"Demo": "meeting"}))
    assert customer.events == (Event("meeting", day("2026-01-20")),)


def test_the_latest_opportunity_counts(salesforce: FakeSalesforce) -> None:
    """Of those that the settings want; its stage and value are those of the customer."""
    acme = an_account(salesforce)
    for stage, closes, amount, kind in (
        ("5-Negotiating", "2027-01-15", 9.0, "Add-On"),
        ("Closed Won", "2026-01-10", 120000.0, "New"),
        ("Closed Lost", "2025-01-10", 7.0, "New"),
    ):
        salesforce.add("Opportunity", AccountId=acme, StageName=stage, CloseDate=closes,
                       Amount=amount, Type=kind)  # fmt: skip
    (customer,) = customers(salesforce, MAPPED)
    assert (customer.stage, customer.annual_value) == ("5-Negotiating", Decimal(9))
    (customer,) = customers(salesforce, MAPPED._replace(opportunities="Type = 'New'"))
    assert (customer.stage, customer.annual_value) == ("closed-won", Decimal(120000))


def test_only_some_accounts_are_customers(salesforce: FakeSalesforce) -> None:
    """By a condition; of the others nothing is fetched."""
    acme = an_account(salesforce, Type="Customer")
    other = an_account(salesforce, Type="Prospect")
    for account in (acme, other):
        salesforce.add("Contact", AccountId=account, Name="The CTO")
    (customer,) = customers(salesforce, PLAIN._replace(where="Type = 'Customer'"))
    assert (customer.id, len(customer.contacts)) == (acme, 1)


def test_more_than_one_page(salesforce: FakeSalesforce) -> None:
    """Of accounts and of what belongs to them."""
    salesforce.page = 2
    for number in range(5):
        account = an_account(salesforce, Name=f"Customer {number}")
        salesforce.add("Contact", AccountId=account, Name=f"Contact {number}")
    names = [(each.name, each.contacts[0].name) for each in customers(salesforce)]
    assert names == [(f"Customer {n}", f"Contact {n}") for n in range(5)]


def test_a_bad_record_is_told_and_the_others_go_on(salesforce: FakeSalesforce) -> None:
    """With its object, its Id and the field as Salesforce calls it."""
    first = an_account(salesforce, Segment__c="Huge", Country__c="Atlantis")
    second = an_account(salesforce, Name="Beta")
    third = an_account(salesforce, Name=None)
    contact = salesforce.add("Contact", AccountId=second, Name=None)
    deal = salesforce.add("Opportunity", AccountId=third, StageName="x", CloseDate="2026-01-01",
                          Amount=-1.0)  # fmt: skip
    last = an_account(salesforce, Name="Coda")
    read = found(salesforce, MAPPED)
    cure = "write 'strategic', 'large', 'mid-market' or 'smb'"
    assert [str(each) for each in read if isinstance(each, Problem)] == [
        f"Salesforce Account {first}, {first}, Segment__c: 'Huge' is not known; {cure}",
        f"Salesforce Contact {contact}, {second}, Name: it is missing",
        f"Salesforce Account {third}, {third}, Name: it is missing",
    ]
    assert [each.id for each in read if isinstance(each, Customer)] == [last]
    salesforce.records["Account"][2]["Name"] = "Delta"
    problems = [str(each) for each in found(salesforce, MAPPED) if isinstance(each, Problem)]
    assert f"Salesforce Opportunity {deal}, {third}, Amount: -1.0 is less than nothing" in problems


def test_a_bad_event_is_told(salesforce: FakeSalesforce) -> None:
    """With the record of the activity; a setting that means no kind at all would be one."""
    acme = an_account(salesforce)
    event = salesforce.add("Event", AccountId=acme, Type="Demo", ActivityDate="1926-01-20",
                           IsDeleted=False)  # fmt: skip
    (problem,) = found(salesforce, PLAIN._replace(events={"Demo": "meeting"}))
    assert str(problem).startswith(f"Salesforce Activity {event}, {acme}, ActivityDate: 1926-01-20")


def test_an_id_twice(salesforce: FakeSalesforce) -> None:
    """Where a field of one's own is the id of a customer, it must be the id of one."""
    first = an_account(salesforce, Number__c="acme")
    second = an_account(salesforce, Number__c="acme")
    third = an_account(salesforce, Number__c=None)
    read = found(salesforce, PLAIN._replace(account={"id": "Number__c"}))
    assert [each.id for each in read if isinstance(each, Customer)] == ["acme"]
    assert [str(each) for each in read if isinstance(each, Problem)] == [
        f"Salesforce Account {second}, acme, Number__c: it is the id of Account {first} already",
        f"Salesforce Account {third}, {third}, Number__c: it is missing",
    ]


# What the settings map, and the line that refuses it.
NO_MAPPING: list[tuple[dict[str, Any], str]] = [
    ({"account": {"segmnt": "X__c"}},
     "[customers.salesforce.account]: unknown field 'segmnt'. Did you mean 'segment'?"),
    ({"account": {"contact.1.email": "X__c"}},
     "[customers.salesforce.account]: unknown field 'contact.1.email'. "),
    ({"account": {"licences": "X__c"}}, "[customers.salesforce.account]: unknown field 'licences'"),
    ({"contact": {"mail": "X__c"}},
     "[customers.salesforce.contact]: unknown field 'mail'. Did you mean 'email'?"),
    ({"opportunity": {"qqq": "X__c"}},
     "[customers.salesforce.opportunity]: unknown field 'qqq'. Remove it"),
    ({"values": {"segmnt": {"A": "smb"}}, "account": {"segment": "X__c"}},
     "[customers.salesforce.values]: unknown field 'segmnt'. Did you mean 'segment'?"),
    ({"values": {"region": {"A": "APAC"}}},
     "[customers.salesforce.values]: unknown field 'region'. Map it, or remove it"),
]  # fmt: skip


@pytest.mark.parametrize(("mapping", "why"), NO_MAPPING)
def test_a_field_that_no_customer_has(
    salesforce: FakeSalesforce, mapping: dict[str, Any], why: str
) -> None:
    """It is refused before anything is asked."""
    with pytest.raises(RefusedError) as refused:
        found(salesforce, PLAIN._replace(**mapping))
    assert str(refused.value).startswith(why)
    assert salesforce.asked == []


def with_field(table: str, name: str) -> Mapped:
    """A mapping with a field that the fake does not have."""
    more: dict[str, Any] = {table: {name: "Architect__c"}}
    return PLAIN._replace(**more)


@pytest.mark.parametrize("table", ["account", "contact", "opportunity"])
def test_a_field_that_salesforce_does_not_have(salesforce: FakeSalesforce, table: str) -> None:
    """Customers of whom something is not known would get the wrong tasks: none is given."""
    an_account(salesforce)
    name = "role" if table == "contact" else "sa"
    with pytest.raises(SalesforceError) as refused:
        found(salesforce, with_field(table, name))
    line = str(refused.value)
    assert line.startswith(f"Salesforce {table.capitalize()}: ")
    assert f"No such column 'Architect__c' on entity '{table.capitalize()}'" in line
    assert line.endswith(f"Look at [customers.salesforce] and {table.capitalize()} there")
    assert "\n" not in line


def test_a_condition_that_is_none(salesforce: FakeSalesforce) -> None:
    """What Salesforce says of it."""
    with pytest.raises(SalesforceError, match="MALFORMED_QUERY"):
        found(salesforce, PLAIN._replace(where="Type ~ 'Customer'"))


def test_accounts_that_cannot_be_read_to_the_end(salesforce: FakeSalesforce) -> None:
    """Those that were read go on, and it is told that others are not known."""
    salesforce.page = 2
    for number in range(5):
        an_account(salesforce, Name=f"Customer {number}")
    # A token, four queries of what belongs to accounts, the first page of them.
    salesforce.troubles = [*[None] * 6, *[fake.broken] * 6]
    *read, problem = found(salesforce)
    assert [each.name for each in read if isinstance(each, Customer)] == [
        "Customer 0", "Customer 1",
    ]  # fmt: skip
    assert str(problem).startswith("the accounts that follow could not be read: Salesforce: ")
    assert "UNKNOWN_EXCEPTION" in str(problem)
