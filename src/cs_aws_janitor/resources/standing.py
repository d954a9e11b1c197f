"""Where a resource stands in its life: its tags read as names and dates. Pure.

`lifecycle.decide` asks this for facts and alone draws the conclusion.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cs_aws_janitor.resources import dates, tags
from cs_aws_janitor.resources.model import Power

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from cs_aws_janitor.resources.model import Resource, Sighting
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.tags import Marks

_STRANGER = "does not stand in the file of owners"
SKEW = timedelta(days=1)  # a ShutOff further in the future than this was not written by a clock


class Standing(NamedTuple):
    """The dates of one resource, read at `now`.

    `today` is the calendar day of `now`, and `expires_on` that of `expires_at`, in the policy's
    time zone. `expires_at` is the Expiration that counts (aware), `shut_off` the valid mark, None
    where there is none. `stale_mark`: a ShutOff stands that no longer counts. `new`: it was never
    tagged. `writes`: the tags that the verb TAG owes it. `unreadable`: why no date can be had.
    """

    resource: Resource
    policy: Policy
    now: datetime
    today: date
    marks: Marks
    owner: str | None
    unnamed_because: str
    discovered_on: date | None
    new: bool
    expires_at: datetime | None
    expires_on: date | None
    unreadable: str | None
    shut_off: datetime | None
    stale_mark: bool
    writes: Mapping[str, str]
    attention: tuple[str, ...]

    @property
    def first_seen(self) -> date | None:
        """The day of the Discovered that stands on it; None where none stands that counts."""
        return None if self.new else self.discovered_on

    @property
    def named(self) -> bool:
        """S1: whether it bears a name that counts."""
        return not self.unnamed_because

    @property
    def days_left(self) -> int | None:
        """Whole calendar days until it expires; negative once it has."""
        return (self.expires_on - self.today).days if self.expires_on else None

    @property
    def shut_off_on(self) -> date | None:
        """The day of the valid ShutOff mark in the policy's time zone."""
        return self.policy.day_of(self.shut_off) if self.shut_off else None

    @property
    def shut_off_since(self) -> str:
        """When its days began, in words; what cannot be shut off was only marked then."""
        on_still = self.resource.power is Power.ON and self.resource.cannot_shut_off
        done = "marked" if self.resource.power is Power.NONE or on_still else "shut off"
        return f"{done} on {self.shut_off_on}"

    @property
    def ends_at(self) -> datetime | None:
        """S6: when the days after the shut-off are over; None without a valid mark.

        Where `notify.required`, not before its owner has known for `notify.before_terminate`.
        """
        if self.shut_off is None:
            return None
        ends_at, notices = self.shut_off + self.policy.terminate_after, self.policy.notices
        if not notices.required:
            return ends_at
        return max(ends_at, (self.told_at or self.now) + notices.before_terminate)

    @property
    def told_at(self) -> datetime | None:
        """When its owner was told of the shut-off by the Expiration that stands; None: not yet."""
        return self.resource.told.get(self.expires_at.isoformat()) if self.expires_at else None

    @property
    def put_off(self) -> bool:
        """Whether it would be due, had its owner been told in time."""
        over = self.shut_off is not None and self.now >= self.shut_off + self.policy.terminate_after
        return over and self.ends_at is not None and self.now < self.ends_at

    @property
    def past_grace(self) -> bool:
        """Whether an un-named resource is older than `naming.grace`."""
        grace = self.policy.naming.grace
        if not grace:
            return True
        return self.resource.born is not None and self.now - self.resource.born >= grace

    @property
    def grace_ends_on(self) -> date | None:
        """The day on which an un-named one that may stay so for now is shut off; None: it is not.

        Also None where it expires before that, which is told by itself.
        """
        resource = self.resource
        if self.named or resource.power is not Power.ON or resource.cannot_shut_off:
            return None
        if resource.born is None or self.past_grace:
            return None
        ends_on = self.policy.day_of(resource.born + self.policy.naming.grace)
        return ends_on if self.expires_on is None or ends_on < self.expires_on else None

    @property
    def next_on(self) -> date | None:
        """What comes next if nobody does anything: the end of its grace, or its Expiration."""
        resource, grace = self.resource, self.policy.naming.grace
        if self.named or resource.power is not Power.ON or resource.born is None or self.past_grace:
            return self.expires_on
        ends_on = self.policy.day_of(resource.born + grace)
        return min(ends_on, self.expires_on) if self.expires_on else ends_on

    @property
    def wants_backup(self) -> bool:
        """Whether `backup.when` asks for a backup of it as it stands now."""
        off = self.resource.power is not Power.ON or self.resource.starts_itself
        return self.policy.backup.when == "always" or off

    @property
    def spared(self) -> bool:
        """Whether it is never terminated, because no backup of it is possible."""
        impossible = self.resource.cannot_back_up is not None
        return impossible and self.policy.backup.when_impossible != "terminate"


