"""Printing: colour and progress on a terminal, plain text that pipes everywhere else."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from itertools import islice
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from cs_aws_janitor.resources.estimating import Estimator
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.shared.table import Table

AT_ONCE = 8  # pieces of JSON are printed together
GAP = 2  # between two columns
NARROWEST = 12  # a column of words is folded to this, and no further
_FOLDED = {"NAME", "WHY", "STEP", "WHAT"}
_COLOURS = {
    "expired": "yellow",
    "due": "red",
    "backing-up": "magenta",
    "un-named": "yellow",
    "unreadable": "red",
    "unknown": "red",
    "new": "green",
    "failed": "red",
    "denied": "red",
    "blocked": "red",
    "changed": "yellow",
    "done": "green",
    "ok": "green",
}


def show_json(body: Mapping[str, Any]) -> None:
    """Print `body` as a JSON object; any iterable in it is a list of rows."""
    from cs_aws_janitor.shared.json_text import json_text

    pieces = json_text(body)
    while some := "".join(islice(pieces, AT_ONCE)):
        click.echo(some.encode("ascii"), nl=False)  # no colours are looked for in bytes


def show_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print `rows` as CSV under a header of `columns`."""
    from cs_aws_janitor.shared.csv_text import csv_text

    click.echo(csv_text(columns, rows), nl=False)


def show_error(what: str) -> None:
    """Say `what` on standard error; harmless for a terminal, whatever stands in it."""
    from cs_aws_janitor.shared.safe import safe

    for line in what.splitlines():
        click.echo(safe(f"janitor: {line}"), err=True)


def show_tables(tables: Sequence[Table], *, no_color: bool, err: bool = False) -> None:
    """Print `tables`: fitted to the width of a terminal where there is one, else in full."""
    from cs_aws_janitor.shared.table import pieces

    stream = sys.stderr if err else sys.stdout
    console = None if no_color or not stream.isatty() else _console(stream)
    for number, table in enumerate(tables):
        if number:
            click.echo(err=err)
        if console is None or _too_wide(table, console.width):
            for piece in pieces(table):
                click.echo(piece, nl=False, err=err)
        else:
            _show_rich(console, table)


def on_terminal() -> bool:
    """Whether a person reads what is printed, and no program."""
    return sys.stdout.isatty()


def fits(table: Table) -> bool:
    """Whether `table` is not too wide for the terminal that standard output is."""
    return not _too_wide(table, get_terminal_size().columns)


def show_page(text: str, out: Path | None = None) -> None:
    """Print a page, or write it to the file `out` and say so."""
    show_file(text, out)
    if out is not None:
        click.echo(f"{out} is written", err=True)


def show_file(text: str, out: Path | None = None) -> None:
    """Print what makes up a file, or write it to `out`. Raises RefusedError where it cannot be."""
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{out} cannot be written: {error.strerror}") from error


def show_unseen(plan: Plan) -> None:
    """Say on standard error what is missing in rows that have no place for it."""
    for row in plan.blind_spots:
        show_error(f"{row.kind} in {row.place.region} of {row.place.account}: {row.why}")
    for breach in plan.breaches:
        where = f"{breach.place.region} of {breach.place.account}"
        show_error(f"{breach.kind} in {where} is left alone: {breach.why}")


@contextmanager
def nobody_may_read() -> Iterator[None]:
    """Go on where what was done cannot be printed: the exit code has to tell it all the more."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        show_error(f"what was done stands in the ledger, but not here: {error.strerror}")


def show_summary(plan: Plan) -> None:
    """Print the line under a plan: how much was seen, and what was not looked at."""
    from cs_aws_janitor.resources.report import words

    click.echo()
    for line in words.unshown(plan.coverage):
        click.echo(line)
    for line in words.estimates(plan.steps):
        click.echo(line)
    click.echo(f"As of {words.instant(plan.as_of)}: {words.summary(plan)}")


def show_torn(ledger: Ledger) -> None:
    """Say on standard error which entries of the ledger could not be read."""
    for line in ledger.torn:
        show_error(f"the ledger: {line}")


def show_trouble(estimator: Estimator) -> None:
    """Say on standard error why refreshed prices do not count."""
    if estimator.trouble:
        show_error(f"{estimator.trouble}; until then the packaged prices count")


@contextmanager
def progress(
    total: int, what: str = "Looking at every region"
) -> Iterator[Callable[[object], None]]:
    """Show how far `what` has come, on a terminal; what is given is to be told of each part."""
    console = _console(sys.stderr) if sys.stderr.isatty() else None
    if console is None:
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda _: bar.advance(task)


def _console(stream: TextIO) -> Any:
    """A rich console, or None where the extra `cli` is not installed."""
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream, highlight=False)


def _too_wide(table: Table, width: int) -> bool:
    """Whether its words would be cut to pieces; unwrapped rows are easier to read then."""
    widths = [max(map(len, cells)) for cells in zip(table.columns, *table.rows, strict=True)]
    least = [
        min(longest, NARROWEST) if column in _FOLDED else longest
        for column, longest in zip(table.columns, widths, strict=True)
    ]
    return sum(least) + GAP * len(least) > width


def _show_rich(console: Any, table: Table) -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    from cs_aws_janitor.shared.safe import safe

    if not table.rows:
        console.print(Text(table.title, "bold"))
        return
    shown = RichTable(
        title=Text(table.title, "bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
    )
    for column in table.columns:
        shown.add_column(
            column,
            justify="right" if column in table.right else "left",
            overflow="fold",
            no_wrap=column not in _FOLDED,
        )
    for number, row in enumerate(table.rows):
        begins = number in table.sections
        if begins:
            shown.add_section()
        weight = "bold" if begins else ""
        shown.add_row(*(Text(safe(cell), _COLOURS.get(cell, weight)) for cell in row))
    console.print(shown)
