"""The channels that the settings name, each with what it sends by."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cs_aws_janitor.lambda_secrets import Secrets
from cs_aws_janitor.resources.channels import Mail, Topic
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.slack_channel import Bot, Hook
from cs_aws_janitor.shared.errors import not_installed
from cs_aws_janitor.shared.secret import secret

if TYPE_CHECKING:
    from datetime import datetime

    from cs_aws_janitor.resources.channels import Channel
    from cs_aws_janitor.resources.slack_channel import Threads
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.settings.notifying import SlackNotices
    from cs_aws_janitor.shared.clock import Pause
    from cs_aws_janitor.shared.slack import Slack
    from cs_aws_janitor.shared.slack_hook import Webhook
    from cs_aws_janitor.wiring import Aws

_EXTRA = "slack"


def channels_of(aws: Aws, settings: Settings, threads: Threads, now: datetime) -> list[Channel]:
    """Every channel that is set, for a run of the instant `now`; nothing is asked of them yet.

    The SDK repeats none of their calls: what it takes for lost may have come through.
    """
    found: list[Channel] = []
    if arn := settings.notify.sns_topic:
        region = arn.split(":")[3]
        place = Place(aws.account, region, aws.partition)
        found.append(Topic(aws.clients(place, "sns", once=True, whole=True), arn, aws.pause))
    if sender := settings.notify.email_from:
        place = Place(aws.account, settings.notify.email_region or aws.home, aws.partition)
        found.append(Mail(aws.clients(place, "sesv2", once=True, whole=True), sender, aws.pause))
    slack, environ = settings.notify.slack, Secrets(os.environ, aws.at_home)
    if slack.by == "bot":
        found.append(Bot(lambda: _bot(slack, environ, aws.pause), slack.channel, threads, now))
    if slack.by == "webhook":
        found.append(Hook(lambda: _webhook(slack, environ, aws.pause)))
    return found


def _bot(own: SlackNotices, environ: Secrets, pause: Pause) -> Slack:
    token = secret(environ, own.token_from, "notify.slack.token_from")
    try:
        from cs_aws_janitor.shared.slack import Slack  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise not_installed(error, _EXTRA) from None
    return Slack(own.url, token, pause)


def _webhook(own: SlackNotices, environ: Secrets, pause: Pause) -> Webhook:
    url = secret(environ, own.webhook_from, "notify.slack.webhook_from")
    try:
        from cs_aws_janitor.shared.slack_hook import Webhook  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise not_installed(error, _EXTRA) from None
    return Webhook(url, pause)