def is_of_stranger(reason: str) -> bool:
    """Whether it is what a person hears of an owner whom nobody knows."""
    return reason.endswith(_STRANGER)


def read(resource: Resource, policy: Policy, now: datetime) -> Standing:
    """Read the tags of `resource` as names and dates at `now` (aware)."""
    now = now.astimezone(UTC)  # Python compares two times of one zone by their clock faces
    reader = _Reader(resource, policy, now)
    marks = reader.marks
    named_for, unnamed_because = reader.name()
    owner = reader.owner(named_for)
    discovered = reader.discovered()
    expires_at, unreadable = reader.expiration(discovered)
    shut_off = reader.shut_off(expires_at)
    stale = not unreadable and marks.shut_off is not None and shut_off is None
    return Standing(  # in the order of its fields: to name sixteen takes as long as to read tags
        resource,
        policy,
        now,
        reader.today,
        marks,
        owner,
        unnamed_because,
        discovered.on,
        discovered.write,
        expires_at,
        policy.day_of(expires_at) if expires_at else None,
        unreadable,
        shut_off,
        stale,
        reader.writes,
        tuple(reader.attention),
    )


class _Discovered(NamedTuple):
    """The day of discovery that counts; `own` is False for tags inherited from another."""

    on: date | None
    own: bool = True
    write: bool = False


