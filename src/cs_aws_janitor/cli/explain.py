"""`janitor explain`: the answer to "why mine?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, PARTLY

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked


@click.command("explain")
@click.argument("wanted", metavar="ID")
@options.shared(options.places, options.as_of, options.format_option("table", "json"))
def explain_command(asked: Asked, *, wanted: str) -> int:
    """Say why one resource is what it is, what comes when, and what would change that.

    ID is a resource id, an ARN, or a Name that only one resource bears.

    \b
    janitor explain i-0abc1234def567890
    janitor explain jd-GitLabRunner --as-of 2026-12-24
    """
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.setting_up import find, get_ready
    from cs_aws_janitor.resources.explaining import explain
    from cs_aws_janitor.resources.inspection import Inspector
    from cs_aws_janitor.resources.model import Phase
    from cs_aws_janitor.resources.refusals import Refusal, attempt
    from cs_aws_janitor.resources.report import explanation_report

    ready = get_ready(asked)
    [listed] = find(ready, [wanted])
    kind = ready.world.kinds[listed.kind]
    client = ready.world.clients(listed.place, kind.service)
    inspector = Inspector(kind, client, ready.rules.policy, ready.rules.now, ready.ledger)
    [(resource, decision)] = inspector.decide([listed])
    barriers: list[str] = []
    if read := kind.barriers:
        answer = attempt(lambda: read(client, resource))
        if not isinstance(answer, Refusal):
            barriers = answer
        elif not resource.unread:  # else one permission that is missing would be told twice
            barriers = [answer.sentence]
    explanation = explain(resource, decision, ready.rules, barriers)
    parts = ready.estimator.parts(resource)
    printing.show_trouble(ready.estimator)
    if asked.form == "json":
        printing.show_json(explanation_report.as_json(explanation, ready.rules.policy.keys))
    else:
        click.echo(explanation_report.as_text(explanation, ready.rules.policy, parts), nl=False)
    return PARTLY if decision.phase is Phase.UNKNOWN else DONE
