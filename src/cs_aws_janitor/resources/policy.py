"""The rules as data: every number of days, tag key and switch that `decide` reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.owners import Owners

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TagKeys:
    """The spelling in which each tag of the janitor is written (aws-lifecycle.md, Tags)."""

    name: str = "Name"
    discovered: str = "Discovered"
    expiration: str = "Expiration"
    shut_off: str = "ShutOff"
    permanent: str = "Permanent"
    note: str = "JanitorNote"
    owner: str = "Owner"


@dataclass(frozen=True, slots=True)
class Naming:
    """S1: what a meaningful name is. `grace` is how long a new resource may stay un-named."""

    pattern: re.Pattern[str] = field(
        default_factory=lambda: re.compile(r"^(?P<owner>[A-Za-z]{2,4})-.+")
    )
    enforce: bool = False
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class BackupRules:
    """S6 and S7: when a backup is taken before termination, as what, and for how long.

    `when` is `always` or `stopped`; `form` is `snapshot` or `image`; `keep` is None for ever;
    `when_impossible` is `hold` or `terminate`. `group_image`: an image of one member is made before
    a group is shut off.
    """

    when: str = "always"
    form: str = "snapshot"
    keep: timedelta | None = 90 * DAY
    when_impossible: str = "hold"
    group_image: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that may happen per account, region, kind and run: absolute and as a share."""

    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Guard rail: a run past one of these aborts that kind before its first action.

    The share counts from `share_from` resources up.
    """

    shut_off: Limit = Limit(50, 0.5)
    terminate: Limit = Limit(20, 0.25)
    share_from: int = 10


@dataclass(frozen=True, slots=True)
class Rollout:
    """Guard rail: the first day on which more than tagging may happen.

    `everywhere` holds for every kind, `kinds` for single ones; the later of the two counts.
    """

    everywhere: date | None = None
    kinds: Mapping[str, date] = field(default_factory=dict)

    def tag_only_until(self, kind: str) -> date | None:
        """The day until which `kind` is only tagged, or None."""
        own = self.kinds.get(kind)
        return max(own, self.everywhere) if own and self.everywhere else own or self.everywhere


@dataclass(frozen=True, slots=True)
class Notices:
    """How owners are told: by these `channels`; by none, in the log alone.

    `required`: nothing ends whose owner was not told of its shut-off `before_terminate` earlier.
    `weekly`: from which day of the week on (0: Monday) the owners of accounts are told of a week.
    """

    channels: tuple[str, ...] = ()
    required: bool = False
    before_terminate: timedelta = 2 * DAY
    weekly: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules. Times without a zone are read in `timezone`; `notify_before` is in days."""

    timezone: tzinfo = UTC
    keys: TagKeys = TagKeys()
    naming: Naming = field(default_factory=Naming)
    backup: BackupRules = BackupRules()
    limits: Limits = Limits()
    rollout: Rollout = field(default_factory=Rollout)
    owners: Owners = field(default_factory=Owners)
    expire_after: timedelta = 14 * DAY
    terminate_after: timedelta = 7 * DAY
    longest_extension: timedelta = 92 * DAY
    notify_before: tuple[int, ...] = (7, 3, 1)
    notices: Notices = Notices()

    @property
    def waits(self) -> timedelta:
        """How long after its shut-off a resource ends, where its owner is told of that at once."""
        notices = self.notices
        return max(self.terminate_after, notices.before_terminate * notices.required)

    def today(self, now: datetime) -> date:
        """The calendar day of `now` (aware) in the policy's time zone."""
        return now.astimezone(self.timezone).date()

    def day_of(self, at: datetime) -> date:
        """The calendar day of any aware instant in the policy's time zone."""
        return at.astimezone(self.timezone).date()
