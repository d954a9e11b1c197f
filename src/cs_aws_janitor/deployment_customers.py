"""The part of the CloudFormation template that runs the customers' wing. Text out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cs_aws_janitor import customers_permissions
from cs_aws_janitor.customers_places import SETTING, ledger_place, no_file
from cs_aws_janitor.customers_running import UNDER
from cs_aws_janitor.customers_sinks import require_lasting
from cs_aws_janitor.deployment_secrets import parameter, secrets
from cs_aws_janitor.settings import S3Place
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.settings import Settings

DAILY = "cron(0 7 * * ? *)"


def blocks(settings: Settings) -> dict[str, list[str]]:
    """The lines of its blocks; where the wing is left out there is no schedule, and no right."""
    runs = settings.customers.named and why_not(settings) is None
    return {
        "customers-schedule": [f"Default: {json.dumps(DAILY if runs else '')}"],
        "customers-namespace": [f"Namespace: {json.dumps(settings.metrics.namespace + UNDER)}"],
        "customers-policy": list(_policy(settings)) if runs else [],
        "customers-variables": secrets(settings.customers.variables) if runs else [],
    }


def why_not(settings: Settings) -> RefusedError | None:
    """Why a function could not run the wing by these settings, where they name customers."""
    if not settings.customers.named:
        return None
    try:
        require_lasting(settings)
        ledger = ledger_place(settings)
    except RefusedError as error:
        return error
    return None if isinstance(ledger, S3Place) else no_file(SETTING, ledger)


def _policy(settings: Settings) -> Iterator[str]:
    for statement in customers_permissions.document(settings)["Statement"]:
        yield f"- {json.dumps(statement)}"
    names = settings.customers.variables
    if names:
        yield "- Sid: ReadSecrets"
        yield "  Effect: Allow"
        yield "  Action: ssm:GetParameter"
        yield "  Resource:"
        yield from (f"    - {parameter(name)}" for name in names)
