"""What holds of every schedule, whatever the customers, the day and the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from cs_aws_janitor.customers.model import (
    REGIONS,
    SEGMENTS,
    Contact,
    Customer,
    Event,
    Onboarding,
)
from cs_aws_janitor.customers.schedule import Today
from cs_aws_janitor.customers.task import STATUSES, Task, delivered
from tests.customers.making import every_playbook, planned, seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

PLAYBOOKS = every_playbook()
REPEATED = {each.name for p in PLAYBOOKS for each in p.touchpoints if each.every}

DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))
SOME_DAY = st.none() | DAYS
PEOPLE = st.sampled_from(["", "Jo", "Al", "Mo"])


@st.composite
def customers(draw: st.DrawFn) -> Customer:
    """Any customer at all."""
    return Customer(
        draw(st.sampled_from(["acme", "beta", "coda"])),
        "Acme GmbH",
        segment=draw(st.none() | st.sampled_from(SEGMENTS)),
        region=draw(st.none() | st.sampled_from(REGIONS)),
        public_sector=draw(st.booleans()),
        stage=draw(st.sampled_from(["", "5-Negotiating", "closed-won"])),
        annual_value=draw(st.none() | st.decimals(0, 500_000, places=0)),
        started=draw(SOME_DAY),
        renews=draw(SOME_DAY),
        renewal_opportunity=draw(SOME_DAY),
        renewed=draw(st.booleans()),
        csm=draw(PEOPLE),
        csm_manager=draw(PEOPLE),
        account_executive=draw(PEOPLE),
        onboarding=Onboarding(
            draw(SOME_DAY),
            draw(SOME_DAY),
            draw(st.sampled_from(["", "silence"])),
            draw(st.sampled_from([None, "customer", "gitlab"])),
        ),
        contacts=tuple(draw(st.lists(CONTACTS, max_size=3))),
        events=tuple(draw(st.lists(EVENTS, max_size=4))),
    )


CONTACTS = st.builds(
    Contact,
    name=st.just("Ann"),
    email=st.sampled_from(["", "ann@a.example", "ben@a.example", "no address"]),
    labels=st.sampled_from([(), ("GitLab Admin",)]),
)
EVENTS = st.builds(Event, kind=st.sampled_from(["call", "meeting", "mail"]), on=DAYS)


@st.composite
def calendars(draw: st.DrawFn) -> Callable[[str, date], bool]:
    """Weekends, and some weeks that are free besides."""
    free = draw(st.sets(st.integers(0, 365), max_size=60))
    return lambda _, day: day.weekday() < 5 and day.timetuple().tm_yday not in free


@settings(deadline=None)
@given(customers(), DAYS, calendars())
def test_every_task_is_whole(
    customer: Customer, today: date, works: Callable[[str, date], bool]
) -> None:
    """A task has a key of its own, opens no later than it is due, and is due on a working day."""
    tasks = planned(customer, PLAYBOOKS, Today(today, works))
    assert len({task.key for task in tasks}) == len(tasks)
    for task in tasks:
        assert task.opens <= task.due
        assert works("", task.due)
        assert task.status in STATUSES
        assert (task.status == "upcoming") == (today < task.opens)
        assert (task.status == "overdue") == (today > task.due)
        assert task.title
        assert task.notes


@settings(deadline=None)
@given(customers(), DAYS, st.integers(1, 400))
def test_nothing_that_was_open_is_lost(customer: Customer, today: date, later: int) -> None:
    """What waits today still waits later, unless something happened or its next one came."""
    still = replace(
        customer,
        events=tuple(event for event in customer.events if event.on <= today),
        onboarding=replace(customer.onboarding, opened=None, closed=None),
    )
    then = today + timedelta(days=later)
    waiting = [t for t in planned(still, PLAYBOOKS, f"{today}") if t.status != "upcoming"]
    keys = {task.key for task in planned(still, PLAYBOOKS, f"{then}")}
    once = [task for task in waiting if task.touchpoint not in REPEATED | {GONE_WITH_TIME}]
    assert {task.key for task in once} <= keys


GONE_WITH_TIME = "onboarding-call-to-action"  # it is for customers that began of late


@settings(deadline=None)
@given(customers(), DAYS)
def test_what_was_delivered_waits_no_more(customer: Customer, today: date) -> None:
    """Once all of it is delivered, a second look on the same day finds nothing to deliver."""
    tasks = planned(customer, PLAYBOOKS, f"{today}")
    known = {task.key: delivered(task) for task in tasks if task.status != "upcoming"}
    again = planned(customer, PLAYBOOKS, f"{today}", known)
    assert {task.status for task in again} <= {"upcoming", "delivered"}
    assert [(task.key, task.digest) for task in again] == [(t.key, t.digest) for t in tasks]


@settings(max_examples=50, deadline=None)
@given(st.lists(customers(), min_size=1, max_size=4), DAYS)
def test_customers_do_not_concern_each_other(book: list[Customer], today: date) -> None:
    """What is due for one customer does not depend on which others there are."""
    own = [
        task
        for each in book
        for task in planned(each, PLAYBOOKS, f"{today}")
        if task.customer is not None
    ]
    together = [t for t in planned(book, PLAYBOOKS, f"{today}") if t.customer is not None]
    assert together == own


@st.composite
def twins(draw: st.DrawFn) -> list[Customer]:
    """A book of whom all could be taken for each other: they differ in a few things, or in none."""
    days = st.sampled_from([date(2026, 1, 15), date(2026, 3, 31), date(2025, 10, 3)])
    people = st.sampled_from(["", "J/o", "J o"])
    pattern = replace(draw(customers()), csm="Jo", onboarding=Onboarding(date(2026, 1, 15)))
    return [
        replace(
            pattern,
            id=f"customer-{number}",
            name=draw(st.sampled_from(["Acme", "Beta"])),
            country=draw(st.sampled_from(["", "DE", "US"])),
            annual_value=draw(st.sampled_from([Decimal(99_999), Decimal(100_000)])),
            started=draw(st.none() | days),
            renews=draw(st.none() | days),
            lost_reason=draw(st.sampled_from(["", "{csm} 100 %"])),
            account_executive=draw(people),
            events=tuple(Event("call", draw(days)) for _ in range(draw(st.integers(0, 2)))),
        )
        for number in range(draw(st.integers(2, 6)))
    ]


@settings(max_examples=50, deadline=None)
@given(twins(), st.sampled_from([date(2026, 1, 20), date(2026, 5, 4)]), st.randoms())
def test_nobody_is_taken_for_a_twin(book: list[Customer], day: date, chance: Random) -> None:
    """What was found for one customer and holds for another is what is found for that one alone.

    So it is with holidays of countries and with tasks that were delivered; and what is for all
    customers of a person is for all of whom it would be alone.
    """

    def works(country: str, on: date) -> bool:
        return on.weekday() < 5 and (on.day + len(country)) % 7 != 0

    asked = planned(book, PLAYBOOKS, Today(day, works))
    known = {task.key: delivered(task) for task in asked if chance.random() < 0.3}
    today = Today(day, works, known, since=date(2025, 12, 1))
    alone = [seen(each, PLAYBOOKS, today) for each in book]
    together = seen(book, PLAYBOOKS, today)
    assert [each for each in together if each.customer] == [
        each for own in alone for each in own if each.customer
    ]
    shared: dict[str, tuple[str, ...]] = {}
    for task in (each for own in alone for each in own if isinstance(each, Task)):
        if task.customer is None:
            shared[task.key] = shared.get(task.key, ()) + task.customers
    found = [each for each in together if isinstance(each, Task) and each.customer is None]
    assert {task.key: task.customers for task in found} == shared


@settings(deadline=None)
@given(customers(), DAYS, st.dates(date(2024, 1, 1), date(2029, 12, 31)))
def test_keys_are_the_same_every_day(customer: Customer, one: date, other: date) -> None:
    """The key of a follow-up, and of whatever comes once, is the same in every run."""
    first, second = (
        {
            (task.touchpoint, task.to): task.key
            for task in planned(customer, PLAYBOOKS, f"{day}")
            if task.touchpoint not in REPEATED
        }
        for day in (one, other)
    )
    for touchpoint in first.keys() & second.keys():
        assert first[touchpoint] == second[touchpoint]
