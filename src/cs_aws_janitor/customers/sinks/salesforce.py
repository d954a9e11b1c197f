"""Tasks as records of Salesforce: a Task for each, which an external id makes the only one.

The id is a digest of the task's key, which itself stands in the Description: keys hold slashes,
which Salesforce does not read in an address, and may be longer than such a field.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cs_aws_janitor.customers.salesforce import RecordRefusedError, SalesforceError
from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.customers.soql import AT_ONCE, literal, value_at
from cs_aws_janitor.shared.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.customers.salesforce import Salesforce
    from cs_aws_janitor.customers.task import Delivery, Task

    Found = Mapping[str, Sequence[Mapping[str, Any]]]

Each = TypeVar("Each")
LONGEST_SUBJECT, LONGEST_DESCRIPTION = 255, 32_000
_QUERIED: Mapping[str, tuple[Sequence[str], str]] = {  # what else is read, and of which
    "Task": (("Status", "IsClosed", "ActivityDate"), ""),
    "User": ((), " AND IsActive = true"),
    "Account": ((), ""),
}
_ACCOUNT = re.compile(r"001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")


class TaskFields(NamedTuple):
    """How a Task is written.

    `key` is its external id, `person` the field of User by which assignees are found, `account`
    that of Account which holds the id of a customer; the others are values.
    """

    key: str
    person: str
    account: str
    status: str
    withdrawn: str
    priority: str


class SalesforceSink:
    """The Tasks of one organisation."""

    def __init__(self, salesforce: Salesforce, fields: TaskFields) -> None:
        self._salesforce = salesforce
        self._fields = fields

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Make each Task, or change it; one that is done stays so, unless its due date moves."""
        with _sink_errors():
            for some in _portions(tasks):
                there = self._there(task.key for task in some)
                people = self._people(some)
                accounts = self._accounts(some)
                for task in some:
                    yield self._put(task, there, people, accounts)

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Give each Task that is not closed the status of what is not called for any more."""
        with _sink_errors():
            for some in _portions(deliveries):
                there = self._there(each.key for each in some)
                for delivery in some:
                    yield self._withdraw(delivery.key, there)

    def _put(self, task: Task, there: Found, people: Found, accounts: Found) -> Receipt:
        mark = external_id(task.key)
        try:
            values = _values(task)
            if task.assignee:
                values["OwnerId"] = _only(
                    "OwnerId", f"active User has {self._fields.person}", task.assignee, people
                )
            if account := self._account(task, accounts):
                values["WhatId"] = account
            before = there.get(mark, ())
            if not (before and _stays(before[0], task, self._fields.withdrawn)):
                values |= {"Status": self._fields.status, "Priority": self._fields.priority}
            told = self._salesforce.upsert("Task", self._fields.key, mark, values)
        except RecordRefusedError as error:
            return _refused(task.key, error)
        record = told or (before[0]["Id"] if before else "")
        return Receipt(task.key, self._salesforce.page_of(record) if record else "")

    def _withdraw(self, key: str, there: Found) -> Receipt:
        try:
            for record in there.get(external_id(key), ()):
                if not record["IsClosed"]:
                    values = {"Status": self._fields.withdrawn}
                    self._salesforce.change("Task", record["Id"], values)
        except RecordRefusedError as error:
            return _refused(key, error)
        return Receipt(key)

    def _there(self, keys: Iterable[str]) -> Found:
        return self._find("Task", self._fields.key, map(external_id, keys))

    def _people(self, tasks: Iterable[Task]) -> Found:
        names = (task.assignee for task in tasks if task.assignee)
        return self._find("User", self._fields.person, names)

    def _accounts(self, tasks: Iterable[Task]) -> Found:
        if self._fields.account == "Id":
            return {}
        ids = (task.customer for task in tasks if task.customer)
        return self._find("Account", self._fields.account, ids)

    def _account(self, task: Task, accounts: Found) -> str:
        """The Account that a task is about; '' where its customer is none of Salesforce."""
        customer = task.customer or ""
        if self._fields.account == "Id":
            return customer if _ACCOUNT.fullmatch(customer) else ""
        wanted = f"Account has {self._fields.account}"
        return _only("WhatId", wanted, customer, accounts) if customer else ""

    def _find(self, kind: str, field: str, values: Iterable[str]) -> Found:
        """The records that have one of `values` in `field`, by that value in lower case."""
        found = defaultdict(list)
        if wanted := ", ".join(map(literal, sorted(set(values)))):
            more, also = _QUERIED[kind]
            names = ", ".join(dict.fromkeys(("Id", field, *more)))
            soql = f"SELECT {names} FROM {kind} WHERE {field} IN ({wanted}){also}"  # noqa: S608
            try:
                for record in self._salesforce.query(soql):
                    found[str(value_at(record, field)).lower()].append(record)
            except RecordRefusedError as error:
                # Without that field nothing can be put: not one task, but all of them.
                raise SalesforceError(f"Salesforce, {kind}, {field}: {error}") from None
        return found


def external_id(key: str) -> str:
    """What the external id of a Task is: the same for ever, and nothing but digits and a to f."""
    return blake2b(key.encode(), digest_size=16).hexdigest()


def _values(task: Task) -> dict[str, object]:
    to = [f"To: {task.to}", f"Cc: {', '.join(task.cc)}"] if task.to else []
    opens = f"From {task.opens} to {task.due}"
    text = "\n".join([*to, opens, *(f"- {note}" for note in task.notes)])
    end = f"\n\nKey: {task.key}"
    return {
        "Subject": " ".join(task.title.split())[:LONGEST_SUBJECT],
        "ActivityDate": str(task.due),
        "Description": text[: LONGEST_DESCRIPTION - len(end)] + end,
    }


def _stays(record: Mapping[str, Any], task: Task, withdrawn: str) -> bool:
    """Whether the status that people gave a Task is kept: it is due when it was, and called for."""
    return bool(record["ActivityDate"] == str(task.due) and record["Status"] != withdrawn)


def _only(field: str, wanted: str, value: str, found: Found) -> str:
    """The Id for a `field` of Task: that of the one record that has a value."""
    records = found.get(value.lower(), ())
    if len(records) != 1:
        how_many = "more than one" if records else "no"
        raise RecordRefusedError(f"{how_many} {wanted} {shown(value)}", [field])
    record: str = records[0]["Id"]
    return record


def _refused(key: str, error: RecordRefusedError) -> Receipt:
    why = str(error)
    for field in error.fields:
        why = why.removeprefix(f"{field}: ")  # Salesforce often begins with it
    where = ", ".join([f"Task {key}", *error.fields])
    return Receipt(key, why=f"{where}: {why}")


def _portions(them: Sequence[Each]) -> Iterator[Sequence[Each]]:
    for start in range(0, len(them), AT_ONCE):
        yield them[start : start + AT_ONCE]


@contextmanager
def _sink_errors() -> Iterator[None]:
    try:
        yield
    except SalesforceError as error:
        raise SinkError(error.what, error.cure) from None