class _Reader:
    """Reads one resource's tags; gathers what a person should hear of on the way."""

    def __init__(self, resource: Resource, policy: Policy, now: datetime) -> None:
        self.resource = resource
        self.policy = policy
        self.now = now
        self.today = policy.today(now)
        self.marks = tags.read(resource.tags, policy.keys)
        self.attention: list[str] = []
        self.writes: dict[str, str] = {}

    def name(self) -> tuple[str | None, str]:
        """The owner that the name tells, and why the name does not count ('' where it does)."""
        naming, key = self.policy.naming, self.policy.keys.name
        called = tags.called_by(self.marks, self.resource)
        if not called:
            return None, f"it has no {key} tag"
        found = naming.pattern.match(called)
        if found:
            return found.groupdict().get("owner"), ""
        wrong = f"its {key} {called!r} does not say who deployed it"
        wrong += f" ({naming.pattern.pattern})"
        if naming.enforce:
            return None, wrong
        self.attention.append(wrong)
        return None, ""

    def owner(self, named_for: str | None) -> str | None:
        """Whose it is: the first of its name, Owner tag and creator that means somebody known.

        Where nobody is known by any it stays with the word that stands on it first.
        """
        owners, tagged = self.policy.owners, self.marks.owner
        if owners.find(named_for):
            return named_for
        creator = self.resource.creator
        if person := owners.find(tagged) or owners.find(creator.login if creator else None):
            return person.initials
        word = named_for or tagged
        if word and owners.people:
            self.attention.append(f"its owner {word!r} {_STRANGER}")
        return word

    def discovered(self) -> _Discovered:
        """The day it was discovered: its own tag, else the ledger's memory, else today."""
        text = self.marks.discovered
        own = True
        if text is not None:
            at = self._janitors_date(self.policy.keys.discovered, text)
            if at is None:
                return _Discovered(None)
            on = self.policy.day_of(at)
            own = self._since_birth(on)
            if own:
                return _Discovered(on)
        # It may be born after the run began, and after midnight at that.
        born = self.resource.born
        sighting = self._sighting()
        first = max(self.today, self.policy.day_of(born)) if born else self.today
        on = sighting.discovered if sighting else first
        self.writes[self.policy.keys.discovered] = on.isoformat()
        return _Discovered(on, own=own, write=True)

    def expiration(self, discovered: _Discovered) -> tuple[datetime | None, str | None]:
        """The Expiration that counts, or why it cannot be read."""
        texts = self.marks.expirations
        given = None
        if texts:
            given, unreadable = self._typed(texts)
            if unreadable:
                return None, unreadable
        if given is not None and discovered.own:
            self._check_length(given)
            return given, None
        return self._counted(discovered, given)

    def shut_off(self, expires_at: datetime | None) -> datetime | None:
        """The valid ShutOff mark: its own, past, and not older than the Expiration beside it."""
        if self.marks.shut_off is None or expires_at is None:
            return None
        at = self._janitors_date(self.policy.keys.shut_off, self.marks.shut_off)
        if at is None or (self.resource.born is not None and at < self.resource.born):
            return None
        return at if expires_at <= min(at, self.now) else None

    def _since_birth(self, on: date) -> bool:
        born = self.resource.born
        return born is None or on >= self.policy.day_of(born)

    def _sighting(self) -> Sighting | None:
        """What the ledger remembers of it, and not of an earlier one that bore the same id."""
        sighting = self.resource.sighting
        return sighting if sighting and self._since_birth(sighting.discovered) else None

    def _janitors_date(self, key: str, text: str) -> datetime | None:
        """A date that the janitor wrote; None where a person left something else there."""
        try:
            at = dates.read(text, self.policy.timezone).at
        except dates.UnreadableDateError:
            self.attention.append(f"{key} {text!r} is not a date: it does not count")
            return None
        if at > self.now + SKEW:
            self.attention.append(f"{key} {text!r} lies in the future: it does not count")
            return None
        return at

    def _typed(self, texts: tuple[str, ...]) -> tuple[datetime | None, str | None]:
        """What people typed as Expiration: the latest reading of all spellings."""
        key = self.policy.keys.expiration
        readings = []
        for text in texts:
            try:
                readings.append((dates.read(text, self.policy.timezone), text))
            except dates.UnreadableDateError:
                return None, f"{key} {text!r} is not a date"
        latest, typed = readings[0]
        if len(readings) > 1:
            latest, typed = max(readings, key=lambda pair: pair[0].at)
        if latest.ambiguous or len(texts) > 1:
            on = self.policy.day_of(latest.at)
            if latest.ambiguous:
                self.attention.append(f"{key} {typed!r} has two readings: the later, {on}, counts")
            if len(texts) > 1:
                self.attention.append(f"{len(texts)} {key} tags differ: the latest, {on}, counts")
        return latest.at, None

    def _counted(
        self, discovered: _Discovered, given: datetime | None
    ) -> tuple[datetime | None, str | None]:
        """Discovered + 14 days where nobody gave a date, or only a parent's was inherited."""
        keys, sighting = self.policy.keys, self._sighting()
        if discovered.on is None:
            why = f"{keys.expiration} is missing and cannot be counted from {keys.discovered}"
            return None, why
        day = discovered.on + self.policy.expire_after
        counted = dates.midnight(day, self.policy.timezone)
        text = day.isoformat()
        if sighting and sighting.expiration and discovered.write:
            remembered, unreadable = self._typed((sighting.expiration,))
            if remembered and not unreadable:
                counted, text = remembered, sighting.expiration.strip()
        if given is not None and given >= counted:
            self._check_length(given)
            return given, None
        if discovered.write:
            self.writes[keys.expiration] = text
        return counted, None

    def _check_length(self, given: datetime) -> None:
        longest, on = self.policy.longest_extension, self.policy.day_of(given)
        if on - self.today > longest:
            self.attention.append(
                f"{self.policy.keys.expiration} {on} is more than {longest.days} days away"
            )
