"""The account on one page that stands by itself: nothing is fetched, no script is needed. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_aws_janitor.resources import plan as plans
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.report import charts, money, plan_report, savings_report, words
from cs_aws_janitor.resources.report.timeline import DAYS, timeline
from cs_aws_janitor.shared.pages import templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cs_aws_janitor.resources.explaining import Outlook
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.plan import Plan, Step
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.report.timeline import Owned
    from cs_aws_janitor.resources.savings import Savings

AT_ONCE = 60  # lines of a list that is open from the start
NOBODY = "(unknown)"
_WEEKLY = ("By shutting off, USD", "By terminating, USD", "All, USD")
_NUMBERS = frozenset({"Resources", "USD a month", "While off", *_WEEKLY})
_WHERE = ("Kind", "Where", "Account", "Region")
_SHORT = frozenset({"Day", "Week of", "Phase", "Status", "Next", "Expiration", *_WHERE})


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a page tells of. `torn` is how many lines of the ledger could not be read.

    `chosen` says in words to what the options have narrowed it; empty: to nothing.
    """

    plan: Plan
    outlooks: Sequence[Outlook]
    saved: Savings
    policy: Policy
    torn: int = 0
    chosen: str = ""


class Grid(NamedTuple):
    """A table: an id of its own, what it is of, its columns, and its rows."""

    id: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def looks(self, column: str) -> str:
        """How its cells are laid out: numbers, words of ours that stay whole, or any text."""
        return "number" if column in _NUMBERS else "short" if column in _SHORT else "text"


def page(facts: Facts) -> str:
    """The whole page. Raises RefusedError where the extra `report` is not installed."""
    found = templates(__package__ or "")
    sealed = {
        f"{kind}_hash": _hash(found.get_template(name).render())
        for kind, name in (("style", "page.css"), ("script", "page.js"))
    }
    return found.get_template("page.html").render({**sealed, **_content(facts)})


