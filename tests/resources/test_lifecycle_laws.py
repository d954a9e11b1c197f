"""Laws of `decide`: what holds for whatever stands in AWS and whatever people do to it.

The first part draws single resources, tags and rules, garbage among them. The second part draws
lives: time passes, people extend, edit, strip, start, stop and protect, the janitor runs every
time and carries out what it decided, and may break off after any part of it.
"""

from __future__ import annotations

import string
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cs_aws_janitor.resources import dates, standing, tags
from cs_aws_janitor.resources.lifecycle import Decision, decide
from cs_aws_janitor.resources.model import (
    Backup,
    BackupState,
    Phase,
    Place,
    Power,
    Resource,
    Sighting,
    Verb,
)
from cs_aws_janitor.resources.policy import BackupRules, Naming, Policy, Rollout

if TYPE_CHECKING:
    from collections.abc import Callable

    Event = Callable[["Life"], None]

DAY = timedelta(days=1)
EPOCH = datetime(2026, 12, 6, 6, tzinfo=UTC)
GRAVE = {Verb.SHUT_OFF, Verb.BACK_UP, Verb.TERMINATE}
MARKED = {Phase.WAITING, Phase.DUE, Phase.BACKING_UP}
GRAVITY = [Phase.ACTIVE, Phase.EXPIRING, Phase.EXPIRED, Phase.WAITING, Phase.DUE]
OURS = ("Name", "Discovered", "Expiration", "ShutOff", "Permanent", "JanitorNote")
KEYS = Policy().keys

# A busy machine is no fault of ours.
law = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


# What may be drawn: instants and dates near one another, so that they meet.

instants = st.integers(-60 * 24 * 60, 60 * 24 * 60).map(lambda m: EPOCH + timedelta(minutes=m))
days = st.integers(-60, 120).map(lambda n: (EPOCH + n * DAY).date())
forms = st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%B %d %Y", "%d-%b-%Y", "%m/%d/%Y"])
typed = st.one_of(
    st.builds(lambda day, form: day.strftime(form), days, forms),
    st.builds(lambda at: at.isoformat(), instants),
    st.builds(lambda at: at.strftime("%Y-%m-%dT%H:%M"), instants),
)
garbage = st.text(max_size=20) | st.text(string.digits + "-/ T:Z", max_size=12)
spelled = st.sampled_from([*OURS, "expiration", "EXPIRATION", " ShutOff", "name", "discovered "])
bearing = st.dictionaries(spelled, typed | typed | garbage, max_size=8)
others = st.integers(0, 55).map(lambda count: {f"key-{n}": "" for n in range(count)})
crowded = st.builds(lambda few, many: {**many, **few}, bearing, st.just({}) | others)
words = st.none() | st.just("it cannot be")

