"""From the TOML of a playbook to a Playbook, or to every fault in it with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from cs_aws_janitor.customers.conditions import BOUNDS, CHOICES, Condition
from cs_aws_janitor.customers.model import ROLES
from cs_aws_janitor.customers.notes import PLACEHOLDERS, unknown_placeholders
from cs_aws_janitor.customers.playbook import (
    ANCHORS,
    CALENDAR,
    CUSTOMER,
    EVERY,
    MOVING,
    PER,
    Mail,
    Playbook,
    Touchpoint,
    Window,
)
from cs_aws_janitor.shared.wording import meant, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Path = tuple[str, ...]

RELEASE_DAY = 22
LONGEST = 3700  # days, or months, from an anchor: ten years
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of the document."""

    path: Path
    what: str


class PlaybookFaultsError(ValueError):
    """A playbook cannot be used; `faults` are all that were found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.what for fault in faults))
        self.faults = faults


@dataclass(slots=True)
class _Table:
    """One table of the document; whatever is wrong in it is added to `faults`."""

    content: Mapping[str, Any]
    path: Path
    faults: list[Fault]
    known: set[str] = field(default_factory=set)

    def get(self, key: str) -> Any:
        self.known.add(key)
        return self.content.get(key, _MISSING)

    def fault(self, key: str, what: str) -> None:
        self.faults.append(Fault((*self.path, key) if key else self.path, what))

    def text(self, key: str, otherwise: str | None = "") -> str:
        found = self.get(key)
        if found is _MISSING and otherwise is not None:
            return otherwise
        if isinstance(found, str) and found.strip():
            return found.strip()
        missing = found is _MISSING
        self.fault(
            "" if missing else key, f'{key} = "…" {"is missing" if missing else "is no text"}'
        )
        return otherwise or "?"

    def choice(self, key: str, choices: Collection[str], otherwise: str) -> str:
        found = self.text(key, otherwise)
        if found not in choices:
            self.fault(key, f"{found!r} is not known; {_cure(found, choices)}")
            return otherwise
        return found

    def number(self, key: str, otherwise: int, low: int, high: int) -> int:
        found = self.get(key)
        if found is _MISSING:
            return otherwise
        if not _is_int(found) or not low <= found <= high:
            self.fault(key, f"it is not a whole number from {low} to {high}")
            return otherwise
        return int(found)

    def texts(self, key: str, choices: Collection[str] = ()) -> tuple[str, ...]:
        found = self.get(key)
        if found is _MISSING:
            return ()
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(isinstance(e, str) and e for e in listed):
            self.fault(key, "it is neither text nor a list of texts")
            return ()
        for each in listed:
            if choices and each not in choices:
                self.fault(key, f"{each!r} is not known; {_cure(each, choices)}")
        return tuple(listed)

    def table(self, key: str) -> _Table | None:
        found = self.get(key)
        if found is _MISSING:
            return None
        if not isinstance(found, dict):
            self.fault(key, "it is not a table")
            return None
        return _Table(found, (*self.path, key), self.faults)

    def end(self) -> None:
        """Every key that nobody asked for is a fault."""
        for key in self.content:
            if key not in self.known:
                self.fault(key, f"unknown key {key!r}; {_cure(key, self.known)}")


def parse(name: str, document: Mapping[str, Any]) -> Playbook:
    """The playbook of that name. Raises PlaybookFaultsError with every fault."""
    faults: list[Fault] = []
    top = _Table(document, (), faults)
    common = _Common(
        after=top.choice("after", ANCHORS, "started"),
        assignee=top.texts("assignee", ROLES),
        when=_conditions(top, "when"),
        until=_conditions(top, "until"),
        sink=top.text("sink") or None,
    )
    title = top.text("title", None)
    release_day = top.number("release_day", RELEASE_DAY, 1, 28)
    touchpoints = tuple(_touchpoints(top, common))
    top.end()
    if not touchpoints and not faults:
        faults.append(Fault((), "it has no [touchpoint.NAME]"))
    faults += _order_faults(touchpoints)
    if faults:
        raise PlaybookFaultsError(faults)
    return Playbook(name, title, release_day, touchpoints)


@dataclass(frozen=True, slots=True)
class _Common:
    """What all touchpoints of a playbook share unless they say otherwise."""

    after: str
    assignee: tuple[str, ...]
    when: tuple[Condition, ...]
    until: tuple[Condition, ...]
    sink: str | None


def _touchpoints(top: _Table, common: _Common) -> Iterable[Touchpoint]:
    tables = top.table("touchpoint")
    for name in tables.content if tables else ():
        table = tables.table(name) if tables else None
        if table is None:
            continue
        if not NAME.fullmatch(name):
            table.fault("", f"{name!r} is not a name in lower case with hyphens")
        yield _touchpoint(name, table, common)
        table.end()


def _touchpoint(name: str, table: _Table, common: _Common) -> Touchpoint:
    every = table.choice("every", EVERY, "") if "every" in table.content else None
    assignee = table.texts("assignee", ROLES) or common.assignee
    if not assignee:
        table.fault("", f"assignee is missing; name one of {', '.join(ROLES)}")
    per = table.choice("per", PER, CUSTOMER)
    if per != CUSTOMER and every not in CALENDAR:
        table.fault("per", "one task for all customers of a person takes every week or month")
    title, notes, flag = table.text("title", None), table.texts("notes"), table.text("flag")
    _check_words(table, {"title": (title,), "notes": notes, "flag": (flag,)})
    after = table.choice("after", ANCHORS, common.after)
    if after in MOVING and table.content.keys() & {"every", "quarterly_from"}:
        table.fault("every", f"{after!r} moves, so nothing repeats after it; name another `after`")
    return Touchpoint(
        name,
        title,
        after,
        _window(table),
        assignee,
        every=every,
        quarterly_from=table.number("quarterly_from", 0, 0, 10**12)
        if "quarterly_from" in table.content
        else None,
        when=_replaced(common.when, _conditions(table, "when")),
        until=common.until + _conditions(table, "until"),
        before=table.text("before") or None,
        per=per,
        mail=_mail(table),
        flag=flag or None,
        sink=table.text("sink") or common.sink,
        notes=notes,
        fills="{" in "".join((title, *notes)),
    )


def _window(table: _Table) -> Window:
    """`days = 60`, `days = [2, 5]`, `months = 6`; `due` is the window's end unless it is given."""
    months = "months" in table.content
    if months == ("days" in table.content):
        table.known |= {"days", "months", "due"}
        table.fault("", "days = … or months = … is needed, and one of them only")
        return Window(0, 0, 0)
    key = "months" if months else "days"
    found = table.get(key)
    both = [found, found] if _is_int(found) else found
    if not _is_window(both):
        table.known.add("due")
        table.fault(key, "it is neither a number nor two of them, the first and the last")
        return Window(0, 0, 0)
    first, last = both
    return Window(first, last, table.number("due", last, first, last), months)


