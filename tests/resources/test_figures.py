"""What a run comes to, in figures; and what CloudWatch and Prometheus make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cs_aws_janitor.resources.figures import Done, Run, figures
from cs_aws_janitor.resources.model import Phase, Place, Power, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.plan import Attention, Breach, Coverage, Plan, Step
from cs_aws_janitor.resources.prices import Estimate
from cs_aws_janitor.resources.report.dashboard import WIDGETS, dashboard
from cs_aws_janitor.shared import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

AT = datetime(2026, 12, 6, 6, 0, 30, tzinfo=UTC)
HERE, THERE = Place("123456789012", "eu-west-1"), Place("210987654321", "us-east-1")
BLIND = Place("333333333333", "*")
KIND = "ec2_instance"


def ended(verbs: tuple[Verb, ...], result: Result, done: tuple[Verb, ...]) -> Outcome:
    """The outcome of a step with these verbs, of which those of `done` were carried out."""
    step = Step(HERE, KIND, "i-0", None, None, Phase.EXPIRED, verbs, "its day has come", None)
    return Outcome(step, result, AT, carried_out=done)


def costing(outcome: Outcome, amount: str, off: str, power: Power) -> Outcome:
    """The same of what costs so much a month, running and shut off, and was found so."""
    cost = Estimate(Decimal(amount), Decimal(off), "us-east-1", AT.date())
    step = replace(outcome.step, monthly_cost=cost, facts={"power": power.value})
    return replace(outcome, step=step)


PLAN = Plan(
    made_at=AT,
    as_of=AT,
    timezone="UTC",
    coverage=(
        Coverage(HERE, KIND, "ok", 5),
        Coverage(THERE, KIND, "ok", 2),
        Coverage(Place(HERE.account, "eu-south-1"), KIND, "disabled"),
        Coverage(BLIND, KIND, "denied"),
    ),
    steps=(),
    attention=(Attention(HERE, KIND, "i-1", None, Phase.UNREADABLE, "it is no date"),),
    phases={"active": 4, "backing-up": 1, "expired": 2},
    breaches=(Breach(HERE, KIND, Verb.TERMINATE, "too many"),),
)
OUTCOMES = (
    ended((Verb.TAG, Verb.SHUT_OFF), Result.DONE, (Verb.TAG, Verb.SHUT_OFF)),
    ended((Verb.SHUT_OFF,), Result.DONE, (Verb.SHUT_OFF,)),
    ended((Verb.BACK_UP, Verb.TERMINATE), Result.FAILED, (Verb.BACK_UP,)),
    ended((Verb.TERMINATE,), Result.BLOCKED, ()),
    ended((Verb.SHUT_OFF,), Result.CHANGED, ()),
)
RUN = Run(1, AT, 12.5, PLAN, OUTCOMES, throttled=3)
REFUSED = Run(2, AT, 0.2, why="another run is under way")
COMES_TO = {
    "run_exit_code": 1,
    "run_seconds": 12.5,
    "refused": 0,
    "accounts": 2,
    "regions": 2,
    "resources_active": 4,
    "resources_backing_up": 1,
    "resources_expired": 2,
    "blind_spots": 1,
    "attention": 1,
    "limits_hit": 1,
    "actions_tag": 1,
    "actions_shut_off": 2,
    "actions_back_up": 1,
    "failures": 1,
    "blocked": 1,
    "changed": 1,
    "throttled": 3,
}


def by_key(run: Run) -> Mapping[str, float]:
    """The figures of a run by their names."""
    return {figure.key: figure.value for figure in figures(run)}


def test_a_run_in_figures() -> None:
    """Resources by phase, actions by verb as carried out, what went wrong and what was not seen."""
    found = by_key(RUN)
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in COMES_TO.items() if value
    }
    assert COMES_TO.keys() <= found.keys()


def test_every_phase_and_verb_has_a_figure() -> None:
    """Also those of which there was none: a graph that breaks off tells nothing."""
    found = [figure for figure in figures(RUN) if figure.by]
    assert [f.of for f in found if f.by == "phase"] == [phase.value for phase in Phase]
    assert [f.of for f in found if f.by == "verb"] == [verb.value for verb in Verb]
    assert len({figure.key for figure in figures(RUN)}) == len(figures(RUN))


SHUT_OFF, TERMINATED = (
    ended((verb,), Result.DONE, (verb,)) for verb in (Verb.SHUT_OFF, Verb.TERMINATE)
)


@pytest.mark.parametrize(
    ("outcome", "saves"),
    [
        (costing(SHUT_OFF, "30", "8", Power.ON), 22),
        (costing(ended((Verb.SHUT_OFF,), Result.DONE, ()), "30", "8", Power.ON), 22),
        (costing(ended((Verb.SHUT_OFF,), Result.FAILED, ()), "30", "8", Power.ON), 0),
        (costing(TERMINATED, "30", "8", Power.OFF), 8),
        (costing(TERMINATED, "30", "8", Power.ON), 30),
        (costing(TERMINATED, "8", "8", Power.NONE), 8),
        (SHUT_OFF, 0),
    ],
    ids=["shut off", "accepted", "refused", "ended", "ended running", "a volume", "no estimate"],
)
def test_what_a_run_saves_each_month(outcome: Outcome, saves: float) -> None:
    """What is not charged from now on, by its own actions: a life adds up to what it had cost."""
    assert by_key(Run(0, AT, 1.0, PLAN, (outcome,)))["saving_per_month_usd"] == saves


def test_a_run_in_parts_comes_to_what_its_parts_have_done() -> None:
    """Added up, also of steps whose outcomes are kept no longer."""
    off = Done.of([costing(SHUT_OFF, "30", "8", Power.ON)])
    both = off + Done.of([costing(TERMINATED, "30", "8", Power.OFF)])
    found = by_key(Run(0, AT, 1.0, PLAN, done=both))
    assert (found["actions_shut_off"], found["actions_terminate"]) == (1, 1)
    assert found["saving_per_month_usd"] == 30


def test_a_refused_run_claims_nothing() -> None:
    """It has seen nothing, so it does not say that there was nothing."""
    assert by_key(REFUSED) == {"run_exit_code": 2, "run_seconds": 0.2, "refused": 1}


def test_the_log_line_is_what_cloudwatch_reads() -> None:
    """The rules of the embedded metric format: members of the root, numbers, at most 100."""
    line: dict[str, Any] = json.loads(json.dumps(metrics.facts(figures(RUN), AT, "Team/Janitor")))
    assert line["_aws"]["Timestamp"] == AT.timestamp() * 1000
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
    assert (directive["Namespace"], directive["Dimensions"]) == ("Team/Janitor", [[]])
    assert 0 < len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        assert metric.keys() == {"Name", "Unit"}
        assert metric["Unit"] in {"Count", "Seconds", "None"}
        assert type(line[metric["Name"]]) in {int, float}
    assert {m["Name"]: line[m["Name"]] for m in directive["Metrics"]} == by_key(RUN)
    refused = metrics.facts(figures(REFUSED), AT, "Janitor", REFUSED.why)
    assert refused["why"] == "another run is under way"


def test_prometheus_reads_the_textfile() -> None:
    """Each family has a help and is a gauge; phases and verbs are labels."""
    families = list(text_string_to_metric_families(metrics.textfile(figures(RUN), AT)))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation for family in families)
    assert all(family.name.startswith("janitor_") for family in families)
    assert len({family.name for family in families}) == len(families)
    found = {(s.name, *s.labels.items()): s.value for f in families for s in f.samples}
    assert found["janitor_run_timestamp_seconds",] == AT.timestamp()
    assert found["janitor_resources", ("phase", "backing-up")] == 1
    assert found["janitor_actions", ("verb", "shut_off")] == 2
    assert found["janitor_blind_spots",] == 1
    assert len(found) == 1 + len(figures(RUN))


def test_every_figure_is_on_the_dashboard() -> None:
    """No metric is forgotten, none is made up, and no two graphs stand in one place."""
    widgets = dashboard("Team/Janitor", "eu-west-1")["widgets"]
    drawn = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    assert {metric[0] for metric in drawn} == {"Team/Janitor"}
    assert sorted(metric[1] for metric in drawn) == sorted(by_key(RUN))
    places = {(widget["x"], widget["y"]) for widget in widgets}
    assert len(places) == len(widgets) == len(WIDGETS)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)
    assert {widget["properties"]["region"] for widget in widgets} == {"eu-west-1"}
