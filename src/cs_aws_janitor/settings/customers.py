"""The section of `janitor.toml` for the second wing: where customers come from, where tasks go."""

# Annotations are read by pydantic at run time, so they are not postponed here.
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from cs_aws_janitor.settings import values
from cs_aws_janitor.settings.delivering import GitLab, Mail, Person, SinkName, Slack
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.salesforce import Salesforce
from cs_aws_janitor.settings.sections import Section

Days = Annotated[int, Field(ge=0, le=3650)]
PersonName = Annotated[str, Field(min_length=1)]

_NEEDS = {
    "calendar": 'calendar = "FILE.ics"',
    "gitlab": 'gitlab.project = "GROUP/NAME"',
    "slack": "slack.enabled = true",
    "mail": "mail.sender, and mail.server or mail.ses = true",
    "salesforce": "salesforce.url",
}


class Goals(Section):
    """Days at most for each metric of time to value.

    Source: customer-lifecycle.md, Time to value.
    """

    time_to_engage: Days = Field(14, description="Until the first call or meeting.")
    time_to_first_value: Days = Field(30, description="Until the first value date.")
    time_to_onboard: Days = Field(45, description="Until the call-to-action is closed.")


class Customers(Section):
    """Customers and their dated touchpoints: `janitor customers`."""

    source: values.FileOrObject = Field(
        None,
        description="The file of customers: TOML, JSON or CSV, from the settings' folder, or"
        " s3://bucket/key.",
    )
    playbooks: values.Folder = Field(
        None,
        description="The folder of playbooks, or s3://bucket/prefix. Without it config/playbooks,"
        " else the shipped ones.",
    )
    sink: SinkName = Field(
        "file", description="Where tasks go: file, calendar, gitlab, slack, mail, salesforce."
    )
    mails: SinkName = Field("file", description="Where the mails of playbooks go: file, mail, ...")
    tasks: values.TasksPath = Field(
        None,
        validate_default=True,
        description="The folder of the sink file, or s3://bucket/prefix. Without it"
        " cs-aws-janitor/tasks in $XDG_STATE_HOME or ~/.local/state.",
    )
    calendar: values.FileOrObject = Field(
        None,
        description="The feed (.ics) of the sink calendar and of `customers calendar`: a file, or"
        " s3://bucket/key.",
    )
    ledger: values.DeliveriesPath = Field(
        None,
        validate_default=True,
        description="What was delivered: a file, or s3://bucket/prefix. Without it below [ledger]"
        " s3, where that is set, else cs-aws-janitor/customers.jsonl in $XDG_STATE_HOME or"
        " ~/.local/state.",
    )
    since: date | None = Field(
        None, description="What was due before this day counts as done by hand."
    )
    goals: Goals = Field(Goals(), description="Days at most for each metric.")
    usage_goals: Mapping[str, Days] = Field(
        {}, description="The same for metrics of product usage, by their names."
    )
    people: Mapping[PersonName, Person] = Field(
        {}, description="How people of the team are called elsewhere, by the names in use here."
    )
    gitlab: GitLab = Field(GitLab(), description="Issues in GitLab.")
    slack: Slack = Field(Slack(), description="Messages in Slack.")
    mail: Mail = Field(Mail(), description="Mails.")
    salesforce: Salesforce = Salesforce()

    @property
    def sink_names(self) -> tuple[str, ...]:
        """The sinks that are set up."""
        set_up = {
            "file": self.tasks,
            "calendar": self.calendar,
            "gitlab": self.gitlab.project,
            "slack": self.slack.enabled,
            "mail": self.mail.server or self.mail.ses,
            "salesforce": self.salesforce.url,
        }
        return tuple(name for name, given in set_up.items() if given)

    @property
    def named(self) -> bool:
        """Whether the settings say where customers come from."""
        return bool(self.source or self.salesforce.url)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the environment that hold the secrets of what is set up."""
        needed = {
            self.gitlab.token_from: self.gitlab.project,
            self.slack.token_from: self.slack.enabled,
            self.mail.password_from: self.mail.server and self.mail.user,
            self.salesforce.client_id_from: self.salesforce.url,
            self.salesforce.client_secret_from: self.salesforce.url,
        }
        return tuple(sorted(name for name, given in needed.items() if given))

    @model_validator(mode="after")
    def _set_up(self) -> "Customers":
        for key, name in {"sink": self.sink, "mails": self.mails}.items():
            if name not in self.sink_names:
                raise fault(f"the sink '{name}' is not set up", f"give it {_NEEDS[name]}", key)
        return self
