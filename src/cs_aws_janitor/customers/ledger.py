"""What was delivered, when and where to; and since when a customer has first value.

Every line is one entry, an object whose `entry` says what it is, and whose `at` says when:

- delivery: a task was put into a sink, changed there or withdrawn (`verb`), by which command;
- first-value: the day on which enough licences of a customer were seen in use.

Other entries, of a later version, are kept and passed over.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.task import Delivery
from cs_aws_janitor.shared import entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cs_aws_janitor.shared.entries import Entry, Store

_FIELDS = [each.name for each in fields(Delivery)]


class DeliveryLedger:
    """The deliveries in a `store`. `by` names the command that adds to it, `now` stamps entries."""

    def __init__(self, store: Store, by: str, now: Callable[[], datetime]) -> None:
        self.store = store
        self.by = by
        self.torn: list[str] = []
        self._now = now

    def recall(self) -> tuple[dict[str, Delivery], dict[str, date]]:
        """The last delivery of every task, and the first value dates by customer."""
        deliveries: dict[str, Delivery] = {}
        first_values: dict[str, date] = {}
        self.torn = []
        for entry in entries.read(self.store, self.torn):
            match entry:
                case {"entry": "delivery", "key": str(key)}:
                    if found := self._delivery(entry):
                        deliveries[key] = found
                case {"entry": "first-value", "customer": str(customer), "on": str(on)}:
                    if day := _date(on):
                        first_values.setdefault(customer, day)
        return deliveries, first_values

    def history(self) -> list[Entry]:
        """Every delivery, oldest first."""
        self.torn = []
        read = entries.read(self.store, self.torn)
        return [entry for entry in read if entry["entry"] == "delivery"]

    def check_writable(self) -> None:
        """Raise LedgerError now rather than after the first delivery."""
        self.store.append("")

    def record(self, verb: str, delivery: Delivery) -> None:
        """Write down what stands in a sink now."""
        self._append({"entry": "delivery", "verb": verb, **asdict(delivery)})

    def remember_first_value(self, customer: str, on: date) -> None:
        """Write down since when a customer has first value."""
        self._append({"entry": "first-value", "customer": customer, "on": on})

    def _append(self, entry: Entry) -> None:
        stamp = {"at": self._now(), "by": self.by}
        self.store.append(entries.text([{**entry, **stamp}]))

    def _delivery(self, entry: Entry) -> Delivery | None:
        """The delivery of an entry; one that lacks something is told, and its task comes again."""
        days = {name: _date(entry.get(name)) for name in ("opens", "due")}
        given: dict[str, Any] = {name: entry[name] for name in _FIELDS if name in entry}
        if all(days.values()):
            with suppress(TypeError):  # something else is missing
                return Delivery(**{**given, **days})
        self.torn.append(f"the delivery of {entry['key']} cannot be read and was passed over")
        return None


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
