"""Who hears of a resource: its owner, else whoever the account has for that."""

from __future__ import annotations

import pytest

from cs_aws_janitor.resources import owners
from cs_aws_janitor.resources.owners import Owners, Person

JD = Person("jd", "person-1", "jd@example.com")
MK = Person("mk", slack="U012AB3CD", logins=("mkoe", "mk@idp.example"))
OPS = Person("ops", email="ops@example.com")
TEAM = owners.of([JD, MK, OPS], default="ops", accounts={"000000000002": "mk"})


@pytest.mark.parametrize("word", ["jd", "JD", " jd ", "person-1", "Person-1", "JD@example.com"])
def test_a_person_is_meant_by_any_of_their_words(word: str) -> None:
    """Initials, name and address mean the same person, in any case."""
    assert TEAM.find(word) == JD


@pytest.mark.parametrize("word", [None, "", "zz", "j"])
def test_nobody_is_guessed(word: str | None) -> None:
    """A word that is nobody's means nobody."""
    assert TEAM.find(word) is None


def test_initials_come_before_the_names_of_others() -> None:
    """Whose initials are another's name keeps them."""
    assert owners.of([JD, Person("xy", "jd")]).find("jd") == JD


@pytest.mark.parametrize("word", ["mkoe", "MKoe", "mk@idp.example"])
def test_a_login_means_its_person(word: str) -> None:
    """As AWS calls them, in any case."""
    assert TEAM.find(word) == MK


def test_a_login_comes_before_the_names_of_others() -> None:
    """A name may be another's login, whoever stands first in the list."""
    named = Person("xy", "mkoe")
    assert owners.of([named, MK]).find("mkoe") == MK


def test_an_address_of_the_team_means_itself() -> None:
    """Of a domain that somebody of the list or the sender of mails has; no other is written to."""
    assert TEAM.find(" New.One@Example.com") == Person(
        "new.one@example.com", email="new.one@example.com"
    )
    for stranger in (
        "mk@elsewhere.example",
        "x@sub.example.com",
        "@example.com",
        "a b@example.com",
    ):
        assert TEAM.find(stranger) is None
    assert Owners().find("mk@example.com") is None
    alone = owners.of([], sender="janitor@Example.org")
    assert alone.told_of("mk@example.org", "000000000001", by_mail) == alone.find("mk@example.org")


def everybody(_: Person) -> bool:
    """All can be reached."""
    return True


def by_mail(person: Person) -> bool:
    """Only those with an address can."""
    return person.email is not None


def test_the_owner_is_told_and_else_the_default() -> None:
    """What is nobody's, or a stranger's, is told to the default of its account."""
    assert TEAM.told_of("jd", "000000000001", everybody) == JD
    assert TEAM.told_of("zz", "000000000001", everybody) == OPS
    assert TEAM.told_of(None, "000000000001", everybody) == OPS
    assert TEAM.told_of(None, "000000000002", everybody) == MK
    assert Owners().told_of("jd", "000000000001", everybody) is None


def test_who_cannot_be_reached_is_not_told() -> None:
    """The default hears of it instead; where they cannot be reached either, nobody does."""
    assert TEAM.told_of("mk", "000000000001", by_mail) == OPS
    assert TEAM.told_of("mk", "000000000002", by_mail) is None
