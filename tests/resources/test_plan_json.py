"""A plan as JSON: the contract of the command line, and what is no plan any more.

Source: command-line.md, "`plan --format json`" and `janitor apply`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cs_aws_janitor.resources import plan_json
from cs_aws_janitor.resources.model import NOTHING, Phase, Place, Verb
from cs_aws_janitor.resources.plan import Attention, Breach, Coverage, Plan, Step
from cs_aws_janitor.resources.plan_json import UnreadablePlanError
from cs_aws_janitor.resources.prices import Estimate
from tests.seals import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

# A busy machine is no fault of ours.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
PLACE = Place("123456789012", "eu-west-1")
STEP = Step(
    place=PLACE,
    kind="ec2_instance",
    id="i-0abc",
    name="jd-Läufer",
    owner="jd",
    phase=Phase.UNNAMED,
    verbs=(Verb.TAG, Verb.SHUT_OFF),
    reason="it has no Name tag",
    next_on=date(2026, 12, 20),
    expiration=datetime(2026, 12, 20, tzinfo=UTC),
    monthly_cost=Estimate(
        Decimal("70.08"), Decimal("0.00"), "us-east-1", date(2026, 7, 20), "its volumes"
    ),
    facts={"name": None, "power": "on", "protected": False},
    writes={"Discovered": "2026-12-06", "Expiration": "2026-12-20"},
)
PLAN = Plan(
    made_at=NOW,
    as_of=NOW,
    timezone="UTC",
    coverage=(Coverage(PLACE, "ec2_instance", "ok", 214),),
    steps=(STEP,),
    attention=(Attention(PLACE, "ec2_instance", "i-1", None, Phase.UNREADABLE, "'soon': no date"),),
    phases={"active": 180, "un-named": 1},
    breaches=(Breach(PLACE, "ec2_instance", Verb.TERMINATE, "21 would be hit"),),
)
TEXT = json.dumps(plan_json.dump(PLAN))


def test_the_contract() -> None:
    """What scripts rely on: these names, with values of these forms."""
    where = {"account": "123456789012", "region": "eu-west-1", "kind": "ec2_instance"}
    expected: dict[str, Any] = {
        "version": 1,
        "made_at": "2026-12-06T06:00:00+00:00",
        "as_of": "2026-12-06T06:00:00+00:00",
        "timezone": "UTC",
        "phases": {"active": 180, "un-named": 1},
    }
    coverage = {**where, "status": "ok", "resources": 214, "why": None}
    step = {
        **where,
        "id": "i-0abc",
        "name": "jd-Läufer",
        "owner": "jd",
        "phase": "un-named",
        "verbs": ["tag", "shut_off"],
        "reason": "it has no Name tag",
        "next_on": "2026-12-20",
        "monthly_cost": {
            "amount": "70.08",
            "currency": "USD",
            "while_off": "0.00",
            "besides": "its volumes",
            "region": "us-east-1",
            "as_of": "2026-07-20",
        },
    }
    attention = {**where, "id": "i-1", "name": None, "phase": "unreadable"}
    dumped = json.loads(TEXT)
    assert expected.items() <= dumped.items()
    assert coverage.items() <= dumped["coverage"][0].items()
    assert step.items() <= dumped["steps"][0].items()
    assert attention.items() <= dumped["attention"][0].items()


def test_the_words_of_the_contract() -> None:
    """`phase` and `verbs` are of the words that the contract lists, and of no other."""
    phases = "exempt held new un-named active expiring expired waiting due backing-up unreadable"
    assert {phase.value for phase in Phase} == {*phases.split(), "unknown"}
    assert {verb.value for verb in Verb} == set(
        "tag shut_off back_up terminate clear_mark notify".split()
    )


text = st.text(max_size=12)
maybe = st.none() | text
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones)  # noqa: DTZ001  gets one
places = st.builds(Place, text, text, text)
money = st.decimals(allow_nan=False, allow_infinity=False)
steps = st.builds(
    Step,
    place=places,
    kind=text,
    id=text,
    name=maybe,
    owner=maybe,
    phase=st.sampled_from(Phase),
    verbs=st.lists(st.sampled_from(Verb)).map(tuple),
    reason=text,
    next_on=st.none() | st.dates(),
    expiration=st.none() | instants,
    monthly_cost=st.none() | st.builds(Estimate, money, money, text, st.dates(), maybe, text),
    facts=st.dictionaries(text, maybe | st.booleans(), max_size=3),
    writes=st.just(NOTHING) | st.dictionaries(text, text, max_size=3),
)
plans = st.builds(
    Plan,
    made_at=instants,
    as_of=instants,
    timezone=text,
    coverage=st.lists(
        st.builds(Coverage, places, text, text, st.integers(0), maybe), max_size=2
    ).map(tuple),
    steps=st.lists(steps, max_size=3).map(tuple),
    attention=st.lists(
        st.builds(Attention, places, text, text, maybe, st.sampled_from(Phase), text), max_size=2
    ).map(tuple),
    phases=st.dictionaries(text, st.integers(0), max_size=3),
    breaches=st.lists(st.builds(Breach, places, text, st.sampled_from(Verb), text), max_size=2).map(
        tuple
    ),
)


@patient
@given(plans, st.booleans(), st.sampled_from([None, 2]))
def test_what_is_saved_is_what_is_loaded(made: Plan, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001  drawn
    """Law: a plan survives being saved, however the JSON is laid out."""
    saved = json.dumps(plan_json.dump(made), ensure_ascii=ascii_only, indent=indent)
    assert plan_json.load(saved) == made
    again = json.dumps(json.loads(saved), sort_keys=True, indent=4)
    assert plan_json.load(again) == made


def refused(saved: str) -> str:
    """Why `saved` is not loaded."""
    with pytest.raises(UnreadablePlanError) as caught:
        plan_json.load(saved)
    return str(caught.value)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_torn_file_is_not_a_plan(indent: int | None) -> None:
    """Wherever the writing broke off, at whatever byte, nothing is applied."""
    whole = json.dumps(plan_json.dump(PLAN), ensure_ascii=False, indent=indent).encode()
    for length in range(len(whole)):
        assert "make" in refused(whole[:length].decode(errors="replace"))


def test_bytes_lost_on_the_way_are_noticed() -> None:
    """Wherever one letter is lost or another stands in its place, nothing is applied."""
    for at in range(len(TEXT)):
        lost = TEXT[:at] + TEXT[at + 1 :]
        other = TEXT[:at] + chr(ord(TEXT[at]) ^ 1) + TEXT[at + 1 :]
        for changed in (lost, other):
            if _value(changed) != json.loads(TEXT):
                refused(changed)


def _value(changed: str) -> object:
    try:
        return json.loads(changed)
    except ValueError:
        return None


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value in a JSON value, to the whole lists and objects as well."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else ()
    for key, found in enumerate(value) if isinstance(value, list) else inner:
        yield from leaves(found, (*path, key))


PATHS = list(leaves(json.loads(TEXT)))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


@patient
@given(st.sampled_from(PATHS), anything)
def test_an_edited_plan_is_not_applied(path: tuple[Any, ...], value: object) -> None:
    """Law: with any value changed it is refused: what was read is what is done."""
    body = json.loads(TEXT)
    *way, last = path
    inner = body
    for key in way:
        inner = inner[key]
    assume(json.dumps(inner[last]) != json.dumps(value))
    inner[last] = value
    refused(json.dumps(body))
    del inner[last]
    refused(json.dumps(body))


@patient
@given(text, anything)
def test_nothing_can_be_added(key: str, value: object) -> None:
    """Law: a key more is an edit, too."""
    body = json.loads(TEXT)
    assume(key not in body)
    refused(json.dumps({**body, key: value}))


@pytest.mark.parametrize("version", [0, 2, "1", None, [1], 1.5])
def test_a_plan_of_another_version(version: object) -> None:
    """The plan of another janitor is not guessed at: it says which versions these are."""
    assert "version" in refused(json.dumps({**json.loads(TEXT), "version": version}))


NO_PLAN = [
    *("", " ", "{", "plan", "null", "true", "1", "NaN", '"steps"', "[]", '["steps"]', "{}"),
    *('{"steps": []}', '{"version": 1}', '{"version": 1, "steps": []}', "\ufeff" + TEXT, TEXT * 2),
    *(f"[{TEXT}]", TEXT + "x", TEXT.replace('"', "'"), "[" * 100_000, '{"steps":' * 100_000),
]


@pytest.mark.parametrize("saved", NO_PLAN, ids=range(len(NO_PLAN)))
def test_what_was_never_a_plan(saved: str) -> None:
    """Not JSON, another JSON, JSON without end: each says so in a sentence, and none breaks."""
    assert refused(saved)


@pytest.mark.parametrize("saved", ["null", "1", "[]", '["steps"]', '"steps"', "{}"])
def test_another_json_is_told_how_a_plan_is_made(saved: str) -> None:
    """A file that was taken for a plan by mistake: it says which command makes one."""
    assert "janitor plan --out" in refused(saved)


@patient
@given(st.text() | anything.map(json.dumps))
def test_no_text_breaks_it(saved: str) -> None:
    """Law: whatever text is no plan, and nothing else comes of it than the word that it is none."""
    assert refused(saved)


@pytest.mark.parametrize("member", ["timezone", "phases", "version"])
def test_a_list_of_one_is_not_that_one(member: str) -> None:
    """The digest tells them apart."""
    body = json.loads(TEXT)
    refused(json.dumps({**body, member: [body[member]]}))


def test_the_digest_is_over_everything_else() -> None:
    """The seal that the following law puts on other shapes is the real one."""
    body = {key: value for key, value in json.loads(TEXT).items() if key != "digest"}
    assert plan_json.load(sealed(body)) == PLAN


def another(path: tuple[Any, ...], value: object) -> str:
    """The plan with `value` at the end of `path`, under a good seal."""
    body = {key: found for key, found in json.loads(TEXT).items() if key != "digest"}
    *way, last = path
    inner: Any = body
    for key in way:
        inner = inner[key]
    inner[last] = value
    return sealed(body)


NAMES = {each.__name__: each for each in (Mapping, date, datetime, Decimal, Estimate, Phase, Place)}


def fits(value: Any, hint: Any) -> bool:
    """Whether `value`, with all that is in it, is of the type that `hint` annotates."""
    inner = get_args(hint)
    if isinstance(hint, UnionType):
        return any(fits(value, one) for one in inner)
    if get_origin(hint) is tuple:
        return type(value) is tuple and all(fits(one, inner[0]) for one in value)
    if get_origin(hint) is Mapping:
        return isinstance(value, dict) and all(
            fits(key, inner[0]) and fits(found, inner[1]) for key, found in value.items()
        )
    if type(value) is not hint:  # nor is `true` a number
        return False
    if is_dataclass(hint):
        hints = get_type_hints(hint, localns=NAMES)
        return all(fits(getattr(value, name), one) for name, one in hints.items())
    return not isinstance(value, datetime) or value.tzinfo is not None


@patient
@given(st.sampled_from([path for path in PATHS if path != ("digest",)]), anything)
def test_another_shape_under_a_good_seal(path: tuple[Any, ...], value: object) -> None:
    """Law: what has the seal but not the shape of a plan is refused in the same way.

    What is loaded is of the types of a plan throughout.
    """
    try:
        assert fits(plan_json.load(another(path, value)), Plan)
    except UnreadablePlanError as error:
        assert str(error)  # noqa: PT017  it may be loaded as well


OTHER_SHAPES = [
    *((("steps", 0, key), {"a": "b"}) for key in ("name", "region", "owner", "kind", "verbs")),
    *((("steps", 0, key), None) for key in ("id", "reason", "facts", "writes", "verbs", "phase")),
    *((("steps", 0, key), "x") for key in ("facts", "writes", "verbs", "next_on", "expiration")),
    *((("steps", 0, key), "") for key in ("verbs", "next_on", "expiration")),
    *((("steps", 0, key), False) for key in ("next_on", "expiration")),
    (("steps", 0, "expiration"), "2026-12-20T00:00:00"),
    (("steps", 0, "expiration"), "0001-01-01T00:00:00+14:00"),
    (("steps", 0, "expiration"), "9999-12-31T23:59:59-11:00"),
    (("steps", 0, "facts", "power"), 1),
    (("steps", 0, "monthly_cost"), "70.08"),
    *((("steps", 0, "monthly_cost", key), 70.08) for key in ("amount", "while_off", "currency")),
    *((("steps", 0, "monthly_cost", "amount"), value) for value in ("", "much", "NaN", "Infinity")),
    (("steps", 0, "monthly_cost", "as_of"), "yesterday"),
    (("steps", 0, "writes", "Expiration"), None),
    *((("coverage", 0, "resources"), value) for value in ("", None, 1.5, True)),
    *((("coverage", 0, key), ["x"]) for key in ("account", "status", "why")),
    *((("attention", 0, key), {}) for key in ("id", "name", "reason", "partition")),
    *((("breaches", 0, key), None) for key in ("kind", "verb", "why")),
    *(((key,), {}) for key in ("steps", "coverage", "attention", "breaches", "timezone")),
    *(((key,), "") for key in ("steps", "coverage", "attention", "breaches", "phases")),
    (("phases", "active"), "180"),
]


@pytest.mark.parametrize(("path", "value"), OTHER_SHAPES, ids=str)
def test_a_value_of_another_type_under_a_good_seal(path: tuple[Any, ...], value: object) -> None:
    """Nobody acts on half of it: it is refused at once, in one line."""
    said = refused(another(path, value))
    assert said.startswith("it does not have the shape of a plan")
    assert said.endswith("): make it again")
    assert "\n" not in said