zones = st.sampled_from([UTC, *map(ZoneInfo, ("Europe/Berlin", "Pacific/Kiritimati"))])
policies = st.builds(
    Policy,
    timezone=zones,
    naming=st.builds(Naming, enforce=st.booleans(), grace=st.integers(0, 3).map(lambda n: n * DAY)),
    backup=st.builds(
        BackupRules,
        when=st.sampled_from(["always", "stopped"]),
        when_impossible=st.sampled_from(["hold", "terminate"]),
    ),
    rollout=st.builds(Rollout, everywhere=st.none() | st.none() | days),
    expire_after=st.integers(1, 30).map(lambda n: n * DAY),
    terminate_after=st.integers(1, 15 * 24).map(lambda n: timedelta(hours=n)),
    notify_before=st.sampled_from([(), (1,), (7, 3, 1)]),
)
backups = st.builds(
    Backup,
    st.sampled_from(BackupState),
    st.just(("snap-1",)),
    st.sampled_from([(), ("vol-2",)]),
)
facts: dict[str, st.SearchStrategy[Any]] = {
    "power": st.sampled_from(Power),
    "born": st.none() | instants,
    "follows": st.none() | st.none() | st.just("Auto Scaling group web"),
    "stack": st.none() | st.just("CloudFormation stack web"),
    "own_name": words,
    "starts_itself": st.booleans(),
    "lost_with_it": words,
    "not_yet": words,
    "cannot_shut_off": words,
    "cannot_back_up": words,
    "protected": st.none() | st.booleans(),
    "unread": st.none() | st.none() | st.just("denied"),
    "backup": st.none() | backups,
    "sighting": st.none() | st.builds(Sighting, days, st.none() | typed | garbage),
    "parts": st.sampled_from([(), ("vol-1", "vol-2")]),
}
PLAIN = Resource(Place("123456789012", "eu-west-1"), "ec2_instance", "i-0abc", power=Power.ON)
resources = st.fixed_dictionaries({"tags": crowded, **facts}).map(lambda f: replace(PLAIN, **f))
ending = st.fixed_dictionaries(
    {
        "Name": st.just("jd-x"),
        "Discovered": st.just("2026-10-01"),
        "Expiration": st.integers(-70, -20).map(lambda n: (EPOCH + n * DAY).date().isoformat()),
        "ShutOff": st.integers(-40, 0).map(lambda n: (EPOCH + n * DAY).isoformat()),
    }
)
doomed = st.builds(
    lambda drawn, worn, more: replace(drawn, tags={**worn, **more}, born=None, unread=None),
    resources,
    ending,
    st.just({}) | bearing,
)
plain_tags = st.fixed_dictionaries(
    {"Name": st.just("jd-x"), "Discovered": days.map(str), "Expiration": typed},
    optional={"ShutOff": typed},
)
plain = st.builds(
    lambda worn, power: replace(PLAIN, tags=worn, power=power), plain_tags, facts["power"]
)


def written(resource: Resource, decision: Decision) -> Resource:
    """`resource` after the verb TAG."""
    return replace(resource, tags={**resource.tags, **decision.writes})


# Laws of one decision.


@law
@given(resources | doomed, policies, instants)
def test_nothing_grave_is_done_to_what_may_not_be_touched(
    resource: Resource, policy: Policy, now: datetime
) -> None:
    """Law: the protected, held, unreadable and unknown are not shut off, backed up or ended."""
    decision = decide(resource, policy, now)
    until = policy.rollout.everywhere
    untouchable = (
        resource.protected
        or resource.follows
        or resource.unread
        or (until is not None and policy.today(now) < until)
        or standing.read(resource, policy, now).unreadable
    )
    assert not (untouchable and GRAVE & set(decision.verbs))
    assert decision.endangers == bool(GRAVE & set(decision.verbs))


@law
@given(resources | doomed, policies, instants)
def test_nothing_ends_before_its_time(resource: Resource, policy: Policy, now: datetime) -> None:
    """Law: terminated only long enough after a ShutOff that is not older than its Expiration."""
    decision = decide(resource, policy, now)
    if not {Verb.TERMINATE, Verb.BACK_UP} & set(decision.verbs):
        return
    mark = tags.read(resource.tags, policy.keys).shut_off
    assert mark is not None
    shut_off = dates.read(mark, policy.timezone).at
    assert shut_off + policy.terminate_after <= now
    assert decision.expiration is not None
    assert decision.expiration <= shut_off
    assert resource.born is None or resource.born <= shut_off


@law
@given(resources | doomed, policies, instants)
def test_nothing_ends_without_the_backup_that_is_wanted(
    resource: Resource, policy: Policy, now: datetime
) -> None:
    """Law: a wanted backup is complete, or comes first, or is given up by `when_impossible`."""
    verbs = decide(resource, policy, now).verbs
    if Verb.TERMINATE not in verbs:
        return
    nobody = resource.power is not Power.ON or resource.starts_itself
    wanted = policy.backup.when == "always" or nobody
    made = resource.backup
    complete = made and made.state is BackupState.COMPLETE and not made.missing
    comes_first = Verb.BACK_UP in verbs[: verbs.index(Verb.TERMINATE)]
    lost = not resource.cannot_back_up or policy.backup.when_impossible == "terminate"
    given_up = not resource.parts and lost
    assert not wanted or complete or comes_first or given_up
    assert not resource.cannot_back_up or policy.backup.when_impossible == "terminate"
    assert not resource.not_yet
    assert not (wanted and not given_up and made and made.state is BackupState.FAILED)


