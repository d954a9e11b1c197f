"""Tasks as files: what people read, and what is kept of what they write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.sinks.files import LONGEST, FileSink
from cs_aws_janitor.customers.task import Task, delivered
from tests.customers.making import day

if TYPE_CHECKING:
    from pathlib import Path

TASK = Task(
    "acme/account-onboarding/welcome/2026-01-15",
    "acme",
    "account-onboarding",
    "welcome",
    "Welcome: Acme GmbH",
    day("2026-01-15"),
    day("2026-01-16"),
    "open",
    "Jo",
    ("Introduce yourself", "Say how to obtain support"),
    "file",
)
TEXT = """\
Task: Welcome: Acme GmbH
Due: 2026-01-16
Opens: 2026-01-15
Assignee: Jo
Key: acme/account-onboarding/welcome/2026-01-15

- [ ] Introduce yourself
- [ ] Say how to obtain support
"""


def test_a_task_is_a_file_to_read_and_tick_off(tmp_path: Path) -> None:
    """Facts, then a list of what to do, in a folder of the customer."""
    (receipt,) = FileSink(tmp_path).put([TASK])
    path = tmp_path / "acme" / "account-onboarding.welcome.2026-01-15.md"
    assert receipt.place == str(path)
    assert path.read_text(encoding="utf-8") == TEXT


def test_a_change_keeps_what_was_ticked_off(tmp_path: Path) -> None:
    """New facts, and the notes as whoever works with them has left them."""
    sink = FileSink(tmp_path)
    (receipt,) = sink.put([TASK])
    path = sink.path(TASK.key)
    ticked = TEXT.replace("[ ] Introduce", "[x] Introduce") + "\nThey liked it.\n"
    path.write_bytes(ticked.encode())
    list(sink.put([TASK._replace(due=day("2026-01-20"), assignee=None)]))
    text = path.read_bytes().decode()
    assert "Due: 2026-01-20\n" in text
    assert "Assignee: nobody\n" in text
    assert text.endswith("- [x] Introduce yourself\n- [ ] Say how to obtain support\n\n"
                         "They liked it.\n")  # fmt: skip
    assert list(sink.put([TASK])) == [receipt]


def test_what_is_withdrawn_says_so(tmp_path: Path) -> None:
    """The file stays, and so do notes in it."""
    sink = FileSink(tmp_path)
    list(sink.put([TASK]))
    list(sink.withdraw([replace(delivered(TASK), withdrawn=True)]))
    text = sink.path(TASK.key).read_bytes().decode()
    assert text.startswith("Task: Welcome: Acme GmbH\nKey: ")
    assert "\nStatus: withdrawn\n" in text
    assert text.endswith("- [ ] Introduce yourself\n- [ ] Say how to obtain support\n")


def test_a_mail_is_written_out(tmp_path: Path) -> None:
    """To whom, who is in cc, and its text."""
    sink = FileSink(tmp_path)
    mail = TASK._replace(key=f"{TASK.key}/ann@acme.example", to="ann@acme.example", cc=("Jo",))
    list(sink.put([mail]))
    text = sink.path(mail.key).read_bytes().decode()
    assert "\nTo: ann@acme.example\nCc: Jo\n" in text
    assert text.endswith("\n\nIntroduce yourself\n\nSay how to obtain support\n")


# Keys with parts that no path may have as they are.
KEYS = [
    "../x/y/2026-01-15",
    "./x/y/2026-01-15",
    "a b/x/y/2026-01-15",
    "a\\b:*?/x/y/2026-01-15",
    "@Jo Doe/x/y/2026-01-15",
    "ä" * 100 + "/x/y/2026-01-15",
    "ä" * 99 + "b/x/y/2026-01-15",
    "a/x/y/2026-01-15/" + "x" * 300 + "@example.org",
]


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Whatever a customer is called, its file lies below the folder, and is its own."""
    sink = FileSink(tmp_path)
    receipts = list(sink.put([TASK._replace(key=key) for key in KEYS]))
    assert [receipt.why for receipt in receipts] == [None] * len(KEYS)
    paths = [path.resolve() for path in tmp_path.rglob("*.md")]
    assert len(paths) == len(KEYS)
    assert all(path.is_relative_to(tmp_path.resolve()) for path in paths)
    assert all(path.parent.parent == tmp_path.resolve() for path in paths)
    assert all(len(path.name) <= LONGEST + 3 for path in paths)


@pytest.mark.parametrize("title", ["Acme\nKey: other", "Acme\r\n\r\nbye"])
def test_a_name_adds_no_facts(tmp_path: Path, title: str) -> None:
    """A line break in a name does not become a line of the file."""
    sink = FileSink(tmp_path)
    list(sink.put([TASK._replace(title=title)]))
    head, _, _ = sink.path(TASK.key).read_bytes().decode().partition("\n\n")
    assert [line.split(":")[0] for line in head.splitlines()] == [
        "Task", "Due", "Opens", "Assignee", "Key"
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Each task says why; none is taken for delivered."""
    (tmp_path / "tasks").write_text("in the way")
    (receipt,) = FileSink(tmp_path / "tasks").put([TASK])
    assert receipt.why is not None
    assert "cannot be written: " in receipt.why
