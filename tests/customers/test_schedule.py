"""The schedule, a row for each line of customer-lifecycle.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cs_aws_janitor.customers.model import Contact, Customer, Onboarding
from cs_aws_janitor.customers.playbook import Window
from cs_aws_janitor.customers.schedule import Today
from cs_aws_janitor.customers.task import delivered
from tests.customers.making import (
    all_days,
    customer,
    day,
    flagged,
    names,
    one,
    planned,
    shipped,
    timeline,
    weekdays,
)

ONBOARDING = shipped("account-onboarding")
WELCOME = ONBOARDING.touchpoint("welcome")
CSM = shipped("csm-onboarding")
MAILS = shipped("onboarding-mails")
ENGAGEMENT = shipped("account-engagement")

# The table "account onboarding": touchpoint, opens, due; of a customer that began on 2026-01-15.
WINDOWS = [
    ("welcome", "2026-01-15", "2026-01-15"),
    ("personal-introduction", "2026-01-17", "2026-01-20"),
    ("installation-follow-up", "2026-01-22", "2026-01-25"),
    ("education", "2026-02-04", "2026-02-14"),
    ("discovery", "2026-03-16", "2026-03-16"),
    ("check-in", "2026-04-15", "2026-04-15"),
    ("outlook", "2026-07-15", "2026-07-15"),
    ("renewal-10", "2026-11-15", "2026-11-15"),
    ("renewal-11", "2026-12-15", "2026-12-15"),
    ("renewal-12", "2027-01-15", "2027-01-15"),
    ("expansion", "2026-11-15", "2026-11-15"),
    ("follow-up-30", "2026-02-19", "2026-02-19"),
    ("follow-up-60", "2026-03-21", "2026-03-21"),
]


@pytest.mark.parametrize(("touchpoint", "opens", "due"), WINDOWS)
def test_windows(touchpoint: str, opens: str, due: str) -> None:
    """A touchpoint opens at the start of its window and is due at its end."""
    acme = customer(segment="strategic", events=timeline("call 2026-01-20"))
    task = one(planned(acme, ONBOARDING, "2026-01-20"), touchpoint)
    assert (task.opens, task.due) == (day(opens), day(due))
    assert task.key == f"acme/account-onboarding/{touchpoint}/2026-01-15"
    assert task.title.endswith(": Acme GmbH")
    assert task.notes


def test_the_table_has_no_other_touchpoints() -> None:
    """What the playbook ships is what the table has."""
    assert [each.name for each in ONBOARDING.touchpoints] == [row[0] for row in WINDOWS]


# Start, touchpoint, due: months are those of the calendar.
MONTHS = [
    ("2026-08-31", "outlook", "2027-02-28"),
    ("2027-08-31", "outlook", "2028-02-29"),
    ("2026-01-31", "renewal-10", "2026-11-30"),
    ("2024-02-29", "renewal-12", "2025-02-28"),
    ("2026-03-31", "renewal-11", "2027-02-28"),
]


@pytest.mark.parametrize(("start", "touchpoint", "due"), MONTHS)
def test_months_are_clamped(start: str, touchpoint: str, due: str) -> None:
    """Months are calendar months, clamped at the month's end."""
    assert one(planned(customer(started=start), ONBOARDING, start), touchpoint).due == day(due)


# Due, end of the window, the working day on which it is due; weekends and 2026-01-01 are free.
SETTLED = [
    ("2026-01-20", "2026-01-20", "2026-01-20"),
    ("2026-01-24", "2026-01-24", "2026-01-23"),
    ("2026-01-25", "2026-01-25", "2026-01-23"),
    ("2026-01-24", "2026-01-25", "2026-01-23"),
    ("2026-01-24", "2026-01-26", "2026-01-26"),
    ("2026-01-01", "2026-01-01", "2025-12-31"),
    ("2026-01-01", "2026-01-02", "2026-01-02"),
]


