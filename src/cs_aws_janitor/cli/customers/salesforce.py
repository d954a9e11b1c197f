"""From the settings to Salesforce as a source and a sink."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_aws_janitor.customers.salesforce import Salesforce
    from cs_aws_janitor.customers.sinks.salesforce import SalesforceSink
    from cs_aws_janitor.customers.sources.salesforce import SalesforceSource
    from cs_aws_janitor.settings import Settings


def source(settings: Settings) -> SalesforceSource:
    """The accounts there. Nothing is asked, and no secret read, before customers are."""
    from cs_aws_janitor.customers.sources.salesforce import Mapped, SalesforceSource

    own = settings.customers.salesforce
    mapped = Mapped(
        own.account,
        own.contact,
        own.opportunity,
        own.values,
        own.events,
        own.where,
        own.opportunities,
    )
    return SalesforceSource(_client(settings), mapped)


def sink(settings: Settings) -> SalesforceSink:
    """The tasks there. Nothing is asked, and no secret read, before one is put."""
    from cs_aws_janitor.customers.sinks.salesforce import SalesforceSink, TaskFields

    own = settings.customers.salesforce
    fields = TaskFields(
        own.key_field,
        own.user_field,
        own.account.get("id", "Id"),
        own.status,
        own.withdrawn,
        own.priority,
    )
    return SalesforceSink(_client(settings), fields)


def _client(settings: Settings) -> Salesforce:
    from cs_aws_janitor.customers.salesforce import Access, Salesforce

    own = settings.customers.salesforce
    access = Access(
        own.url or "", own.api_version, own.client_id_from, own.client_secret_from, os.environ
    )
    return Salesforce(access)