def _hash(text: str) -> str:
    """What a browser compares the text of an element with before it uses it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _content(facts: Facts) -> dict[str, Any]:
    plan = facts.plan
    today = facts.policy.today(plan.as_of)
    return {
        "as_of": words.instant(plan.as_of.astimezone(facts.policy.timezone)),
        "supposed": plan.as_of != plan.made_at,
        "chosen": facts.chosen,
        "places": _places(plan),
        "summary": words.summary(plan),
        "blind": len(plan.blind_spots),
        "phases": charts.shares(plan.phases),
        "counts": plan.phases,
        "sums": _sums(facts),
        "estimates": words.estimates(plan.steps),
        **_timeline(facts),
        **_savings(facts),
        "by_place": _by_place(plan.steps),
        "breaches": _breaches(plan),
        "attention": _attention(plan),
        "coverage": _coverage(plan),
        "unshown": words.unshown(plan.coverage),
        "resources": _resources(plan),
        "width": charts.WIDTH,
        "height": charts.HEIGHT,
        "strip": charts.STRIP,
        "days": DAYS,
        "ticks": [
            ((n + 0.5) * charts.WIDTH / DAYS, f"{today + timedelta(days=n):%m-%d}")
            for n in range(1, DAYS, 7)
        ],
    }


def _places(plan: Plan) -> list[tuple[str, str]]:
    """Each account, and the regions of it that were to be looked at."""
    regions = defaultdict(set)
    for row in plan.coverage:
        regions[row.place.account].add(row.place.region)
    return [(account, ", ".join(sorted(regions[account]))) for account in sorted(regions)]


def _sums(facts: Facts) -> dict[str, Any]:
    plan = facts.plan
    now = money.total(plan.steps)
    doing = (money.saved_by(step, step.verbs) for step in plans.allowed(plan))
    ahead = timeline(facts.outlooks, facts.policy.today(plan.as_of))
    freed = sum((owned.freed for owned in ahead), money.NOTHING)
    return {
        "now": now,
        "next_run": f"{sum(doing, money.NOTHING):,}",
        "ahead": f"{freed:,}",
        "saved": f"{facts.saved.amount():,}",
    }


def _timeline(facts: Facts) -> dict[str, Any]:
    today = facts.policy.today(facts.plan.as_of)
    found = timeline(facts.outlooks, today)
    return {
        "owners": [
            (
                n,
                owned,
                owned.owner or NOBODY,
                charts.marks(owned, today, DAYS),
                _events(n, owned, _naming(facts.plan)),
                {verb.value: owned.on(verb).total() for verb in Verb},
            )
            for n, owned in enumerate(found)
        ],
        "open": sum(len(owned.events) for owned in found) <= AT_ONCE,
    }


def _naming(plan: Plan) -> Callable[[Place], str]:
    """How a place is called: by its region, and by its account where there are several."""
    if words.several_accounts(plan.coverage):
        return lambda place: f"{place.account} {place.region}"
    return lambda place: place.region


def _events(number: int, owned: Owned, where: Callable[[Place], str]) -> Grid:
    rows = [
        (
            event.coming.on.isoformat(),
            event.step.name or "",
            event.step.id,
            event.step.kind,
            where(event.step.place),
            event.coming.what,
        )
        for event in owned.events
    ]
    columns = ("Day", "Name", "ID", "Kind", "Where", "What happens")
    return Grid(f"days-{number}", f"Day by day: {owned.owner or NOBODY}", columns, rows)


def _savings(facts: Facts) -> dict[str, Any]:
    end, zone = facts.plan.as_of, facts.policy.timezone
    found = charts.weeks(facts.saved, min(end, facts.plan.made_at), zone)
    rows = [
        (week.first.isoformat(), *(f"{amount:,}" for amount in week.amounts.values()),
         f"{week.total:,}")
        for week in found
    ]  # fmt: skip
    return {
        "weeks": Grid("weeks", "Saved per week", ("Week of", *_WEEKLY), rows),
        "week_bars": charts.week_bars(found),
        "week_labels": charts.week_labels(found),
        "most": f"{max((week.total for week in found), default=money.NOTHING):,}",
        "unknown_savings": savings_report.unknown(facts.saved),
        "torn": facts.torn,
    }


def _by_place(steps: Iterable[Step]) -> list[tuple[Sequence[str], Mapping[str, int], Any]]:
    """The phases of each kind in each region."""
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for step in steps:
        found[step.place.account, step.place.region, step.kind][step.phase.value] += 1
    return [
        (spot, counts, charts.shares(counts))
        for spot in sorted(found)
        if (counts := dict(sorted(found[spot].items())))
    ]


def _breaches(plan: Plan) -> Grid:
    where = _naming(plan)
    rows = [(where(b.place), b.kind, words.verbs([b.verb]), b.why) for b in plan.breaches]
    return Grid("breaches", "Past a limit", ("Where", "Kind", "What", "Why"), rows)


def _attention(plan: Plan) -> Grid:
    where = _naming(plan)
    rows = [
        (a.id, a.name or "", a.kind, where(a.place), a.phase.value, a.reason)
        for a in plan.attention
    ]
    columns = ("ID", "Name", "Kind", "Where", "Phase", "Why")
    return Grid("attention", "What a person should look at", columns, rows)


def _coverage(plan: Plan) -> Grid:
    seen = plan_report.coverage(plan)
    columns = [column.capitalize() for column in seen.columns]
    rows = sorted(seen.rows, key=lambda row: row[columns.index("Status")] == "ok")
    return Grid("coverage", "What was seen, and what was not", columns, rows)


def _resources(plan: Plan) -> Grid:
    where = _naming(plan)
    rows = [
        (
            step.id,
            step.name or "",
            step.owner or NOBODY,
            step.kind,
            where(step.place),
            step.phase.value,
            step.next_on.isoformat() if step.next_on else "",
            step.expiration.date().isoformat() if step.expiration else "",
            words.doing(step),
            step.reason,
            *words.costs(step),
        )
        for step in sorted(plan.steps, key=plan_report.what_is_next)
    ]
    columns = (
        *("ID", "Name", "Owner", "Kind", "Where", "Phase", "Next", "Expiration", "Next run"),
        *("Why", "USD a month", "While off"),
    )
    return Grid("resources", "Every resource", columns, rows)
