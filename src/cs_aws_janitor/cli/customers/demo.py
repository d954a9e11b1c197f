"""`janitor customers demo`: a sample book of business in one screen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.rounds import Outcome
    from cs_aws_janitor.customers.sample import Sample

_SAID = {"create": "created", "update": "moved", "withdraw": "taken back"}


@click.command("demo")
@options.no_color
def demo(*, no_color: bool) -> int:
    """Watch a sample book of business: what is due, what a run delivers, what changes.

    It lives in a folder that is removed at the end; nothing of yours is read or written, and no
    account is needed.

    \b
    janitor customers demo
    """
    from cs_aws_janitor.customers_places import shipped_playbooks
    from cs_aws_janitor.customers_ready import lacking

    try:
        from cs_aws_janitor.customers.sample import Sample
    except ModuleNotFoundError as error:
        raise lacking(error) from None
    with TemporaryDirectory(prefix="janitor-demo-") as folder:
        sample = Sample(shipped_playbooks().parent, Path(folder))
        customers = sample.customers()
        _show_plan(sample, customers, no_color=no_color)
        _show_runs(sample, customers)
        _show_value(customers, no_color=no_color)
    _show_next()
    return DONE


def _show_plan(sample: Sample, customers: Sequence[Customer], *, no_color: bool) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.customers.report import plan_report
    from cs_aws_janitor.customers.sample import FIRST
    from cs_aws_janitor.shared.table import Table

    found = sample.round(FIRST, customers)
    waiting, *rest = plan_report.tables(found, everything=False)
    heads = waiting.columns[:4]
    shown = Table(waiting.title, heads, [row[: len(heads)] for row in waiting.rows])
    click.echo(f"A sample book of business on {FIRST:%A}, {FIRST}.\n")
    printing.show_tables([shown, *rest], no_color=no_color)
    click.echo(f"\n{plan_report.summary(found)}\n")


def _show_runs(sample: Sample, customers: Sequence[Customer]) -> None:
    from cs_aws_janitor.customers.sample import FIRST, SECOND

    ended = sample.run(FIRST, customers)
    place = Path(ended[0].place).relative_to(sample.folder)
    click.echo(f"{FIRST}  a run        {_counted(ended)}, such as {place}")
    click.echo(f"{FIRST}  once more    {_counted(sample.run(FIRST, customers))}")
    click.echo(f"{SECOND}  meanwhile    a mail went to Acme, and Orbit has its CSM")
    lead = f"{SECOND}  a run        "
    for outcome in sample.run(SECOND, sample.later()):
        delivery = outcome.step.delivery
        due = "" if outcome.step.verb == "withdraw" else f", due {delivery.due}"
        click.echo(f"{lead}{_SAID[outcome.step.verb]}: {delivery.title}{due}")
        lead = " " * len(lead)
    click.echo()


def _counted(ended: Sequence[Outcome]) -> str:
    verbs = Counter(_SAID[outcome.step.verb] for outcome in ended)
    return ", ".join(f"{count} {verb}" for verb, count in verbs.items()) or "creates nothing"


def _show_value(customers: Sequence[Customer], *, no_color: bool) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.customers.report import time_to_value_report
    from cs_aws_janitor.customers.sample import FIRST
    from cs_aws_janitor.customers.time_to_value import Goals, measures

    found = [(customer, measures(customer, FIRST, Goals())) for customer in customers]
    printing.show_tables(time_to_value_report.tables(found)[:1], no_color=no_color)


def _show_next() -> None:
    click.echo(
        "\nTry next:\n"
        "  janitor customers playbooks init                   the playbooks, to edit them\n"
        "  janitor customers plan --customers customers.toml  your own customers; writes nothing"
    )
