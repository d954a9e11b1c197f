"""The channels that the settings name, each with the client that it sends by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.channels import Mail, Topic
from cs_aws_janitor.resources.model import Place

if TYPE_CHECKING:
    from cs_aws_janitor.resources.channels import Channel
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws


def channels_of(aws: Aws, settings: Settings) -> list[Channel]:
    """Every channel that is set; nothing is asked of AWS yet.

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
    return found
