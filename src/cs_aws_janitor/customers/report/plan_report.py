"""A plan, and what a run did, as tables and as rows of JSON and CSV."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.calendars import written
from cs_aws_janitor.customers.steps import UPDATE, WITHDRAW
from cs_aws_janitor.customers.task import STATUSES, WAITING
from cs_aws_janitor.shared.json_text import Encoded
from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from cs_aws_janitor.customers.rounds import Outcome, Round
    from cs_aws_janitor.customers.steps import Step
    from cs_aws_janitor.customers.task import Flag, Task

    Row = dict[str, Any]

COLUMNS = "key customer playbook touchpoint title opens due status assignee sink notes".split()
OUTCOME_COLUMNS = "verb key customer title due sink result place why".split()
_first = itemgetter(0)
_SAID = {UPDATE: "to be changed", WITHDRAW: "to be withdrawn"}


def row(task: Task) -> Row:
    """One task, as the contract has it."""
    found: Row = {
        "key": task.key,
        "customer": task.customer,
        "playbook": task.playbook,
        "touchpoint": task.touchpoint,
        "title": task.title,
        "opens": str(task.opens),
        "due": str(task.due),
        "status": task.status,
        "assignee": task.assignee,
        "notes": task.notes,
        "sink": task.sink,
    }
    if task.to is not None:
        found |= {"to": task.to, "cc": task.cc}
    if task.customer is None:
        found["customers"] = task.customers
    return found


def json_row(task: Task) -> str:
    """The same as JSON, put together from parts: most of it is alike for many customers."""
    (
        key,
        customer,
        playbook,
        touchpoint,
        title,
        opens,
        due,
        status,
        assignee,
        notes,
        sink,
        to,
        _,
        _,
        _,
    ) = task
    if to is not None or customer is None:
        return json.dumps(row(task))
    who = "null" if assignee is None else quoted(assignee)
    return (
        f'{{"key": {quoted(key)}, "customer": {quoted(customer)}, '
        f'{_named(playbook, touchpoint)}, "title": {quoted(title)}, '
        f'"opens": "{written(opens)}", "due": "{written(due)}", '
        f'"status": "{status}", "assignee": {who}, {_noted(notes, sink)}}}'
    )


@lru_cache(maxsize=1024)
def _named(playbook: str, touchpoint: str) -> str:
    return f'"playbook": {json.dumps(playbook)}, "touchpoint": {json.dumps(touchpoint)}'


@lru_cache(maxsize=8192)
def _noted(notes: tuple[str, ...], sink: str) -> str:
    return f'"notes": {json.dumps(notes)}, "sink": {json.dumps(sink)}'


def body(found: Round, problems: Iterable[Row]) -> Row:
    """The whole plan; what is a list here is read row by row, and the tasks first."""
    return {
        "version": 1,
        "today": str(found.today.day),
        "tasks": Encoded(map(json_row, found.tasks())),
        "changes": _late(lambda: map(_step_row, found.changes)),
        "flags": _late(lambda: (flag._asdict() for flag in found.flags)),
        "problems": problems,
    }


def tables(found: Round, *, everything: bool) -> list[Table]:
    """What waits, by the day on which it is due; what was delivered and is changed; flags."""
    by_day: dict[date, list[tuple[str, Sequence[str]]]] = defaultdict(list)
    for task in found.tasks():
        if everything or task.status in WAITING:
            by_day[task.due].append((task.key, _cells(task)))
    heads = ("DUE", "STATUS", "WHAT", "FOR", "OPENS", "PLAYBOOK", "SINK")
    rows = [cells for day in sorted(by_day) for _, cells in sorted(by_day[day], key=_first)]
    title = f"Touchpoints: {len(rows):,}" if rows else "No touchpoint waits."
    if not everything and rows:
        title = f"Touchpoints that wait: {len(rows):,}"
    found_tables = [Table(title, heads, rows)]
    if found.changes:
        found_tables.append(_changes(found.changes))
    return found_tables + flag_tables(found.flags)


def _cells(task: Task) -> Sequence[str]:
    return (
        written(task.due),
        task.status,
        task.title,
        task.to or task.assignee or "nobody",
        written(task.opens),
        task.playbook,
        task.sink,
    )


def flag_tables(flags: Sequence[Flag]) -> list[Table]:
    """What a person should mind, where there is something."""
    if not flags:
        return []
    rows = [(flag.customer, flag.touchpoint, flag.why) for flag in flags]
    return [Table(f"Needs attention: {len(rows):,}", ("CUSTOMER", "TOUCHPOINT", "WHY"), rows)]


def summary(found: Round) -> str:
    """One line: how many customers, and how many tasks of each status."""
    known = len(found.book.ids)
    counts = ", ".join(f"{found.counts[each]:,} {each}" for each in STATUSES if found.counts[each])
    customers = f"{known:,} customer{'' if known == 1 else 's'}"
    unread = len({(each.file, each.row) for each in found.book.problems})
    missing = f" {unread:,} could not be read." if unread else ""
    return f"As of {found.today.day}: {customers}: {counts or 'nothing'}.{missing}"


def run_body(found: Round, ended: Sequence[Outcome], problems: Iterable[Row]) -> Row:
    """What a run did, as JSON."""
    return {
        "version": 1,
        "today": str(found.today.day),
        "outcomes": map(outcome_row, ended),
        "flags": [flag._asdict() for flag in found.flags],
        "problems": problems,
    }


def outcome_row(outcome: Outcome) -> Row:
    """How one step ended."""
    return {
        **_step_row(outcome.step),
        "result": outcome.result,
        "place": outcome.place or None,
        "why": outcome.why,
    }


def run_tables(found: Round, ended: Sequence[Outcome]) -> list[Table]:
    """What was done, and what was not; what a person should mind."""
    rows = [
        (
            outcome.step.verb,
            outcome.step.delivery.title,
            str(outcome.step.delivery.due),
            outcome.result,
            outcome.why or outcome.place,
        )
        for outcome in ended
    ]
    title = f"Done: {len(rows):,}" if rows else "There was nothing to do."
    heads = ("STEP", "WHAT", "DUE", "RESULT", "WHERE")
    return [Table(title, heads, rows), *flag_tables(found.flags)]


def run_summary(found: Round, ended: Sequence[Outcome]) -> str:
    """One line: how many steps ended how."""
    results = Counter(outcome.result for outcome in ended)
    done = ", ".join(f"{count:,} {result}" for result, count in sorted(results.items()))
    return f"{summary(found)} This run: {done or 'nothing to do'}."


def _changes(changes: Sequence[Step]) -> Table:
    rows = [
        (str(step.delivery.due), _SAID[step.verb], step.delivery.title, step.delivery.sink)
        for step in changes
    ]
    title = f"Delivered, and not right any more: {len(rows):,}"
    return Table(title, ("DUE", "STEP", "WHAT", "SINK"), rows)


def _step_row(step: Step) -> Row:
    delivery = step.delivery
    return {
        "verb": step.verb,
        "key": delivery.key,
        "customer": delivery.customer,
        "title": delivery.title,
        "opens": str(delivery.opens),
        "due": str(delivery.due),
        "sink": delivery.sink,
    }


def _late(rows: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """Rows that are there only once those before them were read."""
    yield from rows()
