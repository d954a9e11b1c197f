"""The client of Salesforce: what it asks, how often, and what it says when it is refused."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.salesforce import (
    LONGEST_WAIT,
    RETRIES,
    Access,
    RecordRefusedError,
    Salesforce,
    SalesforceError,
)
from tests.customers import salesforce_fake as fake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.customers.salesforce_fake import FakeSalesforce, Trouble

ACCOUNTS = "SELECT Id, Name FROM Account ORDER BY Id"
VALUES = {"Subject": "Welcome", "Status": "Not Started", "Priority": "Normal"}


def names(client: Salesforce) -> list[str]:
    """The names of all accounts."""
    return [record["Name"] for record in client.query(ACCOUNTS)]


def test_a_token_is_asked_for_once(salesforce: FakeSalesforce) -> None:
    """With the credentials of the app; every request after it bears that token."""
    client = salesforce.client()
    assert names(client) == names(client) == []
    assert salesforce.asked == [
        "POST /services/oauth2/token",
        "GET /services/data/v62.0/query",
        "GET /services/data/v62.0/query",
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_every_page_is_read(salesforce: FakeSalesforce, count: int) -> None:
    """However many records there are, each is given once, in their order."""
    salesforce.page = 2
    added = [f"Account {number}" for number in range(count)]
    for name in added:
        salesforce.add("Account", Name=name)
    assert names(salesforce.client()) == added


def test_a_session_that_ended_is_begun_anew(salesforce: FakeSalesforce) -> None:
    """Once for each request, in the midst of pages as well."""
    salesforce.page = 1
    for number in range(3):
        salesforce.add("Account", Name=f"{number}")
    salesforce.troubles = [None, None, fake.expired, None, None, fake.expired]
    assert names(salesforce.client()) == ["0", "1", "2"]
    assert salesforce.asked.count("POST /services/oauth2/token") == 3


def test_a_session_that_ends_at_once_is_told(salesforce: FakeSalesforce) -> None:
    """A second token that is not taken either ends it: nothing is asked for ever."""
    salesforce.troubles = [None, fake.expired, None, fake.expired]
    with pytest.raises(SalesforceError, match=r"Session expired or invalid \(INVALID_SESSION_ID\)"):
        names(salesforce.client())
    assert len(salesforce.asked) == 4


TROUBLES: list[Sequence[Trouble]] = [
    [fake.too_many],
    [fake.broken, fake.broken],
    [fake.reset],
    [fake.lost],
    [fake.slow],
]


@pytest.mark.parametrize("troubles", TROUBLES, ids=lambda each: each[0].__name__)
def test_what_passes_is_waited_for(salesforce: FakeSalesforce, troubles: Sequence[Trouble]) -> None:
    """Too many requests, a server error, a reset, no answer: asked again; nothing is doubled."""
    client = salesforce.client(wait=0.2)
    names(client)
    salesforce.troubles = list(troubles)
    client.upsert("Task", fake.KEY, "k1", VALUES)
    assert [task[fake.KEY] for task in salesforce.tasks] == ["k1"]
    assert len(salesforce.asked) == 3 + len(troubles)


def test_a_token_is_waited_for_as_well(salesforce: FakeSalesforce) -> None:
    """The end point of tokens may be busy, too."""
    salesforce.troubles = [fake.too_many, fake.broken]
    assert names(salesforce.client()) == []


def test_what_salesforce_asks_for_is_waited_within_bounds() -> None:
    """By Retry-After, and for a minute at most; for every method, without following redirects."""
    assert RETRIES.retry_after_max == LONGEST_WAIT == 60
    assert RETRIES.respect_retry_after_header
    assert all(RETRIES.is_retry(method, 429) for method in ("GET", "PATCH", "POST"))
    assert RETRIES.redirect == 0


# What happens each time, and what is said in the end.
FINAL: list[tuple[Trouble, str]] = [
    (fake.broken, "Salesforce: An unexpected error occurred (UNKNOWN_EXCEPTION)"),
    (fake.over_the_limit, "Salesforce: TotalRequests Limit exceeded. (REQUEST_LIMIT_EXCEEDED)"),
    (fake.a_page, "Salesforce: 200, and no JSON"),
    (fake.reset, "Salesforce cannot be reached at http://"),
    (fake.slow, "Salesforce cannot be reached at http://"),
]


@pytest.mark.parametrize(("trouble", "said"), FINAL, ids=[each[0].__name__ for each in FINAL])
def test_what_does_not_pass_is_told(
    salesforce: FakeSalesforce, trouble: Trouble, said: str
) -> None:
    """One line, and no record is blamed for it."""
    client = salesforce.client(tries=1, wait=0.2)
    names(client)
    salesforce.troubles = [trouble] * 2
    with pytest.raises(SalesforceError) as refused:
        client.upsert("Task", fake.KEY, "k1", VALUES)
    assert not isinstance(refused.value, RecordRefusedError)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_nobody_there() -> None:
    """An address where nobody listens is told with the setting that names it."""
    access = Access("http://127.0.0.1:1", "v62.0", "ID", "SECRET", {"ID": "a", "SECRET": "s3cret"})
    client = Salesforce(access, fake.pool(0, 1))
    with pytest.raises(SalesforceError) as refused:
        names(client)
    assert str(refused.value) == (
        "Salesforce cannot be reached at http://127.0.0.1:1 (NewConnectionError)."
        " Look at [customers.salesforce] url"
    )


def test_wrong_credentials(salesforce: FakeSalesforce) -> None:
    """The variables are named, what they hold is not; nor is it ever asked again."""
    with pytest.raises(SalesforceError) as refused:
        names(salesforce.client("wr0ng"))
    assert str(refused.value) == (
        "Salesforce gives no token (invalid_client). Look at the app there, and at ID and SECRET"
    )
    assert len(salesforce.asked) == 1


def test_no_token_for_now(salesforce: FakeSalesforce) -> None:
    """A server that is down says nothing of the app, whose secret nobody is sent to look at."""
    client = salesforce.client(tries=1)
    salesforce.troubles = [fake.broken] * 2
    with pytest.raises(SalesforceError) as refused:
        names(client)
    assert str(refused.value) == "Salesforce gives no token now (500). Run again later"


@pytest.mark.parametrize("environ", [{}, {"ID": "the-app"}, {"ID": "the-app", "SECRET": ""}])
def test_missing_credentials(salesforce: FakeSalesforce, environ: dict[str, str]) -> None:
    """The variable that is not set is named, and nothing is asked."""
    client = Salesforce(Access(salesforce.url, "v62.0", "ID", "SECRET", environ))
    missing = "SECRET" if "ID" in environ else "ID"
    with pytest.raises(SalesforceError, match=f"the variable {missing} is not set. Set it"):
        names(client)
    assert salesforce.asked == []


def test_secrets_are_never_logged(
    salesforce: FakeSalesforce, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the secret nor a token stands in a log, however much is logged."""
    with caplog.at_level(logging.DEBUG):
        client = salesforce.client()
        names(client)
    assert caplog.records
    assert fake.SECRET not in caplog.text + repr(client) + repr(vars(client)["_pool"])
    assert "token-1" not in caplog.text


