"""Messages in Slack from a bot to one person, found again by the metadata that they bear.

The bot needs the scopes chat:write, im:write, im:history and users:read.email. A message is sent
by one request only, which is not repeated when its answer was lost; whoever sends looks for what
is there first. Requests that only read, or say how things shall be, are repeated.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from cs_aws_janitor.shared.notify import LONGEST_WAIT, TIMEOUT, NotSentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cs_aws_janitor.shared.clock import Pause

EVENT = "cs_aws_janitor"  # the type of our metadata
LONGEST = 3900  # characters; Slack cuts what is longer than 4,000
PAGE = 200
TRIES = 4
FIRST_PAUSE = 0.2  # seconds after a fault, then twice as long each time
_SEND = "chat.postMessage"
_GONE = {"message_not_found", "channel_not_found", "cant_update_message"}
_LASTING = {
    "invalid_auth": "Renew its token",
    "not_authed": "Renew its token",
    "token_expired": "Renew its token",
    "token_revoked": "Renew its token",
    "account_inactive": "Renew its token",
    "missing_scope": "It needs chat:write, im:write, im:history and users:read.email",
}

# The library tells of faults in a log of its own as well; ours are told once.
_silent = logging.getLogger(f"{__name__}.sdk")
_silent.setLevel(logging.CRITICAL + 1)


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
        self._client = WebClient(token, url, timeout=seconds, logger=_silent, retry_handlers=[])
        self._pause = pause

    def member(self, email: str) -> str | None:
        """The ID of whoever has that address; None where nobody has."""
        try:
            found = self._call("users.lookupByEmail", email=email)
        except _RefusedError as error:
            if error.code == "users_not_found":
                return None
            raise
        return str(found["user"]["id"])

    def direct(self, member: str) -> str:
        """The conversation of the bot with a member."""
        return str(self._call("conversations.open", users=member)["channel"]["id"])

    def sent(self, channel: str, since: datetime) -> dict[str, Sent]:
        """By their keys, the messages that the bot has sent there since then."""
        asked = {"channel": channel, "oldest": f"{since.timestamp():.0f}", "limit": PAGE}
        found: dict[str, Sent] = {}
        cursor = ""
        while True:
            page = self._call(
                "conversations.history", **asked, include_all_metadata=True, cursor=cursor
            )
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

    def send(self, channel: str, text: str, key: str, version: str) -> str:
        """Send a message; when it was, as Slack names it."""
        metadata = _metadata(key, version)
        sent = self._call(_SEND, channel=channel, text=text[:LONGEST], metadata=metadata)
        return str(sent["ts"])

    def change(self, where: tuple[str, str], text: str, key: str, version: str) -> bool:
        """Change the message in a channel at a time; False where it is not there any more."""
        channel, at = where
        metadata = _metadata(key, version)
        try:
            self._call(
                "chat.update", channel=channel, ts=at, text=text[:LONGEST], metadata=metadata
            )
        except _RefusedError as error:
            if error.code in _GONE:
                return False
            raise
        return True

    def _call(self, method: str, **asked: Any) -> Mapping[str, Any]:
        """The answer; pauses that Slack asks for are kept, and faults outlived where they can."""
        wait = FIRST_PAUSE
        for left in reversed(range(TRIES)):
            try:
                answer = self._client.api_call(method, json=asked)
            except SlackApiError as error:
                refused = _refusal(error.response, method)
            except (SlackClientError, OSError, ValueError) as error:
                what = f"Slack gives no answer to {method} ({type(error).__name__})"
                refused = _RefusedError(what, uncertain=True, lasting=True)
            else:
                found: Mapping[str, Any] = answer.data  # type: ignore[assignment]
                return found
            if not left or not refused.may_repeat(method):
                raise refused
            self._pause(wait if refused.after is None else refused.after)
            wait *= 2
        raise AssertionError  # the last try has answered or raised


class _RefusedError(NotSentError):
    """With the code of the error, and the seconds `after` which Slack may be asked again."""

    code = ""
    after: int | None = None

    def may_repeat(self, method: str) -> bool:
        """Whether to ask again: what was not done, or does no harm when it is done twice."""
        if self.after is not None:
            return self.after <= LONGEST_WAIT
        return self.uncertain and method != _SEND


def _refusal(response: Any, method: str) -> _RefusedError:
    """What an answer that is not ok means."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = {name.lower(): value for name, value in response.headers.items()}
        refused = _RefusedError("Slack asks for too long a pause", "Run again later", lasting=True)
        wait = str(asked.get("retry-after", "1"))
        refused.after = int(wait) if wait.isdecimal() else LONGEST_WAIT + 1
        return refused
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _RefusedError(f"Slack answers {status} to {method}", uncertain=True)
    code = str(response.get("error", "no reason"))[:80]
    refused = _RefusedError(
        f"Slack refuses {method}: {code}", _LASTING.get(code, ""), lasting=code in _LASTING
    )
    refused.code = code
    return refused


def _metadata(key: str, version: str) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"key": key, "version": version}}


def plain(text: str) -> str:
    """`text` on one line, without what Slack would read as a mention or a link."""
    words = " ".join(text.split())
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