@pytest.mark.parametrize(("due", "last", "settled"), SETTLED)
def test_due_on_a_working_day(due: str, last: str, settled: str) -> None:
    """A due date moves to the next working day inside of the window, else to the last before."""

    def works(_country: str, each: date) -> bool:
        return each.weekday() < 5 and each != day("2026-01-01")

    window = Window(0, (day(last) - day(due)).days, 0)
    playbook = replace(ONBOARDING, touchpoints=(replace(WELCOME, window=window),))
    (task,) = planned(customer(started=due), playbook, Today(day(due), works))
    assert task.due == day(settled)


def test_what_is_due_earlier_opens_no_later() -> None:
    """Where the last working day lies before the window, it opens on that day."""
    today = Today(day("2026-01-15"), weekdays)
    task = one(planned(customer(), ONBOARDING, today), "renewal-10")  # 2026-11-15 is a Sunday
    assert (task.opens, task.due) == (day("2026-11-13"), day("2026-11-13"))


def test_the_country_decides_on_working_days() -> None:
    """Each customer's own holidays move its due dates."""
    today = Today(day("2026-01-15"), lambda country, _: country != "DE" or _ != day("2026-01-20"))
    both = [customer(id="a", country="DE"), customer(id="b", country="FR")]
    tasks = [t for t in planned(both, ONBOARDING, today) if t.touchpoint == "personal-introduction"]
    assert [task.due for task in tasks] == [day("2026-01-19"), day("2026-01-20")]


# Today, and the status of a touchpoint that opens on 2026-01-17 and is due on 2026-01-20.
STATUSES = [
    ("2026-01-16", "upcoming"),
    ("2026-01-17", "open"),
    ("2026-01-19", "open"),
    ("2026-01-20", "due"),
    ("2026-01-21", "overdue"),
    ("2027-01-21", "overdue"),
]


@pytest.mark.parametrize(("today", "status"), STATUSES)
def test_statuses(today: str, status: str) -> None:
    """Upcoming, open inside of the window, due on its day, overdue afterwards: nothing is lost."""
    task = one(planned(customer(), ONBOARDING, today), "personal-introduction")
    assert task.status == status
    known = {task.key: delivered(task)}
    again = one(planned(customer(), ONBOARDING, today, known), "personal-introduction")
    assert again.status == "delivered"


# Which customer, and which touchpoint it has or does not have.
CONDITIONAL: list[tuple[dict[str, Any], str, bool]] = [
    ({"renewed": False}, "renewal-11", True),
    ({"renewed": True}, "renewal-11", False),
    ({"renewed": True}, "renewal-10", True),
    ({"renewed": True}, "renewal-12", True),
    ({"segment": "strategic"}, "expansion", True),
    ({"segment": "large"}, "expansion", False),
    ({"segment": None}, "expansion", False),
    ({"events": ()}, "follow-up-30", False),
    ({"events": timeline("mail 2026-01-20")}, "follow-up-30", True),
    ({"events": timeline("call 2026-02-20")}, "follow-up-30", False),
    ({"started": None}, "welcome", False),
    ({"started": None, "events": timeline("mail 2026-01-20")}, "follow-up-30", False),
]


@pytest.mark.parametrize(("known", "touchpoint", "there"), CONDITIONAL)
def test_touchpoints_under_a_condition(
    known: dict[str, Any],
    touchpoint: str,
    there: bool,  # noqa: FBT001  a row of the table
) -> None:
    """Some touchpoints are only of some customers."""
    tasks = planned(customer(**known), ONBOARDING, "2026-01-20")
    assert (touchpoint in names(tasks)) is there


def test_follow_ups_move_with_the_last_contact() -> None:
    """A later contact moves them; what was created already stays the same task."""
    events = timeline("call 2026-01-20")
    first = one(planned(customer(events=events), ONBOARDING, "2026-02-19"), "follow-up-30")
    known = {first.key: delivered(first)}
    later = customer(events=(*events, *timeline("mail 2026-02-10")))
    moved = one(planned(later, ONBOARDING, "2026-02-19", known), "follow-up-30")
    assert (moved.key, moved.status) == (first.key, "delivered")
    assert (first.due, moved.due) == (day("2026-02-19"), day("2026-03-12"))
    assert moved.digest != first.digest


