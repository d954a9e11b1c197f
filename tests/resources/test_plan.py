"""The plan: what a step rests on, when that has changed, and the limits that stop a run.

Source: aws-lifecycle.md, "Order of steps", 5, and "Guard rails, on by default".
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_aws_janitor.resources import plan
from cs_aws_janitor.resources.lifecycle import Decision, decide
from cs_aws_janitor.resources.model import Phase, Place, Power, Resource, Verb
from cs_aws_janitor.resources.plan import Breach, Coverage, Plan, Step
from cs_aws_janitor.resources.policy import Limit, Limits, Policy, TagKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

# A busy machine is no fault of ours.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

KEYS = TagKeys()
NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
IRELAND = Place("123456789012", "eu-west-1")
FRANKFURT = Place("123456789012", "eu-central-1")
OTHERS = Place("210987654321", "eu-west-1")

TAGS = {
    "Name": "jd-Runner",
    "Discovered": "2026-11-22",
    "Expiration": "2026-12-06",
    "ShutOff": "2026-12-06T06:00:00+00:00",
    "Permanent": "demo",
    "Team": "success",
}
SEEN = Resource(IRELAND, "ec2_instance", "i-1", tags=TAGS, power=Power.ON)


def wearing(**tags: str | None) -> Resource:
    """The resource with these tags instead; None: without that one."""
    return replace(SEEN, tags={k: v for k, v in {**TAGS, **tags}.items() if v is not None})


def planned(resource: Resource = SEEN) -> Step:
    """The step for it, whatever was decided."""
    return plan.step(resource, Decision(Phase.EXPIRED, (Verb.SHUT_OFF,)), KEYS)


def test_a_step_says_what_why_and_on_what_it_rests() -> None:
    """A step is the decision with the facts it was made on."""
    seen = replace(SEEN, tags={"name": "jd-Runner", "Expiration": "2026-12-06"})
    decision = decide(seen, Policy(), NOW)
    assert plan.step(seen, decision, KEYS) == Step(
        place=IRELAND,
        kind="ec2_instance",
        id="i-1",
        name="jd-Runner",
        owner="jd",
        phase=Phase.EXPIRED,
        verbs=(Verb.TAG, Verb.SHUT_OFF),
        reason="Expiration 2026-12-06 has come",
        next_on=date(2026, 12, 13),
        expiration=datetime(2026, 12, 6, tzinfo=UTC),
        facts={
            "name": "jd-Runner",
            "discovered": None,
            "expiration": "2026-12-06",
            "shut_off": None,
            "permanent": None,
            "power": "on",
            "follows": None,
            "protected": None,
            "only_marked": False,
        },
        writes={"Discovered": "2026-12-06"},
    )


# What became of it, and the fact that differs.
CHANGED: list[tuple[str, Resource, str]] = [
    ("named by its owner", wearing(Name="jd-Other"), "name was 'jd-Runner' and is 'jd-Other'"),
    ("its name removed", wearing(Name=None), "name was 'jd-Runner' and is None"),
    ("extended", wearing(Expiration="2027-01-06"), "expiration was '2026-12-06' and is '2027"),
    ("Expiration removed", wearing(Expiration=None), "expiration was '2026-12-06' and is None"),
    ("a second wish", wearing(expiration="2027-01-06"), "expiration was '2026-12-06' and is '2026"),
    ("Discovered changed", wearing(Discovered="2026-12-01"), "discovered was"),
    ("its mark removed", wearing(ShutOff=None), "shut_off was"),
    ("explained otherwise", wearing(Permanent="talk"), "permanent was 'demo' and is 'talk'"),
    ("started or stopped", replace(SEEN, power=Power.OFF), "power was 'on' and is 'off'"),
    ("taken into a group", replace(SEEN, follows="Auto Scaling group web"), "follows was None"),
]

SAME: list[tuple[str, Resource]] = [
    ("nothing", SEEN),
    ("a tag that is not the janitor's", wearing(Team="sales")),
    ("a blank more", wearing(Expiration=" 2026-12-06 ")),
    ("the same wish twice", wearing(expiration="2026-12-06")),
    ("a note", wearing(JanitorNote="expires soon")),
    ("its protection, unread when planned", replace(SEEN, protected=True)),
    ("its volumes", replace(SEEN, parts=("vol-9",))),
]


@pytest.mark.parametrize(
    ("now", "word"), [row[1:] for row in CHANGED], ids=[row[0] for row in CHANGED]
)
def test_what_counts_as_changed(now: Resource, word: str) -> None:
    """Order of steps, 5: tags, state and who manages it, compared again and told in words."""
    [change] = plan.changes(planned(), now, KEYS)
    assert change.startswith(word)


@pytest.mark.parametrize("now", [row[1] for row in SAME], ids=[row[0] for row in SAME])
def test_what_does_not_count_as_changed(now: Resource) -> None:
    """What no decision rests on may change."""
    assert plan.changes(planned(), now, KEYS) == []


@pytest.mark.parametrize(
    ("before", "now", "count"),
    [(None, True, 0), (True, None, 0), (None, None, 0), (False, False, 0), (False, True, 1)],
)
def test_protection_is_compared_where_it_was_read(
    before: bool | None,  # noqa: FBT001  a fact, not a switch
    now: bool | None,  # noqa: FBT001
    count: int,
) -> None:
    """A fact that was not read on either side does not count as changed."""
    step = planned(replace(SEEN, protected=before))
    assert len(plan.changes(step, replace(SEEN, protected=now), KEYS)) == count


# What we wrote ourselves, and what AWS shows afterwards.
OWN: list[tuple[str, dict[str, str | None], Resource]] = [
    ("tagged", {"Discovered": "2026-12-06"}, wearing(Discovered="2026-12-06")),
    ("given a date", {"Expiration": "2026-12-20"}, wearing(Expiration="2026-12-20")),
    ("its mark taken off", {"ShutOff": None}, wearing(ShutOff=None)),
    ("marked", {"ShutOff": "2026-12-07"}, wearing(ShutOff="2026-12-07")),
    ("noted", {"JanitorNote": "shut off"}, wearing(JanitorNote="shut off")),
    ("nothing", {}, SEEN),
]


@pytest.mark.parametrize(("writes", "now"), [row[1:] for row in OWN], ids=[row[0] for row in OWN])
def test_what_we_wrote_ourselves_is_no_change(
    writes: Mapping[str, str | None], now: Resource
) -> None:
    """After its own writes a step goes on with the facts as it made them."""
    assert plan.changes(plan.after(planned(), writes, KEYS), now, KEYS) == []


def test_what_others_wrote_meanwhile_is_still_a_change() -> None:
    """Own writes hide nothing of what a person did at the same time."""
    step = plan.after(planned(), {"Discovered": "2026-12-06"}, KEYS)
    now = wearing(Discovered="2026-12-06", Expiration="2027-01-06")
    assert len(plan.changes(step, now, KEYS)) == 1


def steps(
    count: int, *verbs: Verb, place: Place = IRELAND, kind: str = "ec2_instance"
) -> list[Step]:
    """So many steps with these verbs."""
    one = replace(planned(), place=place, kind=kind, verbs=verbs)
    return [replace(one, id=f"i-{number}") for number in range(count)]


def discovered(
    count: int, place: Place = IRELAND, kind: str = "ec2_instance", status: str = "ok"
) -> Coverage:
    """So many resources were seen of a kind in a place."""
    return Coverage(place, kind, status, count)


SHUT_OFF = Verb.SHUT_OFF
END = (Verb.BACK_UP, Verb.TERMINATE)
TIGHT = Limits(shut_off=Limit(3, 1.0), terminate=Limit(2, 1.0))
SHARES = Limits(shut_off=Limit(1000, 0.29), terminate=Limit(1000, 0.1))

# The rule, steps, resources discovered, limits, and the words of the breach.
LIMITED: list[tuple[str, list[Step], int, Limits, str]] = [
    ("count: exactly at the limit", steps(3, SHUT_OFF), 100, TIGHT, ""),
    ("count: one more", steps(4, SHUT_OFF), 100, TIGHT, "4 would be hit, limits.shut_off.count"),
    ("count: terminations", steps(2, *END), 100, TIGHT, ""),
    ("count: a termination more", steps(3, *END), 100, TIGHT, "limits.terminate.count allows 2"),
    ("count: none at all", steps(1, SHUT_OFF), 100, Limits(shut_off=Limit(0, 1)), "count allows 0"),
    ("count holds below ten, too", steps(4, SHUT_OFF), 5, TIGHT, "limits.shut_off.count allows 3"),
    ("share: exactly at the limit", steps(29, SHUT_OFF), 100, SHARES, ""),
    ("share: one more", steps(30, SHUT_OFF), 100, SHARES, "30 of 100 would be hit"),
    ("share: exact, too", steps(3, *END), 30, SHARES, ""),
    ("share: terminations", steps(4, *END), 30, SHARES, "limits.terminate.share allows 10%"),
    ("share: from ten up", steps(3, SHUT_OFF), 10, SHARES, "3 of 10 would be hit"),
    ("share: not below ten", steps(9, SHUT_OFF), 9, SHARES, ""),
    (
        "share: from as many as are set",
        steps(9, SHUT_OFF),
        9,
        replace(SHARES, share_from=9),
        "9 of",
    ),
    ("share: all may go", steps(10, SHUT_OFF), 10, Limits(shut_off=Limit(10, 1.0)), ""),
    ("share: none may", steps(1, SHUT_OFF), 10, Limits(shut_off=Limit(10, 0.0)), "1 of 10"),
    ("default: 50 stops", steps(50, SHUT_OFF), 100, Limits(), ""),
    ("default: 51 stops", steps(51, SHUT_OFF), 1000, Limits(), "51 would be hit"),
    ("default: half of them", steps(5, SHUT_OFF), 10, Limits(), ""),
    ("default: more than half", steps(6, SHUT_OFF), 10, Limits(), "share allows 50%"),
    ("default: 20 terminations", steps(20, *END), 80, Limits(), ""),
    ("default: 21 terminations", steps(21, *END), 1000, Limits(), "21 would be hit"),
    ("default: a quarter of them", steps(3, *END), 12, Limits(), ""),
    ("default: more than a quarter", steps(4, *END), 12, Limits(), "share allows 25%"),
    ("what is only tagged", steps(99, Verb.TAG, Verb.NOTIFY), 99, TIGHT, ""),
    ("what is only backed up", steps(99, Verb.BACK_UP), 99, TIGHT, ""),
    ("nothing", [], 0, TIGHT, ""),
]


@pytest.mark.parametrize(
    ("hit", "seen", "limits", "why"), [row[1:] for row in LIMITED], ids=[r[0] for r in LIMITED]
)
def test_a_limit(hit: list[Step], seen: int, limits: Limits, why: str) -> None:
    """Guard rail: the most stops and terminations per run, absolute and as a share."""
    found = plan.breaches(hit, [discovered(seen)], limits)
    assert len(found) == (1 if why else 0)
    assert all(why in breach.why for breach in found)


def test_limits_count_per_account_region_kind_and_verb() -> None:
    """What is many in all may be few in each place; only where it is many it is a breach."""
    spread = [
        *steps(3, SHUT_OFF),
        *steps(3, SHUT_OFF, place=FRANKFURT),
        *steps(3, SHUT_OFF, place=OTHERS),
        *steps(3, SHUT_OFF, kind="ebs_volume"),
        *steps(2, *END),
    ]
    assert plan.breaches(spread, [], TIGHT) == ()
    found = plan.breaches([*spread, *steps(1, SHUT_OFF, place=OTHERS)], [], TIGHT)
    assert [(breach.place, breach.kind, breach.verb) for breach in found] == [
        (OTHERS, "ec2_instance", SHUT_OFF)
    ]


@pytest.mark.parametrize("total", [10, 30, 100, 1000])
@pytest.mark.parametrize("percent", range(0, 101, 7))
def test_a_share_is_exact(total: int, percent: int) -> None:
    """A share of 29 % of 100 is 29 of them, whatever binary fractions make of that."""
    limits = Limits(shut_off=Limit(10_000, percent / 100))
    most = total * percent // 100
    assert plan.breaches(steps(most, SHUT_OFF), [discovered(total)], limits) == ()
    if most < total:
        assert plan.breaches(steps(most + 1, SHUT_OFF), [discovered(total)], limits)


def test_a_breach_stops_its_kind_in_its_place_and_nothing_else() -> None:
    """Past a limit nothing of that kind is done there, not even tagging; it does not do "some"."""
    tagging = steps(1, Verb.TAG)
    there = steps(2, SHUT_OFF, place=FRANKFURT)
    volumes = steps(1, *END, kind="ebs_volume")
    made = Plan(NOW, NOW, "UTC", steps=(*steps(4, SHUT_OFF), *tagging, *there, *volumes))
    limited = plan.guarded(made, TIGHT, {})
    assert plan.allowed(made) == made.steps
    assert [breach.place for breach in limited.breaches] == [IRELAND]
    assert plan.allowed(limited) == (*there, *volumes)


def test_limits_are_those_of_today_not_those_of_the_plan() -> None:
    """A saved plan is held to the limits as they are when it is applied."""
    breach = Breach(IRELAND, "ec2_instance", SHUT_OFF, "too many")
    made = Plan(NOW, NOW, "UTC", steps=tuple(steps(3, SHUT_OFF)), breaches=(breach,))
    assert plan.guarded(made, TIGHT, {}).breaches == ()
    assert plan.guarded(made, Limits(shut_off=Limit(2, 1.0)), {}).breaches != ()


@pytest.mark.parametrize(
    ("status", "blind"), [("ok", False), ("disabled", False), ("denied", True), ("failed", True)]
)
def test_a_blind_spot(status: str, blind: bool) -> None:  # noqa: FBT001  an expected value
    """Where something may be that could not be seen; a disabled region has nothing in it."""
    row = discovered(0, status=status)
    assert row.blind is blind
    assert Plan(NOW, NOW, "UTC", coverage=(row,)).blind_spots == ((row,) if blind else ())


some_steps: st.SearchStrategy[Any] = st.lists(
    st.builds(
        lambda place, kind, name: replace(planned(), place=place, kind=kind, id=name),
        st.sampled_from([IRELAND, FRANKFURT, OTHERS]),
        st.sampled_from(["ec2_instance", "ebs_volume"]),
        st.sampled_from(["a", "b", "c"]),
    ),
    unique_by=lambda step: (step.place, step.kind, step.id),
)


@patient
@given(some_steps, st.randoms(use_true_random=False))
def test_two_plans_of_one_account_read_the_same(found: list[Step], chance: Any) -> None:
    """Law: steps come by account, region, kind and id, in whatever order they were found."""
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert plan.ordered(shuffled) == plan.ordered(found)
    assert sorted(s.id for s in plan.ordered(found)) == sorted(s.id for s in found)
