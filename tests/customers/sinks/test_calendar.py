"""The calendar feed, read back by a library that did not write it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import vobject

from cs_aws_janitor.customers.sinks._sink import SinkError
from cs_aws_janitor.customers.sinks.calendar import CalendarSink
from cs_aws_janitor.customers.task import delivered
from tests.customers.making import day
from tests.customers.sinks.test_files import TASK

if TYPE_CHECKING:
    from pathlib import Path

FIRST, LATER = (datetime(2026, 1, each, 6, tzinfo=UTC) for each in (15, 16))
OTHER = TASK._replace(key="acme/account-onboarding/discovery/2026-01-15", title="Discovery: Acme")


def feed(folder: Path, now: datetime = FIRST) -> CalendarSink:
    """The feed in a folder, at that time."""
    return CalendarSink(folder / "feed.ics", lambda: now)


def events(folder: Path) -> dict[str, Any]:
    """The events of the feed by their summary, as vobject reads them."""
    text = (folder / "feed.ics").read_bytes().decode("utf-8")
    assert "\r\n" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    calendar = vobject.readOne(text)
    assert (calendar.version.value, calendar.method.value) == ("2.0", "PUBLISH")
    return {event.summary.value: event for event in calendar.vevent_list}


def test_an_event_on_the_day_it_is_due(tmp_path: Path) -> None:
    """All day, with whom it is for and the notes; it blocks nobody's time."""
    list(feed(tmp_path).put([TASK]))
    event = events(tmp_path)["Welcome: Acme GmbH"]
    assert (event.dtstart.value, event.dtend.value) == (day("2026-01-16"), day("2026-01-17"))
    assert event.description.value == (
        "For Jo, from 2026-01-15 to 2026-01-16\n- Introduce yourself\n- Say how to obtain support"
    )
    assert (event.status.value, event.transp.value) == ("CONFIRMED", "TRANSPARENT")
    assert (event.sequence.value, event.dtstamp.value) == ("0", FIRST)
    assert event.uid.value.endswith("@cs-aws-janitor")


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    """Put twice, the feed is the same to the byte."""
    list(feed(tmp_path).put([TASK, OTHER]))
    before = (tmp_path / "feed.ics").read_bytes()
    list(feed(tmp_path, LATER).put([OTHER, TASK]))
    assert (tmp_path / "feed.ics").read_bytes() == before


def test_a_change_is_a_new_version_of_the_same_event(tmp_path: Path) -> None:
    """The UID stays, SEQUENCE rises, DTSTAMP is that of the change."""
    list(feed(tmp_path).put([TASK, OTHER]))
    before = events(tmp_path)
    list(feed(tmp_path, LATER).put([TASK._replace(due=day("2026-01-20"))]))
    after = events(tmp_path)
    moved = after["Welcome: Acme GmbH"]
    assert moved.uid.value == before["Welcome: Acme GmbH"].uid.value
    assert (moved.sequence.value, moved.dtstamp.value) == ("1", LATER)
    assert moved.dtstart.value == day("2026-01-20")
    assert after["Discovery: Acme"].sequence.value == "0"


def test_what_is_withdrawn_is_cancelled(tmp_path: Path) -> None:
    """It stays in the feed as cancelled, in a new version; called for again it is confirmed."""
    sink = feed(tmp_path)
    list(sink.put([TASK, OTHER]))
    list(feed(tmp_path, LATER).withdraw([delivered(TASK)]))
    gone = events(tmp_path)["Welcome: Acme GmbH"]
    assert (gone.status.value, gone.sequence.value) == ("CANCELLED", "1")
    list(feed(tmp_path, LATER).withdraw([delivered(TASK)]))
    assert events(tmp_path)["Welcome: Acme GmbH"].sequence.value == "1"
    list(feed(tmp_path, LATER).put([TASK]))
    back = events(tmp_path)["Welcome: Acme GmbH"]
    assert (back.status.value, back.sequence.value) == ("CONFIRMED", "2")


def test_a_whole_feed_drops_what_is_gone(tmp_path: Path) -> None:
    """Written anew, it cancels what is not there any more, but nothing that was not seen."""
    sink = feed(tmp_path)
    assert sink.replace([TASK, OTHER], lambda _: True, FIRST.date()) == 2
    assert feed(tmp_path, LATER).replace([OTHER], lambda _: False, LATER.date()) == 2
    assert events(tmp_path)["Welcome: Acme GmbH"].status.value == "CONFIRMED"
    assert feed(tmp_path, LATER).replace([OTHER], lambda key: key == TASK.key, LATER.date()) == 1
    assert events(tmp_path)["Welcome: Acme GmbH"].status.value == "CANCELLED"


def test_a_whole_feed_keeps_what_is_past(tmp_path: Path) -> None:
    """The event of a week that is over is not cancelled because the next week has come."""
    feed(tmp_path).replace([TASK, OTHER], lambda _: True, FIRST.date())
    assert feed(tmp_path, LATER).replace([OTHER], lambda _: True, day("2026-01-17")) == 2
    assert events(tmp_path)["Welcome: Acme GmbH"].status.value == "CONFIRMED"


# Titles with whatever a calendar would take for something else.
TITLES = [
    "Welcome; to, Acme: \\GmbH\\",
    "Ünïcödé " * 30,
    "Wel\ncome\r\nEND:VEVENT\r\nBEGIN:VEVENT",
    "日本" * 60,
]


@pytest.mark.parametrize("title", TITLES)
def test_hostile_names_stay_text(tmp_path: Path, title: str) -> None:
    """Separators are escaped, long lines folded between characters; one event stays one."""
    list(feed(tmp_path).put([TASK._replace(title=title)]))
    (summary,) = events(tmp_path)
    assert summary == "\n".join(title.splitlines())


# What may stand where the feed should be, and how it is refused.
NO_FEEDS = [
    (b"hello", "is no calendar"),
    (b"", "is no calendar"),
    (b"\xff\xfe", "is no calendar"),
    (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "is not a feed of the janitor"),
]


@pytest.mark.parametrize(("content", "why"), NO_FEEDS)
def test_what_is_no_feed_is_not_written_over(tmp_path: Path, content: bytes, why: str) -> None:
    """A file by that name which is not ours is refused, and stays as it was."""
    (tmp_path / "feed.ics").write_bytes(content)
    with pytest.raises(SinkError, match=why):
        list(feed(tmp_path).put([TASK]))
    assert (tmp_path / "feed.ics").read_bytes() == content
