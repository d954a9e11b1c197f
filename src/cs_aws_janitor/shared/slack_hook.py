"""Messages in Slack by an incoming webhook: into the one channel that it is for, nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from slack_sdk.webhook import WebhookClient

from cs_aws_janitor.shared.notify import TIMEOUT
from cs_aws_janitor.shared.slack_asking import asked, refusal, silent

if TYPE_CHECKING:
    from cs_aws_janitor.shared.clock import Pause
    from cs_aws_janitor.shared.slack_words import Words

_WHAT = "the webhook"  # its address is a secret


class Webhook:
    """The webhook of `url`. Raises NotSentError for whatever Slack refuses.

    A message is sent by one request only, which is not repeated when its answer was lost: a
    webhook cannot look at what is there.
    """

    def __init__(self, url: str, pause: Pause, timeout: float = TIMEOUT) -> None:
        # The library takes fractions of a second as well, whatever its types say.
        seconds = cast("int", timeout)
        self._client = WebhookClient(url, timeout=seconds, logger=silent, retry_handlers=[])
        self._pause = pause

    def send(self, words: Words) -> None:
        """Send a message."""

        def ask() -> None:
            answer = self._client.send(
                text=words.text,
                blocks=list(words.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
            if answer.status_code != HTTPStatus.OK:
                code = " ".join(answer.body.split()) or f"{answer.status_code}"
                raise refusal(_WHAT, answer.status_code, answer.headers, code)

        asked(_WHAT, ask, self._pause, sends=True)
