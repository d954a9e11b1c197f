"""What must hold at every moment: the laws of the janitor, judged on the account's true state.

`Laws` stands at the door of the strict AWS and looks at every call of the janitor as it passes,
whether it is answered, refused or lost. It knows the rules from their source alone, and nothing of
the janitor's code: a fault of that cannot blind it.

    with watching(Laws(Terms(backup_as="image"))) as laws:
        laws.begin_run()
        ...                     # one run of the janitor
    assert not laws.breaches
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from tests.faults import truth
from tests.faults.acts import Act, acts_of, named, pairs_of
from tests.faults.truth import FAILED, LABEL, LIVING, Terms
from tests.strict.calls import READS
from tests.strict.door import DOOR
from tests.strict.faults import Fault, broken
from tests.strict.world import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.truth import Truth
    from tests.strict.wire import Request

    Law = Callable[["Case"], Iterator[str]]
    Fact = tuple[str, str]  # what of which instance

STOP, TERMINATE = "ec2:StopInstances", "ec2:TerminateInstances"
CANCEL = "ec2:CancelSpotInstanceRequests"
SNAPSHOT, IMAGE = "ec2:CreateSnapshots", "ec2:CreateImage"
TAG, UNTAG = "ec2:CreateTags", "ec2:DeleteTags"
ENDS = {TERMINATE, CANCEL}
GRAVE = {STOP, *ENDS}
BACKS_UP = {SNAPSHOT, IMAGE}
ALLOWED = {*GRAVE, *BACKS_UP, TAG, UNTAG}
ELSEWHERE = ("s3:", "sts:", "iam:")  # the ledger, the lock, and who is calling

LAWS: dict[str, Law] = {}


@dataclass(frozen=True, slots=True)
class Case:
    """One call of the janitor on one instance, and what is known at this moment."""

    name: str
    request: Request
    of: Truth
    terms: Terms
    seen: Seen

    def writes(self, key: str) -> bool:
        """Whether the call gives the tag `key` another value; a repeat of itself does not."""
        pairs = pairs_of(self.request).items() if self.name == TAG else ()
        return any(k.lower() == key.lower() and v not in self.of.values(key) for k, v in pairs)


def law(function: Law) -> Law:
    """Enter a law into the book: it says what of a case is a breach."""
    LAWS[function.__name__] = function
    return function


@law
def what_is_protected_is_left(case: Case) -> Iterator[str]:
    """S4: nothing protected is stopped or terminated."""
    if case.name in GRAVE and case.of.protected:
        yield "it is protected"


@law
def what_is_owned_is_left(case: Case) -> Iterator[str]:
    """What something else replaces or owns is neither stopped, nor backed up, nor terminated."""
    if case.name in GRAVE | BACKS_UP and case.of.owned:
        yield "it is owned by something else"


@law
def nothing_ends_before_its_time(case: Case) -> Iterator[str]:
    """S5, S6: nothing is terminated before Expiration + 7 days, nor 7 days after its ShutOff."""
    if case.name not in ENDS:
        return
    expires, shut_off = case.of.expires(case.terms), case.of.shut_off
    if expires is None or now() < expires + case.terms.terminate_after:
        yield f"its Expiration is {expires or 'unreadable'}"
    if shut_off is None or now() < shut_off + case.terms.terminate_after:
        yield f"its ShutOff is {shut_off or 'missing'}"
    elif expires and shut_off < expires:
        yield f"its Expiration {expires} was moved after its ShutOff {shut_off}"


@law
def nothing_ends_without_its_backup(case: Case) -> Iterator[str]:
    """S6: a completed backup of every volume, newer than the ShutOff, where one is asked for."""
    of, terms = case.of, case.terms
    if case.name not in ENDS or of.shut_off is None:
        return
    if (of.on_store or not of.volumes) and terms.when_impossible == "hold":
        yield "no backup of it is possible"
    if terms.backup_when == "stopped" and of.state == "running":
        return
    for volume in of.volumes:
        if "completed" not in {s.status for s in of.backups(volume, of.shut_off)}:
            yield f"its volume {volume} has no completed snapshot newer than its ShutOff"
    if terms.backup_as == "image" and of.volumes and "available" not in of.images():
        yield "it has no image that is available"


@law
def nothing_is_shut_off_without_a_reason(case: Case) -> Iterator[str]:
    """S1, S5: what is stopped has expired, or bears no name; its date can be read."""
    if case.name != STOP:
        return
    expires = case.of.expires(case.terms)
    if expires is None and case.of.values("Expiration"):
        yield "its Expiration is unreadable"
    elif case.of.name and (expires is None or now() < expires):
        yield f"it bears a name and its Expiration is {expires}"


@law
def a_mark_is_written_on_what_is_off(case: Case) -> Iterator[str]:
    """Shut off, observe it, and only then mark it; what cannot stop is marked only."""
    if case.writes("ShutOff") and case.of.can_stop and case.of.state != "stopped":
        yield f"it is {case.of.state} and is marked as shut off"


@law
def it_is_tagged_once(case: Case) -> Iterator[str]:
    """S2, S3: dates that stand are a person's, unless they came from another resource."""
    found = truth.when(next(iter(case.of.values("Discovered")), ""))
    own = found is not None and found.date() >= case.of.born.date()
    for key in ("Discovered", "Expiration"):
        if case.writes(key) and own and case.of.values(key):
            yield f"its {key} stands already"


