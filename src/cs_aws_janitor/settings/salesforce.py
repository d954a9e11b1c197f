"""The section of `janitor.toml` for Salesforce: a source of customers, and a sink of tasks."""

# Annotations are read by pydantic at run time, so they are not postponed here.
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cs_aws_janitor.settings import sinks
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.sections import Section
from cs_aws_janitor.shared.wording import shown

_VERSION = re.compile(r"v[1-9][0-9]{1,2}\.0")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_PATH = re.compile(rf"{_FIELD.pattern}(\.{_FIELD.pattern}){{0,4}}")


def _url(value: str) -> str:
    """The address of an organisation; only on this machine it may be one without encryption."""
    parts = sinks.web(value)
    alone = parts and parts.path in {"", "/"} and not parts.query and "@" not in parts.netloc
    if not parts or not alone or sinks.in_the_clear(parts):
        cure = 'write that of My Domain, such as "https://example.my.salesforce.com"'
        raise fault("it is not the address of an organisation", cure)
    return value.rstrip("/")


def _version(value: str) -> str:
    if not _VERSION.fullmatch(value):
        raise fault(f"{shown(value)} is no version of the API", 'write one such as "v62.0"')
    return value


def _field(value: str) -> str:
    if not _FIELD.fullmatch(value):
        cure = 'write its API name, such as "Janitor_Key__c"'
        raise fault(f"{shown(value)} is not the name of a field", cure)
    return value


def _path(value: str) -> str:
    if not _PATH.fullmatch(value):
        cure = 'write its API name, such as "Segment__c" or "Owner.Name"'
        raise fault(f"{shown(value)} is not the name of a field", cure)
    return value


Address = Annotated[str, AfterValidator(_url)]
Variable = Annotated[str, AfterValidator(sinks.variable)]
Version = Annotated[str, AfterValidator(_version)]
FieldName = Annotated[str, AfterValidator(_field)]
FieldPath = Annotated[str, AfterValidator(_path)]
Word = Annotated[str, Field(min_length=1)]


class Salesforce(Section):
    """Salesforce as a source of customers, where no file is named, and as the sink salesforce."""

    url: Address | None = Field(
        None, description="The address of the organisation (My Domain); it turns this on."
    )
    client_id_from: Variable = Field(
        "SALESFORCE_CLIENT_ID",
        description="The environment variable that holds the id of the app.",
    )
    client_secret_from: Variable = Field(
        "SALESFORCE_CLIENT_SECRET",
        description="The environment variable that holds the secret of the app.",
    )
    api_version: Version = Field("v62.0", description="The version of its API.")
    where: str = Field(
        "", description="Which accounts are customers: a condition of SOQL. Without it, all are."
    )
    opportunities: str = Field(
        "", description="Which opportunities count: a condition of SOQL. The latest one does."
    )
    key_field: FieldName = Field(
        "Janitor_Key__c",
        description="The field of Task that is its external id: text, 32 characters, unique.",
    )
    user_field: FieldName = Field(
        "Name", description="The field of User by which the assignee of a task is found."
    )
    status: Word = Field("Not Started", description="The status of a new task.")
    withdrawn: Word = Field(
        "Deferred", description="The status of a task that is not called for any more."
    )
    priority: Word = Field("Normal", description="The priority of a new task.")
    account: Mapping[str, FieldPath] = Field(
        {}, description="Fields of customers, and which field of Account each is."
    )
    contact: Mapping[str, FieldPath] = Field(
        {}, description="Fields of contacts, and which field of Contact each is."
    )
    opportunity: Mapping[str, FieldPath] = Field(
        {}, description="Fields of customers, and which field of Opportunity each is."
    )
    events: Mapping[str, Literal["call", "meeting", "mail"]] = Field(
        {}, description="Values of Type of events and tasks there, and what each is."
    )
    values: Mapping[str, Mapping[str, str]] = Field(
        {}, description="By field of a customer: values of Salesforce, and what each means."
    )
