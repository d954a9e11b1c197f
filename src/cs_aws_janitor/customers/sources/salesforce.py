"""Customers out of Salesforce: accounts, with their contacts, opportunities and activities."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_aws_janitor.customers.model import Contact, Customer, Problem
from cs_aws_janitor.customers.salesforce import RecordRefusedError, SalesforceError
from cs_aws_janitor.customers.soql import literal, value_at
from cs_aws_janitor.customers.sources._flat import put_at
from cs_aws_janitor.customers.sources._rows import LISTS, known_columns, read
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.wording import meant, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cs_aws_janitor.customers.salesforce import Salesforce
    from cs_aws_janitor.customers.sources._rows import Fault

    Fields = Mapping[str, str]

# What every organisation has; the settings say the rest, and may say otherwise.
ACCOUNT = {"id": "Id", "name": "Name"}
CONTACT = {"name": "Name", "title": "Title", "email": "Email", "phone": "Phone",
           "salutation": "Salutation"}  # fmt: skip
OPPORTUNITY = {"stage": "StageName"}
KINDS = {"Call": "call", "Meeting": "meeting", "Email": "mail"}  # values of Type
EVENT = {"kind": "Type", "on": "ActivityDate"}
_NOT_OF_ACCOUNTS = ("contact.", "event.", "subscription.")
_TABLES = frozenset({*LISTS, "onboarding", "licences", "usage"})  # no field by themselves
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T.*")
_TEXTS = frozenset(
    each.name for model in (Customer, Contact) for each in fields(model) if each.type is str
)


class Mapped(NamedTuple):
    """Which field of Salesforce each field of a customer is.

    `values` are translated, by the field of the customer; `events` are those of Type that are
    entries of the timeline. `where` and `opportunities` are conditions of SOQL, or ''.
    """

    account: Fields
    contact: Fields
    opportunity: Fields
    values: Mapping[str, Fields]
    events: Fields
    where: str = ""
    opportunities: str = ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to accounts, by their Ids."""

    contacts: Mapping[str, list[dict[str, Any]]]
    opportunities: Mapping[str, list[dict[str, Any]]]
    events: Mapping[str, list[dict[str, Any]]]


