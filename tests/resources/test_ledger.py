"""The ledger: what is said to be kept is kept, whatever breaks off, and memory outlives tags."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cs_aws_janitor
from cs_aws_janitor.resources.inspection import recall
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.ledger_history import Wanted, chosen, deeds
from cs_aws_janitor.resources.ledger_turns import Turns
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Phase, Place, Resource, Sighting, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.plan import Step
from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.shared.errors import LedgerError
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cs_aws_janitor.shared.entries import Store

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
PLACE = Place("123456789012", "eu-west-1")
POLICY = Policy()
STEP = Step(
    place=PLACE,
    kind="ec2_instance",
    id="i-0abc1234",
    name="jd-GitLabRunner",
    owner="jd",
    phase=Phase.EXPIRED,
    verbs=(Verb.SHUT_OFF,),
    reason="Expiration 2026-12-06 has come",
    next_on=date(2026, 12, 13),
    expiration=NOW,
)
RESOURCE = Resource(PLACE, "ec2_instance", STEP.id, born=NOW)
ROOT = 0


@dataclass
class Kept:
    """A store in memory; `reads` counts how often all of it was read."""

    text: list[str] = field(default_factory=list)
    reads: int = 0

    def append(self, text: str) -> None:
        """Keep `text`."""
        self.text.append(text)

    def lines(self) -> Iterator[str]:
        """Every line."""
        self.reads += 1
        yield from "".join(self.text).splitlines(keepends=True)


class Full(Kept):
    """A store that takes nothing more."""

    def append(self, text: str) -> None:
        """Refuse `text`."""
        raise LedgerError(f"{len(text)} characters are too many", "Make room")


def outcome(number: int = 0) -> Outcome:
    """How the step on one of many resources ended."""
    return Outcome(replace(STEP, id=f"i-{number:08}"), Result.DONE, NOW, None, (Verb.SHUT_OFF,))


def ids(store: Store) -> list[str]:
    """The ids of all entries."""
    return [entry["id"] for entry in Ledger(store).entries()]


def python(code: str, *words: str) -> subprocess.Popen[str]:
    """Another process that runs `code`."""
    return subprocess.Popen(  # noqa: S603  our own words
        [sys.executable, "-c", code, *words],
        env=os.environ | {"PYTHONPATH": str(Path(cs_aws_janitor.__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Be somebody who may not write to `folder`, also where the tests run as root."""
    folder.chmod(0o500)
    root = os.geteuid() == ROOT
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(ROOT)
        folder.chmod(0o700)


# What an entry is


def test_an_outcome_is_the_step_with_its_result_and_the_command() -> None:
    """An outcome is one line: what `run --format json` says of it, and which command it was."""
    kept = Kept()
    Ledger(kept, by="apply").record(outcome(7))
    [entry] = Ledger(kept).entries()
    assert {k: entry[k] for k in ("entry", "by", "at", "id", "result", "carried_out")} == {
        "entry": "outcome",
        "by": "apply",
        "at": "2026-12-06T06:00:00+00:00",
        "id": "i-00000007",
        "result": "done",
        "carried_out": ["shut_off"],
    }


def test_every_entry_says_what_it_is_when_and_of_what() -> None:
    """Whatever is written down bears `entry`, `at` with its zone, and where the resource is."""
    kept = Kept()
    ledger = Ledger(kept, now=lambda: NOW)
    ledger.record(outcome())
    ledger.act({"act": "extend", "account": PLACE.account, "region": PLACE.region, "id": STEP.id})
    ledger.remember([(STEP, "2026-11-22", "2026-12-06")])
    ledger.tell([(STEP, 3)])
    ledger.keep_manifest(RESOURCE, ["snap-1"], {"type": "t3.micro"})
    entries = list(Ledger(kept).entries())
    sorts = ["outcome", "act", "sighting", "notice", "manifest"]
    assert [entry["entry"] for entry in entries] == sorts
    for entry in entries:
        assert datetime.fromisoformat(entry["at"]) == NOW
        assert (entry["account"], entry["region"]) == ("123456789012", "eu-west-1")


