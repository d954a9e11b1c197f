"""The section of `janitor.toml` for how owners hear of their resources.

A secret stands in a variable of the environment; the settings hold the variable's name.
"""

# Annotations are read by pydantic at run time, so they are not postponed here.
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cs_aws_janitor.resources import policy
from cs_aws_janitor.settings import names, values
from cs_aws_janitor.settings.delivering import Url, Variable
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.sections import RULES, Section

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CURE = "set sns_topic, email_from or slack.by, or remove it"

SlackChannel = Annotated[str, AfterValidator(names.slack_channel)]


class SlackNotices(Section):
    """Digests in Slack: by a bot, or by an incoming webhook."""

    by: Literal["bot", "webhook"] | None = Field(
        None, description="A bot, or an incoming webhook; it turns this on."
    )
    channel: SlackChannel | None = Field(
        None, description="The id of the bot's channel for whoever has no member id in Slack."
    )
    url: Url = Field("https://slack.com/api/", description="Where the API of Slack is.")
    token_from: Variable = Field(
        "SLACK_BOT_TOKEN", description="The variable that holds the token of the bot."
    )
    webhook_from: Variable = Field(
        "SLACK_WEBHOOK_URL", description="The variable that holds the address of the webhook."
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """The variable that holds its secret; none where it is not on."""
        names = {"bot": self.token_from, "webhook": self.webhook_from}
        return (names[self.by],) if self.by else ()

    @model_validator(mode="after")
    def _of_use(self) -> "SlackNotices":
        if self.channel and self.by != "bot":
            what = 'channel is of no use without by = "bot"'
            if self.by == "webhook":
                what = "a webhook is for one channel, and cannot be told another"
            raise fault(what, 'write by = "bot", or remove channel')
        return self


class Notify(Section):
    """When and how owners hear of their resources.

    Without a topic, an address and Slack the log is all there is.
    """

    before: Annotated[
        tuple[values.Days, ...],
        BeforeValidator(values.listed),
        AfterValidator(values.distinct_durations),
    ] = Field(
        tuple(days * policy.DAY for days in RULES.notify_before),
        description="How long before; an empty list means never.",
    )
    sns_topic: values.Topic | None = Field(
        None, description="ARN of the topic that all digests are published to."
    )
    email_from: values.Address | None = Field(
        None, description="The address, verified with SES, that owners are mailed from."
    )
    email_region: values.Region | None = Field(
        None, description="Where SES has verified it; else the region chosen for AWS."
    )
    required: bool | None = Field(
        None,
        description="End nothing whose owner was not told; true where there is a channel.",
    )
    before_terminate: values.Days = Field(
        RULES.notices.before_terminate, description="How long before its end an owner was told."
    )
    weekly: Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", ""] | None = Field(
        None,
        description="From which day of the week on the summary of a week is sent, once; empty:"
        " never. Mon where there is a channel.",
    )
    slack: SlackNotices = Field(SlackNotices(), description="Digests in Slack.")

    @model_validator(mode="after")
    def _reaches_somebody(self) -> "Notify":
        if self.required and not self.channels:
            what = "required is true, and there is no channel, so nothing would end"
            raise fault(what, _CURE)
        if self.weekly and not self.channels:
            raise fault("weekly is of no use without a channel", _CURE)
        if self.email_region and not self.email_from:
            raise fault("email_region is of no use without email_from", "give it, or remove both")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are set, by the names that the ledger has for them."""
        channels = {"sns": self.sns_topic, "email": self.email_from, "slack": self.slack.by}
        return tuple(name for name, given in channels.items() if given)

    @property
    def weekday(self) -> int | None:
        """From which day of the week on its summary is sent, 0 for Monday; None for never."""
        day = DAYS[0] if self.weekly is None else self.weekly
        return DAYS.index(day) if day and self.channels else None
