"""Tasks as a calendar feed (iCalendar, RFC 5545): an event on the day on which each is due.

The feed is its own memory: an event keeps its UID for ever, every change of it raises SEQUENCE,
and what is not called for any more stays in the feed as cancelled, so that calendars drop it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from icalendar import Calendar, Event

from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.customers.sinks._writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.shared.pathlike import Pathlike

PRODUCT = "-//cs-aws-janitor//customers//EN"
HOST = "cs-aws-janitor"  # the right side of every UID
CONFIRMED, CANCELLED = "CONFIRMED", "CANCELLED"
KEY = "X-JANITOR-KEY"
_VERSION = (b"SEQUENCE", b"DTSTAMP", b"LAST-MODIFIED")


@dataclass(frozen=True, slots=True)
class CalendarSink:
    """The feed in one file; `now` stamps what changes in it."""

    path: Pathlike
    now: Callable[[], datetime]

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Write the events of all tasks at once."""
        feed = self._read()
        for task in tasks:
            feed.put(task)
        self._write(feed)
        yield from (Receipt(task.key, uid(task.key)) for task in tasks)

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Mark the events of all tasks as cancelled."""
        feed = self._read()
        for delivery in deliveries:
            feed.cancel(delivery.key)
        self._write(feed)
        yield from (Receipt(delivery.key, uid(delivery.key)) for delivery in deliveries)

    def replace(self, tasks: Iterable[Task], is_gone: Callable[[str], bool], today: date) -> int:
        """Have the feed hold `tasks`; others are cancelled where `is_gone` says so of their key.

        What lies before `today` stays as it is. How many events are not cancelled.
        """
        feed = self._read()
        keys = set()
        for task in tasks:
            feed.put(task)
            keys.add(task.key)
        for key in feed.ahead(today) - keys:
            if is_gone(key):
                feed.cancel(key)
        self._write(feed)
        return feed.confirmed

    def _read(self) -> _Feed:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return _Feed({}, self.now().replace(microsecond=0))
        except OSError as error:
            raise SinkError(f"{self.path} cannot be read: {error.strerror}") from error
        try:
            calendar = Calendar.from_ical(content)
        except (ValueError, KeyError, IndexError) as error:
            cure = "Move it away, or name another file"
            raise SinkError(f"{self.path} is no calendar", cure) from error
        if str(calendar.get("PRODID")) != PRODUCT:
            cure = "Name another file, so that nobody's calendar is lost"
            raise SinkError(f"{self.path} is not a feed of the janitor", cure)
        events = {str(event.get("UID")): event for event in calendar.walk("VEVENT")}
        return _Feed(events, self.now().replace(microsecond=0))

    def _write(self, feed: _Feed) -> None:
        try:
            write_whole(self.path, feed.content())
        except OSError as error:
            raise SinkError(f"{self.path} cannot be written: {error.strerror}") from error


class _Feed:
    """Events by their UID."""

    def __init__(self, events: dict[str, Any], now: datetime) -> None:
        self._events = events
        self._now = now

    @property
    def confirmed(self) -> int:
        return sum(event.get("STATUS") != CANCELLED for event in self._events.values())

    def ahead(self, today: date) -> set[str]:
        """The keys of what is not past."""
        day = f"{today:%Y%m%d}".encode()
        events = self._events.values()
        return {str(event.get(KEY)) for event in events if event["DTSTART"].to_ical() >= day}

    def put(self, task: Task) -> None:
        self._add(_event(task))

    def cancel(self, key: str) -> None:
        before = self._events.get(uid(key))
        if before is None or before.get("STATUS") == CANCELLED:
            return
        event = Event.from_ical(before.to_ical())
        event["STATUS"] = CANCELLED
        self._add(event)

    def content(self) -> bytes:
        calendar = Calendar()
        calendar.add("PRODID", PRODUCT)
        calendar.add("VERSION", "2.0")
        calendar.add("METHOD", "PUBLISH")
        calendar.add("X-WR-CALNAME", "Customer touchpoints")
        for event in sorted(
            self._events.values(), key=lambda e: (e["DTSTART"].to_ical(), e["UID"])
        ):
            calendar.add_component(event)
        content: bytes = calendar.to_ical()
        return content

    def _add(self, event: Any) -> None:
        """Put `event` in place of the one with its UID, as a new version if it shows a change."""
        before = self._events.get(str(event["UID"]))
        if before is not None and _shown(before) == _shown(event):
            return
        for name in ("SEQUENCE", "DTSTAMP", "LAST-MODIFIED"):
            event.pop(name, None)
        event.add("SEQUENCE", int(before.get("SEQUENCE", 0)) + 1 if before is not None else 0)
        event.add("DTSTAMP", self._now)
        event.add("LAST-MODIFIED", self._now)
        self._events[str(event["UID"])] = event


def uid(key: str) -> str:
    """The UID of the event of a task: the same for ever, and without names of customers."""
    return f"{blake2b(key.encode(), digest_size=16).hexdigest()}@{HOST}"


def _event(task: Task) -> Event:
    event = Event()
    event.add("UID", uid(task.key))
    event.add(KEY, task.key)
    event.add("SUMMARY", task.title)
    event.add("DTSTART", task.due)
    event.add("DTEND", task.due + timedelta(days=1))
    who = f"For {task.assignee}" if task.assignee else "For nobody yet"
    lines = (f"{who}, from {task.opens} to {task.due}", *(f"- {note}" for note in task.notes))
    event.add("DESCRIPTION", "\n".join(lines))
    event.add("CATEGORIES", [task.playbook])
    event.add("STATUS", CONFIRMED)
    event.add("TRANSP", "TRANSPARENT")
    return event


def _shown(event: Any) -> list[bytes]:
    """The lines of an event, but for those that say which version of it this is."""
    lines: list[bytes] = event.to_ical().splitlines()
    return [line for line in lines if not line.startswith(_VERSION)]