def _is_window(both: object) -> bool:
    match both:
        case [first, last] if _is_int(first) and _is_int(last):
            return -LONGEST <= first <= last <= LONGEST
    return False


def _conditions(table: _Table, key: str) -> tuple[Condition, ...]:
    asked = table.table(key)
    if asked is None:
        return ()
    return tuple(filter(None, (_condition(asked, fact) for fact in asked.content)))


def _replaced(common: tuple[Condition, ...], own: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """What a touchpoint asks of a fact stands in place of what its playbook asks of it."""
    facts = {each.fact for each in own}
    return (*(each for each in common if each.fact not in facts), *own)


def _condition(asked: _Table, fact: str) -> Condition | None:
    value = asked.get(fact)
    if fact in BOUNDS:
        if _is_int(value) and value >= 0:
            return Condition(fact, bound=value)
        asked.fault(fact, "it is not a whole number")
        return None
    if fact not in CHOICES:
        asked.fault(fact, f"unknown fact {fact!r}; {_cure(fact, (*CHOICES, *BOUNDS))}")
        return None
    known = CHOICES[fact].values
    values = value if isinstance(value, list) else [value]
    wrong = [
        each for each in values if not isinstance(each, str | bool) or (known and each not in known)
    ]
    if wrong or not values:
        choices = ", ".join(map(shown, known)) or "text"
        asked.fault(fact, f"{shown(wrong[0]) if wrong else 'nothing'} is not one of {choices}")
        return None
    return Condition(fact, frozenset(values))


def _mail(table: _Table) -> Mail | None:
    inner = table.table("mail")
    if inner is None:
        return None
    mail = Mail(inner.text("to", None), inner.texts("cc", ROLES))
    inner.end()
    return mail


def _check_words(table: _Table, words: Mapping[str, tuple[str, ...]]) -> None:
    """What nobody can fill in, in the texts of each key, is a fault."""
    for key, texts in words.items():
        for each in unknown_placeholders(texts):
            table.fault(key, f"{{{each}}} is not known; {_cure(each, PLACEHOLDERS)}")


def _order_faults(touchpoints: tuple[Touchpoint, ...]) -> Iterable[Fault]:
    """Faults of `before`, which names another touchpoint counted from the same day."""
    by_name = {each.name: each for each in touchpoints}
    for each in touchpoints:
        if each.before is None:
            continue
        path = ("touchpoint", each.name, "before")
        other = by_name.get(each.before)
        if other is None:
            yield Fault(
                path, f"there is no touchpoint {each.before!r}; {_cure(each.before, by_name)}"
            )
        elif other.after != each.after or other.window.months != each.window.months or other.every:
            yield Fault(path, f"{each.before!r} is not counted from the same day in the same way")
        elif each.window.first >= other.window.due:
            yield Fault(path, f"it opens when {each.before!r} is due, or later")


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _cure(word: str, known: Iterable[str]) -> str:
    return meant(word, known, f"there are {', '.join(sorted(known))}")
