"""What the tests of the second wing are made of: customers, the shipped playbooks, calendars."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cs_aws_janitor.customers.model import Customer, Event
from cs_aws_janitor.customers.playbook import Playbook
from cs_aws_janitor.customers.playbook_reading import parse
from cs_aws_janitor.customers.schedule import Today, schedule
from cs_aws_janitor.customers.task import Flag, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cs_aws_janitor.customers.model import EventKind
    from cs_aws_janitor.customers.task import Delivery

PLAYBOOKS = Path(__file__).parents[2] / "config" / "playbooks"
START = "2026-01-15"  # a Thursday


def day(text: str) -> date:
    """A date as it is written."""
    return date.fromisoformat(text)


def customer(name: str = "Acme GmbH", **known: Any) -> Customer:
    """A customer of whom little more than its name and start is known; dates may be text."""
    dates = {"started", "contracted", "subscribed", "renews", "renewal_opportunity", "first_value"}
    known = {"id": "acme", "started": START, "csm": "Jo", **known}
    read: dict[str, Any] = {
        k: day(v) if k in dates and isinstance(v, str) else v for k, v in known.items()
    }
    return Customer(name=name, **read)


def timeline(*entries: str) -> tuple[Event, ...]:
    """Events such as `call 2026-01-20`."""
    words = (entry.split() for entry in entries)
    return tuple(Event(cast("EventKind", kind), day(on)) for kind, on in words)


@cache
def shipped(name: str) -> Playbook:
    """A playbook that the project ships."""
    path = PLAYBOOKS / f"{name}.toml"
    return parse(name, tomllib.loads(path.read_text(encoding="utf-8")))


def every_playbook() -> list[Playbook]:
    """All that the project ships."""
    return [shipped(path.stem) for path in sorted(PLAYBOOKS.glob("*.toml"))]


def all_days(_country: str, _day: date) -> bool:
    """A calendar without weekends or holidays."""
    return True


def weekdays(_country: str, day: date) -> bool:
    """A calendar with weekends only."""
    return day.weekday() < 5


def planned(
    customers: Customer | Sequence[Customer],
    playbooks: Playbook | Iterable[Playbook],
    today: str | Today,
    deliveries: Mapping[str, Delivery] | None = None,
) -> list[Task]:
    """The tasks of customers as of a day, where every day is a working day."""
    return [
        each for each in seen(customers, playbooks, today, deliveries) if isinstance(each, Task)
    ]


def flagged(
    customers: Customer | Sequence[Customer],
    playbooks: Playbook | Iterable[Playbook],
    today: str | Today,
) -> list[Flag]:
    """What a person should mind about customers as of a day."""
    return [each for each in seen(customers, playbooks, today) if isinstance(each, Flag)]


def seen(
    customers: Customer | Sequence[Customer],
    playbooks: Playbook | Iterable[Playbook],
    today: str | Today,
    deliveries: Mapping[str, Delivery] | None = None,
) -> list[Task | Flag]:
    """Tasks and flags as of a day, where every day is a working day."""
    if isinstance(today, str):
        today = Today(day(today), all_days, deliveries or {})
    listed = [customers] if isinstance(customers, Customer) else customers
    books = [playbooks] if isinstance(playbooks, Playbook) else list(playbooks)
    return list(schedule(listed, books, today))


def one(tasks: Sequence[Task], touchpoint: str) -> Task:
    """The only task of that touchpoint."""
    (found,) = [task for task in tasks if task.touchpoint == touchpoint]
    return found


def names(tasks: Iterable[Task]) -> set[str]:
    """The touchpoints that there are tasks of."""
    return {task.touchpoint for task in tasks}
