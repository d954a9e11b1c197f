"""`janitor customers request`: ask the solutions architects for their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options as common
from cs_aws_janitor.cli.customers import options
from cs_aws_janitor.shared.errors import DONE, NotFoundError, RefusedError

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Wanted
    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers.solutions import Request
    from cs_aws_janitor.customers_ready import Door, Scope


@click.command("request")
@click.option("--customer", "customer_id", metavar="ID", required=True, help="For this customer.")
@click.option("--outcome", default="", metavar="TEXT", help="What the customer wants to reach.")
@click.option("--infrastructure", default="", metavar="TEXT", help="What it runs, and where.")
@click.option("--challenges", default="", metavar="TEXT", help="What stands in the way.")
@click.option("--plan", "only_plan", is_flag=True, help="Show the issue; send nothing.")
@options.shared(options.customers_file, common.format_option("table", "json"))
def request(wanted: Wanted, *, customer_id: str, only_plan: bool, **parts: str) -> int:
    """File a request to the solutions architects.

    All three parts are needed. It becomes an issue labelled SA Backlog in the project that
    [customers.gitlab] requests names, or else project; the same request again is the same issue.

    \b
    janitor customers request --customer acme --plan \\
      --outcome "All of their builds run in GitLab by June" \\
      --infrastructure "Self-managed on three nodes in their own data centre" \\
      --challenges "Two hundred pipelines in another tool, and nobody who knows them"
    """
    from cs_aws_janitor.cli.customers.setting_up import door_of, scope_of
    from cs_aws_janitor.customers.solutions import Request

    door = door_of(wanted)
    asked = Request(_customer(door, scope_of(wanted), customer_id), **parts)
    if faults := list(asked.faults()):
        raise RefusedError(f"the request is not whole: {'; '.join(faults)}", "Say it in words")
    place = None if only_plan else _file(asked, door)
    _show(asked, place, wanted.form)
    return DONE


def _customer(door: Door, scope: Scope, customer_id: str) -> Customer:
    from cs_aws_janitor.customers.model import Customer
    from cs_aws_janitor.customers_places import source
    from cs_aws_janitor.shared.wording import meant

    ids = []
    for found in source(door, scope).read():
        if isinstance(found, Customer):
            if found.id == customer_id:
                return found
            ids.append(found.id)
        elif found.customer == customer_id:
            raise RefusedError(f"{customer_id} cannot be read: {found}", "Mend it there")
    cure = meant(customer_id, ids, "see janitor customers list")
    raise NotFoundError(f"there is no customer {customer_id!r}", cure[0].upper() + cure[1:])


def _file(asked: Request, door: Door) -> str:
    """Where its issue stands, which was there already or is now created."""
    from cs_aws_janitor.customers.solutions import LABEL
    from cs_aws_janitor.customers_sinks import gitlab_project

    own = door.settings.customers.gitlab
    path = own.requests or own.project
    if path is None:
        cure = 'Set [customers.gitlab] requests = "GROUP/NAME"'
        raise RefusedError("the settings name no project for requests", cure)
    project = gitlab_project(door, path)
    issue = project.find(asked.key) or project.create(
        asked.key, asked.description, title=asked.title, labels=LABEL
    )
    return str(issue.web_url)


def _show(asked: Request, place: str | None, form: str) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.customers.solutions import LABEL
    from cs_aws_janitor.shared.safe import safe

    if form == "json":
        content = {"title": asked.title, "labels": [LABEL], "description": asked.description}
        body = {"version": 1, "key": asked.key, "customer": asked.customer.id, **content}
        printing.show_json({**body, "url": place})
    elif place:
        click.echo(f"{safe(asked.title)}: {safe(place)}")
    else:
        for line in (asked.title, f"Label: {LABEL}", "", *asked.description.splitlines()):
            click.echo(safe(line))
