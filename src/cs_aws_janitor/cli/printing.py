"""Printing: colour and progress on a terminal, plain text that pipes everywhere else."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.plan import Coverage, Plan
    from cs_aws_janitor.resources.report.table import Table

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


def show_json(value: Any) -> None:
    """Print `value` as JSON, in ASCII: control characters stay harmless."""
    click.echo(json.dumps(value, indent=2))


def show_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print `rows` as CSV under a header of `columns`."""
    from cs_aws_janitor.resources.report.csv_text import csv_text

    click.echo(csv_text(columns, rows), nl=False)


def show_tables(tables: Sequence[Table], *, no_color: bool) -> None:
    """Print `tables`: fitted to the width of a terminal where there is one, else in full."""
    from cs_aws_janitor.resources.report.table import plain

    console = None if no_color or not sys.stdout.isatty() else _console()
    for number, table in enumerate(tables):
        if number:
            click.echo()
        if console is None:
            click.echo(plain(table), nl=False)
        else:
            _show_rich(console, table)


def show_summary(plan: Plan) -> None:
    """Print the line under a plan: how much was seen, and what was not looked at."""
    from cs_aws_janitor.resources.report import words

    click.echo()
    for line in words.unshown(plan.coverage):
        click.echo(line)
    click.echo(f"As of {words.instant(plan.as_of)}: {words.summary(plan)}")


def show_torn(ledger: Ledger) -> None:
    """Say on standard error which entries of the ledger could not be read."""
    for line in ledger.torn:
        click.echo(f"janitor: the ledger: {line}", err=True)


@contextmanager
def progress(total: int) -> Iterator[Callable[[Coverage], None]]:
    """Show how many places were seen, on a terminal; what is given is to be told of each."""
    if not sys.stderr.isatty() or _console() is None:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Looking at every region", total=total)
        yield lambda _: bar.advance(task)


def _console() -> Any:
    """A rich console, or None where the extra `cli` is not installed."""
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(highlight=False)


def _show_rich(console: Any, table: Table) -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    from cs_aws_janitor.resources.report.safe import safe

    if not table.rows:
        console.print(Text(table.title, "bold"))
        return
    shown = RichTable(title=Text(table.title, "bold"), title_justify="left", box=box.SIMPLE_HEAD)
    for column in table.columns:
        shown.add_column(
            column,
            justify="right" if column in table.right else "left",
            overflow="fold",
            no_wrap=column == "ID",
        )
    for row in table.rows:
        shown.add_row(*(Text(safe(cell), _COLOURS.get(cell, "")) for cell in row))
    console.print(shown)