def test_an_act_keeps_the_instant_it_is_given() -> None:
    """The instant of the command counts, not the one at which the line is written."""
    kept = Kept()
    Ledger(kept, now=lambda: NOW).act({"act": "keep", "at": "2026-12-05T00:00:00+00:00"})
    [entry] = Ledger(kept).entries()
    assert entry["at"] == "2026-12-05T00:00:00+00:00"


def test_a_manifest_is_kept_whole() -> None:
    """What a restore needs comes back as it was given; dates as ISO dates."""
    kept = Kept()
    facts = {"user_data": "IyEvYmluL3No", "tags": {"a": 'ü"\n'}, "launched": NOW}
    Ledger(kept).keep_manifest(RESOURCE, iter(["snap-1", "snap-2"]), facts)
    [entry] = Ledger(kept).entries()
    assert entry["backups"] == ["snap-1", "snap-2"]
    assert entry["manifest"] == {**facts, "launched": "2026-12-06T06:00:00+00:00"}


def test_what_belongs_together_is_written_together() -> None:
    """The outcomes of one call are one write: one line each, in their order."""
    kept = Kept()
    Ledger(kept).record(*(outcome(n) for n in range(3)))
    assert [text.count("\n") for text in kept.text] == [3]
    assert ids(kept) == ["i-00000000", "i-00000001", "i-00000002"]


def test_entries_of_a_later_version_are_kept_and_passed_over() -> None:
    """An unknown entry is neither torn nor a fault; it is there for whoever knows it."""
    kept = Kept(['{"entry": "verdict", "id": "i-1", "account": "1", "region": "r"}\n'])
    ledger = Ledger(kept)
    assert ledger.sighting(PLACE, STEP.kind, "i-1") is None
    assert [entry["entry"] for entry in ledger.entries()] == ["verdict"]
    assert ledger.torn == []


