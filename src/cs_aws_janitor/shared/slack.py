"""Messages in Slack from a bot, found again by the metadata that they bear.

A message is sent by one request only, which is not repeated when its answer was lost; then what is
there is looked at. Requests that only read, or say how things shall be, are repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from cs_aws_janitor.shared.notify import TIMEOUT, NotSentError
from cs_aws_janitor.shared.slack_asking import RefusedError, asked, refusal, silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cs_aws_janitor.shared.clock import Pause
    from cs_aws_janitor.shared.slack_words import Words

EVENT = "cs_aws_janitor"  # the type of our metadata
LONGEST = 3900  # characters of a text alone: what is changed later takes no more than 4,000
PAGE = 200
_SEND = "chat.postMessage"
_GONE = {"message_not_found", "channel_not_found", "cant_update_message"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is there: when, as Slack names it, and which version of it."""

    at: str
    version: str


class Slack:
    """Slack as the bot of `token` sees it. Raises NotSentError for whatever Slack refuses."""

    def __init__(self, url: str, token: str, pause: Pause, timeout: float = TIMEOUT) -> None:
        # The library takes fractions of a second as well, whatever its types say.
        seconds = cast("int", timeout)
        self._client = WebClient(token, url, timeout=seconds, logger=silent, retry_handlers=[])
        self._pause = pause

    def member(self, email: str) -> str | None:
        """The ID of whoever has that address; None where nobody has."""
        try:
            found = self._call("users.lookupByEmail", email=email)
        except RefusedError as error:
            if error.code == "users_not_found":
                return None
            raise
        return str(found["user"]["id"])

    def direct(self, member: str) -> str:
        """The conversation of the bot with a member."""
        return str(self._call("conversations.open", users=member)["channel"]["id"])

    def sent(self, channel: str, since: datetime, thread: str = "") -> dict[str, Sent]:
        """By their keys, the messages that the bot has sent there, or in a thread, since then."""
        wanted: dict[str, Any] = {"channel": channel, "oldest": f"{since.timestamp():.0f}"}
        wanted |= {"limit": PAGE, "include_all_metadata": True}
        method = "conversations.replies" if thread else "conversations.history"
        wanted |= {"ts": thread} if thread else {}
        found: dict[str, Sent] = {}
        cursor = ""
        while True:
            page = self._call(method, **wanted, cursor=cursor)
            for message in page["messages"]:
                match message:
                    case {
                        "ts": str(at),
                        "metadata": {
                            "event_type": str(event),
                            "event_payload": {"key": str(key), "version": str(version)},
                        },
                    } if event == EVENT:
                        found[key] = Sent(at, version)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    def send(self, channel: str, words: Words, key: str, since: datetime) -> str:
        """Send a message; when it was, as Slack names it.

        Where nobody knows whether it arrived, it is looked for by its `key` among those that the
        bot has sent `since`.
        """
        try:
            return str(self._call(_SEND, channel=channel, **_content(words, key))["ts"])
        except NotSentError as error:
            if not error.uncertain:
                raise
            try:
                found = self.sent(channel, since, words.thread).get(key)
            except NotSentError:
                raise error from None  # which says more of what went wrong
            if found is None:
                raise
            return found.at

    def change(self, where: tuple[str, str], words: Words, key: str) -> bool:
        """Change the message in a channel at a time; False where it is not there any more."""
        channel, at = where
        try:
            self._call("chat.update", channel=channel, ts=at, **_content(words, key))
        except RefusedError as error:
            if error.code in _GONE:
                return False
            raise
        return True

    def _call(self, method: str, **given: Any) -> Mapping[str, Any]:
        def ask() -> Mapping[str, Any]:
            try:
                answer = self._client.api_call(method, json=given)
            except SlackApiError as error:
                answer = error.response
                code = str(answer.get("error", "no reason"))
                raise refusal(method, answer.status_code, answer.headers, code) from None
            return cast("Mapping[str, Any]", answer.data)

        return asked(method, ask, self._pause, sends=method == _SEND)


def _content(words: Words, key: str) -> dict[str, Any]:
    payload = {"key": key, "version": words.version}
    content: dict[str, Any] = {"text": words.text if words.blocks else words.text[:LONGEST]}
    content["metadata"] = {"event_type": EVENT, "event_payload": payload}
    if words.blocks:
        content |= {"blocks": list(words.blocks), "unfurl_links": False, "unfurl_media": False}
    if words.thread:
        content |= {"thread_ts": words.thread, "reply_broadcast": words.aloud}
    return content
