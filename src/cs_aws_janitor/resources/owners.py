"""Whose a resource is, and who hears of it: what is known of the people of a team. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# What stands before the @ of an address; a quoted one is nobody's of a team.
_LOCAL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+")


@dataclass(frozen=True, slots=True)
class Person:
    """One of the team, or a list of several: `slack` is the id of a member, such as U012AB3CD.

    `logins` are the names by which AWS knows them: of an IAM user, or of the session of a role.
    """

    initials: str
    name: str | None = None
    email: str | None = None
    slack: str | None = None
    logins: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What means them and nobody else."""
        return (self.initials, *([self.email] if self.email else ()), *self.logins)


@dataclass(frozen=True, slots=True)
class Owners:
    """The people by every word that means them, in lower case; see `of`.

    `default` are the initials of who hears of what is nobody's, `accounts` those of accounts with
    one of their own. `domains` are those of the team's addresses, in lower case. `cloudtrail`: who
    made a resource counts, where neither its name nor a tag means anybody.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    default: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    domains: frozenset[str] = frozenset()
    cloudtrail: bool = False

    def find(self, word: str | None) -> Person | None:
        """Who is meant by initials, a name, a login or an address, in any case; None: nobody.

        An address of the team's `domains` means whoever reads it, also where no list has them.
        """
        if not word or not (self.people or self.domains):
            return None
        word = word.strip().lower()
        return self.people.get(word) or self._unlisted(word)

    def _unlisted(self, word: str) -> Person | None:
        local, _, domain = word.rpartition("@")
        known = domain in self.domains and _LOCAL.fullmatch(local)
        return Person(word, email=word) if known else None

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
    *,
    sender: str | None = None,
    cloudtrail: bool = False,
) -> Owners:
    """The owners that `people` are, each meant by initials, address, logins, and name.

    Their addresses and that of the `sender` of mails tell the domains of the team.
    """
    people = list(people)
    known: dict[str, Person] = {}
    for person in people:
        known |= dict.fromkeys((word.lower() for word in person.words), person)
    for person in people:  # two may have one name, or one may have another's initials
        if person.name:
            known.setdefault(person.name.lower(), person)
    addresses = filter(None, (sender, *(person.email for person in people)))
    domains = frozenset(address.rpartition("@")[2].lower() for address in addresses)
    return Owners(known, default, accounts or {}, domains, cloudtrail)
