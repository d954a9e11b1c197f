"""The simulation in small: hypothesis invents what happens, and no law is broken."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.acts import Act
from tests.faults.truth import Terms
from tests.simulation import judging
from tests.simulation.deeds import DEEDS, done
from tests.simulation.janitor import Ran
from tests.simulation.judging import Evening
from tests.simulation.launches import LAUNCHES
from tests.simulation.people import crowd
from tests.simulation.rendering import Rendered, remembered
from tests.simulation.town import Town, dice_of
from tests.simulation.turns import one_after_the_other
from tests.simulation.weather import RUNS, Day
from tests.strict.faults import Fault, broken, dropped, throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.strict.aws import Account

    Event = Callable[[Town], None]

HERE = ("eu-west-1",)
WHO = "jd"
WRITES = ("CreateTags", "StopInstances", "CreateSnapshots", "TerminateInstances")
READS = ("DescribeInstances", "DescribeInstanceAttribute", "DescribeSnapshots")

dice = st.integers(0, 10_000).map(dice_of)


@pytest.fixture
def quick() -> Iterator[None]:
    """What has not changed is not rendered anew; what is done at once is done in one order."""
    with remembered(), one_after_the_other():
        yield


@pytest.fixture
def town(account: Account, tmp_path: Path, quick: None) -> Town:  # noqa: ARG001  it is in force
    """A small town: four people of different habits in one region."""
    return Town(account, tmp_path, crowd(5), seed=5, regions=HERE)


# What may happen


def _launching(name: str, thrown: Random) -> Event:
    def launch(town: Town) -> None:
        town.scene.dice = thrown
        town.scene.ask(lambda: LAUNCHES[name](town.scene, WHO))

    return launch


def _doing(name: str, thrown: Random) -> Event:
    def do(town: Town) -> None:
        town.scene.dice = thrown
        if own := town.scene.of(WHO):
            done(town.scene, name, thrown.choice(own))

    return do


def _passing(days: int, weather: Day, thrown: Random) -> Event:
    def live(town: Town) -> None:
        for day in range(days):
            town.scene.dice = thrown
            # A fault counts how often it strikes: every example has its own.
            faults = tuple(replace(fault) for fault in weather.faults)
            town.morning(replace(weather, faults=faults) if day == 0 else Day())
            town.account.travel(days=1)

    return live


faults = st.builds(
    Fault,
    st.sampled_from(WRITES + READS),
    st.sampled_from((broken, dropped, throttled)),
    times=st.sampled_from((1, 4, 1000)),
    afterwards=st.booleans(),
)
weathers = st.builds(
    Day,
    run=st.sampled_from(list(RUNS)),
    denied=st.sampled_from((frozenset[str](), frozenset[str](), frozenset(HERE))),
    faults=st.lists(faults, max_size=1).map(tuple),
    snapshots=st.sampled_from(("ready", "ready", "slow", "failing")),
    slow_to_stop=st.booleans(),
)
events = st.one_of(
    st.builds(_launching, st.sampled_from(sorted(LAUNCHES)), dice),
    st.builds(_doing, st.sampled_from(sorted(DEEDS)), dice),
    st.builds(_passing, st.integers(1, 8), weathers, dice),
)
lives = st.lists(events, min_size=8, max_size=16)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(life=lives, terms=st.builds(Terms, when_impossible=st.sampled_from(("hold", "terminate"))))
@pytest.mark.usefixtures("quick")
def test_whatever_happens_no_law_is_broken(
    account: Account, tmp_path: Path, life: list[Event], terms: Terms
) -> None:
    """People, faults and time in any order; then some calm days for what is left."""
    account.reset()  # each example finds an empty account, and time goes on
    (tmp_path / "ledger.jsonl").unlink(missing_ok=True)
    town = Town(account, tmp_path, [], regions=HERE, terms=terms)
    for event in [_launching("plain", dice_of(0)), *life, _passing(2, Day(), dice_of(0))]:
        event(town)
        assert not town.figures.breaches
    assert not town.live(0).breaches


def test_some_weeks_of_a_small_town(town: Town) -> None:
    """From the first launch to the first end, in the weather of its seed."""
    figures = town.live(26)
    assert figures.breaches == []
    assert figures.days == 26
    assert figures.created > 20
    assert figures.shut_off > 0
    assert "breaches: 0" in str(figures)


# What stands at the door is not blind


def _launched(town: Town) -> str:
    """One instance, launched some time before the first run."""
    launched = town.account.launch("jd-demo")
    town.account.travel(hours=1)
    return launched


def _lived(town: Town, *days: int) -> str:
    """Run so many days later each; what was broken."""
    for day in days:
        town.account.travel(days=day)
        town.run(Day())
    return "\n".join(town.figures.breaches)


@pytest.mark.parametrize(
    ("rule", "days", "law"),
    [
        ('lifecycle.terminate_after = "5d"', (0, 14, 5, 1), "nothing_ends_before_its_time"),
        ('lifecycle.expire_after = "10d"', (0,), "what_is_new_has_two_weeks"),
        ("rollout.tag_only_until = 2099-01-01", (0, 14, 1, 1, 1), "nothing_lingers"),
        ("no.such.setting = 1", (0,), "a_refused_run_has_done_nothing"),
    ],
)
def test_a_janitor_with_other_rules_is_found_out(
    town: Town, rule: str, days: tuple[int, ...], law: str
) -> None:
    """Its settings say something else than the laws do."""
    _launched(town)
    town.janitor.more = (rule,)
    town.janitor.set_up()
    assert law in _lived(town, *days)


def test_a_janitor_that_backs_nothing_up_is_found_out(town: Town) -> None:
    """Where it is on when it is due, and its settings ask for no backup then."""
    launched = _launched(town)
    town.janitor.terms = Terms(backup_when="stopped")
    town.janitor.set_up()
    _lived(town, 0, 14)
    town.account.start(launched)
    assert "nothing_ends_without_its_backup" in _lived(town, 7)


@pytest.mark.parametrize("form", ["snapshot", "image"])
@pytest.mark.parametrize(("hours", "found_out"), [(40, False), (400, True)])
def test_a_backup_excuses_for_as_long_as_it_can_pend(
    town: Town, form: Literal["snapshot", "image"], hours: int, *, found_out: bool
) -> None:
    """Whoever is due for longer than that lingers, whatever is said of its backup."""
    town.janitor.terms = Terms(backup_as=form)
    town.janitor.set_up()
    _launched(town)
    town.account.snapshots_pend(hours=hours)
    assert not _lived(town, 0, 14, 7, 1, 1)
    assert ("nothing_lingers" in _lived(town, 1, 1, 1)) is found_out


def test_of_two_marks_the_janitors_spelling_counts(town: Town) -> None:
    """Somebody's own shutoff, older and standing first, keeps nobody from waiting its days."""
    launched = _launched(town)
    assert not _lived(town, 0)
    town.account.tag(launched, shutoff="2020-01-01")
    assert not _lived(town, 14, 1, 1, 1, 1, 1)


