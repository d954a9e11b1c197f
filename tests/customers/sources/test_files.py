"""Customers in files: what is read, and how what cannot be read is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.model import (
    Contact,
    Customer,
    Event,
    Licences,
    Onboarding,
    Problem,
    Subscription,
)
from cs_aws_janitor.customers.sources.files import FileSource
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

TOML = """\
[[customer]]
id = "acme"
name = "Acme GmbH"
segment = "strategic"
region = "EMEA"
country = "DE"
public_sector = false
deployment = "self-managed"
stage = "closed-won"
annual_value = 120000
started = 2026-01-15
contracted = 2026-01-10
subscribed = 2026-01-15
renews = 2027-01-15
renewed = false
csm = "Jo"
csm_manager = "Mo"
sa = "Sy"
account_executive = "Al"
onboarding = {opened = 2026-01-15, closed = 2026-02-20, delay = "silence", delay_cause = "customer"}
licences = {sold = 500, activated = 60}
first_value = 2026-02-01
slack_channel = "#a_acme-internal"
usage = {ci = 2026-03-01}
[[customer.contact]]
name = "Ann"
title = "CTO"
role = "sponsor"
email = "ann@acme.example"
phone = "+49 30 1"
salutation = "Dr"
labels = ["GitLab Admin", "Champion"]
[[customer.event]]
kind = "call"
on = 2026-01-20
[[customer.subscription]]
id = "S-1"
started = 2026-01-15
usage = {cd = 2026-04-01}
"""
ACME = Customer(
    "acme",
    "Acme GmbH",
    segment="strategic",
    region="EMEA",
    country="DE",
    deployment="self-managed",
    stage="closed-won",
    annual_value=Decimal(120000),
    started=date(2026, 1, 15),
    contracted=date(2026, 1, 10),
    subscribed=date(2026, 1, 15),
    renews=date(2027, 1, 15),
    csm="Jo",
    csm_manager="Mo",
    sa="Sy",
    account_executive="Al",
    onboarding=Onboarding(date(2026, 1, 15), date(2026, 2, 20), "silence", "customer"),
    licences=Licences(500, 60),
    first_value=date(2026, 2, 1),
    slack_channel="#a_acme-internal",
    usage={"ci": date(2026, 3, 1)},
    contacts=(
        Contact("Ann", "CTO", "sponsor", "ann@acme.example", "+49 30 1", "Dr",
                ("GitLab Admin", "Champion")),
    ),
    events=(Event("call", date(2026, 1, 20)),),
    subscriptions=(Subscription("S-1", date(2026, 1, 15), {"cd": date(2026, 4, 1)}),),
)  # fmt: skip
CELLS = {
    "id": "acme",
    "name": "Acme GmbH",
    "segment": "strategic",
    "region": "EMEA",
    "country": "DE",
    "public_sector": "no",
    "deployment": "self-managed",
    "stage": "closed-won",
    "annual_value": "120000",
    "started": "2026-01-15",
    "contracted": "2026-01-10",
    "subscribed": "2026-01-15",
    "renews": "2027-01-15",
    "renewed": "false",
    "csm": "Jo",
    "csm_manager": "Mo",
    "sa": "Sy",
    "account_executive": "Al",
    "onboarding.opened": "2026-01-15",
    "onboarding.closed": "2026-02-20",
    "onboarding.delay": "silence",
    "onboarding.delay_cause": "customer",
    "licences.sold": "500",
    "licences.activated": "60",
    "first_value": "2026-02-01",
    "slack_channel": "#a_acme-internal",
    "usage.ci": "2026-03-01",
    "contact.1.name": "Ann",
    "contact.1.title": "CTO",
    "contact.1.role": "sponsor",
    "contact.1.email": "ann@acme.example",
    "contact.1.phone": "+49 30 1",
    "contact.1.salutation": "Dr",
    "contact.1.labels": "GitLab Admin; Champion",
    "event.1.kind": "call",
    "event.1.on": "2026-01-20",
    "subscription.1.id": "S-1",
    "subscription.1.started": "2026-01-15",
    "subscription.1.usage.cd": "2026-04-01",
}


def read(folder: Path, name: str, content: str | bytes) -> list[Customer | Problem]:
    """What a file of that content gives."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(FileSource(path, name).read())


