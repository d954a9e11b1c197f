"""Whose a resource is, and who hears of it: what is known of the people of a team. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Person:
    """One of the team, or a list of several: `slack` is the id of a member, such as U012AB3CD."""

    initials: str
    name: str | None = None
    email: str | None = None
    slack: str | None = None


@dataclass(frozen=True, slots=True)
class Owners:
    """The people by every word that means them, in lower case; see `of`.

    `default` are the initials of who hears of what is nobody's, `accounts` those of accounts with
    one of their own.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    default: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)

    def find(self, word: str | None) -> Person | None:
        """Who is meant by initials, a name or an address, in any case; None where nobody is."""
        return self.people.get(word.strip().lower()) if word else None

    def default_of(self, account: str) -> Person | None:
        """Who hears of what is nobody's in an account; None where nobody was named."""
        return self.find(self.accounts.get(account, self.default))

    def told_of(
        self, owner: str | None, account: str, reached: Callable[[Person], bool]
    ) -> Person | None:
        """Who is told of what is `owner`'s: its owner, else the default of the account.

        Each only where it can be `reached`; None where neither can.
        """
        for person in (self.find(owner), self.default_of(account)):
            if person and reached(person):
                return person
        return None


def of(
    people: Iterable[Person],
    default: str | None = None,
    accounts: Mapping[str, str] | None = None,
) -> Owners:
    """The owners that `people` are, each meant by initials, name and address."""
    known: dict[str, Person] = {}
    for person in people:
        for word in (person.initials, person.email, person.name):
            if word:
                known.setdefault(word.lower(), person)
    return Owners(known, default, accounts or {})