# Due date of the education, and the releases it names: they come on the 22nd.
RELEASES = [
    ("2026-01-15", "2026-02-14", "2026-01-22", "2026-02-22"),
    ("2026-01-23", "2026-02-22", "2026-02-22", "2026-03-22"),
    ("2026-11-25", "2026-12-25", "2026-12-22", "2027-01-22"),
    ("2025-12-07", "2026-01-06", "2025-12-22", "2026-01-22"),
]


@pytest.mark.parametrize(("start", "due", "last", "following"), RELEASES)
def test_education_names_the_releases(start: str, due: str, last: str, following: str) -> None:
    """The notes name the last release and the next one, as of the day on which it is due."""
    task = one(planned(customer(started=start), ONBOARDING, start), "education")
    assert task.due == day(due)
    assert f"the last one was on {last}, the next one comes on {following}" in task.notes[0]


NEW: dict[str, Any] = {"opened": "2026-01-15"}

# The table "CSM onboarding": what is known, the touchpoint, its assignee, opens and due.
EVENTS: list[tuple[dict[str, Any], str, str, str, str]] = [
    ({"stage": "5-Negotiating", "csm": "", "csm_manager": "Mo", "started": None},
     "assign-csm", "Mo", "2026-01-20", "2026-01-23"),
    ({}, "onboarding-call-to-action", "Jo", "2026-01-20", "2026-01-23"),
    ({"stage": "5-Negotiating", "started": None},
     "onboarding-call-to-action", "Jo", "2026-01-20", "2026-01-23"),
    (NEW, "internal-transition", "Jo", "2026-01-15", "2026-01-22"),
    (NEW, "kickoff", "Jo", "2026-01-15", "2026-01-29"),
    (NEW | {"events": timeline("call 2026-01-19")},
     "success-plan", "Jo", "2026-01-19", "2026-02-02"),
    (NEW | {"events": timeline("call 2026-01-19")},
     "first-cadence", "Jo", "2026-01-29", "2026-02-14"),
    (NEW | {"events": timeline("call 2026-01-16", "meeting 2026-01-20")},
     "onboarding-done", "Jo", "2026-01-20", "2026-01-23"),
    (NEW, "onboarding-complete", "Jo", "2026-02-14", "2026-03-01"),
    (NEW, "onboarding-late", "Jo", "2026-03-02", "2026-03-06"),
    (NEW | {"delay": "silence", "delay_cause": "customer"},
     "account-risk", "Jo", "2026-01-20", "2026-01-25"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "touchpoint", "who", "opens", "due"), EVENTS)
def test_events_of_the_csm_onboarding(
    known: dict[str, Any], touchpoint: str, who: str, opens: str, due: str
) -> None:
    """Each event has its effect."""
    task = one(planned(_onboarding(known), CSM, "2026-01-20"), touchpoint)
    assert (task.assignee, task.opens, task.due) == (who, day(opens), day(due))


# What is known, and what then is not to be done (any more).
NOT_TO_DO: list[tuple[dict[str, Any], str]] = [
    ({"stage": "5-Negotiating"}, "assign-csm"),
    ({"stage": "closed-won", "csm": ""}, "assign-csm"),
    (NEW, "onboarding-call-to-action"),
    ({"csm": ""}, "onboarding-call-to-action"),
    ({"started": "2025-01-15"}, "onboarding-call-to-action"),
    (NEW | {"events": timeline("meeting 2026-01-19")}, "internal-transition"),
    (NEW | {"events": timeline("meeting 2026-01-19")}, "kickoff"),
    (NEW | {"events": timeline("mail 2026-01-19")}, "success-plan"),
    (NEW | {"events": timeline("call 2026-01-19", "call 2026-01-20")}, "first-cadence"),
    (NEW | {"events": timeline("call 2026-01-19")}, "onboarding-done"),
    (
        NEW | {"closed": "2026-01-20", "events": timeline("call 2026-01-18", "call 2026-01-19")},
        "onboarding-done",
    ),
    (NEW | {"closed": "2026-01-20"}, "onboarding-complete"),
    (NEW | {"closed": "2026-01-20"}, "first-cadence"),
    (NEW | {"delay": "holidays"}, "onboarding-late"),
    (NEW | {"delay": "holidays", "delay_cause": "gitlab"}, "account-risk"),
]