@law
@given(resources, policies, instants)
def test_a_decision_is_whole(resource: Resource, policy: Policy, now: datetime) -> None:
    """Law: it has a reason; its verbs come once each, in the order in which they are done."""
    decision = decide(resource, policy, now)
    assert decision.reason
    assert list(decision.verbs) == [verb for verb in Verb if verb in decision.verbs]
    assert (Verb.TAG in decision.verbs) == bool(decision.writes)
    assert all(decision.attention)
    assert decision.next_on is None or decision.next_on >= policy.today(now)
    attended = decision.phase in {Phase.UNKNOWN, Phase.UNREADABLE}
    assert not attended or (decision.verbs == () and decision.attention)


@law
@given(resources, policies, instants)
def test_deciding_twice_is_deciding_once(resource: Resource, policy: Policy, now: datetime) -> None:
    """Law: the same facts lead to the same decision, in whatever order tags are listed."""
    turned = replace(resource, tags=dict(reversed(list(resource.tags.items()))))
    assert decide(resource, policy, now) == decide(resource, policy, now)
    assert decide(turned, policy, now) == decide(resource, policy, now)


@law
@given(resources, policies, instants)
def test_aws_takes_what_is_written(resource: Resource, policy: Policy, now: datetime) -> None:
    """Law: tags fit beside those that stand, and so do the mark and note of a shut-off."""
    decision = decide(resource, policy, now)
    writes = dict(decision.writes)
    if Verb.SHUT_OFF in decision.verbs:
        writes |= {policy.keys.note: tags.note(decision.reason)}
    if Verb.SHUT_OFF in decision.verbs and decision.phase is Phase.EXPIRED:
        writes |= {policy.keys.shut_off: now.isoformat()}
    if writes:
        tags.check_room(resource.tags, writes)


@law
@given(resources, policies, instants, st.integers(0, 400))
def test_a_resource_is_tagged_once(
    resource: Resource, policy: Policy, now: datetime, later: int
) -> None:
    """Law, S3: what was tagged is not tagged again, now or ever."""
    if resource.born:
        now = max(now, resource.born - timedelta(hours=1))  # two clocks differ by no more
    decision = decide(resource, policy, now)
    again = decide(written(resource, decision), policy, now + later * DAY)
    assert Verb.TAG not in again.verbs
    # An inherited date under another spelling is one more wish: the later one counts.
    if decision.writes and not tags.spellings(resource.tags, KEYS.expiration):
        assert again.expiration == decision.expiration


@law
@given(resources, policies, instants, st.integers(1, 400))
def test_extending_rescues(resource: Resource, policy: Policy, now: datetime, ahead: int) -> None:
    """Law, S3: whatever was to come, a date in the future is the end of it."""
    until = policy.today(now) + ahead * DAY
    kept = {k: v for k, v in resource.tags.items() if k.strip().lower() != "expiration"}
    extended = replace(resource, tags={**kept, "Expiration": until.isoformat()})
    decision = decide(extended, policy, now)
    assert decision.phase not in {*MARKED, Phase.EXPIRED}
    assert not {Verb.BACK_UP, Verb.TERMINATE} & set(decision.verbs)
    assert Verb.SHUT_OFF not in decision.verbs or decision.phase is Phase.UNNAMED


