"""Digests are sent and remembered: what failed or was halted stays due, and nothing goes twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources import owners
from cs_aws_janitor.resources.channels import Sent
from cs_aws_janitor.resources.delivering import Post
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.plan import Plan, Step
from cs_aws_janitor.resources.policy import Policy
from tests.resources.fakes import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.letter import Letter

pytestmark = pytest.mark.usefixtures("quiet")

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE = Place("123456789012", "eu-west-1")
TEAM = Policy(owners=owners.of([Person("jd"), Person("mk")]))


@dataclass
class Pile:
    """A channel that keeps what it is given, but for whom it `refuses` or `tears` it."""

    name: str = "pile"
    refuses: set[str] = field(default_factory=set)
    tears: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)

    def reaches(self, _: Person | None) -> bool:
        """Everybody."""
        return True

    def to(self, _: Person | None) -> str:
        """Whoever looks at it."""
        return "the pile"

    def send(self, person: Person | None, letter: Letter) -> Iterator[Sent]:
        """Keep it: a message for each notice; of what it `tears`, only the first."""
        whose = person.initials if person else ""
        if whose in self.refuses:
            yield Sent(why="no")
            return
        for number, notice in enumerate(letter.about):
            if number and whose in self.tears:
                yield Sent(why="torn")
                return
            self.taken.append(f"{whose} {notice.step.id}")
            yield Sent((notice,))


def step(thing: str, owner: str) -> Step:
    """A resource that expires in three days."""
    where = (HERE, "box", thing, None, owner, Phase.EXPIRING, (Verb.NOTIFY,))
    return Step(*where, "why", None, NOW + timedelta(days=3))


PLAN = Plan(NOW, NOW, "UTC", steps=(step("b-1", "jd"), step("b-2", "jd"), step("b-3", "mk")))


def delivered(kept: Kept, *piles: Pile, halted: str | None = None) -> dict[str, tuple[str, str]]:
    """What became of each notice, and why."""
    outcomes = Post(piles, TEAM, Ledger(kept), NOW).deliver(PLAN, lambda: halted)
    return {each.step.id: (each.result.value, each.why or "") for each in outcomes}


def test_what_failed_is_due_and_what_was_sent_is_not() -> None:
    """The digest of one owner does not hang on that of another."""
    kept, pile = Kept(), Pile(refuses={"mk"})
    failed = ("failed", "its owner was not told by pile: no")
    done = ("done", "")
    assert delivered(kept, pile) == {"b-1": done, "b-2": done, "b-3": failed}
    pile.refuses.clear()
    assert delivered(kept, pile) == {"b-3": done}
    assert delivered(kept, pile) == {}
    assert pile.taken == ["jd b-1", "jd b-2", "mk b-3"]


def test_one_channel_that_failed_shows() -> None:
    """Whatever the other channel did; it alone sends again."""
    kept, one, other = Kept(), Pile("one", {"jd", "mk"}), Pile("other")
    assert {result for result, _ in delivered(kept, one, other).values()} == {"failed"}
    one.refuses.clear()
    assert {result for result, _ in delivered(kept, one, other).values()} == {"done"}
    assert one.taken == other.taken == ["jd b-1", "jd b-2", "mk b-3"]


def test_a_run_that_lost_its_lock_tells_nobody() -> None:
    """Another run may be telling the same; all of it stays due."""
    kept, pile = Kept(), Pile()
    halted = delivered(kept, pile, halted="the lock was lost")
    assert set(halted.values()) == {("failed", "not told: the lock was lost")}
    assert pile.taken == []
    assert len(delivered(kept, pile)) == 3


def test_of_a_digest_that_was_torn_the_rest_is_due() -> None:
    """What was sent of it is told and remembered; what was not is sent by the next run."""
    kept, pile = Kept(), Pile(tears={"jd"})
    failed, done = ("failed", "its owner was not told by pile: torn"), ("done", "")
    assert delivered(kept, pile) == {"b-1": done, "b-2": failed, "b-3": done}
    assert delivered(kept, pile) == {"b-2": done}
    assert delivered(kept, pile) == {}
    assert pile.taken == ["jd b-1", "mk b-3", "jd b-2"]


def test_nothing_is_begun_once_it_is_halted() -> None:
    """Between two messages of one digest, too."""
    kept, pile = Kept(), Pile()
    words = iter([None, "time is up", "time is up"])
    ended = Post([pile], TEAM, Ledger(kept), NOW).deliver(PLAN, lambda: next(words))
    assert [each.why for each in ended] == [None, *["not told: time is up"] * 2]
    assert pile.taken == ["jd b-1"]
