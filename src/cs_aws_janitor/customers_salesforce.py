"""From the settings to Salesforce as a source and a sink."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

from urllib3 import PoolManager, ProxyManager, make_headers
from urllib3.util import parse_url

from cs_aws_janitor.customers.salesforce import RETRIES, TIMEOUT, Access, Salesforce
from cs_aws_janitor.customers.sinks.salesforce import SalesforceSink, TaskFields
from cs_aws_janitor.customers.sources.salesforce import Mapped, SalesforceSource

if TYPE_CHECKING:
    from cs_aws_janitor.customers_ready import Door
    from cs_aws_janitor.settings import Settings


def source(door: Door) -> SalesforceSource:
    """The accounts there. Nothing is asked, and no secret read, before customers are."""
    return SalesforceSource(_client(door), mapping(door.settings))


def mapping(settings: Settings) -> Mapped:
    """Which field of Salesforce each field of a customer is."""
    own = settings.customers.salesforce
    return Mapped(
        own.account,
        own.contact,
        own.opportunity,
        own.values,
        own.events,
        own.where,
        own.opportunities,
    )


def sink(door: Door) -> SalesforceSink:
    """The tasks there. Nothing is asked, and no secret read, before one is put."""
    own = door.settings.customers.salesforce
    fields = TaskFields(
        own.key_field,
        own.user_field,
        own.account.get("id", "Id"),
        own.status,
        own.withdrawn,
        own.priority,
    )
    return SalesforceSink(_client(door), fields)


def _client(door: Door) -> Salesforce:
    own = door.settings.customers.salesforce
    url = own.url or ""
    access = Access(url, own.api_version, own.client_id_from, own.client_secret_from, door.environ)
    return Salesforce(access, _pool(url))


def _pool(url: str) -> PoolManager:
    """Connections to `url`, by the proxy that the usual variables name for it."""
    address = parse_url(url)
    named = getproxies().get(address.scheme or "")
    if not named or proxy_bypass(address.host or ""):
        return PoolManager(retries=RETRIES, timeout=TIMEOUT)
    proxy = parse_url(named if "://" in named else f"http://{named}")
    headers = make_headers(proxy_basic_auth=unquote(proxy.auth)) if proxy.auth else None
    return ProxyManager(
        proxy._replace(auth=None).url, proxy_headers=headers, retries=RETRIES, timeout=TIMEOUT
    )
