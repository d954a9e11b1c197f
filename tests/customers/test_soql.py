"""Texts in queries, and values in what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.soql import literal, value_at

if TYPE_CHECKING:
    from tests.customers.salesforce_fake import FakeSalesforce

NAMES = ["Acme", "O'Neill", "back\\slash", "' OR Name != '", "tail\\", "a, b) OR (c", "Ä ö 漢"]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_finds_itself_and_nothing_else(salesforce: FakeSalesforce, name: str) -> None:
    """Whatever stands in a name, a query for it finds the record that bears it."""
    for each in NAMES:
        salesforce.add("Account", Name=each)
    soql = f"SELECT Name FROM Account WHERE Name IN ({literal(name)})"  # noqa: S608
    assert [each["Name"] for each in salesforce.client().query(soql)] == [name]


def test_a_value_of_a_record_that_is_referred_to() -> None:
    """By its path; None where there is no such record."""
    record = {"Name": "Acme", "Owner": {"Name": "ae-1"}, "Parent": None}
    assert value_at(record, "Owner.Name") == "ae-1"
    assert value_at(record, "Parent.Name") is None
    assert value_at(record, "Name") == "Acme"
