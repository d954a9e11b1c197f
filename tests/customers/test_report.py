"""What the reports say: the same in every form."""

from __future__ import annotations

import json

import pytest

from cs_aws_janitor.customers.report.plan_report import json_row, row
from cs_aws_janitor.customers.report.playbook_report import when
from cs_aws_janitor.customers.report.time_to_value_page import HEIGHT, WIDTH, histogram, medians
from cs_aws_janitor.customers.time_to_value import Measure
from tests.customers.making import customer, every_playbook, planned, shipped, timeline
from tests.customers.test_schedule import ADMINS, NEW, _onboarding


def test_rows_of_json_are_the_rows() -> None:
    """Put together from parts, each row is what the plain way gives, hostile names and all."""
    hostile = customer('A"\\\u202e\n</script>', csm='J"o', events=timeline("call 2026-01-16"))
    mails = _onboarding(NEW, contacts=ADMINS)
    tasks = planned([hostile, mails, customer(id="c", csm="")], every_playbook(), "2026-01-20")
    assert len(tasks) > 60
    for task in tasks:
        encoded = json_row(task)
        assert encoded.isascii()
        assert "\n" not in encoded
        assert json.loads(encoded) == json.loads(json.dumps(row(task)))
        assert list(json.loads(encoded)) == list(row(task))


def test_when_a_touchpoint_comes_in_words() -> None:
    """The table of playbooks says it as the playbook does."""
    said = {each.name: when(each) for each in shipped("account-onboarding").touchpoints}
    assert said["personal-introduction"] == "day 2 to 5 after started"
    assert said["outlook"] == "month 6 after started"
    ebr = shipped("account-engagement").touchpoint("ebr")
    assert when(ebr) == "every year, quarterly from 100,000: day -30 to 0"


def test_a_histogram_counts_everyone_once() -> None:
    """Every known time stands in one bar, late ones marked, all inside of the chart."""
    days = [-74, -3, 0, 0, 14, 15, 30, 31, 113]
    measured = [Measure("ci", each, 30, "met", None) for each in days]
    chart = histogram([*measured, Measure("ci", None, 30, "unknown", None)], 30)
    assert sum(int(bar.value or 0) for bar in chart.bars) == len(days)
    assert chart.goal_x is not None
    assert 0 <= chart.goal_x <= WIDTH
    for bar in chart.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= HEIGHT
        assert bar.height <= HEIGHT
    assert {bar.kind for bar in chart.bars} == {"met", "missed"}
    assert histogram([], 30).bars == ()


@pytest.mark.parametrize("late", [31, 37, 74])
def test_no_bar_of_a_histogram_hides_who_is_late(late: int) -> None:
    """As many stand in bars that are marked as missed the goal, by a day or by weeks."""
    measured = [Measure("ci", days, 30, "", None) for days in (0, 30, 31, late)]
    chart = histogram(measured, 30)
    marked = [int(bar.value or 0) for bar in chart.bars if bar.kind == "missed"]
    assert sum(marked) == 2
    assert chart.bars[0].label == "0"


def test_medians_are_as_tall_as_they_are_long() -> None:
    """A quarter past the goal is marked; the goal lies where a bar of that height ends."""
    chart = medians({"2026-Q1": 15, "2026-Q2": 60}, 30)
    assert [(bar.label, bar.kind, bar.height) for bar in chart.bars] == [
        ("2026-Q1", "met", HEIGHT / 4),
        ("2026-Q2", "missed", HEIGHT),
    ]
    assert chart.goal_y == HEIGHT / 2
    assert medians({}, 30).bars == ()