class SalesforceSource:
    """The customers of one organisation."""

    def __init__(self, salesforce: Salesforce, mapped: Mapped) -> None:
        self._salesforce = salesforce
        self._mapped = mapped._replace(
            account=ACCOUNT | dict(mapped.account),
            contact=CONTACT | dict(mapped.contact),
            opportunity=OPPORTUNITY | dict(mapped.opportunity),
            events=mapped.events or KINDS,
        )

    def read(self) -> Iterator[Customer | Problem]:
        """Every account that the settings want, and what is wrong with those that give none.

        Raises RefusedError where the mapping names what a customer does not have, and
        SalesforceError where it names what Salesforce does not, or nothing can be read at all.
        """
        _check(self._mapped)
        parts = self._parts()
        seen: dict[str, str] = {}
        begun = False
        try:
            for account in self._records(
                "Account", self._mapped.account.values(), self._mapped.where
            ):
                begun = True
                yield from self._customer(account, parts, seen)
        except SalesforceError as error:
            if not begun:
                raise
            yield Problem(f"the accounts that follow could not be read: {error}")

    def _parts(self) -> _Parts:
        own = self._mapped
        kinds = ", ".join(literal(kind) for kind in own.events)
        dated = f"Type IN ({kinds}) AND ActivityDate != null AND IsDeleted = false"
        events = self._belonging("Event", EVENT, dated)
        for account, more in self._belonging("Task", EVENT, f"IsClosed = true AND {dated}").items():
            events[account] += more
        latest = {**own.opportunity, "": "CloseDate"}
        return _Parts(
            self._belonging("Contact", own.contact),
            self._belonging("Opportunity", latest, own.opportunities),
            events,
        )

    def _belonging(
        self, kind: str, mapping: Fields, condition: str = ""
    ) -> defaultdict[str, list[dict[str, Any]]]:
        """The records of one kind, by the account that they belong to."""
        wanted = "AccountId != null"
        if self._mapped.where:
            wanted = f"AccountId IN (SELECT Id FROM Account WHERE {self._mapped.where})"  # noqa: S608
        both = f"{wanted} AND ({condition})" if condition else wanted
        found = defaultdict(list)
        for record in self._records(kind, ["AccountId", *mapping.values()], both):
            found[record["AccountId"]].append(record)
        return found

    def _records(self, kind: str, names: Iterable[str], where: str) -> Iterator[dict[str, Any]]:
        columns = ", ".join(dict.fromkeys(["Id", *names]))
        condition = f" WHERE {where}" if where else ""
        soql = f"SELECT {columns} FROM {kind}{condition} ORDER BY Id"  # noqa: S608
        try:
            # Salesforce puts activities of more than a year ago into its archive.
            yield from self._salesforce.query(soql, archived=kind in {"Event", "Task"})
        except RecordRefusedError as error:
            cure = f"Look at [customers.salesforce] and {kind} there"
            raise SalesforceError(f"Salesforce {kind}: {error.what}", cure) from None

    def _customer(
        self, account: dict[str, Any], parts: _Parts, seen: dict[str, str]
    ) -> Iterator[Customer | Problem]:
        record = account["Id"]
        found = read(self._row(account, parts))
        named = str(value_at(account, self._mapped.account["id"]) or record)
        if isinstance(found, list):
            for fault in found:
                where, field = self._place(fault, account, parts)
                yield Problem(str(fault), named, f"Salesforce {where}", field=field)
        elif (first := seen.setdefault(found.id, record)) != record:
            why, field = f"it is the id of Account {first} already", self._mapped.account["id"]
            yield Problem(why, named, f"Salesforce Account {record}", field=field)
        else:
            yield found

    def _row(self, account: dict[str, Any], parts: _Parts) -> dict[str, Any]:
        """An account as TOML would have it."""
        own, record = self._mapped, account["Id"]
        row: dict[str, Any] = {}
        self._fill(row, own.account, account)
        if opportunities := parts.opportunities.get(record):
            self._fill(row, own.opportunity, _latest(opportunities))
        row["contact"] = [
            self._fill({}, own.contact, each) for each in parts.contacts.get(record, ())
        ]
        row["event"] = [self._fill({}, EVENT, each) for each in parts.events.get(record, ())]
        return row

    def _fill(self, row: dict[str, Any], mapping: Fields, record: dict[str, Any]) -> dict[str, Any]:
        for name, path in mapping.items():
            value = value_at(record, path)
            if value is not None:
                known = self._mapped.events if name == "kind" else self._mapped.values.get(name, {})
                put_at(row, name.split("."), _as_typed(name, known.get(str(value), value)))
        return row

    def _place(
        self, fault: Fault, account: dict[str, Any], parts: _Parts
    ) -> tuple[str, str | None]:
        """The record and the field of Salesforce in which a fault stands."""
        record, own = account["Id"], self._mapped
        match fault.where:
            case ["contact", int(number), str(name), *_]:
                contact = parts.contacts[record][number]
                return f"Contact {contact['Id']}", own.contact.get(name, name)
            case ["event", int(number), str(name), *_]:
                return f"Activity {parts.events[record][number]['Id']}", EVENT.get(name, name)
        name = ".".join(map(str, fault.where))
        if opportunities := parts.opportunities.get(record):
            latest = _latest(opportunities)
            if value_at(latest, own.opportunity.get(name, "")) is not None:
                return f"Opportunity {latest['Id']}", own.opportunity[name]
        return f"Account {record}", own.account.get(name, name)


def _latest(opportunities: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return max(opportunities, key=lambda each: (each["CloseDate"] or "", each["Id"]))


def _as_typed(name: str, value: Any) -> Any:
    """A value as the file of customers would have it: days without a time, numbers of text."""
    if isinstance(value, str) and (instant := _INSTANT.fullmatch(value)):
        return instant[1]
    if isinstance(value, float | int) and name in _TEXTS and not isinstance(value, bool):
        return f"{value:g}"
    return value


class Unmapped(NamedTuple):
    """A `name` in a `table` of the mapping that no customer, or contact, has; and the cure."""

    table: str
    name: str
    cure: str

    def __str__(self) -> str:
        """What is wrong."""
        return f"unknown field {shown(self.name)}"


def unmapped(mapped: Mapped) -> Iterator[Unmapped]:
    """What the mapping names in vain."""
    patterns = [each for each in known_columns() if each.pattern not in _TABLES]
    own = {"account": mapped.account, "opportunity": mapped.opportunity, "contact": mapped.contact}
    for table, mapping in own.items():
        prefix = "contact.1." if table == "contact" else ""
        for name in mapping:
            fits = any(each.fullmatch(prefix + name) for each in patterns)
            if not fits or name.startswith(_NOT_OF_ACCOUNTS):
                model = Contact if prefix else Customer
                known = (each.name for each in fields(model))
                yield Unmapped(table, name, meant(name, known, "remove it"))
    read = {
        *ACCOUNT,
        *CONTACT,
        *OPPORTUNITY,
        *(name for mapping in own.values() for name in mapping),
    }
    for name in mapped.values.keys() - read:
        yield Unmapped("values", name, meant(name, read, "map it, or remove it"))


def _check(mapped: Mapped) -> None:
    """Raise RefusedError where a field is mapped that no customer, or contact, has."""
    for each in unmapped(mapped):
        raise RefusedError(f"[customers.salesforce.{each.table}]: {each}", each.cure.capitalize())
