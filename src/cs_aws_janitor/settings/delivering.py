"""Sections of the settings for where the tasks of customers go, beyond this machine.

A secret stands in a variable of the environment; the settings hold the variable's name.
"""

# Annotations are read by pydantic at run time, so they are not postponed here.
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cs_aws_janitor.settings import sinks, values
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.sections import Section

SinkName = Annotated[str, Field(min_length=1), AfterValidator(sinks.name)]
Variable = Annotated[str, AfterValidator(sinks.variable)]
Url = Annotated[str, AfterValidator(sinks.url)]
Words = Annotated[str, Field(min_length=1)]


class Person(Section):
    """How somebody of the team is called elsewhere."""

    email: values.Address | None = Field(None, description="Their address: for Slack, and for cc.")
    gitlab: Words | None = Field(None, description="Their username in GitLab.")
    slack: Words | None = Field(None, description="Their member ID in Slack; else by email.")


class GitLab(Section):
    """The sink gitlab: an issue for each task, and where requests go."""

    url: Url = Field("https://gitlab.com", description="Where GitLab is.")
    project: Words | None = Field(None, description="The project of the issues: group/name.")
    token_from: Variable = Field(
        "GITLAB_TOKEN", description="The variable that holds a token with the scope api."
    )
    labels: Annotated[tuple[Words, ...], BeforeValidator(values.listed)] = Field(
        (), description="Labels of each issue."
    )
    requests: Words | None = Field(
        None, description="The project of requests to solutions architects, if it is another one."
    )


class Slack(Section):
    """The sink slack: a message to whoever has the task."""

    enabled: bool = Field(default=False, description="Whether there is a sink slack.")
    url: Url = Field("https://slack.com/api/", description="Where the API of Slack is.")
    token_from: Variable = Field(
        "SLACK_BOT_TOKEN", description="The variable that holds the token of a bot."
    )


class Mail(Section):
    """The sink mail: by SMTP, with STARTTLS, or by SES."""

    server: Words | None = Field(None, description="The server that takes mails: its host name.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="Its port.")
    sender: values.Address | None = Field(None, description="The generic sender of all mails.")
    user: Words | None = Field(None, description="Who logs in; without it nobody does.")
    password_from: Variable = Field(
        "SMTP_PASSWORD", description="The variable that holds the password of user."
    )
    starttls: bool = Field(default=True, description="false: only for a server on this machine.")
    ses: bool = Field(
        default=False, description="Amazon SES takes the mails, and no server; it knows sender."
    )
    ses_region: values.Region | None = Field(
        None, description="Where SES has verified sender; without it, where the caller is."
    )

    @model_validator(mode="after")
    def _whole(self) -> "Mail":
        if self.ses and self.server:
            raise fault("both ses and server would take the mails", "remove one of the two")
        if (self.server is None and not self.ses) != (self.sender is None):
            raise fault(
                "one of server and sender is missing", "give both, or sender and ses = true"
            )
        if self.user and not self.starttls:
            raise fault("the password would cross the network in the clear", "set starttls = true")
        return self
