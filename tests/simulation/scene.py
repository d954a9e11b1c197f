"""Where a simulation takes place: the account, its regions, its dice, and what people have said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from tests.faults.truth import Terms
from tests.simulation import census

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from random import Random

    from tests.faults.truth import Truth
    from tests.strict.aws import Account

REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-2")


class Commands(Protocol):
    """The command `janitor`, as a person types it."""

    def type(self, *words: str) -> int:
        """Run it; its exit code."""


@dataclass(slots=True)
class Story:
    """What is known of one instance beside its tags.

    `known` is the Expiration that the janitor has seen or was told of, as long as nobody moved
    it since: it holds, even where a tool takes all tags away. `seen`: it was tagged once. `owed`
    counts the undisturbed runs after which something was to be done about it, in vain and untold.
    """

    id: str
    owner: str
    known: datetime | None = None
    seen: bool = False
    owed: int = 0


@dataclass
class Scene:
    """One account, and the people's side of the story. `terms` are those of the settings."""

    account: Account
    commands: Commands
    dice: Random
    regions: tuple[str, ...] = REGIONS
    terms: Terms = field(default_factory=Terms)
    stories: dict[str, Story] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    refused: int = 0

    @property
    def today(self) -> date:
        """The day."""
        return self.account.now.date()

    def client(self, service: str, it: Truth) -> Any:
        """A person's client where `it` stands."""
        return self.account.client(service, census.region_of(it))

    def born(self, instance_id: str, owner: str) -> None:
        """Somebody has launched it."""
        self.stories[instance_id] = Story(instance_id, owner)

    def story(self, instance_id: str) -> Story:
        """The story of an instance; one that nobody launched was launched by a group."""
        return self.stories.setdefault(instance_id, Story(instance_id, "nobody"))

    def of(self, owner: str) -> list[Truth]:
        """What somebody owns, in the same order on every day."""
        living = sorted(census.taken().values(), key=lambda it: it.id)
        return [it for it in living if self.story(it.id).owner == owner]

    def ask(self, act: Callable[[], object]) -> bool:
        """What a person asks of AWS; whether it was done."""
        try:
            act()
        except ClientError:
            self.refused += 1
            return False
        return True

    def moved(self, instance_id: str) -> None:
        """A person has written dates on it: what was known of it counts no more."""
        self.story(instance_id).known = None