@pytest.mark.parametrize(("known", "touchpoint"), NOT_TO_DO)
def test_what_is_done_or_not_called_for(known: dict[str, Any], touchpoint: str) -> None:
    """A task ends with what it is for, and comes only with its event."""
    assert touchpoint not in names(planned(_onboarding(known), CSM, "2026-01-20"))


SOLD = timeline("call 2025-11-03", "meeting 2025-12-01", "call 2026-01-14")


@pytest.mark.parametrize("known", [NEW, {}, NEW | {"started": "2026-02-01"}])
def test_calls_before_the_onboarding_are_none_of_it(known: dict[str, Any]) -> None:
    """What was said while it was sold is not the kickoff, and no plan is drafted from it."""
    found = names(planned(_onboarding(known | {"events": SOLD}), CSM, "2026-01-20"))
    assert {"internal-transition", "kickoff", "first-cadence"} <= found
    assert not found & {"success-plan", "onboarding-done"}


def test_a_call_to_come_holds_nothing_yet() -> None:
    """A call in the timeline counts from its day on, and so does a closed call-to-action."""
    coming = _onboarding(NEW | {"events": timeline("call 2026-01-25"), "closed": "2026-02-20"})
    assert {"kickoff", "onboarding-complete"} <= names(planned(coming, CSM, "2026-01-20"))


def test_the_transition_comes_before_the_kickoff() -> None:
    """The hand-off is due before the kickoff call is, whatever its own window says."""
    late = [
        replace(each, window=each.window._replace(last=20, due=20))
        if each.name == "internal-transition"
        else each
        for each in CSM.touchpoints
    ]
    tasks = planned(_onboarding(NEW), replace(CSM, touchpoints=tuple(late)), "2026-01-20")
    assert one(tasks, "internal-transition").due == one(tasks, "kickoff").due - timedelta(days=1)


def test_a_delay_by_the_customer_flags_the_account() -> None:
    """Caused by the customer, the account is at risk; caused by GitLab it is not."""
    delayed = _onboarding(NEW | {"delay": "went dark", "delay_cause": "customer"})
    (flag,) = flagged(delayed, CSM, "2026-01-20")
    assert flag.why == "at risk: the customer delays the onboarding (went dark)"
    ours = _onboarding(NEW | {"delay": "nobody free", "delay_cause": "gitlab"})
    assert flagged(ours, CSM, "2026-01-20") == []


def test_what_opens_at_once_keeps_its_days() -> None:
    """What is due so many days from now is not moved on by every run."""
    unassigned = _onboarding({"stage": "5-Negotiating", "csm": "", "csm_manager": "Mo"})
    first = one(planned(unassigned, CSM, "2026-01-20"), "assign-csm")
    known = {first.key: delivered(first)}
    later = one(planned(unassigned, CSM, "2026-01-25", known), "assign-csm")
    assert (later.key, later.due, later.digest) == (first.key, first.due, first.digest)


ADMINS = (
    Contact("Ann", email="ann@acme.example", labels=("GitLab Admin",)),
    Contact("Ben", email="Ben@acme.example", labels=("gitlab admin", "Champion")),
    Contact("Cid", email="cid@acme.example"),
    Contact("Dee", email="", labels=("GitLab Admin",)),
)


def test_mails_go_to_every_admin() -> None:
    """Introduction, then enablement, to each contact labelled GitLab Admin, CSM in cc."""
    tasks = planned(_onboarding(NEW, contacts=ADMINS), MAILS, "2026-01-15")
    assert [task.to for task in tasks[:2]] == ["ann@acme.example", "Ben@acme.example"]
    assert {task.cc for task in tasks} == {("Jo",)}
    assert len(tasks) == 2 * len(MAILS.touchpoints)
    assert tasks[0].key == "acme/onboarding-mails/introduction/once/ann@acme.example"
    assert tasks[0].title.startswith("Welcome to GitLab")