def told(folder: Path, name: str, content: str | bytes) -> list[str]:
    """The problems of a file, each as one line."""
    return [str(each) for each in read(folder, name, content) if isinstance(each, Problem)]


def test_toml_with_everything(tmp_path: Path) -> None:
    """Every field of the contract, and those beyond it."""
    assert read(tmp_path, "book.toml", TOML) == [ACME]


def test_json_is_the_same(tmp_path: Path) -> None:
    """The same record as JSON, as a list of customers or under `customer`; dates are text."""
    row = json.dumps(_as_json())
    assert read(tmp_path, "book.json", f'{{"customer": [{row}]}}') == [ACME]
    assert read(tmp_path, "list.json", f"[{row}]") == [ACME]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_the_same(tmp_path: Path, separator: str) -> None:
    """The same record as a row, with dots in the names of columns, by whatever spreadsheet."""
    quoted = [f'"{cell}"' for cell in CELLS.values()]
    text = f"{separator.join(CELLS)}\r\n{separator.join(quoted)}\r\n"
    assert read(tmp_path, "book.csv", f"\ufeff{text}") == [ACME]


def test_little_is_enough(tmp_path: Path) -> None:
    """An id and a name make a customer."""
    assert read(tmp_path, "a.csv", "id,name,started,contact.2.email\na,A,,\n") == [
        Customer("a", "A")
    ]


# A line of the second customer, its field, and what is said of it.
FAULTS = [
    ('started = "soon"', "started", "'soon' is not a date; write it as 2026-12-06"),
    ("started = 20260115", "started", "20260115 is not a date; write it as 2026-12-06"),
    ("started = 0026-01-15", "started", "0026-01-15 is not a date of a customer; look at its year"),
    ('segment = "big"', "segment",
     "'big' is not known; write 'strategic', 'large', 'mid-market' or 'smb'"),
    ('renewed = "perhaps"', "renewed", "'perhaps' is neither true nor false"),
    ('annual_value = "much"', "annual_value", "'much' is not a number"),
    ("annual_value = -5", "annual_value", "-5 is less than nothing"),
    ("annual_value = nan", "annual_value", "nan is not a number"),
    ("licences = {sold = 1.5}", "licences.sold", "1.5 is not a whole number"),
    ("licences = 500", "licences", "500 is not a table"),
    ('country = "XX"', "country", ("'XX' is no country whose holidays are known; "
     "write an ISO code such as DE or DE-BY")),
    ('country = "DE-XX"', "country", ("'DE-XX' is no country whose holidays are known; "
     "write an ISO code such as DE or DE-BY")),
    ('regio = "EMEA"', "regio", "unknown key 'regio'; did you mean 'region'?"),
    ('contact = [{name = "A"}, {name = "B", emial = "x"}]', "contact[1].emial",
     "unknown key 'emial'; did you mean 'email'?"),
    ('contact = [{email = "x"}]', "contact[0].name", "it is missing"),
    ('contacts = [{name = "x"}]', "contacts", "unknown key 'contacts'; did you mean 'contact'?"),
    ('event = [{kind = "call", on = "soon"}]', "event[0].on",
     "'soon' is not a date; write it as 2026-12-06"),
    ('event = [{kind = "fax", on = 2026-01-01}]', "event[0].kind",
     "'fax' is not known; write 'call', 'meeting' or 'mail'"),
    ("csm = 7", "csm", "7 is not text"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "field", "why"), FAULTS)
def test_a_bad_row_does_not_stop_the_others(
    tmp_path: Path, line: str, field: str, why: str
) -> None:
    """It is told with file, row and field; the others are read."""
    book = f'[[customer]]\nid = "a"\nname = "A"\n[[customer]]\nid = "b"\nname = "B"\n{line}\n'
    found = read(tmp_path, "book.toml", f'{book}[[customer]]\nid = "c"\nname = "C"\n')
    assert [each.id for each in found if isinstance(each, Customer)] == ["a", "c"]
    assert [e for e in found if isinstance(e, Problem)] == [
        Problem(why, "b", "book.toml", 2, field)
    ]


