"""What the owner of an account is told once a week: how it stands, what was done, what comes.

It is due from the day `notify.weekly` on to the end of that ISO week, so that a run that was missed
loses nothing; the ledger remembers it by account, week and channel. What was done is told of the
seven whole days before that day, whenever it is sent, so that no day is told twice or not at all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.digest import ALL, Notice, Topic
from cs_aws_janitor.resources.ledger_history import instant, text
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.plan import Step
from cs_aws_janitor.resources.savings import SAVING, savings, verbs_of
from cs_aws_janitor.resources.standing import is_of_stranger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.resources.digest import Digest
    from cs_aws_janitor.resources.explaining import Coming, Outlook
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Attention, Breach, Coverage
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.savings import Entry, Savings
    from cs_aws_janitor.resources.sweep import Look

AHEAD = timedelta(days=7)
ACCOUNT = "account"  # in the place of a kind
EVERYWHERE = "*"  # in the place of a region
_ENDS = frozenset({Verb.SHUT_OFF, Verb.TERMINATE})
_TELLING = frozenset({"act", "outcome"})  # entries that say what was done


@dataclass(frozen=True, slots=True)
class Event:
    """That the resource of `step` is shut off, marked or terminated on a day."""

    step: Step
    coming: Coming


@dataclass(frozen=True, slots=True)
class Weekly:
    """The week of some accounts; `start` to `end` (not included) are the days that were told of.

    `done` counts the resources, by verb. `strangers` are words for owners that the file of owners
    does not have, and of how many resources.
    """

    accounts: tuple[str, ...]
    week: str
    start: date
    end: date
    phases: Mapping[str, int]
    done: Mapping[Verb, int]
    saved: Savings
    ahead: Sequence[Event]
    attention: Sequence[Attention]
    strangers: Mapping[str, int]
    unseen: Sequence[Coverage]
    breaches: Sequence[Breach]


def is_due(policy: Policy, now: datetime) -> bool:
    """Whether the day of the week has come, whoever was told already."""
    day = policy.notices.weekly
    return day is not None and policy.today(now).weekday() >= day


def notices(accounts: Iterable[str], policy: Policy, now: datetime) -> list[Notice]:
    """One for each account: its owner is told of the week of `now`."""
    week = week_of(policy, now)
    found = []
    for account in sorted(set(accounts)):
        what = (f"the summary of {week}", None)
        where = (Place(account, EVERYWHERE), ACCOUNT, ALL, None, None)
        step = Step(*where, Phase.ACTIVE, (Verb.NOTIFY,), *what)
        found.append(Notice(Topic.WEEK, f"weekly {week}", step))
    return found


def week_of(policy: Policy, now: datetime) -> str:
    """The ISO week: 2026-W49."""
    return f"{policy.today(now):%G-W%V}"


def of(digest: Digest, look: Look, ledger: Ledger, policy: Policy, now: datetime) -> Weekly:
    """The week of the accounts that `digest` is about."""
    accounts = {notice.step.place.account for notice in digest.notices}
    start, end = _days(policy, now)
    first, last = (datetime.combine(day, time(), policy.timezone) for day in (start, end))
    entries = [entry for entry in ledger.entries() if entry.get("entry") in _TELLING]
    saved = savings(entries, now, policy.terminate_after).between(first, last)
    phases: Counter[str] = Counter()
    for account in accounts:
        phases.update(look.phases.get(account, {}))
    plan = look.plan
    warned = [row for row in plan.attention if row.place.account in accounts]
    return Weekly(
        accounts=tuple(sorted(accounts)),
        week=week_of(policy, now),
        start=start,
        end=end,
        phases=dict(sorted(phases.items())),
        done=_done(entries, accounts, first, last),
        saved=saved.of(lambda action: action.account in accounts),
        ahead=_ahead((o for o in look.outlooks if o.step.place.account in accounts), policy, now),
        attention=[row for row in warned if not is_of_stranger(row.reason)],
        strangers=_strangers(row for row in warned if is_of_stranger(row.reason)),
        unseen=[row for row in plan.blind_spots if row.place.account in accounts],
        breaches=[row for row in plan.breaches if row.place.account in accounts],
    )


def _days(policy: Policy, now: datetime) -> tuple[date, date]:
    """The seven days before the last day of the week that is asked for; today may be that day."""
    today = policy.today(now)
    end = today - timedelta(days=(today.weekday() - (policy.notices.weekly or 0)) % 7)
    return end - timedelta(days=7), end


def _done(
    entries: Iterable[Entry], accounts: set[str], first: datetime, last: datetime
) -> dict[Verb, int]:
    """How many resources were shut off, or marked, and terminated between two instants."""
    found: dict[Verb, set[tuple[object, ...]]] = {verb: set() for verb in SAVING}
    for entry in entries:
        at = instant(entry.get("at")) if entry.get("entry") == "outcome" else None
        if at is None or not first <= at < last or text(entry.get("account")) not in accounts:
            continue
        where = tuple(str(entry.get(key)) for key in ("account", "region", "kind", "id"))
        for verb in found.keys() & verbs_of(entry):
            found[verb].add(where)
    return {verb: len(those) for verb, those in found.items()}


def _ahead(outlooks: Iterable[Outlook], policy: Policy, now: datetime) -> list[Event]:
    """What ends in the days to come, by owner and day; what this run does itself has been done."""
    today = policy.today(now)
    found = [
        Event(each.step, coming)
        for each in outlooks
        for coming in each.coming
        if coming.verb in _ENDS and today <= coming.on <= today + AHEAD
        if coming.on > today or coming.verb not in each.step.verbs
    ]
    return sorted(found, key=_place)


def _place(event: Event) -> tuple[object, ...]:
    step, owner = event.step, event.step.owner or ""
    return not owner, owner.lower(), event.coming.on, step.place, step.kind, step.id


def _strangers(rows: Iterable[Attention]) -> dict[str, int]:
    return dict(sorted(Counter(row.owner or "" for row in rows).items()))
