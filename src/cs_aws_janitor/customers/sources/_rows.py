"""From one row of facts, whatever it came from, to a Customer or to every fault in it.

pydantic reads the types of the model; the words for what it finds are ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from cs_aws_janitor.customers import working_days
from cs_aws_janitor.customers.model import (
    Contact,
    Customer,
    Event,
    Licences,
    Onboarding,
    Subscription,
)
from cs_aws_janitor.shared.wording import dotted, meant, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from pydantic_core import ErrorDetails

    Where = Sequence[str | int]

# As they are written: one [[customer.contact]] is one of its contacts.
LISTS = {"contact": "contacts", "event": "events", "subscription": "subscriptions"}
_WRITTEN = {many: one for one, many in LISTS.items()}
# Outside of these a year is a slip of the keyboard.
FIRST, LAST = date(1990, 1, 1), date(2199, 12, 31)
_ID = re.compile(r"[^\s/@](?:[^/\r\n\t]{0,98}[^\s/])?")

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)
for _model in (Contact, Event, Onboarding, Licences, Subscription, Customer):
    with_config(_STRICT)(_model)
_READER = TypeAdapter(Customer)
BEYOND = "…"  # the key of cells that stand under no column
_WANTED = {
    "string_type": "is not text",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "decimal_parsing": "is not a number",
    "decimal_type": "is not a number",
    "finite_number": "is not a number",
    "literal_error": "is not known; write {expected}",
    "dataclass_type": "is not a table",
    "dict_type": "is not a table",
    "mapping_type": "is not a table",
    "tuple_type": "is not a list",
}


class Fault(ValueError):  # noqa: N818  it is collected, and only raised to be so
    """What is wrong with one field; `where` is its path, as it is written."""

    def __init__(self, where: Where, why: str) -> None:
        super().__init__(why)
        self.where = where


def read(row: object) -> Customer | list[Fault]:
    """The customer of a row, or everything that is wrong with it."""
    if not isinstance(row, Mapping):
        return [Fault((), f"{shown(row)} is not a customer")]
    wrong = [Fault((many,), f"unknown key '{many}'; did you mean '{one}'?")
             for many, one in _WRITTEN.items() if many in row]  # fmt: skip
    if wrong:
        return wrong
    try:
        customer = _READER.validate_python({LISTS.get(key, key): row[key] for key in row})
    except ValidationError as error:
        return [_fault(each) for each in error.errors(include_url=False)]
    faults = list(_doubts(customer))
    return faults or customer


def _fault(error: ErrorDetails) -> Fault:
    where = [_WRITTEN.get(step, step) if isinstance(step, str) else step for step in error["loc"]]
    kind, value = error["type"], error["input"]
    if kind == "unexpected_keyword_argument":
        return Fault(where, _unknown(where))
    if kind == "missing":
        return Fault(where, "it is missing")
    if kind.startswith(("date_", "datetime_")):
        return Fault(where, f"{shown(value)} is not a date; write it as 2026-12-06")
    wanted = _WANTED.get(kind)
    why = f"{shown(value)} {wanted.format(**error.get('ctx', {}))}" if wanted else error["msg"]
    return Fault(where, why)


def _unknown(where: Sequence[str | int]) -> str:
    if where[-1] == BEYOND:
        return "it has more cells than there are columns; put a cell with the separator in quotes"
    steps = [step for step in where if isinstance(step, str)]
    known = _known().get(tuple(steps[:-1]), ())
    return f"unknown key {shown(steps[-1])}; {meant(steps[-1], known, 'remove it')}"


def _known() -> dict[tuple[str, ...], list[str]]:
    """The keys of every table of a customer, as they are written."""
    models = {
        (): Customer,
        ("contact",): Contact,
        ("event",): Event,
        ("subscription",): Subscription,
        ("onboarding",): Onboarding,
        ("licences",): Licences,
    }
    return {
        table: [_WRITTEN.get(each.name, each.name) for each in fields(model)]
        for table, model in models.items()
    }


def known_columns() -> Iterator[re.Pattern[str]]:
    """What the columns of a flat table may be called: `name`, `contact.1.email`."""
    for table, keys in _known().items():
        prefix = "".join(f"{each}\\." + (r"\d+\." if each in LISTS else "") for each in table)
        for key in keys:
            yield re.compile(f"{prefix}{key}" + (r"\.[^.]+" if key == "usage" else ""))


def _doubts(customer: Customer) -> Iterator[Fault]:
    """What has the right type and cannot be right all the same."""
    if not _ID.fullmatch(customer.id) or not customer.id.isprintable():
        why = "is not an id; write up to 100 characters without / in them"
        yield Fault(("id",), f"{shown(customer.id)} {why}")
    if not customer.name:
        yield Fault(("name",), "it is empty")
    if customer.country and not working_days.known(customer.country):
        why = "is no country whose holidays are known; write an ISO code such as DE or DE-BY"
        yield Fault(("country",), f"{shown(customer.country)} {why}")
    for where, number in _numbers(customer):
        if number is not None and number < 0:
            yield Fault(where, f"{number} is less than nothing")
    for where, on in _dates(customer):
        if not FIRST <= on <= LAST:
            yield Fault(where, f"{on} is not a date of a customer; look at its year")


def _numbers(customer: Customer) -> Iterator[tuple[Where, Decimal | int | None]]:
    yield ("annual_value",), customer.annual_value
    yield ("licences", "sold"), customer.licences.sold
    yield ("licences", "activated"), customer.licences.activated


_OWN_DATES = [each.name for each in fields(Customer) if each.type == date | None]
_own_dates = attrgetter(*_OWN_DATES)


def _dates(customer: Customer) -> Iterator[tuple[Where, date]]:
    for name, on in zip(_OWN_DATES, _own_dates(customer), strict=True):
        if on:
            yield (name,), on
    for name in ("opened", "closed"):
        if on := getattr(customer.onboarding, name):
            yield ("onboarding", name), on
    for number, event in enumerate(customer.events):
        yield ("event", number, "on"), event.on
    yield from _usage_dates(customer)


def _usage_dates(customer: Customer) -> Iterator[tuple[Where, date]]:
    for name, on in customer.usage.items():
        yield ("usage", name), on
    for number, subscription in enumerate(customer.subscriptions):
        yield ("subscription", number, "started"), subscription.started
        for name, on in subscription.usage.items():
            yield ("subscription", number, "usage", name), on


def field_of(fault: Fault) -> str | None:
    """The field of a fault as it is written in TOML and JSON; None where it is the whole row."""
    return dotted(fault.where) or None