# A line of the second customer that is no TOML, its field, and how what is said of it begins.
TORN = [
    ("started = 2026-02-30", "started", "line 8, column "),
    ("csm = Jo", "csm", "line 8, column 7: invalid value in 'csm = Jo'; text and durations stand"),
    ('csm = "Jo', "csm", "line 8, column "),
    ('name = "B again"', "name", "line 8, column "),
    ("licences = {sold = 5", "licences", "line 8, column "),
    ("usage = [", None, "at its end: "),
    ("[[customer]", None, "line 8, column "),
]


@pytest.mark.parametrize(("line", "field", "why"), TORN)
def test_a_customer_that_is_no_toml_does_not_stop_the_others(
    tmp_path: Path, line: str, field: str | None, why: str
) -> None:
    """A day that is none makes the file none, and still only its customer is left out."""
    book = f'\n[[customer]]\nid = "a"\nname = "A"\n[[customer]] # b\nid = "b"\nname = "B"\n{line}\n'
    found = read(tmp_path, "book.toml", f'{book}[[customer]]\nid = "c"\nname = "C"\n')
    assert [each.id for each in found if isinstance(each, Customer)] == ["a", "c"]
    (problem,) = [each for each in found if isinstance(each, Problem)]
    assert replace(problem, why="") == Problem("", "b", "book.toml", 2, field)
    assert problem.why.startswith(why)


# A row of CSV under id,name,started,contact.2.email,contact.2.name and what is told of it.
CELL_FAULTS = [
    ("b,B,soon,,", "book.csv, row 4, b, started: 'soon' is not a date; write it as 2026-12-06"),
    (",B,,,", "book.csv, row 4, id: it is missing"),
    ("b,,,,", "book.csv, row 4, b, name: it is missing"),
    ("a,B,,,", "book.csv, row 4, a, id: 'a' is the id of row 2 already"),
    ("x/y,B,,,", ("book.csv, row 4, x/y, id: 'x/y' is not an id; "
     "write up to 100 characters without / in them")),
    ("@b,B,,,", ("book.csv, row 4, @b, id: '@b' is not an id; "
     "write up to 100 characters without / in them")),
    ("b,B,,x@y,", "book.csv, row 4, b, contact.2.name: it is missing"),
    ("b,B,,,,more", ("book.csv, row 4, b: it has more cells than there are columns; "
     "put a cell with the separator in quotes")),
]  # fmt: skip


@pytest.mark.parametrize(("row", "line"), CELL_FAULTS)
def test_a_bad_cell(tmp_path: Path, row: str, line: str) -> None:
    """The row is the one that a spreadsheet shows, the field its column."""
    head = "id,name,started,contact.2.email,contact.2.name"
    found = read(tmp_path, "book.csv", f"{head}\na,A,,,\n,,,,\n{row}\nc,C,,,\n")
    assert [each.id for each in found if isinstance(each, Customer)] == ["a", "c"]
    assert [str(each) for each in found if isinstance(each, Problem)] == [line]


def test_a_column_that_nobody_knows(tmp_path: Path) -> None:
    """It is told once and left out; the rows go on."""
    found = read(tmp_path, "book.csv", "id,name,renewd\na,A,true\nb,B,false\n")
    assert found[1:] == [Customer("a", "A"), Customer("b", "B")]
    assert str(found[0]) == (
        "book.csv, row 1, renewd: unknown column 'renewd'; did you mean 'renewed'?"
    )


def test_a_column_that_stands_there_twice(tmp_path: Path) -> None:
    """It is told: nobody knows which of them counts."""
    assert told(tmp_path, "book.csv", "id,name,id\na,A,b\n") == [
        "book.csv, row 1, id: the column 'id' stands there twice; remove one of the two"
    ]


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    """It would swallow the rows behind it: they are told as not read, and those before it count."""
    found = read(tmp_path, "book.csv", 'id,name\na,A\n"b,B\nc,C\n')
    assert found[0] == Customer("a", "A")
    assert str(found[1]).startswith("book.csv, row 3: from here on nothing can be read: ")