@law
@given(resources, policies, instants, st.builds(Sighting, days, st.none() | typed | garbage))
def test_stripping_renews_nothing_that_is_remembered(
    resource: Resource, policy: Policy, now: datetime, sighting: Sighting
) -> None:
    """Law: without its tags it never expires later than the ledger remembers."""
    ours = {key.lower() for key in OURS}
    bare = {k: v for k, v in resource.tags.items() if k.strip().lower() not in ours}
    bare_one = replace(resource, tags=bare, sighting=sighting, born=None)
    decision = decide(bare_one, policy, now)
    latest = dates.midnight(sighting.discovered + policy.expire_after, policy.timezone)
    if sighting.expiration:
        with suppress(dates.UnreadableDateError):
            latest = dates.read(sighting.expiration, policy.timezone).at
    assert decision.expiration is not None
    assert decision.expiration <= latest


@law
@given(plain, instants, st.integers(0, 60 * 24 * 30))
def test_time_only_brings_the_end_nearer(resource: Resource, now: datetime, later: int) -> None:
    """Law: where nobody does anything, a phase is followed by itself or by a later one."""
    policy = Policy()
    assume(datetime.fromisoformat(resource.tags["Discovered"]).date() <= policy.today(now))
    phases = [decide(resource, policy, at).phase for at in (now, now + timedelta(minutes=later))]
    first, second = map(GRAVITY.index, phases)
    assert first <= second


@law
@given(plain, instants, st.integers(0, 200))
def test_a_later_expiration_never_makes_it_worse(
    resource: Resource, now: datetime, longer: int
) -> None:
    """Law: to extend is never to lose time."""
    policy = Policy()
    assume(datetime.fromisoformat(resource.tags["Discovered"]).date() <= policy.today(now))
    before = decide(resource, policy, now)
    assert before.expiration
    later = {**resource.tags, "Expiration": (before.expiration + longer * DAY).isoformat()}
    after = decide(replace(resource, tags=later), policy, now)
    assert GRAVITY.index(after.phase) <= GRAVITY.index(before.phase)


# Lives.


