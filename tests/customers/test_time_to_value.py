"""Time to value, a row for each line of customer-lifecycle.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_aws_janitor.customers.model import Customer, Licences, Onboarding, Subscription
from cs_aws_janitor.customers.time_to_value import (
    Goals,
    Measure,
    due_by,
    in_use,
    measures,
    quarter,
    summary,
)
from tests.customers.making import customer, day, timeline

ENGAGE, VALUE, ONBOARD = "time_to_engage", "time_to_first_value", "time_to_onboard"


def opened(on: str, closed: str | None = None, **more: Any) -> dict[str, Any]:
    """A call-to-action that was opened, and perhaps closed."""
    return {"onboarding": Onboarding(day(on), day(closed) if closed else None, **more)}


# What is known, today, the metric, its days and its status.
ROWS: list[tuple[dict[str, Any], str, str, int | None, str]] = [
    (opened("2020-01-01") | {"events": timeline("call 2020-01-12")},
     "2020-02-01", ENGAGE, 11, "met"),
    (opened("2020-01-01") | {"events": timeline("mail 2020-01-02", "meeting 2020-01-12")},
     "2020-02-01", ENGAGE, 11, "met"),
    (opened("2020-01-01") | {"events": timeline("call 2020-01-01")},
     "2020-02-01", ENGAGE, 0, "met"),
    (opened("2020-01-01") | {"events": timeline("call 2019-12-20")},
     "2020-02-01", ENGAGE, 0, "met"),
    (opened("2020-01-01") | {"events": timeline("call 2020-01-15")},
     "2020-02-01", ENGAGE, 14, "met"),
    (opened("2020-01-01") | {"events": timeline("call 2020-01-16")},
     "2020-02-01", ENGAGE, 15, "missed"),
    (opened("2020-01-01") | {"events": timeline("call 2020-01-12")},
     "2020-01-08", ENGAGE, None, "unknown"),
    (opened("2020-01-01"), "2020-01-11", ENGAGE, None, "unknown"),
    (opened("2020-01-01"), "2020-01-12", ENGAGE, None, "at-risk"),
    (opened("2020-01-01"), "2020-01-15", ENGAGE, None, "at-risk"),
    (opened("2020-01-01"), "2020-01-16", ENGAGE, None, "missed"),
    ({"events": timeline("call 2020-01-12")}, "2020-02-01", ENGAGE, None, "unknown"),
    (opened("2020-01-01", delay="silence", delay_cause="customer"),
     "2020-01-02", ENGAGE, None, "at-risk"),
    (opened("2020-01-01", delay="holidays", delay_cause="gitlab"),
     "2020-01-02", ENGAGE, None, "unknown"),
    ({"contracted": "2026-01-10", "first_value": "2026-02-01"}, "2026-03-01", VALUE, 22, "met"),
    ({"contracted": "2026-01-10", "first_value": "2026-02-09"}, "2026-03-01", VALUE, 30, "met"),
    ({"contracted": "2026-01-10", "first_value": "2026-02-10"}, "2026-03-01", VALUE, 31, "missed"),
    ({"contracted": "2026-01-10", "first_value": "2026-01-01"}, "2026-03-01", VALUE, 0, "met"),
    ({"contracted": "2026-01-10", "licences": Licences(500, 50)}, "2026-01-20", VALUE, 10, "met"),
    ({"contracted": "2026-01-10", "licences": Licences(500, 49)},
     "2026-01-20", VALUE, None, "unknown"),
    ({"contracted": "2026-01-10", "licences": Licences(500, 60), "first_value": "2026-01-15"},
     "2026-01-20", VALUE, 5, "met"),
    ({"first_value": "2026-01-15"}, "2026-01-20", VALUE, None, "unknown"),
    (opened("2020-08-15", "2020-09-18"), "2020-10-01", ONBOARD, 34, "met"),
    (opened("2020-08-15", "2020-09-29"), "2020-10-01", ONBOARD, 45, "met"),
    (opened("2020-08-15", "2020-09-30"), "2020-10-01", ONBOARD, 46, "missed"),
    (opened("2020-08-15"), "2020-09-29", ONBOARD, None, "at-risk"),
    (opened("2020-08-15"), "2020-09-30", ONBOARD, None, "missed"),
    ({}, "2020-10-01", ONBOARD, None, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "today", "metric", "days", "status"), ROWS)
def test_metrics(
    known: dict[str, Any], today: str, metric: str, days: int | None, status: str
) -> None:
    """Time to engage, to first value and to onboard: met, at risk, missed or not yet known."""
    found = _by_name(measures(customer(**known), day(today), Goals()))[metric]
    assert (found.days, found.status) == (days, status)


# Activated, sold, and whether that is 10 %.
USE = [
    (60, 500, True),
    (50, 500, True),
    (49, 500, False),
    (1, 10, True),
    (1, 11, False),
    (0, 0, False),
    (5, None, False),
    (None, 500, False),
]


@pytest.mark.parametrize(("activated", "sold", "enough"), USE)
def test_first_value_sets_itself(
    activated: int | None,
    sold: int | None,
    enough: bool,  # noqa: FBT001  a row of the table
) -> None:
    """First value is there when activated licences reach 10 % of those that were sold."""
    assert in_use(customer(licences=Licences(sold, activated))) is enough


def test_the_day_on_which_use_was_seen_first_counts() -> None:
    """Once it is remembered, the first value date stays what it was."""
    known = customer(contracted="2026-01-10", licences=Licences(500, 60))
    found = measures(known, day("2026-06-01"), Goals(), first_seen=day("2026-01-25"))
    assert _by_name(found)[VALUE].days == 15
    before = measures(known, day("2026-01-24"), Goals(), first_seen=day("2026-01-25"))
    assert _by_name(before)[VALUE].days is None


# Start of the subscription, day of the metric, days: from February 2022 on.
USAGE: list[tuple[str, str | None, list[int | None]]] = [
    ("2022-02-01", "2022-03-03", [30]),
    ("2022-02-01", "2022-01-20", [-12]),
    ("2022-02-01", None, [None]),
    ("2022-01-31", "2022-03-03", []),
    ("2026-01-15", "2026-12-01", [None]),
]


@pytest.mark.parametrize(("started", "reached", "days"), USAGE)
def test_product_usage(started: str, reached: str | None, days: list[int | None]) -> None:
    """From the start of the subscription; it may be negative, and is not asked of old ones."""
    usage = {"ci": day(reached)} if reached else {}
    goals = Goals(usage={"ci": 30})
    known = customer(subscriptions=(Subscription("S-1", day(started), usage),))
    found = measures(known, day("2026-06-01"), goals)[3:]
    assert [each.days for each in found] == days
    assert {each.subscription for each in found} <= {"S-1"}
    short = customer(subscribed=started, usage=usage)
    assert [m.days for m in measures(short, day("2026-06-01"), goals)[3:]] == (
        days if usage else []
    )


def test_usage_is_per_subscription_and_per_metric() -> None:
    """Each subscription has its own days, each metric its own goal if any."""
    known = customer(
        subscriptions=(
            Subscription(
                "one", day("2026-01-01"), {"ci": day("2026-01-31"), "cd": day("2026-04-01")}
            ),
            Subscription("two", day("2026-02-01"), {"ci": day("2026-04-01")}),
        )
    )
    found = measures(known, day("2026-06-01"), Goals(usage={"ci": 30}))[3:]
    assert [(m.subscription, m.metric, m.days, m.status) for m in found] == [
        ("one", "cd", 90, "met"),
        ("one", "ci", 30, "met"),
        ("two", "ci", 59, "missed"),
    ]


def test_sums_by_csm_and_quarter() -> None:
    """A summary per CSM, and per quarter in which the metric began."""
    book = [
        customer(csm="Jo", **opened("2026-01-15", "2026-02-20")),
        customer(csm="Jo", **opened("2026-03-31", "2026-06-20")),
        customer(csm="", **opened("2026-04-01")),
    ]
    today = day("2026-04-10")
    sums = summary((each, measures(each, today, Goals())) for each in book)
    assert list(sums["csm"]) == ["Jo", "nobody"]
    assert list(sums["quarter"]) == ["2026-Q1", "2026-Q2"]
    (onboard,) = [s for s in sums["csm"]["Jo"] if s.metric == ONBOARD]
    assert onboard.statuses == {"met": 1, "at-risk": 0, "missed": 0, "unknown": 1}
    assert (onboard.days, onboard.median) == ((36,), 36)
    (later,) = [s for s in sums["quarter"]["2026-Q2"] if s.metric == ONBOARD]
    assert (later.days, later.median, later.statuses["unknown"]) == ((), None, 1)


# A day, and its quarter.
QUARTERS = [
    ("2026-01-01", "2026-Q1"),
    ("2026-03-31", "2026-Q1"),
    ("2026-04-01", "2026-Q2"),
    ("2026-12-31", "2026-Q4"),
]


@pytest.mark.parametrize(("on", "name"), QUARTERS)
def test_quarters(on: str, name: str) -> None:
    """Quarters are those of the calendar year."""
    assert quarter(day(on)) == name


DATES = st.dates(date(2022, 1, 1), date(2027, 12, 31))


@settings(deadline=None)
@given(DATES, DATES, st.integers(0, 400), st.integers(0, 60))
def test_a_verdict_stands(began: date, ended: date, later: int, goal: int) -> None:
    """Never negative, and what is met or missed stays so on every later day."""
    known = customer(onboarding=Onboarding(began, ended))
    goals = Goals({ENGAGE: goal, VALUE: goal, ONBOARD: goal})
    today = max(began, ended)
    now = _by_name(measures(known, today, goals))[ONBOARD]
    then = _by_name(measures(known, today + timedelta(days=later), goals))[ONBOARD]
    assert now.days is not None
    assert now.days >= 0
    assert now == then
    assert (now.status == "met") == (now.days <= goal)


@settings(deadline=None)
@given(DATES, st.integers(0, 100))
def test_what_is_not_known_goes_one_way(began: date, gone: int) -> None:
    """Not yet known, then at risk, then missed: never back, and missed only after its last day."""
    known: Customer = customer(onboarding=Onboarding(began))
    order = ["unknown", "at-risk", "missed"]
    today = began + timedelta(days=gone)
    now = _by_name(measures(known, today, Goals()))[ONBOARD]
    then = _by_name(measures(known, today + timedelta(days=1), Goals()))[ONBOARD]
    assert order.index(now.status) <= order.index(then.status)
    last = due_by(now)
    assert last is not None
    assert (now.status == "missed") == (today > last)


def test_nothing_is_due_without_a_beginning() -> None:
    """What has not begun, or has no goal, has no last day."""
    known = replace(customer(), onboarding=Onboarding())
    assert due_by(_by_name(measures(known, day("2026-01-20"), Goals()))[ENGAGE]) is None


def _by_name(found: list[Measure]) -> dict[str, Measure]:
    return {each.metric: each for each in found}