def test_a_lost_memory_is_found_out(town: Town) -> None:
    """Where all tags go and the ledger with them, a date is moved by nobody."""
    launched = _launched(town)
    _lived(town, 0)
    town.account.untag(launched, "Discovered", "Expiration")
    town.janitor.ledger.write_text("")
    assert "dates_move_only_by_people" in _lived(town, 1)


def test_a_second_backup_is_found_out(town: Town) -> None:
    """Two snapshots of one volume for one ShutOff."""
    launched = town.account.launch("jd-demo")
    labels = {judging.SOURCE: launched, judging.SHUT_OFF: "2026-12-06T06:00:00+00:00"}
    pairs = [{"Key": key, "Value": value} for key, value in labels.items()]
    for _ in range(2):
        town.account.client("ec2").create_snapshots(
            InstanceSpecification={"InstanceId": launched},
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": pairs}],
        )
    (breach,) = town.live(0).breaches
    assert "was backed up 2 times" in breach


def test_an_end_that_is_not_told_is_found_out(town: Town) -> None:
    """A termination without a manifest, and without an outcome."""
    evening = Evening(
        scene=town.scene,
        ran=Ran(0),
        began=town.account.now,
        acts=[Act("terminate", "i-1")],
        calls=[],
        entries=[],
        calm=frozenset(HERE),
    )
    assert len(list(judging.the_ledger_tells_every_end(evening))) == 2


# What the simulation is made of


@pytest.mark.usefixtures("quick")
def test_a_seed_makes_the_same_again(account: Account, tmp_path: Path) -> None:
    """What people launch and do, and what the janitor does about it, is thrown by the seed."""
    told = []
    for _ in range(2):
        account.reset()
        account.at("2027-01-01T06:00:00")
        (tmp_path / "ledger.jsonl").unlink(missing_ok=True)
        figures = Town(account, tmp_path, crowd(5), seed=11).live(8)
        calls = [(call.name, call.region) for call in account.calls]
        told.append((str(figures), sorted(account.instances()), calls))
    assert told[0] == told[1]


@pytest.mark.usefixtures("quick")
def test_pools_work_one_after_the_other() -> None:
    """In the order in which it was handed over, in one thread; what fails is told by its future."""
    done: list[tuple[int, int]] = []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: done.append((n, threading.get_ident())), range(9)))
        failed = pool.submit(int, "nine")
    assert done == [(n, threading.get_ident()) for n in range(9)]
    assert isinstance(failed.exception(), ValueError)


def test_what_is_remembered_is_what_moto_says(account: Account) -> None:
    """Whatever changes about an instance shows in the quick answer as in the slow one."""
    client = account.client("ec2")
    ids = [
        account.launch("jd-<&>", tags={'quote"': "ö\n"}),
        account.launch(None),
        account.launch("jd-spot", spot="persistent"),
        account.launch("jd-store", instance_store=True),
        account.launch("jd-group", asg="web"),
    ]
    living = {"Name": "instance-state-name", "Values": ["running", "stopping", "stopped"]}
    named = {"Name": "instance-id", "Values": ids}
    filters: Any = ([living], [living, named])
    acts: tuple[Callable[[], object], ...] = (
        lambda: None,
        lambda: account.stop(ids[0]),
        lambda: account.tag(ids[1], Name="jd-demo"),
        lambda: account.untag(ids[1], "Name"),
        lambda: account.start(ids[0]),
        lambda: account.terminate(ids[2]),
    )
    memory = Rendered()
    for act in acts:
        act()
        account.travel(hours=1)
        with remembered(memory):
            quick = [client.describe_instances(Filters=each)["Reservations"] for each in filters]
        slow = [client.describe_instances(Filters=each)["Reservations"] for each in filters]
        assert quick == slow
