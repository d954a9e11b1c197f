"""What must be true at the end of a run, of a day and of a year, beside the laws of every call."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.faults import truth
from tests.faults.acts import named
from tests.faults.laws import IMAGE, Laws, nothing_is_backed_up_twice
from tests.simulation import census
from tests.simulation.weather import SLOWEST
from tests.strict import backend
from tests.strict.world import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.faults.acts import Act
    from tests.faults.truth import Truth
    from tests.simulation.janitor import Entry, Ran
    from tests.simulation.scene import Scene
    from tests.strict.calls import Call
    from tests.strict.wire import Request

    Law = Callable[["Evening"], Iterator[str]]

MOST_OWED = 3  # undisturbed runs after which nothing may be owed any more
SETTLED = {"done", "skipped"}
DONE, PARTLY, REFUSED = 0, 1, 2
LOCKED = "another run is under way"
SOURCE, SHUT_OFF = "JanitorSource", "JanitorShutOff"
# What is said of a resource that is treated all the same.
BY_THE_WAY = ("does not say who deployed it", "two readings", "tags differ", "days away")
TWICE = f"{nothing_is_backed_up_twice.__name__}:"
KUBERNETES = "kubernetes.io/cluster/"

RUN_LAWS: dict[str, Law] = {}


@dataclass(frozen=True)
class Evening:
    """What a run has left behind.

    `acts` took effect in it, `calls` were made, `entries` came into the ledger. `calm` are the
    regions in which nothing disturbed it; `touched` were handled by people in the middle of it.
    """

    scene: Scene
    ran: Ran
    began: Any
    acts: Sequence[Act]
    calls: Sequence[Call]
    entries: Sequence[Entry]
    calm: frozenset[str]
    cut: bool = False
    touched: frozenset[str] = frozenset()
    before: Mapping[str, Truth] = field(default_factory=dict)
    living: Mapping[str, Truth] = field(default_factory=census.taken)

    def settled(self) -> Iterator[Truth]:
        """Who stood in a calm region when the run began, and was handled by nobody meanwhile."""
        for it in self.living.values():
            in_time = it.born < self.began and it.id not in self.touched
            if in_time and census.region_of(it) in self.calm:
                yield it

    def flagged(self) -> set[str]:
        """Who was told to need attention, or of whom a step did not end well."""
        told = self.ran.told
        found = {
            row["id"]
            for row in told.get("attention", ())
            if not any(words in row["reason"] for words in BY_THE_WAY)
        }
        for row in told.get("outcomes", ()):
            waits = "not complete yet" in (row["why"] or "") and self._can_pend(row["id"])
            if row["result"] not in SETTLED or waits:
                found.add(row["id"])
        return found

    def _can_pend(self, instance_id: str) -> bool:
        """Whether a volume had its first backup for the ShutOff so lately that it may pend."""
        it = self.living.get(instance_id)
        since = it.shut_off if it else None
        if it is None or since is None:
            return False
        begun = [it.begun(volume, since) for volume in it.volumes]
        return any(at and now() < at + SLOWEST for at in begun)


class Judge(Laws):
    """The laws of every call, but for what only looks like a breach.

    An image is made of all volumes at once: one that was attached after the first image makes a
    second one necessary.
    """

    def judge(self, request: Request) -> None:
        """Examine a call before anything happens to it."""
        before = len(self.breaches)
        super().judge(request)
        if request.name == IMAGE and _has_a_new_volume(request):
            added = self.breaches[before:]
            self.breaches[before:] = [b for b in added if not b.startswith(TWICE)]


def _has_a_new_volume(request: Request) -> bool:
    for of in filter(None, (truth.of(request, i) for i in named(request))):
        since = of.shut_off
        return since is not None and any(not of.backups(v, since) for v in of.volumes)
    return False


def law(function: Law) -> Law:
    """Enter a law into the book: it says what of an evening is a breach."""
    RUN_LAWS[function.__name__] = function
    return function


@law
def a_refused_run_has_done_nothing(evening: Evening) -> Iterator[str]:
    """Exit code 2 is given before the first step; 0 only where all went well."""
    if evening.ran.code == REFUSED and not evening.cut:
        if evening.acts:
            yield f"it was refused ({evening.ran.why}) and has done {evening.acts[0]}"
        if LOCKED not in evening.ran.why and not evening.ran.told.get("breaches"):
            yield f"it was refused for no reason: {evening.ran.why}"
    if evening.ran.code == DONE and not evening.cut:
        told = evening.ran.told
        blind = [row for row in told["coverage"] if row["status"] in {"denied", "failed"}]
        unsettled = [row["id"] for row in told["outcomes"] if row["result"] not in SETTLED]
        if blind or unsettled:
            yield f"its exit code is 0, though {blind or unsettled}"


@law
def what_can_be_seen_is_seen(evening: Evening) -> Iterator[str]:
    """Where nothing stands in the way a listing is complete."""
    for row in evening.ran.told.get("coverage", ()):
        if row["region"] in evening.calm and row["status"] != "ok":
            yield f"{row['region']} is {row['status']}: {row['why']}"


@law
def what_was_not_seen_is_left(evening: Evening) -> Iterator[str]:
    """Nothing is written where the listing was denied or broke off."""
    told = evening.ran.told
    dark = {row["region"] for row in told.get("coverage", ()) if row["status"] != "ok"}
    for call in evening.calls:
        if call.is_write and call.service == "ec2" and call.region in dark:
            yield f"{call.name} in {call.region}, which was not seen"


@law
def all_that_lives_is_tagged_or_told(evening: Evening) -> Iterator[str]:
    """Whoever lives bears Discovered and a date, or it is told why not."""
    flagged = evening.flagged()
    for it in evening.settled():
        tagged = it.values("Discovered") and it.expires(evening.scene.terms)
        if not tagged and it.id not in flagged:
            yield f"{it.id} is neither tagged nor told of: {dict(it.tags)}"


@law
def what_is_new_has_two_weeks(evening: Evening) -> Iterator[str]:
    """S3: who was never seen before and bears no date gets one that is 14 days away."""
    terms, story = evening.scene.terms, evening.scene.story
    for it in evening.settled():
        was = evening.before.get(it.id)
        if was is None or story(it.id).seen or was.values("Discovered") or was.values("Expiration"):
            continue
        expires, due = it.expires(terms), evening.began.date() + terms.expire_after
        if expires and expires.date() != due:
            yield f"{it.id}: its first Expiration is {expires}, and not {due}"


@law
def dates_move_only_by_people(evening: Evening) -> Iterator[str]:
    """An Expiration that was seen stands until a person moves it, whatever tools take away."""
    terms = evening.scene.terms
    for it in evening.living.values():
        known = evening.scene.story(it.id).known
        stands = it.expires(terms) if it.values("Discovered") else None
        if known and stands and stands != known and it.id not in evening.touched:
            yield f"{it.id}: its Expiration was {known} and is {stands}, and nobody moved it"


@law
def who_was_extended_survives(evening: Evening) -> Iterator[str]:
    """Nothing is shut off before the date that was seen, nor terminated 7 days before its end."""
    scene = evening.scene
    for act in evening.acts:
        known = scene.story(act.id).known
        if known is None or act.id in evening.touched:
            continue
        if act.verb == "terminate" and now() < known + scene.terms.terminate_after:
            yield f"{act.id} was terminated, and its Expiration is {known}"
        if act.verb == "mark" and now() < known:
            yield f"{act.id} was marked as shut off, and its Expiration is {known}"


@law
def nothing_lingers(evening: Evening) -> Iterator[str]:
    """What was to be done and is not, after so many undisturbed runs, is told."""
    flagged, terms = evening.flagged(), evening.scene.terms
    for it in evening.settled():
        story = evening.scene.story(it.id)
        owed = None if it.id in flagged else _owed(it, terms)
        story.owed = story.owed + 1 if owed else 0
        if story.owed > MOST_OWED:
            yield f"{it.id} {owed} after {story.owed} undisturbed runs: {dict(it.tags)}"


@law
def the_ledger_tells_every_end(evening: Evening) -> Iterator[str]:
    """Every termination stands in it: its manifest at least, and its outcome unless cut off."""
    manifests = {e["id"] for e in evening.entries if e["entry"] == "manifest"}
    told = {
        e["id"]
        for e in evening.entries
        if e["entry"] == "outcome" and "terminate" in e["carried_out"] and e["result"] == "done"
    }
    for act in evening.acts:
        if act.verb != "terminate":
            continue
        if act.id not in manifests:
            yield f"{act.id} was terminated, and the ledger holds no manifest of it"
        if evening.calm >= set(evening.scene.regions) and act.id not in told:
            yield f"{act.id} was terminated, and the ledger does not tell it"


def note(evening: Evening) -> None:
    """Keep what this run has seen, for the days to come."""
    for it in evening.living.values():
        evening.scene.story(it.id).seen |= bool(it.values("Discovered"))
    for it in evening.settled():
        known = it.expires(evening.scene.terms) if it.values("Discovered") else None
        if known:
            evening.scene.story(it.id).known = known


def backed_up_once() -> Iterator[str]:
    """Every volume has one backup for each ShutOff, and every set of volumes one image."""
    made: Counter[tuple[str, str, str]] = Counter()
    for held in backend.everywhere():
        for snapshot in held.snapshots.values():
            tags = held.tags.get(snapshot.id, {})
            if SOURCE in tags and not snapshot.from_ami:
                made[tags[SOURCE], snapshot.volume_id, tags[SHUT_OFF]] += 1
        for image in held.amis.values():
            tags = held.tags.get(image.id, {})
            if SOURCE in tags:
                copies = vars(image)["copies"].values()
                volumes = "+".join(sorted(copy.volume_id for copy in copies))
                made[tags[SOURCE], volumes, tags[SHUT_OFF]] += 1
    for (source, volume, shut_off), times in made.items():
        if times > 1:
            yield f"{volume} of {source} was backed up {times} times for its ShutOff {shut_off}"


def _owed(it: Truth, terms: Any) -> str | None:
    """What the rules ask for, read off its true state."""
    kubernetes = any(key.startswith(KUBERNETES) for key in it.tags)
    if it.protected or it.owned or kubernetes:
        return None
    expires, shut_off = it.expires(terms), it.shut_off
    if expires is None:
        return None
    marked = shut_off is not None and max(expires, it.born) <= shut_off <= now() + timedelta(days=1)
    if shut_off is not None and marked:  # waiting, it is left alone, even where it was turned on
        return "is due" if now() >= shut_off + terms.terminate_after else None
    if now() >= expires:
        return "has expired"
    if not any(it.values("Name")) and it.state == "running":
        return "runs without a name"
    return None


def tally(breaches: Sequence[str]) -> Mapping[str, int]:
    """How many breaches of each law."""
    counts: defaultdict[str, int] = defaultdict(int)
    for breach in breaches:
        counts[breach.partition(":")[0]] += 1
    return counts