@dataclass
class Life:
    """One resource, what people and the janitor did to it, and what is true beside its tags.

    `marked_at` is when the janitor last shut it off because it expired; `wishes` are all dates
    that people ever gave it. `backup` belongs to one ShutOff, as in AWS.
    """

    policy: Policy
    now: datetime
    resource: Resource
    protected: bool = False
    ledger: Sighting | None = None
    seen_on: date | None = None
    marked_at: datetime | None = None
    wishes: list[datetime] = field(default_factory=list)
    backups: dict[str | None, Backup] = field(default_factory=dict)
    gone: bool = False

    def look(self, *, closer: bool = True) -> Decision:
        """What the janitor decides on what it can see; protection only where it matters."""
        mark = tags.read(self.resource.tags, KEYS).shut_off
        known = bool(tags.spellings(self.resource.tags, KEYS.discovered))
        seen = replace(
            self.resource,
            sighting=None if known else self.ledger,
            backup=self.backups.get(mark),
        )
        decision = decide(seen, self.policy, self.now)
        if decision.endangers and closer:
            decision = decide(replace(seen, protected=self.protected), self.policy, self.now)
        return decision

    def run(self, most: int) -> None:
        """The janitor passes; it breaks off after `most` calls."""
        decision = self.look()
        self.check(decision)
        for verb in decision.verbs:
            for call in CALLS.get(verb, ()):
                if most == 0:
                    return
                most -= 1
                call(self, decision)
        if not decision.writes and decision.phase is not Phase.UNREADABLE and not self.gone:
            marks = tags.read(self.resource.tags, KEYS)
            if marks.discovered:
                self.ledger = Sighting(
                    date.fromisoformat(marks.discovered), next(iter(marks.expirations), None)
                )

    def check(self, decision: Decision) -> None:
        """What holds whenever the janitor has decided."""
        first = self.seen_on or self.policy.today(self.now)
        promised = dates.midnight(first + self.policy.expire_after, self.policy.timezone)
        if decision.expiration:
            assert decision.expiration <= max([promised, *self.wishes])
        if self.protected:
            assert not GRAVE & set(decision.verbs)
        if Verb.TERMINATE in decision.verbs:
            assert self.marked_at
            assert self.marked_at + self.policy.terminate_after <= self.now
            assert decision.expiration
            assert decision.expiration <= self.marked_at

    def tag(self, decision: Decision) -> None:
        """The tags that are owed; at once remembered."""
        self.seen_on = self.seen_on or self.policy.today(self.now)
        self.resource = written(self.resource, decision)
        expiration = decision.writes.get(KEYS.expiration)
        self.ledger = Sighting(date.fromisoformat(decision.writes[KEYS.discovered]), expiration)
        assert Verb.TAG not in self.look().verbs

    def clear_mark(self, _: Decision) -> None:
        """Take ShutOff off."""
        self.untag("ShutOff")
        assert Verb.CLEAR_MARK not in self.look().verbs

    def turn_off(self, _: Decision) -> None:
        """Shut it off, where it has a switch."""
        if not self.resource.cannot_shut_off:
            self.resource = replace(self.resource, power=Power.OFF)

    def mark(self, decision: Decision) -> None:
        """Write down when, once it is off."""
        if decision.phase is Phase.EXPIRED:
            self.marked_at = self.now
            self.retag("ShutOff", self.now.isoformat())

    def back_up(self, _: Decision) -> None:
        """Begin a backup for this ShutOff; one that stands is not begun again."""
        mark = self.resource.tags["ShutOff"]
        self.backups.setdefault(mark, Backup(BackupState.PENDING, ("snap-1",)))

    def terminate(self, _: Decision) -> None:
        """Terminate it if that is still what follows from the facts as they are now."""
        self.gone = Verb.TERMINATE in (ends := self.look().verbs) and Verb.BACK_UP not in ends
        backup = self.backups.get(self.resource.tags["ShutOff"])
        complete = backup is not None and backup.state is BackupState.COMPLETE
        left_on = self.policy.backup.when == "stopped" and self.resource.power is Power.ON
        nothing = self.resource.cannot_back_up or not self.resource.parts
        assert not self.gone or complete or left_on or nothing

    def retag(self, key: str, value: str) -> None:
        """Somebody writes a tag."""
        self.resource = replace(self.resource, tags={**self.resource.tags, key: value})

    def untag(self, *keys: str) -> None:
        """Somebody removes tags."""
        kept = {k: v for k, v in self.resource.tags.items() if k not in keys}
        self.resource = replace(self.resource, tags=kept)

    def wish(self, text: str) -> None:
        """A person types an Expiration, which may be no date."""
        self.retag("Expiration", text)
        with suppress(dates.UnreadableDateError):
            self.wishes.append(dates.read(text, self.policy.timezone).at)

    def finish_backups(self, state: BackupState) -> None:
        """AWS is done with what was begun."""
        self.backups = {mark: replace(made, state=state) for mark, made in self.backups.items()}

    def extend(self, ahead: int) -> None:
        """A person gives it more time; that always helps."""
        self.wish((self.policy.today(self.now) + ahead * DAY).isoformat())
        assert self.look().phase not in {*MARKED, Phase.EXPIRED}

    def wait(self, hours: int) -> None:
        """Time passes."""
        self.now += timedelta(hours=hours)

    def switch(self, power: Power) -> None:
        """A person starts or stops it."""
        self.resource = replace(self.resource, power=power)

    def protect(self, on: bool) -> None:  # noqa: FBT001  the value of the attribute
        """A person sets or takes off its protection."""
        self.protected = on


CALLS = {
    Verb.TAG: (Life.tag,),
    Verb.CLEAR_MARK: (Life.clear_mark,),
    Verb.SHUT_OFF: (Life.turn_off, Life.mark),
    Verb.BACK_UP: (Life.back_up,),
    Verb.TERMINATE: (Life.terminate,),
}


