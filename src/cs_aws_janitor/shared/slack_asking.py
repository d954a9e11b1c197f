"""How Slack is asked: pauses that it asks for are kept, and what it refuses has a type."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from slack_sdk.errors import SlackClientError

from cs_aws_janitor.shared.notify import LONGEST_WAIT, NotSentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cs_aws_janitor.shared.clock import Pause

Answer = TypeVar("Answer")

TRIES = 4
FIRST_PAUSE = 0.2  # seconds after a fault, then twice as long each time
SECRET_IS_BAD = "Renew its token"  # noqa: S105  words
_SCOPES = (
    "It needs chat:write and im:write; im:history, channels:history and groups:history to look"
    " after a message whose answer was lost; users:read.email where people are found by address"
)
_INVITE = "Invite the bot into the channel, and name that by its id"
# The codes that will be the same for every other message.
_LASTING = {
    "invalid_auth": SECRET_IS_BAD,
    "not_authed": SECRET_IS_BAD,
    "token_expired": SECRET_IS_BAD,
    "token_revoked": SECRET_IS_BAD,
    "account_inactive": SECRET_IS_BAD,
    "missing_scope": _SCOPES,
    **dict.fromkeys(("no_service", "no_team", "invalid_token"), "Make another webhook"),
    "channel_is_archived": "Make a webhook for a channel that is in use",
}
_CURES = {**_LASTING, "not_in_channel": _INVITE, "channel_not_found": _INVITE}

# The library tells of faults in a log of its own as well; ours are told once.
silent = logging.getLogger(f"{__name__}.sdk")
silent.setLevel(logging.CRITICAL + 1)


class RefusedError(NotSentError):
    """With the `code` of the error, and the seconds `after` which Slack may be asked again."""

    code = ""
    after: int | None = None

    def may_repeat(self, *, sends: bool) -> bool:
        """Whether to ask again: what was not done, or does no harm when it is done twice."""
        if self.after is not None:
            return self.after <= LONGEST_WAIT
        return self.uncertain and not sends


def asked(what: str, ask: Callable[[], Answer], pause: Pause, *, sends: bool) -> Answer:
    """What `ask` gives, which raises RefusedError where Slack refuses `what`.

    What `sends` is repeated only where Slack said that it did not do it.
    """
    wait = FIRST_PAUSE
    for left in reversed(range(TRIES)):
        try:
            return ask()
        except RefusedError as error:
            refused = error
        except (SlackClientError, OSError, ValueError) as error:
            why = f"Slack gives no answer to {what} ({type(error).__name__})"
            refused = RefusedError(why, uncertain=True, lasting=True)
        if not left or not refused.may_repeat(sends=sends):
            raise refused from None
        pause(wait if refused.after is None else refused.after)
        wait *= 2
    raise AssertionError  # the last try has answered or raised


def refusal(what: str, status: int, headers: Mapping[str, str], code: str) -> RefusedError:
    """What an answer to `what` means that is not ok; `code` is the word that Slack has for it."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _busy({name.lower(): value for name, value in headers.items()})
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RefusedError(f"Slack answers {status} to {what}", uncertain=True)
    code = code[:80]
    refused = RefusedError(
        f"Slack refuses {what}: {code}", _CURES.get(code, ""), lasting=code in _LASTING
    )
    refused.code = code
    return refused


def _busy(headers: Mapping[str, str]) -> RefusedError:
    refused = RefusedError("Slack asks for too long a pause", "Run again later", lasting=True)
    wait = str(headers.get("retry-after", "1"))
    refused.after = int(wait) if wait.isdecimal() else LONGEST_WAIT + 1
    return refused