# A ledger in a file


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Manifests hold user data: 0600, in a folder with 0700, whatever the umask lets through."""
    path = tmp_path / "state" / "ledger.jsonl"
    before = os.umask(0)
    try:
        Ledger(File(path)).check_writable()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_file_is_an_empty_ledger(tmp_path: Path) -> None:
    """Before the first run there is nothing to read, and that is no fault."""
    path = tmp_path / "ledger.jsonl"
    assert list(Ledger(File(path)).entries()) == []
    assert not path.exists()


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    """A crash tore the last line: it is reported, and the next entry stands on its own line."""
    path = tmp_path / "ledger.jsonl"
    Ledger(File(path)).record(outcome(1))
    with path.open("a") as file:
        file.write('{"entry": "outcome", "id": "i-0')
    Ledger(File(path)).record(outcome(2))
    ledger = Ledger(File(path))
    assert [entry["id"] for entry in ledger.entries()] == ["i-00000001", "i-00000002"]
    assert ledger.torn == ["line 2 is torn and was passed over"]


def test_a_check_changes_nothing(tmp_path: Path) -> None:
    """Whether the ledger can be written is asked before every run, and leaves no trace in it."""
    path = tmp_path / "ledger.jsonl"
    path.write_text("torn")
    Ledger(File(path)).check_writable()
    assert path.read_text() == "torn"


APPEND = """
import sys
from pathlib import Path
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.shared.ledger_file import File
ledger = Ledger(File(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    ledger.act({"id": f"{sys.argv[2]}/{number}", "reason": sys.argv[2] * 30_000})
    print(number, flush=True)
"""


def test_processes_do_not_write_into_each_others_lines(tmp_path: Path) -> None:
    """Four processes append long entries at once: all are whole, each process's in order."""
    path = tmp_path / "ledger.jsonl"
    writers = [python(APPEND, str(path), name, "60") for name in "abcd"]
    for writer in writers:
        assert writer.stdout
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    ledger = Ledger(File(path))
    found = [entry["id"] for entry in ledger.entries()]
    assert ledger.torn == []
    for name in "abcd":
        own = [each for each in found if each.startswith(name)]
        assert own == [f"{name}/{number}" for number in range(60)]


def test_what_was_kept_survives_the_death_of_its_process(tmp_path: Path) -> None:
    """A process is killed while it appends: whatever it had been told is kept is there."""
    path = tmp_path / "ledger.jsonl"
    told = []
    with python(APPEND, str(path), "a", "100000") as writer:
        assert writer.stdin
        assert writer.stdout
        writer.stdin.write("\n")
        writer.stdin.flush()
        writer.stdout.readline()
        for line in writer.stdout:
            told.append(f"a/{line.strip()}")
            if len(told) == 20:
                writer.kill()
    Ledger(File(path)).act({"id": "next"})
    ledger = Ledger(File(path))
    found = [entry["id"] for entry in ledger.entries()]
    assert found[: len(told)] == told
    assert found[-1] == "next"
    assert len(ledger.torn) <= 1


CUT_SHORT = """
import resource, signal, sys
from pathlib import Path
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.shared.ledger_file import File
from cs_aws_janitor.shared.errors import LedgerError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600, resource.RLIM_INFINITY))
ledger = Ledger(File(Path(sys.argv[1])))
try:
    for number in range(100):
        ledger.act({"id": str(number), "account": "1", "region": "r"})
        print(number, flush=True)
except LedgerError as error:
    print(error, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
ledger.act({"id": "next"})
"""


def test_a_write_that_is_cut_short_is_told_and_mended(tmp_path: Path) -> None:
    """Half a line fits on the disk: LedgerError says so, and the next entry is whole again."""
    path = tmp_path / "ledger.jsonl"
    out, _ = python(CUT_SHORT, str(path)).communicate()
    *told, error = out.splitlines()
    ledger = Ledger(File(path))
    assert [entry["id"] for entry in ledger.entries()] == [*told, "next"]
    assert ledger.torn == [f"line {len(told) + 1} is torn and was passed over"]
    assert error == f"the ledger {path} cannot be written: File too large. Make room on its disk"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_full_disk_is_told() -> None:
    """No room is left: the error names the ledger and the cure."""
    with pytest.raises(LedgerError, match=r"/dev/full cannot be written: No space.*Make room"):
        Ledger(File(Path("/dev/full"))).record(outcome())


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    """ledger.path names a folder, or something within a file: neither is written nor read."""
    within = tmp_path / "file" / "ledger.jsonl"
    within.parent.write_text("")
    for path in (tmp_path, within):
        with pytest.raises(LedgerError, match=r"cannot be written: .*Set ledger.path to a file"):
            Ledger(File(path)).check_writable()
        with pytest.raises(LedgerError, match=r"cannot be read: .*Set ledger.path to a file"):
            list(Ledger(File(path)).entries())


def test_a_ledger_of_somebody_else_is_told(tmp_path: Path) -> None:
    """Without the rights nothing is written or read, and the error says who may mend it."""
    path = tmp_path / "ledger.jsonl"
    Ledger(File(path)).record(outcome())
    path.chmod(0)
    with without_rights(tmp_path):
        with pytest.raises(LedgerError, match=r"cannot be written.*Let this user have it written"):
            Ledger(File(path)).check_writable()
        with pytest.raises(LedgerError, match=r"cannot be read.*Let this user have it read"):
            list(Ledger(File(path)).entries())


# Whatever stands in it

NAMES = st.sampled_from(
    "entry at by account region kind id name owner verbs carried_out result reason why backups"
    " manifest discovered expiration days act old new".split()
)
WORDS = st.one_of(
    st.sampled_from(
        "outcome act sighting notice manifest extend shut_off 2026-12-06 2026-12-06T06:00:00+00:00"
        " 9999-12-31T23:59:59-14:00 0001-01-01 1 r i-1".split()
    ),
    st.text(max_size=10),
    st.text(st.characters(categories=["Cs", "Cc"]), max_size=3),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.dictionaries(NAMES, WORDS | VALUES).map(lambda entry: json.dumps(entry).encode())
CONTENT = st.lists(st.one_of(st.binary(max_size=40), ENTRIES), max_size=6).map(b"\n".join)


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that every example writes anew."""
    return tmp_path_factory.mktemp("ledger") / "ledger.jsonl"


@settings(deadline=None)  # every entry is brought to the disk, however busy that is
@given(content=CONTENT)
@example(content=b"[" * 100_000)
@example(content=b'{"entry": "act", "reason": ' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}")
@example(content=b'{"entry": "notice", "days": ' + b"9" * 5000 + b"}")
@example(content=b"\0" * 100 + b"\r\xff\xfe\xe2\x80\xa8\n\r\n\x85")
def test_whatever_stands_in_the_file_is_read_or_passed_over(anywhere: Path, content: bytes) -> None:
    """No content stops the janitor; and whatever it is, the next entry is kept and found."""
    anywhere.write_bytes(content)
    ledger = Ledger(File(anywhere))
    before = len(list(ledger.entries()))
    assert before + len(ledger.torn) <= content.count(b"\n") + 1
    ledger.sighting(PLACE, STEP.kind, "i-1")
    assert not ledger.told(STEP, 3)
    chosen(deeds(ledger.entries(), POLICY.naming.pattern), Wanted("i-1", NOW))
    ledger.remember([(RESOURCE, "2026-11-22", "2027-01-01")])
    ledger.tell([(STEP, 3)])
    again = Ledger(File(anywhere))
    expected = Sighting(date(2026, 11, 22), "2027-01-01")
    assert again.sighting(PLACE, RESOURCE.kind, RESOURCE.id) == expected
    assert again.told(STEP, 3)
    assert len(list(again.entries())) == before + 2
    assert anywhere.read_bytes().startswith(content)


# Many threads


def test_threads_lose_nothing() -> None:
    """Sixteen threads record at once: every outcome is there once, and whole."""
    kept = Kept()
    ledger = Ledger(kept)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: ledger.record(outcome(n)), range(400)))
    assert sorted(ids(kept)) == [f"i-{n:08}" for n in range(400)]


def test_nothing_returns_before_it_is_kept() -> None:
    """Who records an outcome goes on only when it is durable, also in company."""
    kept: list[str] = []

    def write(text: str) -> None:
        time.sleep(0.001)
        kept.append(text)

    turns = Turns(write)

    def append(number: int) -> bool:
        turns.append(f"{number}\n")
        return f"{number}\n" in "".join(list(kept)).splitlines(keepends=True)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(append, range(200)))


def test_who_comes_while_one_writes_is_written_together() -> None:
    """A slow store, such as S3, gets one object for many waiting threads, not one for each."""
    writes: list[str] = []
    all_here = threading.Barrier(17, timeout=60)

    def write(text: str) -> None:
        writes.append(text)
        if len(writes) == 1:
            all_here.wait()
            time.sleep(0.2)

    turns = Turns(write)

    def come(number: int) -> None:
        all_here.wait()
        turns.append(f"{number}\n")

    with ThreadPoolExecutor(17) as pool:
        first = pool.submit(turns.append, "first\n")
        list(pool.map(come, range(16)))
        first.result()
    assert sorted("".join(writes).split()) == sorted(["first", *map(str, range(16))])
    assert len(writes) <= 4


def test_a_failed_write_fails_all_whom_it_was_for() -> None:
    """Nobody believes a line to be kept that is not; and once there is room, it goes on."""
    room = threading.Event()
    kept: list[str] = []

    def write(text: str) -> None:
        if not room.is_set():
            raise LedgerError("no room", "Make room")
        kept.append(text)

    turns = Turns(write)
    with ThreadPoolExecutor(8) as pool:
        failed = [pool.submit(turns.append, "lost\n").exception() for _ in range(32)]
    assert {type(error) for error in failed} == {LedgerError}
    room.set()
    turns.append("kept\n")
    assert kept == ["kept\n"]


@pytest.mark.parametrize("breaks", [KeyboardInterrupt, ValueError])
def test_who_waits_hears_of_an_interruption(breaks: type[BaseException]) -> None:
    """Ctrl-C breaks into a write: whoever waited for it does not wait for ever."""
    kept: list[str] = []
    calls: list[str] = []

    def write(text: str) -> None:
        calls.append(text)
        time.sleep(0.05)
        if len(calls) == 2:
            raise breaks
        kept.append(text)

    turns = Turns(write)
    with ThreadPoolExecutor(8) as pool:
        waiting = {text: pool.submit(turns.append, text) for text in "abcdefgh"}
        errors = {text: future.exception() for text, future in waiting.items()}
    assert set("".join(kept)) == {text for text, error in errors.items() if error is None}
    broken = [type(error) for error in errors.values() if error is not None]
    assert broken.count(breaks) == 1
    assert set(broken) <= {breaks, LedgerError}


# Memory


def test_memory_is_read_once_and_only_when_asked_for() -> None:
    """Recording reads nothing; then one reading serves all threads."""
    kept = Kept()
    Ledger(kept).remember([(RESOURCE, "2026-11-22", "2026-12-06")])
    kept.reads = 0
    ledger = Ledger(kept)
    ledger.record(outcome())
    assert kept.reads == 0
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: ledger.sighting(STEP.place, STEP.kind, STEP.id), "8x8"))
    assert seen == {Sighting(date(2026, 11, 22), "2026-12-06")}
    assert not ledger.told(STEP, 3)
    assert kept.reads == 1


def test_a_ledger_remembers_what_it_has_just_written() -> None:
    """Within one run too: what was told is told, what was seen is known, and read no more."""
    kept = Kept()
    ledger = Ledger(kept)
    assert not ledger.told(STEP, 3)
    ledger.tell([(STEP, 3)])
    ledger.remember([(RESOURCE, "2026-11-22", "2026-12-06")])
    assert ledger.told(STEP, 3)
    known = ledger.sighting(PLACE, RESOURCE.kind, RESOURCE.id)
    assert known == Sighting(date(2026, 11, 22), "2026-12-06")
    assert kept.reads == 1


def test_what_stands_unchanged_is_not_written_again() -> None:
    """The same tags seen on every run make one entry, not one for each run."""
    kept = Kept()
    for _ in range(3):
        Ledger(kept).remember([(RESOURCE, "2026-11-22", "2026-12-06")])
    assert len(list(Ledger(kept).entries())) == 1


def test_a_discovered_that_is_no_date_is_not_remembered() -> None:
    """What cannot be counted from is worth nothing as memory."""
    kept = Kept()
    Ledger(kept).remember([(RESOURCE, "soon", "2026-12-06")])
    assert list(Ledger(kept).entries()) == []


@pytest.mark.parametrize(
    ("born", "day"),
    [(None, date(2026, 11, 22)), (-90, date(2026, 11, 22)), (-1, NOW.date())],
    ids=["no birth", "the same", "an earlier one of that id"],
)
def test_the_day_of_discovery_is_the_one_that_is_known(born: int | None, day: date) -> None:
    """Where its tags do not tell it; of an earlier one that bore the same id nothing counts."""
    thing = replace(RESOURCE, born=None if born is None else NOW + timedelta(days=born))
    ledger = Ledger(Kept(), now=lambda: NOW)
    assert ledger.first_seen(thing, POLICY) == NOW.date()
    ledger.remember([(RESOURCE, "2026-11-22", None)])
    assert ledger.first_seen(thing, POLICY) == day


def test_an_owner_is_told_once_per_expiration_and_day() -> None:
    """Also across runs; a moved Expiration begins anew."""
    kept = Kept()
    assert not Ledger(kept).told(STEP, 3)
    Ledger(kept).tell([(STEP, 3)])
    again = Ledger(kept)
    assert again.told(STEP, 3)
    assert not again.told(STEP, 1)
    assert not again.told(replace(STEP, expiration=NOW + timedelta(days=7)), 3)
    assert not again.told(replace(STEP, expiration=None), 3)
    assert not again.told(replace(STEP, place=replace(PLACE, region="us-east-1")), 3)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda ledger: ledger.remember([(RESOURCE, "2026-11-22", "2026-12-06")]),
        lambda ledger: ledger.tell([(STEP, 3)]),
    ],
)
def test_what_is_not_kept_is_not_remembered(attempt: Callable[[Ledger], None]) -> None:
    """The ledger is full: nothing is believed that the next run would not know."""
    ledger = Ledger(Full())
    with pytest.raises(LedgerError):
        attempt(ledger)
    assert ledger.sighting(PLACE, STEP.kind, STEP.id) is None
    assert not ledger.told(STEP, 3)


TAGS = st.tuples(
    st.sampled_from(["i-1", "i-2", "i-3"]),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str) | st.just("soon"),
    st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(str) | st.just("never"),
)


@settings(deadline=None)
@given(runs=st.lists(st.lists(TAGS, max_size=4), max_size=6))
def test_what_stood_last_is_remembered(runs: list[list[tuple[str, str, str | None]]]) -> None:
    """Whatever was seen in whatever runs: the last known tags of each resource count."""
    kept, last = Kept(), dict[str, Sighting]()
    for run in runs:
        seen = [(replace(RESOURCE, id=i), discovered, expires) for i, discovered, expires in run]
        Ledger(kept).remember(seen)
        last |= {i: Sighting(date.fromisoformat(d), e) for i, d, e in run if d != "soon"}
    ledger = Ledger(kept)
    known = {i: ledger.sighting(PLACE, RESOURCE.kind, i) for i in ("i-1", "i-2", "i-3")}
    assert {i: sighting for i, sighting in known.items() if sighting} == last


def after_stripping(kept: Kept, now: datetime) -> dict[str, Any]:
    """What a later run writes on the resource once somebody has stripped its tags."""
    stripped = replace(RESOURCE, tags={"Name": "jd-GitLabRunner"}, born=NOW - timedelta(days=90))
    return dict(decide(recall(Ledger(kept), stripped, POLICY), POLICY, now).writes)


USED = Resource(PLACE, "ebs_volume", "vol-1", follows="instance i-1", own_name="jd-web")
LEFT = replace(USED, follows=None, own_name=None)


def known_name(kept: Kept) -> str | None:
    """The name that is remembered of the volume."""
    known = Ledger(kept).sighting(PLACE, USED.kind, USED.id)
    return known.name if known else None


def test_what_is_left_behind_keeps_the_name_of_what_it_belonged_to() -> None:
    """Also when it is seen again and again without it, or its date is moved."""
    kept = Kept()
    Ledger(kept).remember([(USED, "2026-11-22", "2026-12-06")])
    assert not Ledger(kept).is_news(LEFT, "2026-11-22", "2026-12-06")
    for expiration in ("2026-12-06", "2027-01-15"):
        Ledger(kept).remember([(LEFT, "2026-11-22", expiration)])
        assert known_name(kept) == "jd-web"


def test_a_name_is_remembered_from_the_first_tag_on() -> None:
    """What a step tags may be left behind before anybody looks again."""
    kept = Kept()
    step = replace(STEP, kind=USED.kind, id=USED.id, name="jd-web")
    Ledger(kept).remember([(replace(step, facts={"follows": USED.follows}), "2026-11-22", None)])
    assert known_name(kept) == "jd-web"


def test_the_last_that_it_belonged_to_counts() -> None:
    """Attached to another instance since: it is that one's."""
    kept = Kept()
    for name in ("jd-web", "ab-web"):
        Ledger(kept).remember([(replace(USED, own_name=name), "2026-11-22", None)])
    Ledger(kept).remember([(LEFT, "2026-11-22", None)])
    assert known_name(kept) == "ab-web"


def test_what_belongs_to_nothing_has_its_name_from_its_tags() -> None:
    """It is not remembered: the tag tells it."""
    kept = Kept()
    Ledger(kept).remember([(STEP, "2026-11-22", None), (RESOURCE, "2026-11-22", None)])
    known = Ledger(kept).sighting(PLACE, RESOURCE.kind, RESOURCE.id)
    assert known is not None
    assert known.name is None


def test_stripping_both_tags_renews_nothing() -> None:
    """S3, "only tagged once": the first sighting and the Expiration it led to come back."""
    kept = Kept()
    Ledger(kept).remember([(STEP, "2026-11-22", "2026-12-06")])
    assert after_stripping(kept, NOW) == {
        "Discovered": "2026-11-22",
        "Expiration": "2026-12-06",
    }


def test_stripping_renews_nothing_after_a_person_moved_the_date_either() -> None:
    """The date that a person chose comes back, whether later or earlier than the one before."""
    kept = Kept()
    Ledger(kept).remember([(STEP, "2026-11-22", "2026-12-06")])
    for moved in ("2027-01-15", "15 Feb 2027", "2026-12-24"):
        Ledger(kept).remember([(RESOURCE, "2026-11-22", moved)])
        assert after_stripping(kept, NOW)["Expiration"] == moved


def test_stripping_one_tag_after_the_other_renews_nothing() -> None:
    """First the Expiration goes, and 14 days from Discovered count; then Discovered goes."""
    kept = Kept()
    Ledger(kept).remember([(STEP, "2026-11-22", "2027-01-15")])
    Ledger(kept).remember([(RESOURCE, "2026-11-22", None)])
    assert after_stripping(kept, NOW + timedelta(days=30)) == {
        "Discovered": "2026-11-22",
        "Expiration": "2026-12-06",
    }


# What owners are told by channels


def test_each_channel_is_remembered_by_itself() -> None:
    """What the log or another channel has told is still due in one that has not."""
    kept = Kept()
    Ledger(kept).tell([(STEP, 3)])
    Ledger(kept).tell([(STEP, 3), (STEP, "shut_off")], "sns")
    again = Ledger(kept)
    assert again.told(STEP, 3)
    assert again.told(STEP, 3, ["sns"])
    assert again.told(STEP, "shut_off", ["sns"])
    assert not again.told(STEP, "shut_off")
    assert not again.told(STEP, 3, ["sns", "email"])
    assert kept.text[1].count("\n") == 2  # all of one digest are kept together


def test_when_a_shut_off_was_told_first() -> None:
    """By each Expiration, whichever channel it was; other notices are none of that."""
    kept, days = Kept(), iter(range(9))

    def later() -> datetime:
        return NOW + timedelta(days=next(days))

    for channel in ("email", "sns", "log"):
        Ledger(kept, now=later).tell([(STEP, "shut_off")], channel)
        Ledger(kept, now=later).tell([(STEP, 1)], channel)
    assert Ledger(kept).told_of_shut_off(RESOURCE) == {NOW.isoformat(): NOW}
    assert Ledger(kept).told_of_shut_off(replace(RESOURCE, id="i-2")) == {}


def test_what_was_done_lately_is_there_to_be_told() -> None:
    """What was shut off and terminated in the last 7 days, and whether it can be restored."""
    kept = Kept()
    ledger = Ledger(kept, now=lambda: NOW + timedelta(days=7))
    gone = replace(STEP, id="i-gone", phase=Phase.DUE)
    old, tagged = replace(STEP, id="i-old"), replace(STEP, id="i-tagged", phase=Phase.NEW)
    ledger.keep_manifest(replace(RESOURCE, id="i-gone"), ["snap-1"], {})
    ledger.record(
        Outcome(STEP, Result.DONE, NOW, carried_out=(Verb.SHUT_OFF,)),
        Outcome(gone, Result.FAILED, NOW, "later", (Verb.BACK_UP, Verb.TERMINATE)),
        Outcome(old, Result.DONE, NOW - timedelta(hours=1), carried_out=(Verb.SHUT_OFF,)),
        Outcome(tagged, Result.DONE, NOW, carried_out=(Verb.TAG,)),
    )
    for each in (ledger, Ledger(kept, now=lambda: NOW + timedelta(days=7))):
        done = [(event, entry["id"]) for event, entry in each.lately()]
        assert done == [("shut_off", STEP.id), ("terminate", "i-gone")]
        assert (each.keeps(gone), each.keeps(STEP)) == (True, False)
