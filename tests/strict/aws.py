"""The account of a story: what people do in it, what goes wrong in it, and what can be seen."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.strict import backend, databases, door, launching, scaling, trail, transitions, volumes
from tests.strict.clock import travelling
from tests.strict.faults import BREAKS, Death, Fault, throttled, unauthorized
from tests.strict.wire import PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Literal, Unpack

    import pytest
    from moto.ec2.models.elastic_block_store import Snapshot as MotoSnapshot

    from tests.strict.calls import Call
    from tests.strict.clock import Clock
    from tests.strict.door import Door
    from tests.strict.launching import How

    Break = Literal["error", "reset"]

REGION = "eu-west-1"
NOWHERE = "http://127.0.0.1:9"  # where a request ends that has found a way around the door
TAKEN_AWAY = (
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "JANITOR_CONFIG",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as it stands."""

    id: str
    volume: str
    state: str
    started: datetime
    tags: Mapping[str, str]


class Account:
    """One AWS account. Whatever is called here is done by a person, and never hit by a fault."""

    def __init__(self, opened: Door, clock: Clock, account_id: str = DEFAULT_ACCOUNT_ID) -> None:
        self.id = account_id
        self._door = opened
        self._clock = clock

    # People and what they own

    def launch(self, name: str | None = "jd-GitLabRunner", **how: Unpack[How]) -> str:
        """Launch an instance; its id. `name=None` leaves it un-named."""
        region = how.get("region", REGION)
        if group := how.get("asg"):
            scaling = self.client("autoscaling", region)
            return launching.in_group(scaling, self.client("ec2", region), group, (name, how))
        return launching.alone(self.client("ec2", region), name, how)

    def group(self, name: str, size: int = 2, region: str = REGION, **more: Any) -> str:
        """Make an Auto Scaling group of `size` members, which may double; its name."""
        return launching.group_of(self.client("autoscaling", region), name, size, **more)

    def client(self, service: str, region: str = REGION) -> Any:
        """A person's own client, for whatever has no word of its own here."""
        if self.id == DEFAULT_ACCOUNT_ID:
            return _client(service, region)
        role = f"arn:aws:iam::{self.id}:role/person"
        given = _client("sts", REGION).assume_role(RoleArn=role, RoleSessionName="person")
        return _client(service, region, tuple(given["Credentials"].values())[:3])

    def other(self, account_id: str) -> Account:
        """Another account of the same people; all faults and the time are common to both."""
        return Account(self._door, self._clock, account_id)

    def start(self, instance_id: str) -> None:
        """Start it."""
        self._ec2(instance_id).start_instances(InstanceIds=[instance_id])

    def stop(self, instance_id: str) -> None:
        """Stop it, and wait until it is off."""
        self._ec2(instance_id).stop_instances(InstanceIds=[instance_id])
        self._arrive(instance_id)

    def terminate(self, instance_id: str) -> None:
        """Terminate it, and wait until it is gone."""
        self._ec2(instance_id).terminate_instances(InstanceIds=[instance_id])
        self._arrive(instance_id)

    def protect(self, instance_id: str, *, on: bool = True) -> None:
        """Set or take off termination protection."""
        client = self._ec2(instance_id)
        client.modify_instance_attribute(
            InstanceId=instance_id, DisableApiTermination={"Value": on}
        )

    def protect_stop(self, instance_id: str, *, on: bool = True) -> None:
        """Set or take off stop protection."""
        client = self._ec2(instance_id)
        client.modify_instance_attribute(InstanceId=instance_id, DisableApiStop={"Value": on})

    def tag(self, resource_id: str, **tags: str) -> None:
        """Write tags; a key with other signs: `tag(id, **{"cost centre": "7"})`."""
        if group := scaling.called(resource_id):
            scaling.write(self._of_group(group), group.name, tags)
            return
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        if database := databases.called(resource_id):
            rds = self.other(database.account_id).client("rds", database.region)
            rds.add_tags_to_resource(ResourceName=database.arn, Tags=pairs)
            return
        self._ec2(resource_id).create_tags(Resources=[resource_id], Tags=pairs)

    def untag(self, resource_id: str, *keys: str) -> None:
        """Delete tags."""
        if group := scaling.called(resource_id):
            scaling.remove(self._of_group(group), group.name, keys)
            return
        if database := databases.called(resource_id):
            rds = self.other(database.account_id).client("rds", database.region)
            rds.remove_tags_from_resource(ResourceName=database.arn, TagKeys=list(keys))
            return
        pairs = [{"Key": key} for key in keys]
        self._ec2(resource_id).delete_tags(Resources=[resource_id], Tags=pairs)

    def tag_by_aws(self, resource_id: str, tags: Mapping[str, str]) -> None:
        """Write tags past every rule, as AWS does for its own: `aws:...`, or more than 50."""
        backend.holder(resource_id).tags[resource_id].update(tags)

    def opt_in(self, region: str) -> None:
        """Open a region that is closed at first."""
        self._door.world.opted_in.add(region)

    def called(
        self, resource_id: str, event: str, identity: Mapping[str, Any], error: str | None = None
    ) -> None:
        """Have CloudTrail know of a call that was made now, and of the `error` it ended in."""
        made = trail.Event(self.id, REGION, self.now, event, resource_id, identity, error)
        self._door.world.history.events.append(made)

    # What can be seen

    def state(self, instance_id: str) -> str:
        """Its state as AWS has it; `terminated` also when AWS does not show it any more."""
        self._settle()
        instance = transitions.find(self._door.world, instance_id)
        return instance.state if instance else "terminated"

    def tags(self, resource_id: str) -> dict[str, str]:
        """Its tags; of an instance that has vanished the last ones."""
        self._settle()
        if group := scaling.called(resource_id):
            return scaling.tags_of(group)
        gone = self._door.world.gone
        if resource_id in gone:
            return dict(gone[resource_id])
        if database := databases.called(resource_id):
            return {tag["Key"]: tag["Value"] for tag in database.tags}
        return dict(backend.holder(resource_id).tags.get(resource_id, {}))

    def protected(self, instance_id: str) -> bool:
        """Whether it has termination protection."""
        instance = transitions.find(self._door.world, instance_id)
        return instance is not None and bool(instance.disable_api_termination)

    def describe(self, instance_id: str) -> dict[str, Any]:
        """It as DescribeInstances shows it."""
        answer = self._ec2(instance_id).describe_instances(InstanceIds=[instance_id])
        found: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
        return found

    def instances(self) -> list[str]:
        """The ids of all instances that are not terminated, in every region."""
        self._settle()
        everyone = [i for held in backend.everywhere() for i in backend.instances(held)]
        return [i.id for i in everyone if i.state != "terminated"]

    def volumes(self, instance_id: str) -> list[str]:
        """The ids of the volumes it has or had."""
        instance = transitions.find(self._door.world, instance_id)
        if instance and instance.state != "terminated":
            transitions.remember_volumes(self._door.world, instance)
        return sorted(self._door.world.volumes_of.get(instance_id, ()))

    def snapshots(self, instance_id: str) -> list[Snapshot]:
        """The snapshots of its volumes, the oldest first."""
        return self.snapshots_of(*self.volumes(instance_id))

    def snapshots_of(self, *volumes: str) -> list[Snapshot]:
        """The snapshots of these volumes, the oldest first."""
        self._settle()
        found = [
            _seen(s, held.tags.get(s.id, {}))
            for held in backend.everywhere()
            for s in held.snapshots.values()
            if s.volume_id in volumes
        ]
        return sorted(found, key=lambda snapshot: snapshot.started)

    @property
    def calls(self) -> list[Call]:
        """Every call the janitor has made; a repeat of botocore's own is not counted."""
        return self._door.calls

    @property
    def writes(self) -> list[Call]:
        """Those of them that change something."""
        return [call for call in self.calls if call.is_write]

    def clear_calls(self) -> None:
        """Forget them."""
        self.calls.clear()

    # Time

    @property
    def now(self) -> datetime:
        """The present instant, for everybody."""
        return self._clock.now

    @property
    def waited(self) -> float:
        """The seconds anybody has slept; they have passed for the account too."""
        return self._clock.waited

    def travel(self, **delta: float) -> None:
        """Let time pass: `travel(days=7, hours=1)`."""
        self._clock.travel(timedelta(**delta))
        self._settle()

    def at(self, instant: str | datetime) -> None:
        """Go to an instant; a text without zone is in UTC."""
        read = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        self._clock.at(read)
        self._settle()

    def stopping_takes(self, *, looks: int | None = None, **delta: float) -> None:
        """How long what stops or ends is on its way: a time, or so many DescribeInstances."""
        self._door.world.stopping_looks = looks
        self._door.world.stopping_takes = timedelta(**delta)

    def snapshots_pend(self, until: str | datetime | None = None, **delta: float) -> None:
        """Snapshots are pending for a time, until an instant, or until `snapshots_finish()`."""
        world = self._door.world
        world.snapshots_take = timedelta(**delta) if delta else None
        read = datetime.fromisoformat(until) if isinstance(until, str) else until
        world.snapshots_ready_at = read if read is None or read.tzinfo else read.replace(tzinfo=UTC)

    def snapshots_finish(self) -> None:
        """Everything pending is completed now, or fails now; what comes later takes no time."""
        world = self._door.world
        world.snapshots_take = timedelta()
        for developing in world.developing.values():
            developing.at = self.now
        for ending in world.databases_ending.values():
            ending.at = self.now
        self._settle()

    def snapshots_fail(self, *, on: bool = True) -> None:
        """From now on what is pending ends in `error` when its time is up."""
        self._door.world.snapshots_fail = on

    def break_volume(self, volume_id: str) -> None:
        """AWS loses what was on it."""
        volumes.become_strict(backend.holder(volume_id).volumes[volume_id]).word = "error"

    def volumes_fail(self, *, on: bool = True) -> None:
        """From now on a volume that is being made ends in `error`."""
        self._door.world.volumes_fail = on

    def finals_show(self, **after: float) -> None:
        """How long after a deletion the final snapshot of a database shows itself."""
        self._door.world.finals_show_after = timedelta(**after)

    def pages_of(self, size: int) -> None:
        """From now on a listing shows no more than `size` on one page."""
        self._door.world.page = size

    # What goes wrong for the janitor

    def deny(self, pattern: str, region: str | None = None, of: str | None = None) -> None:
        """Take a permission away: `ec2:StopInstances`, `ec2:Describe*`; or only `of` one id."""
        self._door.faults.standing.append(Fault(pattern, unauthorized, region, of=of))

    def deny_after(self, calls: int) -> None:
        """Take every permission away once so many more calls were answered."""
        self._door.faults.standing.append(Fault("*", unauthorized, after=calls))

    def deny_region(self, region: str) -> None:
        """Take every permission away in one region, as an organisation does."""
        self.deny("*", region)

    def throttle(self, pattern: str, times: int | None = None, region: str | None = None) -> None:
        """Refuse because of too many requests, `times` times or for good."""
        self._door.faults.standing.append(Fault(pattern, throttled, region, times))

    def fail(self, pattern: str, how: Break = "error", times: int | None = None) -> None:
        """Let a call fail with no effect: by a 500 (`error`) or a broken connection (`reset`)."""
        self._door.faults.standing.append(Fault(pattern, BREAKS[how], None, times))

    def fail_after(self, pattern: str, how: Break = "error", times: int | None = None) -> None:
        """Let a call take effect and lose its answer; every repeat takes effect once more."""
        fault = Fault(pattern, BREAKS[how], None, times, afterwards=True)
        self._door.faults.standing.append(fault)

    def die_before_write(self, number: int) -> None:
        """Kill the janitor just before its writing call `number` from now on (the next is 1)."""
        self._door.faults.death = Death(number, afterwards=False)

    def die_after_write(self, number: int) -> None:
        """Kill the janitor right after its writing call `number` from now on (the next is 1)."""
        self._door.faults.death = Death(number, afterwards=True)

    def allow_all(self) -> None:
        """Nothing goes wrong any more."""
        self._door.faults.standing.clear()
        self._door.faults.death = None

    def reset(self) -> None:
        """Empty the account and forget everything but the time."""
        door.empty()

    # How it is done

    def _ec2(self, resource_id: str) -> Any:
        held = backend.holder(resource_id)
        return self.other(held.account_id).client("ec2", held.region_name)

    def _of_group(self, group: Any) -> Any:
        return self.other(group.account_id).client("autoscaling", group.region)

    def _arrive(self, instance_id: str) -> None:
        moving = self._door.world.moving.get(instance_id)
        if moving is not None:
            transitions.arrive(self._door.world, moving)

    def _settle(self) -> None:
        self._door.settle()


def _seen(snapshot: MotoSnapshot, tags: Mapping[str, str]) -> Snapshot:
    started = snapshot.start_time.replace(tzinfo=UTC)
    return Snapshot(snapshot.id, snapshot.volume_id, snapshot.status, started, dict(tags))


@functools.cache
def _session() -> Any:
    """One session of all people for the whole run of the tests."""
    return boto3.Session()


@functools.cache
def _client(service: str, region: str, keys: tuple[str, ...] = ("PERSON", "-")) -> Any:
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    config = Config(user_agent_extra=PERSON)
    signed = dict(zip(names, keys, strict=False))
    return _session().client(service, region_name=region, config=config, **signed)


def environment(home: Path) -> dict[str, str]:
    """What the janitor finds around it: nothing of the user, nothing of the network."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "NO_PROXY": "127.0.0.1,localhost",
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }


@contextmanager
def open_account(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An empty account, seen from `home`, where the janitor runs."""
    for name in TAKEN_AWAY:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    with travelling(monkeypatch) as clock, door.opened() as opened:
        opened.clock = clock
        yield Account(opened, clock)
