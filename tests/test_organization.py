"""Discovery: page by page, until every account of the organisation has been told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor import wiring
from cs_aws_janitor.organization import Member, members

if TYPE_CHECKING:
    from tests.strict.aws import Account

A_PAGE = 100  # of moto's


def test_every_page_is_read(account: Account) -> None:
    """More accounts than one answer holds are all found, each once, by id and with its name."""
    people = account.client("organizations")
    people.create_organization(FeatureSet="ALL")
    for number in range(A_PAGE + 1):
        account.travel(seconds=1)  # by which moto tells its pages apart
        people.create_account(AccountName=f"n-{number}", Email=f"n-{number}@example.com")
    root = people.list_roots()["Roots"][0]["Id"]
    client = wiring.connect().at_home("organizations")
    found = members(client, None)
    assert len(found) == A_PAGE + 2  # and the one that manages it
    assert found == sorted(set(found), key=lambda member: member.id)
    assert {f"n-{number}" for number in range(A_PAGE + 1)} < {member.name for member in found}
    assert sum(call.operation == "ListAccounts" for call in account.calls) == 2
    assert members(client, [root]) == found


def test_a_member_has_an_id_and_a_name(account: Account) -> None:
    """The one that manages the organisation is a member as well."""
    people = account.client("organizations")
    people.create_organization(FeatureSet="ALL")
    client = wiring.connect().at_home("organizations")
    assert members(client, None) == [Member(account.id, "master")]
