"""One run at a time: the second is refused, and nothing that went wrong locks for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from structlog.testing import capture_logs

import cs_aws_janitor
from cs_aws_janitor import wiring
from cs_aws_janitor.resources.lease_s3 import S3Slot
from cs_aws_janitor.shared.errors import LockedError
from cs_aws_janitor.shared.lease import LASTS, SKEW, FileSlot, Holder, hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.shared.lease import Slot
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE = Holder("the run on anvil", "anvil", os.getpid())
THERE = Holder("the run on bellows", "bellows", os.getpid())
GONE = 2**22 + 1  # Linux gives no process a number above 2**22
RACERS = 12

RACE = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from cs_aws_janitor.shared.lease import FileSlot, Holder, hold
from cs_aws_janitor.shared.errors import LockedError
slot, start = FileSlot(Path(sys.argv[1])), Path(sys.argv[2])
print("ready", flush=True)
while not start.exists():
    time.sleep(0.001)
try:
    with hold(slot, Holder("a racer", "anvil", 1), lambda: datetime.now(UTC)):
        print("held", flush=True)
        sys.stdin.read()
except LockedError:
    print("locked", flush=True)
"""


def at(instant: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: instant


@dataclass(slots=True)
class Worn:
    """A slot that works until it is broken."""

    here: ClassVar[bool] = True

    slot: FileSlot
    broken: bool = False

    def read(self) -> tuple[str, str]:
        """What stands there."""
        return self.slot.read()

    def swap(self, text: str, version: str) -> bool:
        """Write, or fail as S3 does where it cannot be reached."""
        if self.broken:
            raise LockedError("the lock cannot be used")
        return self.slot.swap(text, version)

    def beside(self) -> tuple[str, ...]:
        """No other lock."""
        return ()


@dataclass(slots=True)
class Contested:
    """A slot into which another writes right after us, as it may when our lock had expired."""

    here: ClassVar[bool] = True

    slot: FileSlot
    calm: bool = False

    def read(self) -> tuple[str, str]:
        """What stands there."""
        return self.slot.read()

    def swap(self, text: str, version: str) -> bool:
        """Write, and be overwritten."""
        done = self.slot.swap(text, version)
        if done and not self.calm:
            leave(self.slot, THERE)
        return done

    def beside(self) -> tuple[str, ...]:
        """No other lock."""
        return ()


@pytest.fixture
def file(tmp_path: Path) -> FileSlot:
    """A lock in a file of a folder that is not there yet."""
    return FileSlot(tmp_path / "state" / "ledger.jsonl.lock")


@pytest.fixture
def told() -> Iterator[list[Any]]:
    """What is logged, as it comes."""
    with capture_logs() as events:
        yield events


@pytest.fixture
def s3(account: Account) -> S3Slot:
    """A lock in S3."""
    account.client("s3", "us-east-1").create_bucket(Bucket="ledger")
    return S3Slot(wiring.connect().at_home("s3"), "ledger", "locks/123456789012")


@pytest.fixture(params=["file", "s3"])
def slot(request: pytest.FixtureRequest) -> Slot:
    """A lock in either place."""
    found: Slot = request.getfixturevalue(request.param)
    return found


# One at a time


def test_the_second_is_refused(slot: Slot) -> None:
    """It hears who holds the lock, and when that ends if nobody is there any more."""
    with hold(slot, HERE, at(NOW)), pytest.raises(LockedError) as refused, ExitStack() as second:
        second.enter_context(hold(slot, THERE, at(NOW)))
    assert "the run on anvil" in refused.value.what
    assert "2026-12-06 06:15 UTC" in refused.value.cure
    assert refused.value.exit_code == 2


def test_one_after_the_other(slot: Slot) -> None:
    """Given back, also after an error, it is free at once."""
    with pytest.raises(ZeroDivisionError), hold(slot, HERE, at(NOW)):
        _ = 1 / 0
    with hold(slot, THERE, at(NOW)) as lease:
        assert not lease.lost


def test_the_refused_one_leaves_the_lock_alone(slot: Slot) -> None:
    """After a refusal the first still holds it."""
    with hold(slot, HERE, at(NOW)):
        for _ in range(2):
            with pytest.raises(LockedError), hold(slot, THERE, at(NOW)):
                pass


@pytest.mark.parametrize("alike", [True, False])
def test_of_many_threads_one_has_it(slot: Slot, *, alike: bool) -> None:
    """In a race exactly one wins; also when all are called the same, as containers may be."""
    start, end = threading.Barrier(RACERS), threading.Event()
    done = threading.Semaphore(0)

    def race(number: int) -> bool:
        holder = HERE if alike else Holder(f"racer {number}", "anvil", os.getpid())
        start.wait()
        try:
            with hold(slot, holder, at(NOW)):
                done.release()
                return end.wait(30)
        except LockedError:
            done.release()
            return False

    with ThreadPoolExecutor(RACERS) as pool:
        racing = [pool.submit(race, number) for number in range(RACERS)]
        for _ in range(RACERS):
            done.acquire()
        end.set()
        assert sum(one.result() for one in racing) == 1


def test_of_many_processes_one_has_it(file: FileSlot, tmp_path: Path) -> None:
    """The same among processes of one machine."""
    start = tmp_path / "start"
    source = str(Path(cs_aws_janitor.__file__).parent.parent)
    racers = [
        subprocess.Popen(  # noqa: S603  our own words
            [sys.executable, "-c", RACE, str(file.path), str(start)],
            env=os.environ | {"PYTHONPATH": source},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    assert {_line(racer) for racer in racers} == {"ready"}
    start.touch()
    assert sorted(_line(racer) for racer in racers) == ["held"] + ["locked"] * 4
    for racer in racers:
        racer.communicate()
    assert file.read()[0] == ""


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


# Stale locks


def test_an_expired_lock_is_taken_over(slot: Slot) -> None:
    """Who died without giving it back locks nobody out for more than its time."""
    with hold(slot, HERE, at(NOW)) as first:
        with pytest.raises(LockedError), hold(slot, THERE, at(NOW + LASTS - timedelta(seconds=1))):
            pass
        with hold(slot, THERE, at(NOW + LASTS)) as second:
            first.renew(HERE, at(NOW + LASTS))
            assert (first.lost, second.lost) == (True, False)


def test_a_dead_process_holds_nothing(file: FileSlot) -> None:
    """On one machine the lock of a process that is gone is taken over at once."""
    leave(file, Holder("a dead run", "anvil", GONE))
    with hold(file, HERE, at(NOW)) as lease:
        assert not lease.lost


@pytest.mark.parametrize("host", ["anvil", "bellows"])
def test_who_is_dead_elsewhere_nobody_knows(s3: S3Slot, host: str) -> None:
    """In S3 a lock is left its time: another machine may bear our own name."""
    leave(s3, Holder("a run in a container", host, GONE))
    with pytest.raises(LockedError), hold(s3, HERE, at(NOW)):
        pass


def test_a_process_elsewhere_is_not_ours_to_judge(file: FileSlot) -> None:
    """A file on a shared disk: the process of another machine is left its time."""
    leave(file, Holder("a run on bellows", "bellows", GONE))
    with pytest.raises(LockedError), hold(file, HERE, at(NOW)):
        pass


@pytest.mark.parametrize(
    "torn",
    [
        "",
        "{",
        "[]",
        '"text"',
        '{"name": "x"}',
        '{"name": "x", "host": "h", "pid": "?", "until": "2026-12-06T06:10:00+00:00"}',
        '{"name": "x", "host": "h", "pid": 1, "until": "tomorrow"}',
        '{"name": "x", "host": "h", "pid": 1, "until": "2026-12-06T06:10:00"}',
        '{"name": "x", "host": "h", "pid": 1, "until": null}',
        '{"name": "x", "host": "h", "pid": Infinity, "until": "2026-12-06T06:10:00+00:00"}',
        '{"name": "x", "host": "h", "pid": NaN, "until": "2026-12-06T06:10:00+00:00"}',
        "[" * 100_000,
        '{"name":' * 100_000,
    ],
    ids=range(13),
)
def test_a_torn_lock_holds_nothing(file: FileSlot, torn: str, told: list[Any]) -> None:
    """What a crash or an editor has left there is no lock: it is taken over and told."""
    file.swap(torn, file.read()[1])
    with hold(file, HERE, at(NOW)) as lease:
        assert json.loads(file.read()[0])["name"] == HERE.name
        assert not lease.lost
    said = [event["event"] for event in told]
    assert said == (["lock.taken_over"] if torn else [])  # an empty one was given back


@pytest.mark.parametrize("until", ["2026-12-06T06:25:01+00:00", "9999-12-31T23:59:59-23:59"])
def test_a_lock_without_end_is_taken_over(slot: Slot, until: str, told: list[Any]) -> None:
    """No run takes one for longer than a lock lasts, were its clock some minutes ahead."""
    leave(slot, THERE, datetime.fromisoformat(until))
    with hold(slot, HERE, at(NOW)) as lease:
        assert not lease.lost
    [event] = told
    assert (event["event"], event["holder"]) == ("lock.taken_over", THERE.name)


def test_a_clock_may_be_some_minutes_ahead(slot: Slot, told: list[Any]) -> None:
    """The lock of a machine whose clock is ahead of ours is left its time."""
    leave(slot, THERE, NOW + LASTS + SKEW)
    with pytest.raises(LockedError, match="bellows"), hold(slot, HERE, at(NOW)):
        pass
    assert not told


def leave(slot: Slot, holder: Holder, until: datetime = NOW + timedelta(minutes=10)) -> None:
    """A lock as a process leaves it that was killed."""
    who = {"name": holder.name, "host": holder.host, "pid": holder.pid}
    text = {**who, "until": until.isoformat()}
    assert slot.swap(json.dumps(text), slot.read()[1])


# While it is held


def test_a_renewed_lock_lasts_on(slot: Slot) -> None:
    """As long as its run lasts it moves its end on."""
    with hold(slot, HERE, at(NOW)) as lease:
        lease.renew(HERE, at(NOW + LASTS / 2))
        with pytest.raises(LockedError), hold(slot, THERE, at(NOW + LASTS)):
            pass
        assert not lease.lost


def test_a_lock_that_another_took_is_left_to_it(slot: Slot) -> None:
    """Who comes back after a pause of its machine knows it, and gives back nothing."""
    with ExitStack() as second:
        with hold(slot, HERE, at(NOW)) as first:
            second.enter_context(hold(slot, THERE, at(NOW + LASTS)))
            first.renew(HERE, at(NOW + LASTS))
            first.renew(HERE, at(NOW + LASTS))
            assert first.lost
        with pytest.raises(LockedError), hold(slot, HERE, at(NOW + LASTS)):
            pass


def test_a_lock_that_is_overwritten_at_once_is_not_ours(file: FileSlot) -> None:
    """What stands there in the end decides, when it is taken and when it is renewed."""
    with pytest.raises(LockedError, match="bellows"), hold(Contested(file), HERE, at(NOW)):
        pass
    contested = Contested(file, calm=True)
    with hold(contested, HERE, at(NOW + LASTS)) as lease:
        contested.calm = False
        lease.renew(HERE, at(NOW + LASTS))
        assert lease.lost
    assert json.loads(file.read()[0])["name"] == THERE.name


def test_a_lock_that_cannot_be_renewed_is_lost(file: FileSlot) -> None:
    """Unreachable is as good as lost: its run may not go on until another has begun."""
    worn = Worn(file)
    with hold(worn, HERE, at(NOW)) as lease:
        worn.broken = True
        lease.renew(HERE, at(NOW))
        assert lease.lost


def test_a_lock_that_cannot_be_given_back_is_left(file: FileSlot) -> None:
    """What the run has done is done: it ends as it would have, and the lock expires."""
    worn = Worn(file)
    with hold(worn, HERE, at(NOW)):
        worn.broken = True
    with pytest.raises(LockedError), hold(file, THERE, at(NOW)):
        pass
    with hold(file, THERE, at(NOW + LASTS)):
        pass


# Where no lock can be had nothing is begun


@pytest.mark.parametrize("obstacle", ["folder", "file"])
def test_a_file_that_cannot_be_used(tmp_path: Path, obstacle: str) -> None:
    """The path is a folder, or leads through a file: refused, with the setting that mends it."""
    path = tmp_path / "lock"
    if obstacle == "folder":
        path.mkdir()
    else:
        path.touch()
        path = path / "lock"
    with pytest.raises(LockedError, match="Set ledger"), hold(FileSlot(path), HERE, at(NOW)):
        pass


def test_a_bucket_that_is_not_there(account: Account) -> None:
    """The lock in S3 cannot be read: refused, with the permissions that it needs."""
    assert account.instances() == []
    missing = S3Slot(wiring.connect().at_home("s3"), "nowhere", "lock")
    with pytest.raises(LockedError, match="s3:GetObject and s3:PutObject"):
        missing.swap("text", "")
    with pytest.raises(LockedError), hold(missing, HERE, at(NOW)):
        pass


@pytest.mark.parametrize("denied", ["s3:GetObject", "s3:PutObject"])
def test_a_bucket_that_is_closed(account: Account, s3: S3Slot, denied: str) -> None:
    """Without one of its permissions nothing is begun."""
    account.deny(denied)
    with pytest.raises(LockedError, match="AccessDenied"), hold(s3, HERE, at(NOW)):
        pass


def test_the_answer_of_s3_is_lost(account: Account, s3: S3Slot) -> None:
    """The SDK writes again, is refused by its own first try, and has the lock all the same."""
    account.fail_after("s3:PutObject", times=1)
    with hold(s3, HERE, at(NOW)) as lease:
        account.fail_after("s3:PutObject", times=1)
        lease.renew(HERE, at(NOW))
        assert not lease.lost


def test_a_lock_that_somebody_deleted(account: Account, s3: S3Slot) -> None:
    """Gone from under a run: it is lost, whoever did it."""
    person: Any = account.client("s3", "us-east-1")
    with hold(s3, HERE, at(NOW)) as lease:
        person.delete_object(Bucket="ledger", Key=s3.key)
        lease.renew(HERE, at(NOW))
        assert lease.lost


# Of an account, and of its regions


def test_an_account_and_its_regions_rule_each_other_out(s3: S3Slot) -> None:
    """Two regions may be looked after at a time, and neither while the whole account is."""
    one, two = (replace(s3, region=region) for region in ("eu-west-1", "us-east-1"))
    with hold(one, HERE, at(NOW)), hold(two, THERE, at(NOW)):
        with pytest.raises(LockedError, match=HERE.name), hold(s3, THERE, at(NOW)):
            pass
        with pytest.raises(LockedError, match=HERE.name), hold(one, THERE, at(NOW)):
            pass
    with hold(s3, HERE, at(NOW)), pytest.raises(LockedError), hold(one, THERE, at(NOW)):
        pass
    with hold(one, HERE, at(NOW)):
        pass


def test_who_is_ruled_out_leaves_no_lock_behind(s3: S3Slot) -> None:
    """The one that was refused for another has given its own back."""
    one = replace(s3, region="eu-west-1")
    with hold(one, HERE, at(NOW)), pytest.raises(LockedError), hold(s3, THERE, at(NOW)):
        pass
    assert s3.read()[0] == ""


def test_a_stale_lock_of_a_region_rules_nothing_out(s3: S3Slot) -> None:
    """Its function was killed, and it has expired."""
    leave(replace(s3, region="eu-west-1"), HERE)
    with hold(s3, THERE, at(NOW + 2 * LASTS)):
        pass


def test_regions_that_cannot_be_listed(account: Account, s3: S3Slot) -> None:
    """Whether another is under way is not known: nothing is begun."""
    account.deny("s3:ListObjectsV2")
    with pytest.raises(LockedError, match="s3:ListBucket"), hold(s3, HERE, at(NOW)):
        pass
