"""`janitor customers contacts`: what is missing in what is known of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli.customers import options

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted


@click.command("contacts")
@options.looking("table", "json", "csv")
def contacts(wanted: Wanted) -> int:
    """Show what is missing of each customer and contact, and how complete the rest is.

    Asked for: title, role, email and contact number, in APAC a salutation; two regular contacts,
    one of them or another labelled GitLab Admin; a Slack channel #a_<customer-name>-internal.

    \b
    janitor customers contacts --customers customers.toml
    janitor customers contacts --csm csm-1 --format csv > gaps.csv
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.customers.setting_up import get_ready, show_problems
    from cs_aws_janitor.customers.contacts import integrity
    from cs_aws_janitor.customers.report import contacts_report

    ready = get_ready(wanted)
    found = [(customer, integrity(customer)) for customer in ready.book.customers()]
    if wanted.form == "json":
        rows = (contacts_report.row(*each) for each in found)
        printing.show_json({"version": 1, "customers": rows, "problems": ready.problems})
        return ready.exit_code
    if wanted.form == "csv":
        printing.show_csv(contacts_report.COLUMNS, contacts_report.gap_rows(found))
    else:
        printing.show_tables(contacts_report.tables(found), no_color=wanted.no_color)
    show_problems(ready)
    return ready.exit_code
