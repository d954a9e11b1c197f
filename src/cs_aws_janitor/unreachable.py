"""Why AWS cannot be asked at all, in one line with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  it is not Python's own
    HTTPClientError,
    NoCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from cs_aws_janitor.shared.errors import UnreachableError

if TYPE_CHECKING:
    from cs_aws_janitor.resources.refusals import Refusal

BROKEN = 500  # from this HTTP status on, it is not about who is calling
SHOWN = 300  # characters of an error that the SDK words; some hold a whole page

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
# Why AWS cannot be asked who is calling: the first that fits, in words, and what to do.
_TROUBLE: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (NoCredentialsError,),
        "no AWS credentials were found",
        "Set AWS_PROFILE, log in with `aws sso login`, or try `janitor demo`",
    ),
    (
        (SSOError, TokenRetrievalError, getattr(botocore.exceptions, "LoginError", SSOError)),
        "there is no valid login to AWS ({})",
        "Log in, for instance with `aws sso login`",
    ),
    (
        (ClientError, HTTPClientError, ConnectionError),
        "AWS cannot be asked who is calling ({})",
        "Check AWS_ENDPOINT_URL and the network",
    ),
    (
        (BotoCoreError, ValueError),
        "the AWS settings of this machine cannot be used ({})",
        "Check AWS_PROFILE, the other AWS_ variables and ~/.aws/config",
    ),
    (
        (Exception,),
        "what answers in the place of AWS is something else",
        "Check AWS_ENDPOINT_URL, and whether the network wants a login of its own",
    ),
)


def unreachable(refusal: Refusal) -> UnreachableError:
    """The error to raise after this answer to who is calling."""
    error = refusal.error
    if isinstance(error, ClientError) and refusal.code in _EXPIRED:
        return UnreachableError("the AWS session token has expired", "Log in again")
    # The code of an error page that is not AWS's own is the number of its status.
    if isinstance(error, ClientError) and not refusal.code.isdigit() and _status(error) < BROKEN:
        return UnreachableError(
            f"AWS does not accept these credentials ({refusal.sentence})",
            "Check AWS_PROFILE, the keys, and the clock of this machine",
        )
    what, cure = next((what, cure) for sort, what, cure in _TROUBLE if isinstance(error, sort))
    return UnreachableError(what.format(" ".join(str(error).split())[:SHOWN].rstrip(".:")), cure)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