# What is put, and how it is refused.
REFUSED = [
    ({"Subject": "x"}, "Required fields are missing: [Status, Priority] (REQUIRED_FIELD_MISSING)",
     ("Status", "Priority")),
    (VALUES | {"Colour": "x"}, "No such column 'Colour' on sobject of type Task (INVALID_FIELD)",
     ()),
    (VALUES | {"OwnerId": "005"}, "OwnerId: id value of incorrect type: 005 (MALFORMED_ID)",
     ("OwnerId",)),
]  # fmt: skip


@pytest.mark.parametrize(("values", "why", "fields"), REFUSED)
def test_a_record_that_is_refused(
    salesforce: FakeSalesforce, values: dict[str, str], why: str, fields: tuple[str, ...]
) -> None:
    """What Salesforce says of it, its code, and its fields; it is not asked again."""
    with pytest.raises(RecordRefusedError) as refused:
        salesforce.client().upsert("Task", fake.KEY, "k1", values)
    assert (str(refused.value), refused.value.fields) == (why, fields)
    assert len(salesforce.asked) == 2


def test_a_key_that_two_records_bear(salesforce: FakeSalesforce) -> None:
    """Neither of them is changed."""
    for _ in range(2):
        salesforce.add("Task", **{fake.KEY: "k1"}, **VALUES)
    with pytest.raises(RecordRefusedError, match="DUPLICATE_EXTERNAL_ID"):
        salesforce.client().upsert("Task", fake.KEY, "K1", VALUES | {"Subject": "other"})
    assert {task["Subject"] for task in salesforce.tasks} == {"Welcome"}


def test_the_same_key_is_one_record(salesforce: FakeSalesforce) -> None:
    """Made at first, changed afterwards, and the same Id both times."""
    client = salesforce.client()
    first = client.upsert("Task", fake.KEY, "k1", VALUES)
    assert client.upsert("Task", fake.KEY, "k1", {"Subject": "Hello"}) == first
    assert [task["Subject"] for task in salesforce.tasks] == ["Hello"]


def test_a_field_that_is_no_external_id(salesforce: FakeSalesforce) -> None:
    """Salesforce does not know it."""
    with pytest.raises(RecordRefusedError, match="does not exist \\(NOT_FOUND\\)"):
        salesforce.client().upsert("Task", "Other__c", "k1", VALUES)
