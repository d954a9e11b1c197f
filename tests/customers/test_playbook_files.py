"""Playbooks as a team edits them: what may stand in one, and how its faults are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.playbook_files import read_playbooks
from cs_aws_janitor.shared.errors import RefusedError
from tests.customers.making import PLAYBOOKS, customer, planned

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'title = "Ours"\nassignee = "csm"\n[touchpoint.hello]\ntitle = "Hello"\n'


def told(folder: Path, content: str, name: str = "ours.toml") -> list[str]:
    """The faults of a playbook, without its folder."""
    (folder / name).write_text(content, encoding="utf-8")
    _, misprints = read_playbooks(folder)
    return [str(each).removeprefix(f"{folder}/") for each in misprints]


def test_what_is_shipped_is_right() -> None:
    """The four playbooks of the documents, without a fault."""
    playbooks, misprints = read_playbooks(PLAYBOOKS)
    assert misprints == []
    assert [each.name for each in playbooks] == [
        "account-engagement",
        "account-onboarding",
        "csm-onboarding",
        "onboarding-mails",
    ]


def test_a_team_adds_its_own_without_code(tmp_path: Path) -> None:
    """A new file is a new playbook, and its touchpoints are planned."""
    (tmp_path / "ours.toml").write_text(
        HEAD + 'days = [1, 3]\nwhen = {segment = ["smb", "large"], stage = "closed-won"}\n'
        'notes = ["Say hello to {customer}"]\nsink = "calendar"\n',
        encoding="utf-8",
    )
    playbooks, misprints = read_playbooks(tmp_path)
    assert misprints == []
    (task,) = planned(customer(segment="smb", stage="closed-won"), playbooks, "2026-01-17")
    assert (task.key, task.sink) == ("acme/ours/hello/2026-01-15", "calendar")
    assert (task.status, task.notes) == ("open", ("Say hello to Acme GmbH",))
    assert planned(customer(segment="strategic", stage="closed-won"), playbooks, "2026-01-17") == []


# What stands below the first four lines, and what is said of it.
FAULTS = [
    ('days = "two"', ("ours.toml, line 5: touchpoint.hello.days: "
     "it is neither a number nor two of them, the first and the last")),
    ("days = [5, 2]", ("ours.toml, line 5: touchpoint.hello.days: "
     "it is neither a number nor two of them, the first and the last")),
    ("days = 99999", ("ours.toml, line 5: touchpoint.hello.days: "
     "it is neither a number nor two of them, the first and the last")),
    ("days = 1\nmonths = 2",
     "ours.toml, line 3: touchpoint.hello: days = … or months = … is needed, and one of them only"),
    ("notes = []",
     "ours.toml, line 3: touchpoint.hello: days = … or months = … is needed, and one of them only"),
    ("days = [1, 5]\ndue = 9",
     "ours.toml, line 6: touchpoint.hello.due: it is not a whole number from 1 to 5"),
    ('days = 1\nafter = "start"',
     "ours.toml, line 6: touchpoint.hello.after: 'start' is not known; did you mean 'started'?"),
    ('days = 1\n\n# why\nasignee = "sa"',
     ("ours.toml, line 8: touchpoint.hello.asignee: "
     "unknown key 'asignee'; did you mean 'assignee'?")),
    ('days = 1\nassignee = ["csm", "boss"]',
     ("ours.toml, line 6: touchpoint.hello.assignee: 'boss' is not known; "
     "there are account_executive, csm, csm_manager, sa")),
    ('days = 1\nwhen = {segmet = "smb"}',
     ("ours.toml, line 6: touchpoint.hello.when.segmet: "
     "unknown fact 'segmet'; did you mean 'segment'?")),
    ('days = 1\nwhen = {segment = "big"}',
     ("ours.toml, line 6: touchpoint.hello.when.segment: "
     "'big' is not one of 'strategic', 'large', 'mid-market', 'smb'")),
    ('days = 1\nwhen = {renewed = "no"}',
     "ours.toml, line 6: touchpoint.hello.when.renewed: 'no' is not one of false, true"),
    ("days = 1\nuntil = {conversations = true}",
     "ours.toml, line 6: touchpoint.hello.until.conversations: it is not a whole number"),
    ('days = 1\nevery = "day"',
     ("ours.toml, line 6: touchpoint.hello.every: 'day' is not known; "
     "there are month, quarter, week, year")),
    ('days = 1\nper = "assignee"',
     ("ours.toml, line 6: touchpoint.hello.per: "
     "one task for all customers of a person takes every week or month")),
    ('days = 1\nnotes = ["Dear {nobody}"]',
     ("ours.toml, line 6: touchpoint.hello.notes: {nobody} is not known; "
     "there are account_executive, csm, customer, delay, last_release, lost_reason, "
     "next_release, renews")),
    ('days = 1\nflag = "at risk: {dealy}"',
     "ours.toml, line 6: touchpoint.hello.flag: {dealy} is not known; did you mean 'delay'?"),
    ('days = 1\n[touchpoint.bye]\ntitle = "Bye {x}"\ndays = 1',
     ("ours.toml, line 7: touchpoint.bye.title: {x} is not known; there are account_executive, "
      "csm, customer, delay, last_release, lost_reason, next_release, renews")),
    ('days = 1\nevery = "month"\nafter = "last-contact"',
     ("ours.toml, line 6: touchpoint.hello.every: "
      "'last-contact' moves, so nothing repeats after it; name another `after`")),
    ("days = 1\nmail = {}",
     'ours.toml, line 6: touchpoint.hello.mail: to = "…" is missing'),
    ('days = 1\nbefore = "bye"',
     "ours.toml, line 6: touchpoint.hello.before: there is no touchpoint 'bye'; there are hello"),
    ('days = 1\nbefore = "bye"\n[touchpoint.bye]\ntitle = "Bye"\nmonths = 1',
     ("ours.toml, line 6: touchpoint.hello.before: "
     "'bye' is not counted from the same day in the same way")),
    ('days = 9\nbefore = "bye"\n[touchpoint.bye]\ntitle = "Bye"\ndays = 9',
     "ours.toml, line 6: touchpoint.hello.before: it opens when 'bye' is due, or later"),
    ('days = 1\n[touchpoint.Bye]\ntitle = "Bye"\ndays = 9',
     "ours.toml, line 6: touchpoint.Bye: 'Bye' is not a name in lower case with hyphens"),
    ("days = 1\ntouchpoint = 7\n[touchpoints]",
     "ours.toml, line 7: touchpoints: unknown key 'touchpoints'; did you mean 'touchpoint'?"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "line"), FAULTS)
def test_a_fault_is_told_with_its_line(tmp_path: Path, lines: str, line: str) -> None:
    """File, line, key, and what to do."""
    assert line in told(tmp_path, f"{HEAD}{lines}\n")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """In the order of the file, so that it is mended in one go."""
    found = told(tmp_path, '[touchpoint.hello]\ndays = "x"\nafter = "y"\n')
    assert [line.split(":")[0] for line in found] == [
        "ours.toml, line 1",
        "ours.toml, line 1",
        "ours.toml, line 1",
        "ours.toml, line 2",
        "ours.toml, line 3",
    ]


def test_a_fault_is_told_once(tmp_path: Path) -> None:
    """What several rules read is no more wrong for that."""
    (line,) = told(tmp_path, HEAD.replace('"Hello"', '""') + "days = 1\n")
    assert line == 'ours.toml, line 4: touchpoint.hello.title: title = "…" is no text'


# A whole file, and how what is said of it begins.
FILES = [
    ("title = x\n", "ours.toml: line 1, column 9: invalid value in 'title = x'; "),
    ('title = "x"\n', "ours.toml, line 1: it has no [touchpoint.NAME]"),
    ('title = "x"\ntouchpoint = 7\n', "ours.toml, line 2: touchpoint: it is not a table"),
    ('title = "x"\n[touchpoint]\na = 7\n', "ours.toml, line 3: touchpoint.a: it is not a table"),
]


@pytest.mark.parametrize(("content", "line"), FILES)
def test_a_file_that_is_no_playbook(tmp_path: Path, content: str, line: str) -> None:
    """What cannot be read as a playbook is told; the others are read."""
    (tmp_path / "fine.toml").write_text(f"{HEAD}days = 1\n", encoding="utf-8")
    assert told(tmp_path, content)[0].startswith(line)
    assert [each.name for each in read_playbooks(tmp_path)[0]] == ["fine"]


def test_the_name_of_a_file_is_that_of_its_playbook(tmp_path: Path) -> None:
    """It becomes part of keys, so it is plain."""
    found = told(tmp_path, f"{HEAD}days = 1\n", "Our Own.toml")
    assert found == ["Our Own.toml: name it in lower case with hyphens"]


def test_a_folder_without_playbooks_is_refused(tmp_path: Path) -> None:
    """Nothing to plan by is no empty plan."""
    with pytest.raises(RefusedError, match="there are no playbooks"):
        read_playbooks(tmp_path)
    with pytest.raises(RefusedError, match="No such file or directory"):
        read_playbooks(tmp_path / "elsewhere")