@law
def nothing_is_backed_up_twice(case: Case) -> Iterator[str]:
    """S6: a second run finds the backup of the first and takes no second.

    Each is labelled with its ShutOff: where a person has moved that, it is another shut-off.
    """
    of, label = case.of, _label(case.request)
    if case.name not in BACKS_UP or of.shut_off is None:
        return
    left_out = set(case.request.listed("InstanceSpecification.ExcludeDataVolumeId"))
    if case.request.form.get("InstanceSpecification.ExcludeBootVolume") == "true":
        left_out |= {of.instance.block_device_mapping[of.instance.root_device_name].volume_id}
    for volume in set(of.volumes) - left_out:
        good = [s for s in of.backups(volume, of.shut_off) if s.status not in FAILED]
        standing = [s.id for s in good if not label or of.label(s) in {"", label}]
        if standing:
            yield f"its volume {volume} has the backup {', '.join(standing)} already"


@law
def a_backup_is_for_the_shut_off_that_stands(case: Case) -> Iterator[str]:
    """S6: by its label the next run finds it; with another ShutOff on it, nobody ever would."""
    label, stands = _label(case.request), case.of.shut_off
    if case.name in BACKS_UP and label and (stands is None or truth.when(label) != stands):
        yield f"its backup is labelled with {label}, and its ShutOff is {stands or 'missing'}"


def _label(request: Request) -> str:
    """The ShutOff that the backup to be made is labelled with; empty where it bears none."""
    form = request.form
    keys = (key for key, value in form.items() if value == LABEL and key.endswith(".Key"))
    return next((form.get(f"{key.removesuffix('Key')}Value", "") for key in keys), "")


@law
def nothing_unread_is_touched(case: Case) -> Iterator[str]:
    """What could not be read is left alone; before anything grave the facts are read again."""
    looks, where = 2 if case.name in GRAVE else 1, case.request.region
    facts = {("instance", case.of.id): looks}
    if case.name in GRAVE:
        facts["protection", case.of.id] = looks
    if case.name in ENDS and case.terms.backup_when == "always" and case.of.volumes:
        facts["backups", where] = looks
    if case.name in GRAVE and case.of.is_spot:
        facts["spot", where] = looks
    for fact, often in facts.items():
        if case.seen.good(fact) < often:
            what, _ = fact
            yield f"its {what} was not read, or not again"


@dataclass
class Seen:
    """Which facts the janitor was given in this run, how often, and which it asked for in vain."""

    counts: Counter[Fact] = field(default_factory=Counter)
    in_vain: set[Fact] = field(default_factory=set)

    def good(self, fact: Fact) -> int:
        """How often `fact` was given; 0 where the last time it was asked for in vain."""
        return 0 if fact in self.in_vain else self.counts[fact]

    def asked(self, request: Request) -> None:
        """An answer may or may not come."""
        self.in_vain |= _facts(request)

    def told(self, request: Request) -> None:
        """The answer has arrived."""
        facts = _facts(request)
        self.in_vain -= facts
        self.counts.update(facts)


