"""The story of `janitor demo`: what became of each resource, by the ledger and by AWS itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from cs_aws_janitor.demo import story
from cs_aws_janitor.demo.account import opened
from cs_aws_janitor.demo.life import BEGAN
from cs_aws_janitor.demo.shelter import sheltered
from cs_aws_janitor.demo.summing_up import sums
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import CLEAN
from cs_aws_janitor.resources.savings import savings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.demo.account import Sample
    from cs_aws_janitor.demo.story import Day

    Entry = Mapping[str, Any]

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
ENDING = ("back_up", "terminate")


@dataclass(frozen=True)
class Shown:
    """An instance, a database or an address as AWS shows it when the story is over."""

    id: str
    state: str
    tags: Mapping[str, str]
    protected: bool


@dataclass(frozen=True)
class Over:
    """The story once it is over: its days, the ledger, and what stands in AWS."""

    now: datetime
    days: Sequence[Day]
    entries: Sequence[Entry]
    resources: Sequence[Shown]
    snapshots: Sequence[Mapping[str, Any]]
    clock: datetime

    def __getitem__(self, name: str) -> Shown:
        """What bears this name, also an instance that is terminated."""
        [found] = [i for i in self.resources if i.tags.get("Name") == name]
        return found

    def of(self, name: str, entry: str) -> list[Entry]:
        """The entries of one sort that the ledger has of it."""
        return [e for e in self.entries if (e["entry"], e.get("id")) == (entry, self[name].id)]

    def life(self, name: str) -> list[tuple[int, tuple[str, ...]]]:
        """What was done to it, but for notices: how many days ago, and the verbs."""
        return [
            ((self.now - datetime.fromisoformat(e["at"])).days, tuple(e["carried_out"]))
            for e in self.of(name, "outcome")
            if set(e["carried_out"]) - {"notify"}
        ]

    def flagged(self, name: str) -> list[int]:
        """How many days ago a person was told to look at it."""
        rows = [(day.on, row) for day in self.days for row in day.plan.attention]
        return [(self.now.date() - on).days for on, row in rows if row.id == self[name].id]


def tell(now: datetime) -> Over:
    """The whole story up to `now`."""
    with time_machine.travel(now, tick=False), sheltered() as folder, opened(folder) as sample:
        days = list(story.days(sample))
        clock = datetime.now(UTC)
        resources, snapshots = _in_aws(sample)
        return Over(now, days, list(sample.ledger.entries()), resources, snapshots, clock)


def _in_aws(sample: Sample) -> tuple[list[Shown], list[Mapping[str, Any]]]:
    resources: list[Shown] = []
    snapshots: list[Mapping[str, Any]] = []
    for place in sample.world.places:
        client = sample.world.clients(place, "ec2", whole=True)
        for reservation in client.describe_instances()["Reservations"]:
            resources += [_instance(client, seen) for seen in reservation["Instances"]]
        resources += [_address(seen) for seen in client.describe_addresses()["Addresses"]]
        rds = sample.world.clients(place, "rds", whole=True)
        resources += [_database(seen) for seen in rds.describe_db_instances()["DBInstances"]]
        snapshots += client.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return resources, snapshots


def _address(seen: Mapping[str, Any]) -> Shown:
    tags = {tag["Key"]: tag["Value"] for tag in seen.get("Tags", ())}
    state = "used" if seen.get("AssociationId") else "idle"
    return Shown(seen["AllocationId"], state, tags, protected=False)


def _database(seen: Mapping[str, Any]) -> Shown:
    own = seen["DBInstanceIdentifier"]  # which is its name
    tags = {tag["Key"]: tag["Value"] for tag in seen["TagList"]}
    return Shown(own, seen["DBInstanceStatus"], {**tags, "Name": own}, seen["DeletionProtection"])


def _instance(client: Any, seen: Mapping[str, Any]) -> Shown:
    answer = client.describe_instance_attribute(
        InstanceId=seen["InstanceId"], Attribute="disableApiTermination"
    )
    tags = {tag["Key"]: tag["Value"] for tag in seen.get("Tags", ())}
    protected = answer["DisableApiTermination"]["Value"]
    return Shown(seen["InstanceId"], seen["State"]["Name"], tags, protected)


@pytest.fixture(scope="module")
def over() -> Over:
    """The story, told once for all tests of this file."""
    return tell(NOW)


def ago(days: int) -> str:
    """The day so many days before the end, as it is written on tags."""
    return (NOW.date() - timedelta(days=days)).isoformat()


def test_every_day_has_its_run_but_the_last(over: Over) -> None:
    """One day after the other up to the present, whose plan is left for whoever watches."""
    assert [day.on.isoformat() for day in over.days] == [ago(n) for n in range(BEGAN, -1, -1)]
    assert [day.on for day in over.days if day.ended is None] == [NOW.date()]
    assert {e["at"][:10] for e in over.entries if e["entry"] == "outcome"} <= {
        ago(n) for n in range(1, BEGAN + 1)
    }


def test_nothing_fails(over: Over) -> None:
    """A first impression without a fault: every step ends clean, every place is seen."""
    assert {o.result for day in over.days for o in day.ended or ()} <= CLEAN
    assert not any(day.plan.blind_spots or day.plan.breaches for day in over.days)


def test_what_was_saved_can_be_told(over: Over) -> None:
    """What was shut off and terminated had an estimate: `janitor savings` has something to say."""
    saved = savings(over.entries, over.now, timedelta(days=7))
    assert saved.amount(Verb.SHUT_OFF) > 0
    assert saved.amount(Verb.TERMINATE) > 0


def test_the_clock_is_set_right_again(over: Over) -> None:
    """After the story it is the present, for a served account goes on from there."""
    assert over.clock == NOW


def test_each_is_tagged_once(over: Over) -> None:
    """S2, S3: at its first sighting, to expire 14 days later."""
    tagged = [e for e in over.entries if "tag" in e.get("carried_out", ())]
    assert len(tagged) == len({e["id"] for e in tagged}) == 10
    for entry in tagged:
        day = datetime.fromisoformat(entry["at"]).date()
        assert entry["writes"] == {
            "Discovered": day.isoformat(),
            "Expiration": (day + timedelta(days=14)).isoformat(),
        }


def test_one_that_nobody_cares_for_lives_its_whole_life(over: Over) -> None:
    """S5, S6: shut off on its Expiration, 7 days later backed up whole, then terminated."""
    assert over.life("mk-demo-acme") == [(28, ("tag",)), (14, ("shut_off",)), (7, ENDING)]
    assert over["mk-demo-acme"].state == "terminated"
    [manifest] = over.of("mk-demo-acme", "manifest")
    made = [s for s in over.snapshots if s["SnapshotId"] in manifest["backups"]]
    assert len({s["VolumeId"] for s in made}) == 2
    assert {(s["State"], s["StartTime"].date().isoformat()) for s in made} == {
        ("completed", ago(7))
    }


def test_a_spot_instance_runs_on_until_it_ends(over: Over) -> None:
    """It cannot be stopped: it is only marked, and has its backup all the same."""
    spot = over["ow-load-test"]
    assert over.life("ow-load-test") == [(28, ("tag",)), (14, ("shut_off",)), (7, ENDING)]
    assert [day.on.isoformat() for day in over.days if spot.id in day.marked] == [ago(14)]
    assert spot.state == "terminated"
    assert [len(m["backups"]) for m in over.of("ow-load-test", "manifest")] == [1]


def test_one_is_extended_by_command(over: Over) -> None:
    """S3: its owner is told in time, and moves the date."""
    [act] = over.of("jd-GitLabRunner", "act")
    assert (act["act"], act["old"], act["new"]) == ("extend", ago(14), ago(-7))
    assert over["jd-GitLabRunner"].tags["Expiration"] == ago(-7)
    assert over.life("jd-GitLabRunner") == [(28, ("tag",))]
    assert over["jd-GitLabRunner"].state == "running"


def test_one_is_shut_off_for_want_of_a_name_and_later_extended_by_hand(over: Over) -> None:
    """S1, S3: named and started it is like any other; a date typed in takes its mark away."""
    assert over.life("rs-k8s-poc") == [
        (28, ("tag", "shut_off")),
        (14, ("shut_off",)),
        (12, ("clear_mark",)),
    ]
    assert over.of("rs-k8s-poc", "act") == []
    assert over["rs-k8s-poc"].tags["Expiration"] == "10 Dec 2026"
    assert "ShutOff" not in over["rs-k8s-poc"].tags
    assert over["rs-k8s-poc"].state == "running"


def test_one_is_kept_with_its_reason(over: Over) -> None:
    """S4: protected and explained, it is left alone and no one needs to look."""
    [act] = over.of("tl-geo-primary", "act")
    assert (act["act"], act["reason"]) == ("keep", over["tl-geo-primary"].tags["Permanent"])
    assert over["tl-geo-primary"].protected
    assert over["tl-geo-primary"].state == "running"
    assert over.life("tl-geo-primary") == [(28, ("tag",))]
    assert over.flagged("tl-geo-primary") == []


def test_one_is_protected_without_a_word(over: Over) -> None:
    """S4: left alone as well, and flagged as soon as that matters, on every run."""
    assert over["bn-vault"].protected
    assert "Permanent" not in over["bn-vault"].tags
    assert over.life("bn-vault") == [(28, ("tag",))]
    assert over.flagged("bn-vault") == list(range(14, -1, -1))


def test_one_has_a_date_that_cannot_be_read(over: Over) -> None:
    """It is never guessed: nothing is done, and it is flagged until somebody mends it."""
    assert over["hk-demo-ip"].tags["Expiration"] == "next friday"
    assert over["hk-demo-ip"].state == "idle"
    assert over.life("hk-demo-ip") == [(28, ("tag",))]
    assert over.flagged("hk-demo-ip") == list(range(18, -1, -1))


def test_there_is_more_than_instances(over: Over) -> None:
    """An address that nothing uses, and a database that is stopped and waits for its end."""
    kinds = {step.name: step.kind for step in over.days[-1].plan.steps}
    assert kinds["hk-demo-ip"] == "elastic_ip"
    assert kinds["lp-migration-db"] == "rds_instance"
    assert over.life("lp-migration-db") == [(21, ("tag",)), (7, ("shut_off",))]


def test_a_member_of_a_group_is_held(over: Over) -> None:
    """Auto Scaling made it: it is tagged and nothing else, whatever its Expiration says."""
    assert over["sv-runners"].tags["aws:autoscaling:groupName"] == "sv-runners"
    assert over["sv-runners"].tags["Expiration"] == ago(14)
    assert over["sv-runners"].state == "running"
    assert over.life("sv-runners") == [(28, ("tag",))]


def test_the_last_plan_has_something_of_everything(over: Over) -> None:
    """What is left to play with: to be tagged, told of, shut off, backed up and terminated."""
    last = over.days[-1].plan
    planned = {step.name: tuple(map(str, step.verbs)) for step in last.steps if step.verbs}
    assert planned == {
        None: ("tag", "shut_off"),
        "jd-demo-globex": ("shut_off",),
        "jd-GitLabRunner": ("notify",),
        "lp-migration-db": ENDING,
    }
    assert over["lp-migration-db"].state == "stopped"


def test_the_sums_are_those_of_the_ledger(over: Over) -> None:
    """What is counted in the end is what was written down; marked is not shut off."""
    counted = {each.label: each.count for each in sums(over.days)}
    outcomes = [e for e in over.entries if e["entry"] == "outcome"]
    ids = {verb: {e["id"] for e in outcomes if verb in e["carried_out"]} for verb in map(str, Verb)}
    acts = [e["act"] for e in over.entries if e["entry"] == "act"]
    by_hand = 1
    assert counted == {
        "tagged": len(ids["tag"]),
        "told of": len(ids["notify"]),
        "shut off": len(ids["shut_off"] - {over["ow-load-test"].id}),
        "extended": acts.count("extend") + by_hand,
        "kept": acts.count("keep"),
        "backed up": len([e for e in over.entries if e["entry"] == "manifest"]),
        "terminated": len(ids["terminate"]),
        "left alone": 4,
    }


@pytest.mark.parametrize(
    "now",
    [
        datetime(2028, 3, 1, 0, 0, 10, tzinfo=UTC),
        datetime(2027, 1, 1, 23, 59, 59, tzinfo=UTC),
    ],
    ids=str,
)
def test_the_story_is_the_same_at_any_time(over: Over, now: datetime) -> None:
    """Whenever it is watched: around midnight, a leap day and a new year."""
    other = tell(now)
    names = {i.tags.get("Name", "") for i in over.resources} - {""}
    assert {n: other.life(n) for n in names} == {n: over.life(n) for n in names}
    assert {n: other[n].state for n in names} == {n: over[n].state for n in names}
