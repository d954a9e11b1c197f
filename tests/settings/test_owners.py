"""The file of owners: who is who, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.resources.owners import Person
from tests.settings.reading import ID, faults, read

if TYPE_CHECKING:
    from pathlib import Path

FILE = '[owners]\nfile = "owners.toml"\n'


def write(folder: Path, text: str) -> None:
    """Write the file of owners."""
    (folder / "owners.toml").write_text(text, encoding="utf-8")


def test_people_are_read(tmp_path: Path) -> None:
    """Initials are needed; name, address and Slack as far as they are known."""
    write(
        tmp_path,
        """
        [[owner]]
        initials = "jd"
        [[owner]]
        initials = "mk"
        name = "person-2"
        email = "mk@example.com"
        slack = "U012AB3CD"
        logins = ["mkoe", " mk@idp.example "]
        """,
    )
    logins = ("mkoe", "mk@idp.example")
    people = (Person("jd"), Person("mk", "person-2", "mk@example.com", "U012AB3CD", logins))
    assert read(tmp_path, FILE).owners.everybody == people


def test_people_in_the_settings_themselves(tmp_path: Path) -> None:
    """As a function has them, which has no file; beside a file they are more."""
    inside = '[owners]\npeople = [{initials = "mk", logins = ["mkoe"]}]\nfallback = "mk"\n'
    alone = read(tmp_path, inside)
    assert alone.owners.everybody == (Person("mk", logins=("mkoe",)),)
    assert alone.policy().owners.find("mkoe") == Person("mk", logins=("mkoe",))
    write(tmp_path, '[[owner]]\ninitials = "jd"')
    both = read(tmp_path, f'{inside}file = "owners.toml"')
    assert [person.initials for person in both.owners.everybody] == ["mk", "jd"]
    write(tmp_path, '[[owner]]\ninitials = "jd"\n[[owner]]\ninitials = "MKoe"')
    (line,) = faults(tmp_path, f'{inside}file = "owners.toml"')
    assert "owners.toml, owner 2: 'MKoe' stands in it twice" in line


def test_an_account_has_a_default_of_its_own(tmp_path: Path) -> None:
    """What is nobody's goes to the account's own default, else to that of all."""
    write(tmp_path, '[[owner]]\ninitials = "jd"\n[[owner]]\ninitials = "ops"')
    accounts = f'accounts = [{{id = "{ID}", owner = "JD"}}]\n'
    owners = read(tmp_path, f'{accounts}{FILE}fallback = "ops"').policy().owners
    assert owners.default_of(ID) == Person("jd")
    assert owners.default_of("000000000001") == Person("ops")


@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        ("[[owner]]", "owner 1: initials are missing", "add initials = "),
        ("owner = 1", "holds something else than people", "write [[owner]]"),
        ("owner = [1]", "owner 1 is not a table", "or [[owner]] above its lines"),
        ("[[people]]", "holds something else than people", "write [[owner]]"),
        ("[[owner]", "is not TOML", "line 1"),
        ('[[owner]]\ninitials = ""', "owner 1: initials '' is no text", "write a word"),
        ("[[owner]]\ninitials = 1", "owner 1: initials 1 is no text", "write a word"),
        ('[[owner]]\nintials = "jd"', "unknown key 'intials'", "did you mean 'initials'"),
        (
            '[[owner]]\ninitials = "jd"\n[[owner]]\ninitials = "jd"',
            "owner 2: 'jd' stands in it twice",
            "remove one",
        ),
        (
            '[[owner]]\ninitials = "jd"\n[[owner]]\ninitials = "JD"',
            "owner 2: 'JD' stands in it twice",
            "remove one",
        ),
        (
            '[[owner]]\ninitials = "jd"\nslack = "@jd"',
            "owner 1: '@jd' is not the id of a member of Slack",
            "write it as U012AB3CD",
        ),
        (
            '[[owner]]\ninitials = "jd"\n[[owner]]\ninitials = "mk"\nlogins = ["JD"]',
            "owner 2: 'JD' stands in it twice",
            "remove one",
        ),
        (
            '[[owner]]\ninitials = "jd"\nlogins = "jdoe"',
            "owner 1: logins 'jdoe' is no list of words",
            "write a list of words",
        ),
        (
            '[[owner]]\ninitials = "jd"\nlogins = ["jdoe", ""]',
            "is no list of words",
            "write a list of words",
        ),
        (
            '[[owner]]\ninitials = "jd"\nemail = "jd@"',
            "owner 1: 'jd@' is no address",
            "write name@example.com",
        ),
        (
            '[[owner]]\ninitials = "jd"\nemail = "a@example.com, b@example.com"',
            "is no address",
            "write name@example.com",
        ),
    ],
)
def test_what_is_wrong_with_the_file(tmp_path: Path, text: str, what: str, cure: str) -> None:
    """One line says what is wrong in which entry, and what to do."""
    write(tmp_path, text)
    (line,) = faults(tmp_path, FILE)
    assert line.startswith("owners: ")
    assert what in line.partition(";")[0]
    assert cure in line.partition(";")[2]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Nobody would be told otherwise."""
    (line,) = faults(tmp_path, FILE)
    assert "owners.toml cannot be read (No such file or directory)" in line


def test_a_default_must_be_somebody(tmp_path: Path) -> None:
    """Initials of the settings stand in the file."""
    write(tmp_path, '[[owner]]\ninitials = "ops"')
    assert faults(tmp_path, f'{FILE}fallback = "opz"') == [
        "owners: 'opz' does not stand in owners.toml; did you mean 'ops'?"
    ]
    account = f'accounts = [{{id = "{ID}", owner = "zz"}}]\n'
    (line,) = faults(tmp_path, account + FILE)
    assert "'zz' does not stand in owners.toml; add them as [[owner]], or name another" in line
    (line,) = faults(tmp_path, account)
    assert "nobody is known by 'zz' without a list of people" in line