def event(call: Callable[..., None], *drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    """Something that happens to a life, with arguments drawn."""
    return st.tuples(*drawn).map(lambda args: lambda life: call(life, *args))


hours = st.sampled_from([1, 6, 24, 24, 3 * 24, 7 * 24, 14 * 24, 30 * 24])
events: st.SearchStrategy[Event] = st.one_of(
    event(Life.wait, hours),
    event(Life.wait, hours),
    event(Life.extend, st.integers(1, 90)),
    event(Life.wish, typed | garbage),
    event(Life.untag, st.sampled_from(OURS)),
    event(Life.untag, *map(st.just, OURS)),
    event(Life.switch, st.sampled_from([Power.ON, Power.OFF, Power.MOVING])),
    event(Life.protect, st.booleans()),
    event(Life.retag, st.just("Name"), st.sampled_from(["jd-x", "test", ""])),
    event(Life.finish_backups, st.sampled_from(BackupState)),
)
crashes = st.sampled_from([99, 99, 99, 0, 1, 2])
lived = st.lists(st.tuples(events, crashes), max_size=12)
bodies = st.sampled_from(
    [
        PLAIN,
        replace(PLAIN, parts=("vol-1",)),
        replace(PLAIN, cannot_shut_off="one-time spot"),
        replace(PLAIN, cannot_shut_off="instance store", cannot_back_up="instance store"),
        replace(PLAIN, power=Power.NONE, kind="ebs_volume"),
    ]
)


def born(body: Resource, policy: Policy) -> Life:
    """A resource that was created an hour ago, by somebody who gave it a name."""
    fresh = replace(body, born=EPOCH - timedelta(hours=1), tags={"Name": "jd-x"})
    return Life(replace(policy, rollout=Rollout()), EPOCH, fresh)


@law
@given(bodies, policies, lived)
def test_no_life_ends_against_the_rules(
    body: Resource, policy: Policy, events: list[tuple[Event, int]]
) -> None:
    """Law: whatever people do and wherever a run breaks off, every rule holds on the way.

    Nothing protected is touched; nothing ends but 7 days after the janitor itself marked it, with
    its backup complete; no date is ever later than one that a person gave it, or the first 14
    days; to extend it always rescues it; it is tagged once after each stripping.
    """
    life = born(body, policy)
    life.run(99)
    for happens, most in events:
        happens(life)
        life.run(most)
        if life.gone:
            return


@settings(law, max_examples=100)
@given(bodies, policies, lived)
def test_what_nobody_wants_is_gone_in_the_end(
    body: Resource, policy: Policy, events: list[tuple[Event, int]]
) -> None:
    """Law, S8: left alone after whatever life, it ends, or the janitor says what keeps it."""
    life = born(body, policy)
    for happens, most in events:
        happens(life)
        life.run(most)
        if life.gone:
            return
    horizon = [life.now, *life.wishes]
    left = (max(horizon) - life.now) + policy.expire_after + policy.terminate_after + 4 * DAY
    for _ in range(left // DAY + 1):
        life.now += DAY
        life.finish_backups(BackupState.COMPLETE)
        life.run(99)
        if life.gone:
            return
    last = life.look()
    spared = body.cannot_back_up and policy.backup.when_impossible == "hold"
    assert life.protected or last.phase is Phase.UNREADABLE or spared
    assert last.attention or last.phase is Phase.EXEMPT


@law
@given(policies, st.integers(0, 23), st.lists(st.sampled_from([5, 24, 30]), min_size=1, max_size=9))
def test_an_untouched_life_has_its_full_time(policy: Policy, hour: int, steps: list[int]) -> None:
    """Law, S3 and S6: however often the janitor runs, the promised days are never cut short."""
    life = born(PLAIN, policy)
    life.now = life.now.replace(hour=hour)
    life.resource = replace(life.resource, born=life.now)
    first = life.now
    while not life.gone:
        life.run(99)
        life.finish_backups(BackupState.COMPLETE)
        life.now += timedelta(hours=steps[life.now.day % len(steps)])
    assert life.marked_at
    midnight = datetime.combine(policy.today(first), time(), policy.timezone)
    assert life.marked_at - midnight.astimezone(UTC) >= policy.expire_after - timedelta(hours=1)
    assert life.now - life.marked_at >= policy.terminate_after