def _facts(request: Request) -> set[Fact]:
    """The facts that `request` asks for."""
    match request.operation:
        case "DescribeInstances":
            return {("instance", i) for i in named(request) or truth.living(request)}
        case "DescribeInstanceAttribute":
            if request.form.get("Attribute") == "disableApiTermination":
                return {("protection", i) for i in named(request)}
        case "DescribeSnapshots" | "DescribeImages":
            return {("backups", request.region)}
        case "DescribeSpotInstanceRequests":
            return {("spot", request.region)}
    return set()


class Laws:
    """Judges every call of the janitor by all laws. Whatever breaks one stands in `breaches`.

    `acts` is what took effect since the run began. While `may_write` is False, as during a plan,
    any call that writes is a breach.
    """

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.breaches: list[str] = []
        self.acts: list[Act] = []
        self.calls = 0
        self.may_write = True
        self._seen = Seen()

    def begin_run(self, *, may_write: bool = True) -> None:
        """Another run begins, with nothing read and nothing done."""
        self.may_write = may_write
        self.acts.clear()
        self._seen = Seen()

    def judge(self, request: Request) -> None:
        """Examine a call before anything happens to it."""
        self.calls += 1
        self._seen.asked(request)
        if request.operation.startswith(READS):
            return
        if not self.may_write:
            self._breach("a_plan_writes_nothing", request, "it writes while nothing may be written")
        if request.name not in ALLOWED and not request.name.startswith(ELSEWHERE):
            self._breach("only_its_own_verbs", request, "no run of the janitor does this")
        for instance_id in named(request):
            of = truth.of(request, instance_id)
            if of is None or (request.name == TERMINATE and of.state not in LIVING):
                continue  # the repeat of an end that has taken effect ends nothing
            case = Case(request.name, request, of, self.terms, self._seen)
            for name, broken_by in LAWS.items():
                for why in broken_by(case):
                    self._breach(name, request, f"{instance_id}: {why}")

    def took_effect(self, request: Request) -> None:
        """Note what a call has done, whoever hears of it."""
        self.acts += acts_of(request)

    def arrived(self, request: Request) -> None:
        """Note what the janitor has read."""
        self._seen.told(request)

    def _breach(self, name: str, request: Request, why: str) -> None:
        self.breaches.append(f"{name}: {request.name} at {now():%Y-%m-%d %H:%M:%S}: {why}")


class Judge(Protocol):
    """Who looks at every call of the janitor: before it has any effect, after it, as it arrives."""

    acts: list[Act]
    breaches: list[str]

    def begin_run(self, *, may_write: bool = True) -> None: ...  # noqa: D102  a protocol
    def judge(self, request: Request) -> None: ...  # noqa: D102
    def took_effect(self, request: Request) -> None: ...  # noqa: D102
    def arrived(self, request: Request) -> None: ...  # noqa: D102


AnyJudge = TypeVar("AnyJudge", bound=Judge)


class _Post(Fault):
    """A place at the door that strikes nobody: it looks on, before or after every fault."""

    def __init__(self, laws: Judge, *, first: bool) -> None:
        super().__init__("*", broken)
        self._laws = laws
        self._first = first

    def strikes(self, request: Request, *, afterwards: bool) -> bool:
        """Look at a request before its effect, or after it; nobody is hit."""
        match self._first, afterwards:
            case True, False:
                self._laws.judge(request)
            case True, True:
                self._laws.took_effect(request)
            case False, True:
                self._laws.arrived(request)
        return False


class _Watched(list[Fault]):
    """All that is wrong, with the laws looking on before the first and after the last of it."""

    def __init__(self, laws: Judge, standing: list[Fault]) -> None:
        super().__init__(standing)
        self._posts = _Post(laws, first=True), _Post(laws, first=False)

    def __iter__(self) -> Iterator[Fault]:
        first, last = self._posts
        return iter((first, *super().__iter__(), last))


@contextmanager
def watching(laws: AnyJudge) -> Iterator[AnyJudge]:
    """Let `laws` stand at the door of the account that is open."""
    before = DOOR.faults.standing
    DOOR.faults.standing = _Watched(laws, before)
    try:
        yield laws
    finally:
        DOOR.faults.standing = list(list.__iter__(DOOR.faults.standing))
