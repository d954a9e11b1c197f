"""The summary of a week: when it is due, to whom it goes, and what it says of which accounts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from cs_aws_janitor.resources import owners, weekly
from cs_aws_janitor.resources.channels import Sent
from cs_aws_janitor.resources.delivering import Post
from cs_aws_janitor.resources.explaining import Coming, Outlook
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.letter import Room, parts
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.outcome import Outcome, Result
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.plan import Attention, Breach, Coverage, Plan, Step
from cs_aws_janitor.resources.policy import Notices, Policy
from cs_aws_janitor.resources.prices import Estimate
from cs_aws_janitor.resources.report import letter_report
from cs_aws_janitor.resources.sweep import Look
from tests.resources.fakes import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.letter import Letter

pytestmark = pytest.mark.usefixtures("quiet")

NOW = datetime(2026, 12, 9, 6, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()
HERE, THERE = Place("000000000001", "eu-west-1"), Place("000000000002", "eu-west-1")
OPS, BOSS = Person("ops", email="o@example.com"), Person("boss", email="b@example.com")
TEAM = owners.of([OPS, BOSS, Person("jd")], "ops", {THERE.account: "boss"})
MONDAY = Notices(("pile",), weekly=0)


def policy(day: int | None = 0, **more: Any) -> Policy:
    """The rules of a team that is told of a week from that day on."""
    given: dict[str, Any] = {"owners": TEAM, "notices": replace(MONDAY, weekly=day)} | more
    return Policy(**given)


RULES = policy()


@dataclass
class Pile:
    """A channel that keeps what is sent to whom; it reaches those with an address."""

    name: str = "pile"
    works: bool = True
    most: int = 1000  # lines until it breaks
    taken: list[tuple[str, Letter]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def reaches(self, person: Person | None) -> bool:
        """Those with an address."""
        return person is not None and person.email is not None

    def to(self, _: Person | None) -> str:
        """Whoever looks at it."""
        return "the pile"

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        """Keep it, by the line."""
        whose = person.initials if person else ""
        if not self.works:
            yield Sent(why="no")
            return
        self.taken.append((whose, letter))
        for part in parts(letter, Room(1, lambda _: 1)):
            if len(self.lines) == self.most:
                yield Sent(why="torn")
                return
            self.lines.append(part.sections[0].lines[0].thing)
            yield Sent(part.about)


def step(thing: str, owner: str | None, *verbs: Verb, place: Place = HERE, **more: Any) -> Step:
    """A resource."""
    given: dict[str, Any] = {"phase": Phase.EXPIRING, "name": f"{owner}-{thing}"} | more
    where = (place, "box", thing, given.pop("name"), owner, given.pop("phase"))
    return Step(*where, verbs, "why", None, **given)


def look(*ahead: Outlook, **plan: Any) -> Look:
    """What was looked at: two accounts."""
    lit = (Coverage(HERE, "box", "ok", 3), Coverage(THERE, "box", "ok", 1))
    given = {"coverage": lit} | plan
    phases = {HERE.account: {"active": 2, "expiring": 1}, THERE.account: {"active": 1}}
    return Look(Plan(NOW, NOW, "UTC", **given), outlooks=ahead, phases=phases)


def ends(what: Step, days: int, verb: Verb = Verb.SHUT_OFF) -> Outlook:
    """That something of it ends in so many days."""
    return Outlook(what, (Coming(TODAY + timedelta(days=days), verb, f"it is {verb.value}"),))


def run(kept: Kept, pile: Pile, seen: Look, now: datetime = NOW, rules: Policy = RULES) -> Any:
    """What a run sends, by whom it is for."""
    post = Post([pile], rules, Ledger(kept), now, seen)
    ended = post.deliver(replace(seen.plan, steps=(), attention=()), lambda: None)
    return [(each.step.place.account, each.result.value, each.why) for each in ended]


def text(*ahead: Outlook, kept: Kept | None = None, who: str = "ops", **plan: Any) -> str:
    """What is said to somebody."""
    pile = Pile()
    run(kept or Kept(), pile, look(*ahead, **plan))
    return letter_report.text(dict(pile.taken)[who])


@pytest.mark.parametrize(
    ("now", "day", "due"),
    [
        ("2026-12-07T00:00+01:00", 0, True),  # Monday begins in the zone of the team
        ("2026-12-06T23:59+01:00", 0, True),  # Sunday still is of the week before
        ("2026-12-09T06:00+01:00", 2, True),
        ("2026-12-09T06:00+01:00", 3, False),
        ("2026-12-13T06:00+01:00", 6, True),
        ("2026-12-09T06:00+01:00", None, False),
    ],
)
def test_when_it_is_due(now: str, day: int | None, due: bool) -> None:  # noqa: FBT001
    """From the day of the settings on, in their zone, to the end of the week; or never."""
    rules = policy(day, timezone=ZoneInfo("Europe/Berlin"))
    assert weekly.is_due(rules, datetime.fromisoformat(now)) is due


def test_it_is_sent_once_a_week() -> None:
    """However often there is a run; one that was missed or failed is made up for in that week."""
    kept, pile = Kept(), Pile()
    tuesday = policy(1)
    monday = NOW - timedelta(days=2)
    assert run(kept, pile, look(), monday, tuesday) == []
    pile.works = False
    why = "its owner was not told by pile: no"
    failed = [(THERE.account, "failed", why), (HERE.account, "failed", why)]
    assert run(kept, pile, look(), NOW, tuesday) == failed
    pile.works = True
    done = [(THERE.account, "done", None), (HERE.account, "done", None)]
    assert run(kept, pile, look(), NOW + timedelta(hours=1), tuesday) == done
    for days in range(5):
        assert run(kept, pile, look(), NOW + timedelta(days=days, hours=2), tuesday) == []
    assert run(kept, pile, look(), NOW + timedelta(days=6), tuesday) == done
    assert [who for who, _ in pile.taken] == ["boss", "ops"] * 2


def test_of_a_torn_summary_the_rest_is_sent() -> None:
    """What was sent of it is not sent again, and it counts as told once all of it was."""
    whole, kept, pile = Pile(), Kept(), Pile(most=4)
    one = look(ends(step("b-1", "jd"), 3), coverage=(Coverage(HERE, "box", "ok", 3),))
    run(Kept(), whole, one)
    why = "its owner was not told by pile: torn"
    assert run(kept, pile, one) == [(HERE.account, "failed", why)]
    assert len(pile.lines) == 4 < len(whole.lines)
    pile.most = 1000
    assert run(kept, pile, one, NOW + timedelta(hours=1)) == [(HERE.account, "done", None)]
    assert pile.lines == whole.lines
    assert run(kept, pile, one, NOW + timedelta(hours=2)) == []


def test_a_run_looks_ahead_only_for_a_summary_that_is_owed() -> None:
    """Once it was sent nothing more is read for it; nor before its day, nor for nobody."""
    kept, both = Kept(), [HERE.account, THERE.account]

    def owes(rules: Policy = RULES) -> bool:
        return Post([Pile()], rules, Ledger(kept), NOW).owes_week(both)

    assert owes()
    assert not owes(policy(3))
    assert not owes(policy(owners=owners.of([OPS])))
    run(kept, Pile(), look())
    assert not owes()


def test_each_channel_sends_it_once() -> None:
    """One that failed makes up for it alone."""
    kept, one, other = Kept(), Pile("one", works=False), Pile("other")
    for _ in range(2):
        Post([one, other], policy(), Ledger(kept), NOW, look()).deliver(
            Plan(NOW, NOW, "UTC"), lambda: None
        )
        one.works = True
    assert len(one.taken) == len(other.taken) == 2


def test_nobody_is_asked_for_where_nobody_is_known() -> None:
    """Without a fallback that can be reached there is no summary, and nothing fails."""
    pile = Pile()
    assert run(Kept(), pile, look(), rules=policy(owners=owners.of([OPS]))) == []
    assert run(Kept(), pile, look(), rules=policy(owners=owners.of([Person("x")], "x"))) == []
    assert pile.taken == []


def test_a_part_of_the_account_has_no_summary() -> None:
    """Where a run has not looked at all there is."""
    post = Post([Pile()], policy(), Ledger(Kept()), NOW, None)
    assert post.deliver(Plan(NOW, NOW, "UTC"), lambda: None) == []


def test_it_may_be_seen_at_any_time() -> None:
    """Also before its day, and once it was sent; of the week that ended last."""
    kept, pile = Kept(), Pile()
    run(kept, pile, look())
    for day in (0, 4, None):
        post = Post([pile], policy(day), Ledger(kept), NOW, look())
        parcels = list(post.parcels(Plan(NOW, NOW, "UTC"), week=True))
        assert len(parcels) == 2
        start = {0: "2026-11-30", 4: "2026-11-27", None: "2026-11-30"}[day]
        assert f"\nFrom {start} until " in letter_report.text(parcels[0].letter)


def test_each_owner_of_an_account_hears_of_theirs() -> None:
    """The account that names another default is told of to that one, and to nobody else."""
    seen = [ends(step("b-1", "jd"), 3), ends(step("b-2", "jd", place=THERE), 3)]
    ops, boss = text(*seen), text(*seen, who="boss")
    assert ops.startswith("Janitor for ops: 2026-W50 of account 000000000001\n")
    assert boss.startswith("Janitor for boss: 2026-W50 of account 000000000002\n")
    assert "- 3 resources: 2 active, 1 expiring\n" in ops
    assert ("b-1" in ops, "b-2" in ops, "b-1" in boss, "b-2" in boss) == (True, False, False, True)


def test_what_ends_stands_under_its_owner() -> None:
    """By the day, within seven; what this run does itself has been done."""
    said = text(
        ends(step("b-1", "jd"), 7, Verb.TERMINATE),
        ends(step("b-2", "jd"), 1),
        ends(step("b-3", "jd"), 8),
        ends(step("b-4", "jd", Verb.SHUT_OFF, phase=Phase.EXPIRED), 0),
        ends(step("b-5", "jd"), 0),
        ends(step("b-6", None, name=None), 2),
        ends(step("b-7", "jd"), 3, Verb.NOTIFY),
    )
    where = "box in eu-west-1 of 000000000001"
    assert said.partition("Ends in the next 7 days\n")[2].splitlines() == [
        "- jd: 2 shut off or marked, 1 terminated",
        "    janitor list --owner jd",
        f"- jd-b-5 (b-5), {where}: 2026-12-09, jd: it is shut_off",
        f"- jd-b-2 (b-2), {where}: 2026-12-10, jd: it is shut_off",
        f"- jd-b-1 (b-1), {where}: 2026-12-16, jd: it is terminate",
        "- (unknown): 1 shut off or marked",
        "    janitor list",
        f"- b-6, {where}: 2026-12-11, (unknown): it is shut_off",
    ]


def test_what_was_done_and_saved_is_of_seven_whole_days() -> None:
    """Whenever it is sent: each day is told of in one summary."""
    kept = Kept()
    ledger = Ledger(kept)
    cost = Estimate(Decimal("73.00"), Decimal("3.00"), "us-east-1", date(2026, 11, 1))
    for number, at in enumerate(("2026-11-29T23:59", "2026-11-30T00:00", "2026-12-06T23:00")):
        when = datetime.fromisoformat(f"{at}+00:00")
        off = step(f"b-{number}", "jd", Verb.SHUT_OFF, monthly_cost=cost, facts={"power": "on"})
        ledger.record(Outcome(off, Result.DONE, when, None, (Verb.SHUT_OFF,)))
    gone = step("b-9", "jd", Verb.TERMINATE, facts={"power": "off"})
    late = datetime(2026, 12, 7, 0, 0, tzinfo=UTC)
    ledger.record(Outcome(gone, Result.DONE, late, None, (Verb.TERMINATE,)))
    said = text(kept=kept)
    assert "From 2026-11-30 until 2026-12-07\n- Shut off or marked: 2 resources\n" in said
    assert "\n- Terminated: 0 resources\n" in said
    # Nearly 168 hours, 168 and one, of 730 a month, at 70 USD: in cents each.
    saved = "32.32 USD by list prices, as far as there are estimates"
    assert f"- Saved: {saved}: 32.32 by shutting off, 0.00 by terminating\n" in said
    assert "    janitor savings --since 2026-11-30" in said


def test_what_is_wrong_is_listed() -> None:
    """What needs attention, what a limit holds, owners whom nobody knows, what was not seen."""
    where = (HERE, "box", "b-1", "jd-x")
    stranger = "its owner 'zz' does not stand in the file of owners"
    said = text(
        coverage=(Coverage(HERE, "box", "denied", 0, "no permission"),),
        attention=(
            Attention(*where, Phase.UNREADABLE, "'<soon>\n' is not a date", "jd"),
            Attention(HERE, "box", "b-2", "zz-x", Phase.ACTIVE, stranger, "zz"),
            Attention(HERE, "box", "b-3", "zz-y", Phase.ACTIVE, stranger, "zz"),
        ),
        breaches=(Breach(HERE, "box", Verb.SHUT_OFF, "60 would be hit"),),
    )
    place = "box in eu-west-1 of 000000000001"
    assert said.partition("by what is known today\n")[2].splitlines() == [
        "",
        "Look at this",
        f"- jd-x (b-1), {place}: jd: '<soon>\\n' is not a date",
        "",
        "Left alone: past a limit",
        f"- {place}: 60 would be hit",
        "",
        "Owners that nobody knows",
        "- zz: 2 resources: add them to the file of owners",
        "",
        "Could not be seen",
        f"- {place}: no permission",
    ]
