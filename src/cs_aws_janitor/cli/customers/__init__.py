"""`janitor customers`: customers and their dated touchpoints. A module per command."""

from __future__ import annotations

import click

from cs_aws_janitor.cli.customers.calendar import calendar
from cs_aws_janitor.cli.customers.contacts import contacts
from cs_aws_janitor.cli.customers.demo import demo
from cs_aws_janitor.cli.customers.listing import listing
from cs_aws_janitor.cli.customers.plan import plan
from cs_aws_janitor.cli.customers.playbooks import playbooks
from cs_aws_janitor.cli.customers.request import request
from cs_aws_janitor.cli.customers.run import run
from cs_aws_janitor.cli.customers.time_to_value import time_to_value


@click.group("customers")
def customers_command() -> None:
    """Customers and their dated touchpoints: what, for whom, by when, and each of them once.

    Customers come from a file, touchpoints from playbooks that a team edits. No AWS is needed.

    \b
    janitor customers demo                             see it work on a sample book of business
    janitor customers plan --customers customers.toml  what is due, and what a run would create
    janitor customers run                              create it, once: for cron
    janitor customers time-to-value                    how fast customers get there
    """


for _command in (plan, run, listing, time_to_value, contacts, calendar, request, playbooks, demo):
    customers_command.add_command(_command)
