"""The week of an account in words: how it stands, what was done and saved, what comes next."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.letter import Letter, Line, Section
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.report import words
from cs_aws_janitor.resources.report.digest_report import called, where
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.resources.digest import Digest
    from cs_aws_janitor.resources.weekly import Event, Weekly

NOBODY = "(unknown)"
_NOTHING = Line("Nothing", "by what is known today")
_SAID = {Verb.SHUT_OFF: "Shut off or marked", Verb.TERMINATE: "Terminated"}
_ENDS = {Verb.SHUT_OFF: "shut off or marked", Verb.TERMINATE: "terminated"}


def letter(weekly: Weekly, digest: Digest) -> Letter:
    """The summary in words, for whom `digest` is for; it has been told once all of it was sent.

    So that a part that was sent is not sent again each line has a notice of its own.
    """
    sections = [*_brief(weekly), *_ahead(weekly), *_wrong(weekly)]
    told = [replace(s, lines=tuple(_noted(s, line, digest) for line in s.lines)) for s in sections]
    *lines, last = told[-1].lines
    lines.append(replace(last, about=(*last.about, *digest.notices)))
    told[-1] = replace(told[-1], lines=tuple(lines))
    whose = f" for {digest.person.initials}" if digest.person else ""
    first, *more = weekly.accounts
    accounts = words.counted(1 + len(more), "account") if more else f"account {first}"
    subject = f"Janitor{whose}: {weekly.week} of {accounts}"
    return Letter(safe(subject), tuple(told), weekly.week)


def _noted(section: Section, line: Line, digest: Digest) -> Line:
    whole = digest.notices[0]
    said = f"{section.heading}\n{line.thing}\n{line.what}"
    key = blake2b(said.encode(), digest_size=8).hexdigest()
    return replace(line, about=(replace(whole, event=f"{whole.event} {key}"),))


def _brief(weekly: Weekly) -> Iterator[Section]:
    total = sum(weekly.phases.values())
    phases = ", ".join(f"{count:,} {phase}" for phase, count in weekly.phases.items())
    seen = Line(words.counted(total, "resource"), phases or "none was seen", "janitor report")
    yield Section("As it stands", (seen,), brief=True)
    lines = [
        Line(_SAID[verb], words.counted(count, "resource")) for verb, count in weekly.done.items()
    ]
    amount = weekly.saved.amount()
    by = ", ".join(f"{weekly.saved.amount(verb):,} by {_by(verb)}" for verb in weekly.done)
    # Of actions without an estimate it is not known in which week they saved something.
    saved = f"{amount:,} USD by list prices, as far as there are estimates"
    command = f"janitor savings --since {weekly.start}"
    lines.append(Line("Saved", saved + (f": {by}" if amount else ""), command))
    yield Section(f"From {weekly.start} until {weekly.end}", tuple(lines), brief=True)


def _by(verb: Verb) -> str:
    return "shutting off" if verb is Verb.SHUT_OFF else "terminating"


def _ahead(weekly: Weekly) -> Iterator[Section]:
    """Under a line for each owner, what of theirs ends; whoever extends in time keeps it."""
    lines = []
    for owner, group in groupby(weekly.ahead, key=lambda event: event.step.owner):
        events = list(group)
        verbs = Counter(event.coming.verb for event in events)
        what = ", ".join(f"{verbs[verb]:,} {_ENDS[verb]}" for verb in _ENDS if verbs[verb])
        listed = f"janitor list --owner {shlex.quote(owner)}" if owner else "janitor list"
        lines += [Line(safe(owner or NOBODY), what, safe(listed)), *map(_event, events)]
    yield Section("Ends in the next 7 days", tuple(lines) or (_NOTHING,))


def _event(event: Event) -> Line:
    whose = event.step.owner or NOBODY
    return Line(called(event.step), safe(f"{event.coming.on}, {whose}: {event.coming.what}"))


def _wrong(weekly: Weekly) -> Iterator[Section]:
    attention = [
        Line(called(row), safe(f"{row.owner or NOBODY}: {row.reason}")) for row in weekly.attention
    ]
    limits = [Line(where(row), safe(row.why)) for row in weekly.breaches]
    strangers = [
        Line(safe(word), f"{words.counted(count, 'resource')}: add them to the file of owners")
        for word, count in weekly.strangers.items()
    ]
    unseen = [Line(where(row), safe(row.why or row.status)) for row in weekly.unseen]
    yield from (
        Section(heading, tuple(lines))
        for heading, lines in (
            ("Look at this", attention),
            ("Left alone: past a limit", limits),
            ("Owners that nobody knows", strangers),
            ("Could not be seen", unseen),
        )
        if lines
    )