def test_what_else_stands_in_the_file_is_told(tmp_path: Path) -> None:
    """A list by another name would be a list that nobody reads."""
    found = told(
        tmp_path, "book.toml", '[[customer]]\nid = "a"\nname = "A"\n[[client]]\nid = "b"\n'
    )
    assert found == ["book.toml, client: unknown key 'client'; only [[customer]] is read"]


# A file that gives no customers at all, and what is said of it.
NO_BOOKS: list[tuple[str, bytes, str]] = [
    ("book.toml", b"[[customer]\n", "book.toml: line 1, column 11: "),
    ("book.toml", b'a = x\n[[customer]]\nid = "a"\n', "book.toml: line 1, column 5: invalid"),
    ("book.toml", b'[[customer]]\nname = """\n[[customer]]\n', "book.toml: at its end: "),
    ("book.toml", b"[[customer]]\n[a]\n[[customer]]\n[a]\n", "book.toml: line 4, column 3: "),
    ("book.toml", b"a = 1\n", "book.toml has no list of customers. Write [[customer]]"),
    ("book.json", b"[1,", "book.json is not JSON: "),
    ("book.json", b"7", "book.json has no list of customers"),
    ("book.json", b"[" * 100_000, "book.json is not JSON: "),
    ("book.csv", b"id,name\na,\xff\n", "book.csv, line 2: it is not UTF-8"),
    ("book.csv", b"foo,name\n1,2\n", "book.csv has no column id. Its first row names"),
    ("book.csv", b"foo\n1\n", "book.csv has no column id and none name. Its first row"),
    ("book.csv", b"", "book.csv is empty. Write it again"),
    ("book.json", b"\xef\xbb\xbf\n", "book.json is empty. Write it again"),
    ("book.json", b'{"customers": []}', 'book.json has no list of customers. Write {"customer"'),
    ("book.xlsx", b"PK", "book.xlsx is none of .toml, .json, .csv"),
]


@pytest.mark.parametrize(("name", "content", "line"), NO_BOOKS)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, line: str) -> None:
    """One clear line, and nothing is planned from half a file."""
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, name, content)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A name that leads nowhere is refused."""
    with pytest.raises(RefusedError, match=r"book\.toml cannot be read: No such file"):
        list(FileSource(tmp_path / "book.toml", "book.toml").read())


@pytest.mark.parametrize("row", ["7", "null", "[]", '{"id": ["x"], "name": {}}'])
def test_json_of_another_shape(tmp_path: Path, row: str) -> None:
    """Whatever stands in the place of a customer is told, and the next one read."""
    found = read(tmp_path, "book.json", f'[{row}, {{"id": "b", "name": "B"}}]')
    assert [each for each in found if isinstance(each, Customer)] == [Customer("b", "B")]
    assert all(each.row == 1 for each in found if isinstance(each, Problem))


def _as_json() -> dict[str, object]:
    return {
        "id": "acme",
        "name": "Acme GmbH",
        "segment": "strategic",
        "region": "EMEA",
        "country": "DE",
        "deployment": "self-managed",
        "stage": "closed-won",
        "annual_value": 120000,
        "started": "2026-01-15",
        "contracted": "2026-01-10",
        "subscribed": "2026-01-15",
        "renews": "2027-01-15",
        "csm": "Jo",
        "csm_manager": "Mo",
        "sa": "Sy",
        "account_executive": "Al",
        "onboarding": {
            "opened": "2026-01-15",
            "closed": "2026-02-20",
            "delay": "silence",
            "delay_cause": "customer",
        },
        "licences": {"sold": 500, "activated": 60},
        "first_value": "2026-02-01",
        "slack_channel": "#a_acme-internal",
        "usage": {"ci": "2026-03-01"},
        "contact": [
            {
                "name": "Ann",
                "title": "CTO",
                "role": "sponsor",
                "email": "ann@acme.example",
                "phone": "+49 30 1",
                "salutation": "Dr",
                "labels": ["GitLab Admin", "Champion"],
            }
        ],
        "event": [{"kind": "call", "on": "2026-01-20"}],
        "subscription": [{"id": "S-1", "started": "2026-01-15", "usage": {"cd": "2026-04-01"}}],
    }