def test_nobody_is_written_to_twice_where_a_day_is_corrected() -> None:
    """The onboarding was opened a week later than it was said to be: the mail is out already."""
    [first, *_] = planned(_onboarding(NEW, contacts=ADMINS[:1]), MAILS, "2026-01-15")
    corrected = _onboarding({**NEW, "opened": "2026-01-22"}, contacts=ADMINS[:1])
    [again, *_] = planned(corrected, MAILS, "2026-01-22", {first.key: delivered(first)})
    assert (again.key, again.status) == (first.key, "delivered")


# What is known of a customer that gets no mails.
NO_MAILS: list[dict[str, Any]] = [
    {"public_sector": True},
    {"csm": ""},
    {"closed": "2026-01-20"},
    {"opened": None},
    {"opened": "2026-01-21"},
]


@pytest.mark.parametrize("known", NO_MAILS)
def test_who_gets_no_mails(known: dict[str, Any]) -> None:
    """Not for the public sector, not without a CSM, and only while the onboarding is open."""
    tasks = planned(_onboarding(NEW | known, contacts=ADMINS), MAILS, "2026-01-20")
    assert [task for task in tasks if task.status != "upcoming"] == []


def test_mails_that_reach_nobody_are_flagged() -> None:
    """Without a contact that is labelled, the customer is flagged from the first mail on."""
    nobody = _onboarding(NEW, contacts=ADMINS[2:])
    assert planned(nobody, MAILS, "2026-01-15") == []
    assert [flag.touchpoint for flag in flagged(nobody, MAILS, "2026-01-15")] == ["introduction"]
    assert "labelled GitLab Admin" in flagged(nobody, MAILS, "2026-01-15")[0].why
    assert flagged(nobody, MAILS, "2026-01-14") == []


# Annual value, today, and the days of the EBRs that are shown.
EBRS = [
    (None, "2026-01-15", ["2027-01-15"]),
    (99_999, "2026-12-31", ["2027-01-15", "2028-01-15"]),
    (99_999, "2027-06-01", ["2027-01-15", "2028-01-15"]),
    (100_000, "2026-01-15", ["2026-04-15"]),
    (120_000, "2026-04-20", ["2026-04-15", "2026-07-15"]),
    (120_000, "2026-06-15", ["2026-07-15", "2026-10-15"]),
]


@pytest.mark.parametrize(("value", "today", "days"), EBRS)
def test_business_reviews(value: int | None, today: str, days: list[str]) -> None:
    """Once a year, and each quarter from an annual value on; the one that opened, and the next."""
    tasks = planned(customer(annual_value=value), ENGAGEMENT, today)
    found = [task for task in tasks if task.touchpoint == "ebr"]
    assert [f"{task.due}" for task in found] == days
    assert [task.key.rpartition("/")[2] for task in found] == days


# Touchpoint, today, and the windows that are shown.
REPEATED = [
    ("forecast", "2026-01-16", [("2026-01-19", "2026-01-23")]),
    ("forecast", "2026-01-19", [("2026-01-19", "2026-01-23"), ("2026-01-26", "2026-01-30")]),
    ("forecast", "2026-02-15", [("2026-02-09", "2026-02-13"), ("2026-02-16", "2026-02-20")]),
    ("renewal-meeting", "2026-01-31", [("2026-02-01", "2026-02-07")]),
    ("renewal-meeting", "2026-03-01", [("2026-03-01", "2026-03-07"), ("2026-04-01", "2026-04-07")]),
    ("manager-review", "2027-01-05", [("2027-01-01", "2027-01-14"), ("2027-02-01", "2027-02-14")]),
]


@pytest.mark.parametrize(("touchpoint", "today", "windows"), REPEATED)
def test_weekly_and_monthly(touchpoint: str, today: str, windows: list[tuple[str, str]]) -> None:
    """Each week from Monday, each month from the first; missed ones do not pile up."""
    tasks = planned(customer(), ENGAGEMENT, today)
    found = [task for task in tasks if task.touchpoint == touchpoint]
    assert [(f"{task.opens}", f"{task.due}") for task in found] == windows


def test_windows_that_overlap_are_open_side_by_side() -> None:
    """A window longer than its period ends on its own last day, not as the next one opens."""
    (weekly,) = [each for each in ENGAGEMENT.touchpoints if each.name == "forecast"]
    long = replace(weekly, per="customer", window=Window(-7, 4, 4))
    tasks = planned(customer(), replace(ENGAGEMENT, touchpoints=(long,)), "2026-02-09")
    days = [(f"{task.opens:%m-%d}", f"{task.due:%m-%d}", task.status) for task in tasks]
    assert days == [
        ("02-02", "02-13", "open"),
        ("02-09", "02-20", "open"),
        ("02-16", "02-27", "upcoming"),
    ]


def test_a_day_that_was_missed_is_caught_up() -> None:
    """Nobody ran on Monday: the task of the week comes on Wednesday."""
    task = planned(customer(), ENGAGEMENT, "2026-01-21")[-2]
    assert (task.touchpoint, task.status, task.opens) == ("forecast", "open", day("2026-01-19"))


def test_one_task_for_all_customers_of_a_person() -> None:
    """Who looks after many customers gets the task of the week once, with their names."""
    book = [
        customer("Acme", id="a", account_executive="Al"),
        customer("Beta", id="b", account_executive="Al"),
        customer("Coda", id="c", account_executive="Bo"),
        customer("Dyne", id="d", account_executive="Bo", lost_reason="price"),
    ]
    tasks = [t for t in planned(book, ENGAGEMENT, "2026-01-19") if t.touchpoint == "forecast"]
    now = [task for task in tasks if task.status == "open"]
    assert [task.key for task in now] == [
        "@Al/account-engagement/forecast/2026-01-19",
        "@Bo/account-engagement/forecast/2026-01-19",
    ]
    assert [task.customers for task in now] == [("a", "b"), ("c",)]
    assert [task.customer for task in now] == [None, None]
    assert now[0].notes[-1] == "Customers: Acme, Beta"


def test_a_renewal_that_is_identified_calls_for_discovery() -> None:
    """The account executive, with CSM and SA, once a renewal opportunity is there."""
    known = customer(renewal_opportunity="2026-09-01", account_executive="Al")
    task = one(planned(known, ENGAGEMENT, "2026-09-01"), "renewal-discovery")
    assert (task.assignee, task.due) == ("Al", day("2026-09-15"))
    renewed = replace(known, renewed=True)
    assert "renewal-discovery" not in names(planned(renewed, ENGAGEMENT, "2026-09-01"))


def test_more_is_shown_until_a_day_ahead() -> None:
    """A calendar shows what repeats until its last day, and one beyond."""
    today = Today(day("2026-01-15"), all_days, ahead=day("2026-12-31"))
    tasks = planned(customer(annual_value=120_000), ENGAGEMENT, today)
    dues = [f"{task.due:%m-%d}" for task in tasks if task.touchpoint == "ebr"]
    assert dues == ["04-15", "07-15", "10-15", "01-15"]


def test_what_was_due_before_the_janitor_came_is_left_to_history() -> None:
    """Nothing that was due before `since` is asked for, unless it was delivered."""
    today = Today(day("2026-06-01"), all_days, since=day("2026-04-15"))
    tasks = planned(customer(), ONBOARDING, today)
    assert [task.touchpoint for task in tasks][:2] == ["check-in", "outlook"]


def _onboarding(known: dict[str, Any], **more: Any) -> Customer:
    dates = {key: known.get(key) for key in ("opened", "closed")}
    rest = {key: value for key, value in known.items() if key not in dates}
    delay = {key: rest.pop(key) for key in ("delay", "delay_cause") if key in rest}
    read: dict[str, Any] = {
        key: day(value) for key, value in dates.items() if isinstance(value, str)
    }
    return customer(onboarding=Onboarding(**read, **delay), **rest, **more)
